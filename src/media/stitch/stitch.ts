import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { StitchReport } from "../../domain/media.ts";
import type { Clock, StitchRequest } from "../../ports.ts";
import { type Bench, shown, verifyClip } from "../ffmpeg/verify.ts";
import { assemble, type Piece, type SoundTrack } from "./assemble.ts";
import { type CheckedFilm, checkFilm } from "./check-film.ts";
import type { Encoder } from "./encode-args.ts";
import { encodeSegments, type FilmWork, type MadeFile } from "./encode-segments.ts";
import { type ClipLayout, secondsOf } from "./layout.ts";
import { UnreadablePackets } from "./packets.ts";
import { encodedFrames, planStitch, type StitchPlan, segmentFrames, windowCount } from "./plan.ts";
import { createProgress } from "./progress.ts";
import { readLayout } from "./read-layout.ts";
import { makeSound } from "./sound.ts";
import { openWindowStore, type WindowStore } from "./window-store.ts";

/** What a stitch works with. */
export interface StitchRoom {
  readonly bench: Bench;
  readonly clock: Clock;
  readonly encoder: Encoder;
}

export interface StitchJob extends StitchRequest {
  /** Evens out loudness to this many LUFS; null leaves it alone. */
  readonly loudnessLufs: number | null;
}

/** Clips measured at a time. */
const MEASURED_AT_ONCE = 4;

/** Most clips in one film. */
const MOST_CLIPS = 1_000;

/** Measures clips and decides how they are joined, without making anything. */
export async function planOf(
  bench: Bench,
  request: StitchRequest,
  signal: AbortSignal,
): Promise<{ readonly layouts: readonly ClipLayout[]; readonly plan: StitchPlan }> {
  const { clips } = request;
  if (clips.length === 0) throw new VidpipeError("input.invalid", "there are no clips to join");
  if (clips.length > MOST_CLIPS)
    throw new VidpipeError("input.invalid", `${clips.length} clips are too many; the most is ${MOST_CLIPS}`);
  const layouts: ClipLayout[] = [];
  for (let first = 0; first < clips.length; first += MEASURED_AT_ONCE) {
    const some = clips.slice(first, first + MEASURED_AT_ONCE);
    layouts.push(...(await Promise.all(some.map((clip) => readLayout(bench, clip, signal)))));
  }
  return { layouts, plan: planStitch(layouts, request.crossfadeSeconds) };
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
  { bench, clock, encoder }: StitchRoom,
  job: StitchJob,
  output: string,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<Made> {
  const { layouts, plan } = await planOf(bench, job, signal);
  const store = await openWindowStore(join(bench.cwd, "windows"), clock);
  const progress = createProgress(plan, onProgress);
  const work: FilmWork = { bench, encoder, store, plan, layouts, progress, signal };
  const scratch = await store.scratch();
  // Beside the output, so that the last step is a rename within one file system.
  const film = `${output}.part`;
  try {
    const { made, track } = await encodeAll(work, job.loudnessLufs, join(scratch, "sound.mp4"));
    await joinPieces(work, made, track, film, job.title);
    const checked = await checkFilm(bench, film, plan, progress.checked, signal);
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
  loudnessLufs: number | null,
  soundPath: string,
): Promise<{ readonly made: ReadonlyMap<number, MadeFile>; readonly track: SoundTrack }> {
  const failure = new AbortController();
  const signal = AbortSignal.any([work.signal, failure.signal]);
  const stopOther = (thrown: unknown): never => {
    failure.abort();
    throw thrown;
  };
  const [sound, picture] = await Promise.allSettled([
    makeSound(work.bench, work.plan, work.layouts, loudnessLufs, soundPath, signal).catch(stopOther),
    encodeSegments({ ...work, signal }).catch(stopOther),
  ]);
  const reasons = [sound, picture].flatMap((part) => (part.status === "rejected" ? [part.reason as unknown] : []));
  const cause = reasons.find((reason) => codeOf(reason) !== "run.interrupted") ?? reasons[0];
  if (sound.status === "rejected" || picture.status === "rejected") throw cause;
  return { made: picture.value, track: sound.value };
}

async function joinPieces(
  work: FilmWork,
  made: ReadonlyMap<number, MadeFile>,
  sound: SoundTrack,
  film: string,
  title: string | undefined,
): Promise<void> {
  const { plan, layouts, store, progress, signal } = work;
  const pieces = plan.segments.map((segment, place): Piece => {
    const frames = segmentFrames(segment, plan.clips);
    if (segment.kind === "copy") return { path: layouts[segment.clip]?.path ?? "", from: segment.from, frames };
    return { path: made.get(place)?.path ?? "", from: 0, frames };
  });
  try {
    await assemble(pieces, sound, plan.format, film, progress.joined, signal, title);
  } catch (thrown) {
    if (thrown instanceof UnreadablePackets) await forget(store, made, thrown.path);
    throw thrown;
  }
}

/** A kept segment that a power cut left incomplete must not spoil the next try. */
async function forget(store: WindowStore, made: ReadonlyMap<number, MadeFile>, path: string): Promise<void> {
  if ([...made.values()].some((file) => file.path === path)) await store.drop(path);
}

/** Nothing that was read may have changed meanwhile: the plan is only true of what was measured. */
async function requireUnchanged(layouts: readonly ClipLayout[]): Promise<void> {
  for (const { path, bytes, modifiedAtMs } of layouts) {
    const now = await stat(path);
    if (now.size !== bytes || now.mtimeMs !== modifiedAtMs)
      throw new VidpipeError("media.invalid", `${shown(path)} was changed while it was joined; stitch again`);
  }
}

function reportOf(
  plan: StitchPlan,
  made: ReadonlyMap<number, MadeFile>,
  { media, syncErrorMs }: CheckedFilm,
  tookSeconds: number,
): StitchReport {
  const framesEncoded = encodedFrames(plan);
  const reused = [...made.values()].filter((file) => file.reused).length;
  return {
    mode: plan.fade > 0 ? "crossfade" : "concat",
    clips: plan.clips.length,
    frames: plan.frames,
    durationSeconds: secondsOf(plan.frames, plan.format.frameRate),
    framesCopied: plan.frames - framesEncoded,
    framesEncoded,
    tookSeconds,
    windows: windowCount(plan),
    segmentsEncoded: made.size - reused,
    segmentsReused: reused,
    encodedShare: framesEncoded / plan.frames,
    syncErrorMs,
    media,
  };
}

const codeOf = (thrown: unknown): string =>
  thrown instanceof VidpipeError ? thrown.code : thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";

/** The failure to show: of the disk, of the clip that is to blame, or as it came. */
async function explained(
  thrown: unknown,
  bench: Bench,
  clips: readonly string[],
  signal: AbortSignal,
): Promise<unknown> {
  const code = codeOf(thrown);
  if (["ENOSPC", "EDQUOT"].includes(code))
    return new VidpipeError(
      "storage.full",
      "the disk filled up while the film was joined; free some space and resume",
      {
        cause: thrown,
      },
    );
  if (/^E[A-Z]+$/.test(code))
    return new VidpipeError("storage.io", `the film could not be written (${code}); the clips are untouched`, {
      cause: thrown,
    });
  const mayBeClip = !(thrown instanceof VidpipeError) || ["media.ffmpeg_failed", "media.invalid"].includes(code);
  if (!mayBeClip || signal.aborted) return thrown;
  for (const clip of clips) {
    const fault = await verifyClip(bench, clip, signal).catch((reason: unknown) => reason);
    if (fault instanceof VidpipeError) return fault;
  }
  if (thrown instanceof VidpipeError) return thrown;
  return new VidpipeError("media.ffmpeg_failed", "the clips could not be joined; they are untouched, try again", {
    cause: thrown,
  });
}
