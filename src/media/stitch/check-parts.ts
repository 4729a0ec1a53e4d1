import { VidpipeError } from "../../domain/errors.ts";
import { saidNo } from "../ffmpeg/run.ts";
import type { Bench } from "../ffmpeg/verify.ts";
import type { FilmParts, PacketSums, Piece, SoundTrack } from "./assemble.ts";
import { pictureSpans, type Span, soundSpansMade } from "./compose.ts";
import type { Mp4Track } from "./mp4-tables.ts";
import {
  adtsFrame,
  annexB,
  annexBSets,
  decodePictureArgs,
  decodeSoundPacketsArgs,
  packetsTimeoutMs,
} from "./packet-args.ts";
import { descriptionOf, type Mp4File, type Shelf } from "./packets.ts";
import { clash, type ParameterSet, parseAvcConfiguration } from "./parameter-sets.ts";
import { inspectStart } from "./read-cuts.ts";

const fault = (what: string, cause?: unknown): VidpipeError =>
  new VidpipeError("media.invalid", `the joined film ${what}; the clips and any film before it are untouched`, {
    cause,
  });

/** A film as it was written, and from what. */
export interface WrittenFilm extends FilmParts {
  readonly sums: PacketSums;
}

/**
 * Accepts a film whose copied clips were decoded when they were stored: reads all of it back, compares every packet
 * with its source's, and decodes what is new. Returns the frames that were decoded.
 * @throws VidpipeError media.invalid; UnreadablePackets when a part cannot be read
 */
export async function checkParts(
  bench: Bench,
  film: Mp4File,
  written: WrittenFilm,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const over = new AbortController();
  const joined = AbortSignal.any([signal, over.signal]);
  await requireSets(film, written);
  const work = [
    decodePicture(bench, film, written, joined),
    decodeSound(bench, film, written.sound, joined),
    requireStarts(film, written.pieces),
    requireSame(film, film.track("video"), written.sums.video, onFrames, joined),
    requireSame(film, film.track("audio"), written.sums.audio, () => {}, joined),
  ] as const;
  try {
    const [frames] = await Promise.all(work);
    return frames;
  } catch (thrown) {
    over.abort(); // whatever the others say now is only that
    await Promise.allSettled(work);
    throw thrown;
  }
}

/** Every source's parameter sets are the film's, and no id means two things. */
async function requireSets(film: Mp4File, { pieces, shelf }: FilmParts): Promise<void> {
  const sets = setsOf(film);
  if (sets.some((set) => sets.some((other) => clash(set, other)))) throw fault("has parameter sets that clash");
  for (const path of new Set(pieces.map((piece) => piece.path)))
    if (!setsOf(await shelf(path)).every((own) => sets.some((set) => sameSet(set, own))))
      throw fault("lacks parameter sets of its clips");
}

const setsOf = (mp4: Mp4File): readonly ParameterSet[] =>
  parseAvcConfiguration(descriptionOf(mp4.track("video")))?.sets ?? [];

const sameSet = (a: ParameterSet, b: ParameterSet): boolean =>
  a.kind === b.kind && Buffer.compare(a.bytes, b.bytes) === 0;

/** Every piece starts with an IDR picture, and says so. */
async function requireStarts(film: Mp4File, pieces: readonly Piece[]): Promise<void> {
  const track = film.track("video");
  let start = 0;
  for (const { frames } of pieces) {
    const { idr } = await inspectStart(film, track, start, 4);
    if (track.sync[start] !== true || !idr) throw fault("has a part that does not start with a keyframe");
    start += frames;
  }
}

/** Every packet, found by the film's own tables, is byte for byte what was read from its source. */
async function requireSame(
  film: Mp4File,
  track: Mp4Track,
  sums: readonly number[],
  onPackets: (packets: number) => void,
  signal: AbortSignal,
): Promise<void> {
  if (sums.length !== track.sizes.length) throw fault(`has ${track.sizes.length} packets instead of ${sums.length}`);
  let next = 0;
  for await (const run of film.packets(track, 0, sums.length)) {
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while the film was checked");
    const first = next;
    next += run.length;
    if (!run.every((packet, index) => Bun.hash.crc32(packet) === sums[first + index]))
      throw fault("holds other packets than its clips");
    onPackets(next);
  }
}

/** Decodes the new parts of the picture, as the film holds them, in one run. Returns their frames. */
async function decodePicture(
  bench: Bench,
  film: Mp4File,
  { pieces, shelf }: FilmParts,
  signal: AbortSignal,
): Promise<number> {
  const kinds = await Promise.all(pieces.map(({ path }) => kindOf(path, shelf)));
  const spans = pictureSpans(pieces, kinds);
  const total = countIn(spans);
  if (total === 0) return 0;
  const run = { program: bench.paths.ffmpeg, args: decodePictureArgs, cwd: bench.cwd, task: "decode what is new" };
  try {
    const input = pictureStream(film, spans);
    const { frames } = await bench.runner.frames(
      { ...run, signal, timeoutMs: packetsTimeoutMs(total) },
      () => {},
      input,
    );
    if (frames !== total) throw fault(`has ${frames} of ${total} new frames that decode`);
    return frames;
  } catch (thrown) {
    throw saidNo(thrown) ? fault("has new frames that do not decode", thrown) : thrown;
  }
}

const kindOf = async (path: string, shelf: Shelf): Promise<string> =>
  Buffer.from(descriptionOf((await shelf(path)).track("video"))).toString("hex");

const countIn = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + to - from, 0);

async function* pictureStream(film: Mp4File, spans: readonly Span[]): AsyncGenerator<Uint8Array> {
  const sets = annexBSets(setsOf(film));
  for (const { from, to } of spans) {
    yield sets;
    for await (const run of film.packets(film.track("video"), from, to - from)) {
      const parts = run.map((packet) => annexB(packet));
      yield Buffer.concat(parts.map((part) => part ?? refuse("has packets that cannot be taken apart")));
    }
  }
}

function refuse(what: string): never {
  throw fault(what);
}

/** Decodes the new parts of the sound, as the film holds them. */
async function decodeSound(bench: Bench, film: Mp4File, sound: SoundTrack, signal: AbortSignal): Promise<void> {
  const spans = soundSpansMade(sound);
  const total = countIn(spans);
  if (total === 0) return;
  const packets = async function* () {
    for (const { from, to } of spans) {
      for await (const run of film.packets(film.track("audio"), from, to - from))
        yield Buffer.concat(run.map(adtsFrame));
    }
  };
  const run = { program: bench.paths.ffmpeg, args: decodeSoundPacketsArgs, cwd: bench.cwd, task: "decode new sound" };
  const limits = { signal, timeoutMs: packetsTimeoutMs(total) };
  const { stdout } = await bench.runner.text({ ...run, ...limits }, packets()).catch((thrown: unknown) => {
    throw saidNo(thrown) ? fault("has new sound that does not decode", thrown) : thrown;
  });
  const decoded = stdout.split("\n").filter((line) => /^\d/.test(line)).length;
  if (decoded !== total) throw fault(`has ${decoded} of ${total} new sound packets that decode`);
}
