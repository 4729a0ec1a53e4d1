/** Clip jobs and their results. */
import { closeSync, ftruncateSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bill, BillEntry } from "./bill.ts";
import type { FaultName } from "./faults.ts";
import { clipSize, type MakeClip, mp4, png } from "./media.ts";

export interface Job {
  /** Operation name or interaction id. */
  readonly name: string;
  readonly model: string;
  readonly aspectRatio: string;
  readonly resolution: string;
  readonly durationSeconds: number;
  /** `gs://` folder the clip goes to; null: into the answer or the file store. */
  readonly folder: string | null;
  readonly fileId: string;
  readonly fault: FaultName | null;
  readonly bill: BillEntry;
  readonly startedAtMs: number;
  readonly encode: MakeClip;
  polls: number;
  /** Looks since it was done. */
  doneLooks: number;
  fileLooks: number;
}

export interface Jobs {
  start(job: Omit<Job, "startedAtMs" | "encode" | "polls" | "doneLooks" | "fileLooks">): Job;
  find(name: string): Job | undefined;
  byFile(id: string): Job | undefined;
  inBucket(prefix: string): readonly Job[];
  /** Counts a look; true when the job is done now. */
  look(job: Job): boolean;
}

export function createJobs(
  ready: { readonly polls: number; readonly ms: number },
  bill: Bill,
  encode: MakeClip = mp4,
): Jobs {
  const jobs = new Map<string, Job>();
  return {
    start: (given) => {
      const job: Job = { ...given, startedAtMs: Date.now(), encode, polls: 0, doneLooks: 0, fileLooks: 0 };
      jobs.set(job.name, job);
      return job;
    },
    find: (name) => {
      const job = jobs.get(name);
      if (job?.fault === "forgotten_unbilled") bill.waive(job.bill);
      return job?.fault?.startsWith("forgotten") ? undefined : job;
    },
    byFile: (id) => [...jobs.values()].find((job) => job.fileId === id),
    inBucket: (prefix) => [...jobs.values()].filter((job) => job.folder?.startsWith(prefix) === true),
    look: (job) => {
      job.polls += 1;
      const done = job.fault !== "never_done" && job.polls > ready.polls && Date.now() - job.startedAtMs >= ready.ms;
      if (done) job.doneLooks += 1;
      if (done && isFreeOfCharge(job)) bill.waive(job.bill);
      return done;
    },
  };
}

/** Ends that the provider says are free: a rejected request, a refusal with those words, no video tokens. */
const FREE_OF_CHARGE = new Set(["error_3", "refused_not_charged", "words_only", "interaction_failed"]);
export const isFreeOfCharge = ({ fault }: Pick<Job, "fault">): boolean => FREE_OF_CHARGE.has(fault ?? "");

/** gRPC errors an operation can end with. */
export const OPERATION_ERRORS: Readonly<Record<string, { readonly code: number; readonly message: string }>> = {
  error_3: { code: 3, message: "The request was invalid." },
  error_3_refused: { code: 3, message: "Blocked by Responsible AI practices. Support codes: 29310472" },
  error_4: { code: 4, message: "Deadline exceeded." },
  error_8: { code: 8, message: "Resource exhausted, try again later." },
  error_10: { code: 10, message: "The operation was aborted." },
  error_13: { code: 13, message: "Video generation failed due to an internal server issue." },
  error_14: { code: 14, message: "The service is currently unavailable." },
};

/** The bytes of a job's clip, as its fault wants them. */
export async function clipBytes(job: Job): Promise<Uint8Array<ArrayBuffer>> {
  switch (job.fault) {
    case "video_empty":
      return new Uint8Array();
    case "video_not_mp4":
      return png({ width: 64, height: 36 }, job.name);
    case "video_wrong_size":
      return await job.encode({ width: 320, height: 320 }, job.durationSeconds);
    case "video_wrong_duration":
      return await job.encode(clipSize(job.aspectRatio, job.resolution), 1);
    case "video_longer":
      return await job.encode(clipSize(job.aspectRatio, job.resolution), job.durationSeconds + 2);
    case "video_truncated": {
      const whole = await job.encode(clipSize(job.aspectRatio, job.resolution), job.durationSeconds);
      return whole.slice(0, Math.floor(whole.length * 0.6));
    }
    default:
      return await job.encode(clipSize(job.aspectRatio, job.resolution), job.durationSeconds);
  }
}

/** A file that claims 50 GB and takes no room; every fake shares it. */
export function hugeFile(): string {
  const path = join(tmpdir(), "google-fake-huge.mp4");
  const file = openSync(path, "a");
  ftruncateSync(file, 50 * 2 ** 30);
  closeSync(file);
  return path;
}
