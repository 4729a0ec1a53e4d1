/** Joins clips into one film; over 300 lines because its stages share one plan, one set of files and one clean-up. */
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type FailureCode, VidpipeError } from "../../domain/errors.ts";
import type { FilmLook, StitchReport } from "../../domain/media.ts";
import type { FileHasher } from "../../ports/files.ts";
import type { StitchRequest } from "../../ports/media.ts";
import type { Clock } from "../../ports/runtime.ts";
import { type FfmpegTools, shown, verifyClip } from "../ffmpeg/verify.ts";
import { concurrently, createLimit } from "./concurrency.ts";
import { encodeSegments, type FilmWork, type SegmentFile } from "./encode/encode-segments.ts";
import { createProgress } from "./encode/progress.ts";
import { openSegmentCache } from "./encode/segment-cache.ts";
import type { Encoder } from "./encode/video-args.ts";
import { atStandardRate, type ClipLayout, secondsOf } from "./format/clip-layout.ts";
import { requireWritable } from "./mp4/movie-boxes.ts";
import { assemble } from "./mp4/mux.ts";
import type { PictureRun } from "./mp4/packet-runs.ts";
import { createMp4Files, type Mp4Files, UnreadablePackets } from "./mp4/packets.ts";
import { adaptationRemarks } from "./plan/explain.ts";
import { keptLayouts } from "./plan/kept-length.ts";
import { clipStarts, encodedFrames, planStitch, type StitchPlan, segmentFrames, windowCount } from "./plan/plan.ts";
import { hashBuffer, readLayout, sha256Of } from "./probe/read-layout.ts";
import { remarksOf } from "./remarks.ts";
import { copyable } from "./sound/aac-splice.ts";
import { makeSound } from "./sound/sound.ts";
import { soundSpans } from "./sound/sound-args.ts";
import { decodeNew } from "./verify/decode-new.ts";
import { type CheckedFilm, checkFilm } from "./verify/verify-film.ts";

/** What a stitch needs. */
export interface StitchDeps {
  readonly tools: FfmpegTools;
  readonly clock: Clock;
  readonly encoder: Omit<Encoder, "tonemap">;
  /** Whether ffmpeg can convert high dynamic range; asked only for clips that have it. */
  readonly canTonemap: () => Promise<boolean>;
  /** Hashes clips in the background; absent: they are hashed here, piece by piece. */
  readonly hasher?: FileHasher | undefined;
}

/** What a plan is made from. */
interface PlanJob extends StitchRequest {
  /** How the film looks; plain unless given. */
  readonly look?: FilmLook;
  /** As in `StitchJob`: sound that is changed is never copied. */
  readonly loudnessLufs?: number | null;
}

interface StitchJob extends PlanJob {
  /** Brings the loudness to this many LUFS; null leaves it unchanged. */
  readonly loudnessLufs: number | null;
  /** Decodes all of the film to check it, even where every clip is what was decoded before. */
  readonly decodeAll: boolean;
}

/** Clips whose tables are read at a time. */
const READ_AT_ONCE = 16;

/** ffprobe processes that run at a time. */
const PROBED_AT_ONCE = 4;

/** Most clips in one film. */
const MAX_CLIPS = 1_000;

/** Measures clips and plans how they are joined; writes nothing. */
export async function planOf(
  tools: FfmpegTools,
  request: PlanJob,
  signal: AbortSignal,
): Promise<{ readonly layouts: readonly ClipLayout[]; readonly plan: StitchPlan; readonly mp4Files: Mp4Files }> {
  const { clips, storedSha256, keepSeconds, own, ownClips = [] } = request;
  if (clips.length === 0) throw new VidpipeError("input.invalid", "there are no clips to join");
  if (clips.length > MAX_CLIPS)
    throw new VidpipeError("input.invalid", `${clips.length} clips are too many; the most is ${MAX_CLIPS}`);
  const mp4Files = createMp4Files();
  const deps = { tools, mp4Files, known: new Map(), limit: createLimit(PROBED_AT_ONCE), hashed: own !== true };
  const turn = createLimit(READ_AT_ONCE);
  const measured = await concurrently(signal, (signal) =>
    clips.map((clip, index) =>
      turn(() => readLayout(deps, clip, storedSha256?.[index], signal)).catch((thrown: unknown) => {
        throw atClip(thrown, index);
      }),
    ),
  );
  const layouts = keptLayouts(
    measured.map((clip, place) => ({ ...atStandardRate(clip), isGuest: ownClips.includes(place) })),
    keepSeconds,
  );
  const plan = planFilm(layouts, request);
  requireWritable(plan.format, plan.frames);
  return { layouts, plan, mp4Files };
}

/**
 * Joins clips: copies what can be copied, encodes only around the fades, checks the result, then renames it to
 * `output`. An earlier film at `output` stays until then.
 */
export async function stitchClips(
  deps: StitchDeps,
  job: StitchJob,
  output: string,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<StitchReport> {
  const startedMs = deps.clock.monotonic();
  try {
    const film = await makeFilm(deps, job, output, onProgress, signal);
    onProgress(1);
    return reportOf(film, (deps.clock.monotonic() - startedMs) / 1_000);
  } catch (thrown) {
    throw await attributeFailure(thrown, deps.tools, job.clips, signal);
  }
}

interface Made {
  readonly plan: StitchPlan;
  readonly made: ReadonlyMap<number, SegmentFile>;
  readonly checked: CheckedFilm;
  readonly remarks: readonly string[];
}

async function makeFilm(
  deps: StitchDeps,
  job: StitchJob,
  output: string,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<Made> {
  const { tools, clock, encoder, canTonemap } = deps;
  // Hashing takes about as long as measuring, so both run at once. A fault found by measuring is reported first.
  const hashing = new AbortController();
  const stored = requireStored(job, deps.hasher, AbortSignal.any([signal, hashing.signal]));
  stored.catch(() => {});
  try {
    const { layouts, plan, mp4Files } = await planOf(tools, job, signal);
    const store = await openSegmentCache(join(tools.cwd, "windows"), clock);
    const progress = createProgress(plan, onProgress);
    const tonemap = layouts.some(({ repairs }) => repairs.highDynamicRange) && (await canTonemap());
    const work = { tools, encoder: { ...encoder, tonemap }, mp4Files, store, plan, layouts, progress, signal };
    return { plan, ...(await joinClips(work, job, stored, output)) };
  } finally {
    hashing.abort();
    await stored.catch(() => {});
  }
}

/** Writes the film beside the output, so that the last step is a rename within one file system. */
async function joinClips(
  work: FilmWork,
  job: StitchJob,
  stored: Promise<void>,
  output: string,
): Promise<Omit<Made, "plan">> {
  const { store, layouts } = work;
  const scratch = await store.scratch();
  const film = `${output}.part`;
  try {
    const joined = await writeFilm(work, job, stored, { film, scratch });
    await requireUnchanged(layouts);
    await rename(film, output);
    await store.prune();
    return joined;
  } finally {
    await rm(film, { force: true });
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Makes picture and sound at the same time, writes them as one film and checks it. New parts are decoded as soon as
 * they are made.
 */
async function writeFilm(
  work: FilmWork,
  { loudnessLufs, title, own, decodeAll, storedSha256 }: StitchJob,
  stored: Promise<void>,
  files: { readonly film: string; readonly scratch: string },
): Promise<Omit<Made, "plan">> {
  const { tools, plan, layouts, mp4Files, store, progress } = work;
  const made = new Map<number, SegmentFile>();
  try {
    const [checked, { remarks }] = await concurrently(work.signal, (signal) => {
      // Segments are cached by their clips' hashes, so the hashes must be verified first.
      const runs = stored.then(() => encodeSegments({ ...work, signal }, made)).then(() => pictureRunsOf(work, made));
      const soundFile = join(files.scratch, "sound.mp4");
      const sound = makeSound({ tools, mp4Files }, plan, layouts, loudnessLufs, soundFile, signal);
      const { format } = plan;
      const parts = Promise.all([runs, sound]).then(([runs, { track }]) => ({ runs, sound: track, format, mp4Files }));
      const isKnown = !decodeAll && (storedSha256 !== undefined || own === true);
      const decoded = isKnown ? parts.then((parts) => decodeNew(tools, parts, files.scratch, signal)) : null;
      const checked = parts.then(async (parts) => {
        collectGarbage(plan);
        await assemble(parts, files.film, progress.joined, signal, { title, own });
        collectGarbage(plan);
        return checkFilm(tools, files.film, { plan, parts, decoded }, progress.checked, signal);
      });
      return [checked, sound, decoded, runs];
    });
    return { made, checked, remarks: [...remarksOf(layouts), ...adaptationRemarks(plan), ...remarks] };
  } catch (thrown) {
    // A power cut left it incomplete: the next try encodes it again.
    const cached = [...made.values()].find(({ path }) => thrown instanceof UnreadablePackets && path === thrown.path);
    if (cached !== undefined) await store.drop(cached.path);
    throw thrown;
  }
}

/** Clips from which on garbage is collected between the stages. */
const MANY_CLIPS = 50;

/** Keeps memory flat: the engine by itself lets tens of megabytes of garbage gather. */
function collectGarbage({ clips }: StitchPlan): void {
  if (clips.length >= MANY_CLIPS) Bun.gc(true);
}

/** The plan's segments as runs of packets. */
const pictureRunsOf = ({ plan, layouts }: FilmWork, made: ReadonlyMap<number, SegmentFile>): readonly PictureRun[] =>
  plan.segments.map((segment, place): PictureRun => {
    const packets = segmentFrames(segment, plan.clips);
    if (segment.kind !== "copy")
      return { path: made.get(place)?.path ?? "", from: 0, packets, made: true, starts: [0] };
    const { from, to, clip } = segment;
    const inside = layouts[clip]?.cleanStarts.filter((start) => start >= from && start < to) ?? [];
    const path = layouts[clip]?.path ?? "";
    return { path, from, packets, made: false, starts: inside.map((start) => start - from) };
  });

/** Checks that clips are what was stored: only those have been decoded and verified before. */
async function requireStored(
  { clips, storedSha256 = [] }: StitchJob,
  hasher: FileHasher | undefined,
  signal: AbortSignal,
): Promise<void> {
  const hashes = new Map<string, string>();
  const buffer = hashBuffer();
  for (const [index, stored] of storedSha256.entries()) {
    const path = clips[index] ?? "";
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while the clips were read; they are whole");
    const found = hashes.get(path) ?? (await sha256Of(path, buffer, hasher));
    hashes.set(path, found);
    if (stored !== found)
      throw new VidpipeError(
        "storage.damaged",
        `${shown(path)} is not what was stored: put it back from a backup, or have its scene made again`,
        { facts: { clip: index } },
      );
  }
}

/** Checks that no clip changed while it was joined: the plan is valid only for what was measured. */
async function requireUnchanged(layouts: readonly ClipLayout[]): Promise<void> {
  for (const { path, bytes, modifiedAtMs } of layouts) {
    const now = await stat(path);
    if (now.size !== bytes || now.mtimeMs !== modifiedAtMs)
      throw new VidpipeError("media.invalid", `${shown(path)} was changed while it was joined; stitch again`);
  }
}

function modeOf({ joins }: StitchPlan): StitchReport["mode"] {
  const kinds = new Set(joins.map(({ kind }) => kind));
  if (joins.every(({ fade }) => fade === 0)) return "concat";
  return kinds.size === 1 && kinds.has("crossfade") ? "crossfade" : "transitions";
}

function reportOf({ plan, made, checked, remarks }: Made, tookSeconds: number): StitchReport {
  const { media, syncErrorMs, framesDecoded } = checked;
  const framesEncoded = encodedFrames(plan);
  const reused = [...made.values()].filter((file) => file.reused).length;
  return {
    mode: modeOf(plan),
    clips: plan.clips.length,
    frames: plan.frames,
    durationSeconds: secondsOf(plan.frames, plan.format.frameRate),
    framesCopied: plan.frames - framesEncoded,
    framesEncoded,
    tookSeconds,
    windows: windowCount(plan),
    droppedAfter: plan.joins.flatMap(({ dropped }, left) => (dropped > 0 ? [left] : [])),
    cutClips: plan.clips.flatMap(({ cut }, clip) => (cut === undefined ? [] : { clip, ...cut })),
    startsSeconds: clipStarts(plan).map((frame) => secondsOf(frame, plan.format.frameRate)),
    segmentsEncoded: made.size - reused,
    segmentsReused: reused,
    encodedShare: framesEncoded / plan.frames,
    framesDecoded,
    syncErrorMs,
    remarks,
    media,
  };
}

/** The code of a VidpipeError or of a system error; empty for any other. */
const codeOf = (thrown: unknown): string =>
  thrown instanceof VidpipeError ? thrown.code : thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";

/** Whether a failure says already which clip it is about. */
const namesClip = (thrown: unknown): boolean => thrown instanceof VidpipeError && thrown.facts.clip !== undefined;

/** A failure with the place of the clip that it is about, from 0. */
function atClip(thrown: unknown, clip: number): unknown {
  if (!(thrown instanceof VidpipeError)) return thrown;
  const { code, message, facts, cause } = thrown;
  return new VidpipeError(code, message, { cause, facts: { ...facts, clip } });
}

/** The failure to report: of the disk, of the clip that caused it, or the original one. */
async function attributeFailure(
  thrown: unknown,
  tools: FfmpegTools,
  clips: readonly string[],
  signal: AbortSignal,
): Promise<unknown> {
  const code = codeOf(thrown);
  const failed = (kind: FailureCode, message: string) => new VidpipeError(kind, message, { cause: thrown });
  if (["ENOSPC", "EDQUOT"].includes(code))
    return failed("storage.full", "the disk filled up while the film was joined; free some space and try again");
  if (/^E[A-Z]+$/.test(code))
    return failed("storage.io", `the film could not be written (${code}); the clips are untouched`);
  const mayBeClip = !(thrown instanceof VidpipeError) || ["media.ffmpeg_failed", "media.invalid"].includes(code);
  if (!mayBeClip || signal.aborted || namesClip(thrown)) return thrown;
  for (const [index, clip] of clips.entries()) {
    const fault = await verifyClip(tools, clip, signal).catch((reason: unknown) => reason);
    if (fault instanceof VidpipeError) return atClip(fault, index);
  }
  if (thrown instanceof VidpipeError) return thrown;
  return failed("media.ffmpeg_failed", "the clips could not be joined; they are untouched, try again");
}

/** The parts of a request that shape the plan. With `loudnessLufs` all sound is encoded in any case. */
type StitchOptions = Pick<PlanJob, "crossfadeSeconds" | "transitions" | "lastFrames" | "look" | "loudnessLufs">;

/**
 * The plan of a film. Pure. A duplicate frame that is free to drop is still kept when dropping it would force all sound
 * to be encoded: copied sound must stay on the grid of its packets, and a clip that is one frame shorter leaves it.
 * @throws VidpipeError as planStitch does
 */
export function planFilm(clips: readonly ClipLayout[], options: StitchOptions): StitchPlan {
  const { crossfadeSeconds, transitions, lastFrames = [], loudnessLufs = null, look } = options;
  const plan = planStitch(clips, crossfadeSeconds, transitions, lastFrames, look);
  const keepingFrames = lastFrames.map((word) => (word === "drop_if_free" ? "keep" : word));
  const mayStay = plan.joins.some(({ dropped }, left) => dropped > 0 && keepingFrames[left] === "keep");
  if (!mayStay || loudnessLufs !== null || copyable(clips, soundSpans(plan))) return plan;
  const kept = planStitch(clips, crossfadeSeconds, transitions, keepingFrames, look);
  if (!copyable(clips, soundSpans(kept))) return plan;
  const reason = "hard cut, the duplicate frame stays: without it all sound would be encoded";
  const joins = kept.joins.map((join, left) =>
    join.dropped === plan.joins[left]?.dropped ? join : { ...join, reason },
  );
  return { ...kept, joins };
}
