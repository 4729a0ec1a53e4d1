import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { StitchReport } from "../../domain/media.ts";
import type { Clock, StitchRequest } from "../../ports.ts";
import { type Bench, shown } from "../ffmpeg/verify.ts";
import { assemble, type Piece, type SoundTrack } from "./assemble.ts";
import { codeOf, explained } from "./blame.ts";
import { type CheckedFilm, checkFilm } from "./check-film.ts";
import type { Encoder } from "./encode-args.ts";
import { encodeSegments, type FilmWork, type MadeFile } from "./encode-segments.ts";
import { type ClipLayout, secondsOf } from "./layout.ts";
import { createShelf, type Shelf, UnreadablePackets } from "./packets.ts";
import { clipStarts, encodedFrames, type StitchPlan, segmentFrames, windowCount } from "./plan.ts";
import { planFilm, type Wishes } from "./plan-film.ts";
import { createProgress } from "./progress.ts";
import { readLayout, sha256Of } from "./read-layout.ts";
import { makeSound } from "./sound.ts";
import { openWindowStore, type WindowStore } from "./window-store.ts";

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

/** Clips measured at a time. */
const MEASURED_AT_ONCE = 4;

/** Most clips in one film. */
const MOST_CLIPS = 1_000;

/** Measures clips and decides how they are joined, without making anything. */
export async function planOf(
  bench: Bench,
  request: StitchRequest & Wishes,
  signal: AbortSignal,
): Promise<{ readonly layouts: readonly ClipLayout[]; readonly plan: StitchPlan; readonly shelf: Shelf }> {
  const { clips, storedSha256 } = request;
  if (clips.length === 0) throw new VidpipeError("input.invalid", "there are no clips to join");
  if (clips.length > MOST_CLIPS)
    throw new VidpipeError("input.invalid", `${clips.length} clips are too many; the most is ${MOST_CLIPS}`);
  const layouts: ClipLayout[] = [];
  const shelf = createShelf();
  const room = { bench, shelf, known: new Map() };
  for (let first = 0; first < clips.length; first += MEASURED_AT_ONCE) {
    const some = clips.slice(first, first + MEASURED_AT_ONCE);
    const measured = some.map((clip, index) => readLayout(room, clip, storedSha256?.[first + index], signal));
    layouts.push(...(await Promise.all(measured)));
  }
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
  { bench, clock, encoder, canTonemap }: StitchRoom,
  job: StitchJob,
  output: string,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<Made> {
  const { layouts, plan, shelf } = await planOf(bench, job, signal);
  const store = await openWindowStore(join(bench.cwd, "windows"), clock);
  const progress = createProgress(plan, onProgress);
  const tonemap = layouts.some(({ repairs }) => repairs.highDynamicRange) && (await canTonemap());
  const work: FilmWork = { bench, encoder: { ...encoder, tonemap }, shelf, store, plan, layouts, progress, signal };
  const scratch = await store.scratch();
  // Beside the output, so that the last step is a rename within one file system.
  const film = `${output}.part`;
  try {
    const { made, track } = await encodeAll(work, job, join(scratch, "sound.mp4"));
    const decodeAll = job.decodeAll || job.storedSha256 === undefined;
    const checked = await joinPieces(work, made, track, film, { title: job.title, decodeAll });
    await requireUnchanged(layouts);
    await rename(film, output);
    await store.prune();
    return { plan, made, checked };
  } finally {
    await rm(film, { force: true });
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Picture and sound at the same time; the failure of one stops the other. */
async function encodeAll(
  work: FilmWork,
  { loudnessLufs, storedSha256 }: StitchJob,
  soundPath: string,
): Promise<{ readonly made: ReadonlyMap<number, MadeFile>; readonly track: SoundTrack }> {
  const failure = new AbortController();
  const signal = AbortSignal.any([work.signal, failure.signal]);
  const stopOther = (thrown: unknown): never => {
    failure.abort();
    throw thrown;
  };
  const encodePicture = async () => {
    // Segments are kept for reuse by their clips' hashes: those must be true before.
    if (storedSha256 !== undefined) await requireStored(work.layouts, signal);
    return encodeSegments({ ...work, signal });
  };
  const [sound, picture] = await Promise.allSettled([
    makeSound(work, work.plan, work.layouts, loudnessLufs, soundPath, signal).catch(stopOther),
    encodePicture().catch(stopOther),
  ]);
  const reasons = [sound, picture].flatMap((part) => (part.status === "rejected" ? [part.reason as unknown] : []));
  const cause = reasons.find((reason) => codeOf(reason) !== "run.interrupted") ?? reasons[0];
  if (sound.status === "rejected" || picture.status === "rejected") throw cause;
  return { made: picture.value, track: sound.value };
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

/** Writes the film and checks it. */
async function joinPieces(
  work: FilmWork,
  made: ReadonlyMap<number, MadeFile>,
  sound: SoundTrack,
  film: string,
  { title, decodeAll }: { readonly title: string | undefined; readonly decodeAll: boolean },
): Promise<CheckedFilm> {
  const { bench, plan, shelf, store, progress, signal } = work;
  const parts = { pieces: piecesOf(work, made), sound, format: plan.format, shelf };
  try {
    const sums = await assemble(parts, film, progress.joined, signal, title);
    return await checkFilm(bench, film, { plan, written: { ...parts, sums }, decodeAll }, progress.checked, signal);
  } catch (thrown) {
    if (thrown instanceof UnreadablePackets) await forget(store, made, thrown.path);
    throw thrown;
  }
}

/** A kept segment that a power cut left incomplete must not spoil the next try. */
async function forget(store: WindowStore, made: ReadonlyMap<number, MadeFile>, path: string): Promise<void> {
  if ([...made.values()].some((file) => file.path === path)) await store.drop(path);
}

/** A clip that is no longer what was stored has not been decoded: what comes of it would not be checked. */
async function requireStored(layouts: readonly ClipLayout[], signal: AbortSignal): Promise<void> {
  for (const path of new Set(layouts.map((clip) => clip.path))) {
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while the clips were read; they are whole");
    const found = await sha256Of(path);
    if (layouts.some((clip) => clip.path === path && clip.sha256 !== found))
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
