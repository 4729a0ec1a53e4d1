import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { StitchReport } from "../../domain/media.ts";
import type { StitchRequest } from "../../ports/media.ts";
import type { Clock } from "../../ports/runtime.ts";
import { type Bench, shown } from "../ffmpeg/verify.ts";
import { explained } from "./attribute-failure.ts";
import { concurrently, createLimit } from "./concurrency.ts";
import { encodeSegments, type FilmWork, type MadeFile } from "./encode/encode-segments.ts";
import { createProgress } from "./encode/progress.ts";
import { openSegmentCache, type SegmentCache } from "./encode/segment-cache.ts";
import type { Encoder } from "./encode/video-args.ts";
import { type ClipLayout, secondsOf } from "./format/clip-layout.ts";
import { assemble } from "./mp4/mux.ts";
import type { Piece } from "./mp4/packet-runs.ts";
import { createShelf, type ImageStore, UnreadablePackets } from "./mp4/packets.ts";
import { clipStarts, encodedFrames, type StitchPlan, segmentFrames, windowCount } from "./plan/plan.ts";
import { planFilm, type Wishes } from "./plan-film.ts";
import { hashBuffer, readLayout, sha256Of } from "./probe/read-layout.ts";
import { makeSound } from "./sound/sound.ts";
import { decodeNew } from "./verify/decode-new.ts";
import { type CheckedFilm, checkFilm } from "./verify/verify-film.ts";

/** What a stitch works with. */
export interface StitchRoom {
  readonly bench: Bench;
  readonly clock: Clock;
  readonly encoder: Omit<Encoder, "tonemap">;
  /** Whether ffmpeg can bring high dynamic range down; asked only when there is some. */
  readonly canTonemap: () => Promise<boolean>;
}

export interface StitchJob extends StitchRequest {
  /** Evens out loudness to this many LUFS; null leaves it alone. */
  readonly loudnessLufs: number | null;
  /** Decodes all of the film to check it, even where every clip is what was decoded before. */
  readonly decodeAll: boolean;
}

/** Clips whose tables are read at a time. */
const READ_AT_ONCE = 16;

/** ffprobe that run at a time. */
const PROBED_AT_ONCE = 4;

/** Most clips in one film. */
const MOST_CLIPS = 1_000;

/** Measures clips and decides how they are joined, without making anything. */
export async function planOf(
  bench: Bench,
  request: StitchRequest & Wishes,
  signal: AbortSignal,
): Promise<{ readonly layouts: readonly ClipLayout[]; readonly plan: StitchPlan; readonly shelf: ImageStore }> {
  const { clips, storedSha256 } = request;
  if (clips.length === 0) throw new VidpipeError("input.invalid", "there are no clips to join");
  if (clips.length > MOST_CLIPS)
    throw new VidpipeError("input.invalid", `${clips.length} clips are too many; the most is ${MOST_CLIPS}`);
  const shelf = createShelf();
  const room = { bench, shelf, known: new Map(), limit: createLimit(PROBED_AT_ONCE) };
  const turn = createLimit(READ_AT_ONCE);
  const layouts = await concurrently(signal, (signal) =>
    clips.map((clip, index) => turn(() => readLayout(room, clip, storedSha256?.[index], signal))),
  );
  return { layouts, plan: planFilm(layouts, request), shelf };
}

/**
 * Joins clips: copies what can be copied, encodes only around the fades, checks all of it, then moves it to `output`.
 * What was at `output` before stays until then.
 */
export async function stitchClips(
  room: StitchRoom,
  job: StitchJob,
  output: string,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<StitchReport> {
  const startedMs = room.clock.monotonic();
  try {
    const { plan, made, checked } = await makeFilm(room, job, output, onProgress, signal);
    onProgress(1);
    return reportOf(plan, made, checked, (room.clock.monotonic() - startedMs) / 1_000);
  } catch (thrown) {
    throw await explained(thrown, room.bench, job.clips, signal);
  }
}

interface Made {
  readonly plan: StitchPlan;
  readonly made: ReadonlyMap<number, MadeFile>;
  readonly checked: CheckedFilm;
}

async function makeFilm(
  room: StitchRoom,
  job: StitchJob,
  output: string,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<Made> {
  const { bench, clock, encoder, canTonemap } = room;
  // Hashing takes about as long as measuring: it goes on beside it. What measuring says is wrong is said first.
  const hashing = new AbortController();
  const stored = requireStored(job, AbortSignal.any([signal, hashing.signal]));
  stored.catch(() => {});
  try {
    const { layouts, plan, shelf } = await planOf(bench, job, signal);
    const store = await openSegmentCache(join(bench.cwd, "windows"), clock);
    const progress = createProgress(plan, onProgress);
    const tonemap = layouts.some(({ repairs }) => repairs.highDynamicRange) && (await canTonemap());
    const work = { bench, encoder: { ...encoder, tonemap }, shelf, store, plan, layouts, progress, signal };
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
 * Makes picture and sound at the same time, writes them as one film and checks it. What is new is decoded as soon as
 * it is there.
 */
async function writeFilm(
  work: FilmWork,
  { loudnessLufs, title, decodeAll, storedSha256 }: StitchJob,
  stored: Promise<void>,
  files: { readonly film: string; readonly scratch: string },
): Promise<Omit<Made, "plan">> {
  const { bench, plan, layouts, shelf, store, progress } = work;
  const made = new Map<number, MadeFile>();
  try {
    const [checked] = await concurrently(work.signal, (signal) => {
      // Segments are kept for reuse by their clips' hashes: those must be true before.
      const pieces = stored.then(() => encodeSegments({ ...work, signal }, made)).then(() => piecesOf(work, made));
      const sound = makeSound({ bench, shelf }, plan, layouts, loudnessLufs, join(files.scratch, "sound.mp4"), signal);
      const parts = Promise.all([pieces, sound]).then(([pieces, sound]) => {
        return { pieces, sound, format: plan.format, shelf };
      });
      const isKnown = !decodeAll && storedSha256 !== undefined;
      const decoded = isKnown ? parts.then((parts) => decodeNew(bench, parts, files.scratch, signal)) : null;
      const checked = parts.then(async (parts) => {
        tidy(plan);
        await assemble(parts, files.film, progress.joined, signal, title);
        tidy(plan);
        return checkFilm(bench, files.film, { plan, parts, decoded }, progress.checked, signal);
      });
      return [checked, decoded, pieces, sound];
    });
    return { made, checked };
  } catch (thrown) {
    if (thrown instanceof UnreadablePackets) await forget(store, made, thrown.path);
    throw thrown;
  }
}

/** Clips of a film whose garbage is worth collecting between its stages. */
const MANY_CLIPS = 50;

/** Collects garbage, so that memory is flat: the engine lets tens of megabytes gather before it does so by itself. */
function tidy({ clips }: StitchPlan): void {
  if (clips.length >= MANY_CLIPS) Bun.gc(true);
}

/** The plan's segments as runs of packets. */
const piecesOf = ({ plan, layouts }: FilmWork, made: ReadonlyMap<number, MadeFile>): readonly Piece[] =>
  plan.segments.map((segment, place): Piece => {
    const frames = segmentFrames(segment, plan.clips);
    if (segment.kind !== "copy") return { path: made.get(place)?.path ?? "", from: 0, frames, made: true, starts: [0] };
    const { from, to, clip } = segment;
    const inside = layouts[clip]?.cleanStarts.filter((start) => start >= from && start < to) ?? [];
    const path = layouts[clip]?.path ?? "";
    return { path, from, frames, made: false, starts: inside.map((start) => start - from) };
  });

/** A kept segment that a power cut left incomplete must not spoil the next try. */
async function forget(store: SegmentCache, made: ReadonlyMap<number, MadeFile>, path: string): Promise<void> {
  if ([...made.values()].some((file) => file.path === path)) await store.drop(path);
}

/** A clip that is no longer what was stored has not been decoded: what comes of it would not be checked. */
async function requireStored({ clips, storedSha256 = [] }: StitchJob, signal: AbortSignal): Promise<void> {
  const hashes = new Map<string, string>();
  const buffer = hashBuffer();
  for (const [index, stored] of storedSha256.entries()) {
    const path = clips[index] ?? "";
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while the clips were read; they are whole");
    const found = hashes.get(path) ?? (await sha256Of(path, buffer));
    hashes.set(path, found);
    if (stored !== found)
      throw new VidpipeError(
        "storage.damaged",
        `${shown(path)} is not what was stored: put it back from a backup, or have its scene made again`,
      );
  }
}

/** Nothing that was read may have changed meanwhile: the plan is only true of what was measured. */
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

function reportOf(
  plan: StitchPlan,
  made: ReadonlyMap<number, MadeFile>,
  { media, syncErrorMs, framesDecoded }: CheckedFilm,
  tookSeconds: number,
): StitchReport {
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
    startsSeconds: clipStarts(plan).map((frame) => secondsOf(frame, plan.format.frameRate)),
    segmentsEncoded: made.size - reused,
    segmentsReused: reused,
    encodedShare: framesEncoded / plan.frames,
    framesDecoded,
    syncErrorMs,
    media,
  };
}
