import { VidpipeError } from "../../../domain/errors.ts";
import { clash, type ParameterSet, parseAvcConfiguration, sameSet } from "../format/h264-parameter-sets.ts";
import { type Chunk, chunksOf } from "../mp4/chunk-layout.ts";
import type { Mp4Track } from "../mp4/movie.ts";
import { groups, type PacketReader, withPackets } from "../mp4/packet-reader.ts";
import type { FilmParts, PictureRun } from "../mp4/packet-runs.ts";
import { descriptionOf, type Mp4File } from "../mp4/packets.ts";
import { inspectStart } from "../probe/keyframe-cuts.ts";

/** A film that is not accepted, and why. */
export const filmFault = (what: string, cause?: unknown): VidpipeError =>
  new VidpipeError("media.invalid", `the joined film ${what}; the clips and any film before it are untouched`, {
    cause,
  });

/**
 * Reads all of a film back: every run begins with a keyframe, the film has the parameter sets of all runs, and every
 * packet, found by the film's own tables, is byte for byte that of its source.
 * @throws VidpipeError media.invalid; UnreadablePackets when a part cannot be read
 */
export async function checkParts(
  film: Mp4File,
  parts: FilmParts,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
): Promise<void> {
  await requireSets(film, parts);
  await withPackets(async (reader) => {
    await requireStarts(reader, film, parts.runs);
    await requireSame(reader, film, parts, onFrames, signal);
  });
}

/** Every source's parameter sets are the film's, and no id means two things. */
async function requireSets(film: Mp4File, { runs, mp4Files }: FilmParts): Promise<void> {
  const sets = setsOf(film);
  if (sets.some((set) => sets.some((other) => clash(set, other)))) throw filmFault("has parameter sets that clash");
  for (const path of new Set(runs.map((run) => run.path)))
    if (!setsOf(await mp4Files(path)).every((own) => sets.some((set) => sameSet(set, own))))
      throw filmFault("lacks parameter sets of its clips");
}

const setsOf = (mp4: Mp4File): readonly ParameterSet[] =>
  parseAvcConfiguration(descriptionOf(mp4.track("video")))?.sets ?? [];

/** Every run starts with an IDR picture that is marked as one. */
async function requireStarts(reader: PacketReader, film: Mp4File, runs: readonly PictureRun[]): Promise<void> {
  const track = film.track("video");
  let start = 0;
  for (const { packets } of runs) {
    const { idr } = await inspectStart(reader, film, start, 4);
    if (track.sync[start] !== 1 || !idr) throw filmFault("has a part that does not start with a keyframe");
    start += packets;
  }
}

async function requireSame(
  reader: PacketReader,
  film: Mp4File,
  parts: FilmParts,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const chunks = chunksOf(parts);
  for (const kind of ["video", "audio"] as const) {
    const [found, meant] = [film.track(kind).sizes.length, packetsIn(chunks, kind)];
    if (found !== meant) throw filmFault(`has ${found} packets instead of ${meant}`);
  }
  const isSame = createComparison(reader);
  for (const chunk of chunks) {
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while the film was checked");
    if (!(await isSame(chunk, film, await parts.mp4Files(chunk.path))))
      throw filmFault("has packets that differ from those of its clips");
    if (chunk.kind === "video") onFrames(chunk.at + chunk.packets);
  }
}

/** Bytes that are compared at once. */
const comparedBytes = 512 * 1024;

/** Compares packets of a film with those of the file that they came from. */
function createComparison(reader: PacketReader): (chunk: Chunk, film: Mp4File, source: Mp4File) => Promise<boolean> {
  let buffers = [Buffer.allocUnsafeSlow(comparedBytes), Buffer.allocUnsafeSlow(comparedBytes)] as const;
  return async ({ kind, from, packets, at }, film, source) => {
    const [ours, theirs] = [film.track(kind), source.track(kind)];
    if (Buffer.compare(bytesOf(ours, at, packets), bytesOf(theirs, from, packets)) !== 0) return false;
    for (const { from: first, count, bytes } of groups(theirs.sizes, from, packets, comparedBytes)) {
      if (bytes > buffers[0].length) buffers = [Buffer.allocUnsafeSlow(bytes), Buffer.allocUnsafeSlow(bytes)];
      await reader.copy(film.path, ours, at + first - from, count, buffers[0]);
      await reader.copy(source.path, theirs, first, count, buffers[1]);
      if (buffers[0].compare(buffers[1], 0, bytes, 0, bytes) !== 0) return false;
    }
    return true;
  };
}

const packetsIn = (chunks: readonly Chunk[], kind: Chunk["kind"]): number =>
  chunks.reduce((sum, chunk) => (chunk.kind === kind ? sum + chunk.packets : sum), 0);

/** The sizes of some packets, as bytes to compare. */
function bytesOf({ sizes }: Mp4Track, from: number, count: number): Uint8Array {
  const some = sizes.subarray(from, from + count);
  return new Uint8Array(some.buffer, some.byteOffset, some.byteLength);
}
