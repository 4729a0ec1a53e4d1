import { VidpipeError } from "../../domain/errors.ts";
import type { ClipOrder } from "../../domain/step.ts";
import type { ClipCheck, StillImage } from "../../ports/provider.ts";
import type { Clock } from "../../ports/runtime.ts";
import type { Call } from "./call.ts";
import { type ClipSource, saveClip } from "./download.ts";
import type { CallPurpose } from "./failures.ts";
import type { FrozenOptions, SelectedModel } from "./select-models.ts";
import type { Session } from "./sessions.ts";
import type { Wire } from "./wire.ts";

/** One clip to be bought. */
export interface ClipJob {
  readonly order: ClipOrder;
  readonly stills: { readonly start: StillImage; readonly end: StillImage };
  readonly selected: SelectedModel;
  readonly options: FrozenOptions;
  readonly session: Session;
  readonly purpose: Omit<CallPurpose, "what" | "paid">;
  /** Marks the request on the account's bill; null when the caller has no name for it. */
  readonly submitId: string | null;
  /** Folder in Cloud Storage for this submit alone; null: the clip comes in the answer. */
  readonly output: string | null;
  readonly signal: AbortSignal;
}

/** What the backends share. */
export interface ClipDeps {
  readonly call: Call;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly storageBaseUrl: string;
  readonly maxClipBytes: number;
}

/** A look at one operation. */
export interface ClipLook {
  readonly session: Session;
  readonly purpose: Omit<CallPurpose, "what" | "paid">;
  readonly signal: AbortSignal;
}

/** Ms for sending a clip's request: two stills go up, a name comes back. */
export const SUBMIT_TIMEOUT_MS = 120_000;
/** Ms for asking how an operation stands; a finished clip may come with the answer. */
export const POLL_TIMEOUT_MS = 120_000;
/** Looks at an operation that says it is done but shows no clip, and ms between them, before it is believed. */
export const EMPTY_LOOKS = 4;
const EMPTY_PAUSE_MS = 5_000;

export const submitSpec = (job: ClipJob) => ({
  ...job.purpose,
  what: "the clip",
  paid: true,
  signal: job.signal,
  timeoutMs: SUBMIT_TIMEOUT_MS,
});

export const pollSpec = (look: ClipLook) => ({
  ...look.purpose,
  what: "the state of the clip",
  paid: false,
  signal: look.signal,
  timeoutMs: POLL_TIMEOUT_MS,
});

/** The answer to a request for a clip that names no job that can be asked about: it may have been charged. */
export const unclearAnswer = ({ purpose }: ClipJob, words: string): VidpipeError =>
  new VidpipeError(
    "provider.unclear",
    `Google took the clip's request and answered ${words}; it may have been charged`,
    { facts: { model: purpose.model, sent: true } },
  );

/** Where a clip is, of the two ways Google says so; null when it says neither. */
export function sourceOf(base64: string | undefined, uri: string | undefined): ClipSource | null {
  if (base64 !== undefined && base64 !== "") return { kind: "inline", base64 };
  return uri === undefined || uri === "" ? null : { kind: "uri", uri };
}

export const ready = (source: ClipSource, look: ClipLook, deps: ClipDeps): ClipCheck => ({
  kind: "ready",
  save: (path, signal) => saveClip(source, path, { ...deps, ...look }, signal),
});

/** Looks a few times more when an operation is done without a clip: the clip sometimes comes later. */
export async function lookUntilThere(
  look: () => Promise<ClipCheck | null>,
  clock: Clock,
  signal: AbortSignal,
): Promise<ClipCheck> {
  for (let looks = 1; looks <= EMPTY_LOOKS; looks += 1) {
    const check = await look();
    if (check !== null) return check;
    if (looks < EMPTY_LOOKS) await clock.sleep(EMPTY_PAUSE_MS, signal);
  }
  return {
    kind: "failed",
    reason: "Google says that the clip is done but has none; count it as charged",
    retryable: true,
    charged: true,
  };
}
