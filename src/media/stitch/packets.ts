import { type FileHandle, open } from "node:fs/promises";
import { boxes, bytesAt, isFastStartOf } from "./mp4-boxes.ts";
import { decoderSpecificInfo, inEntry, type Mp4Track, parseTracks } from "./mp4-tables.ts";

/** An MP4 whose tables are in memory; the file is open only while packets are read. */
export interface Mp4File {
  readonly path: string;
  /** @throws UnreadablePackets when there is none */
  track(kind: Mp4Track["kind"]): Mp4Track;
  readonly hasSound: boolean;
  /** The first picture track is the whole picture, and so with sound: false when there are several. */
  readonly single: boolean;
  /** True when the tables come before the packets. */
  readonly fastStart: boolean;
  /** Packets in decoding order, several at a time; views that stay good. @throws UnreadablePackets */
  packets(track: Mp4Track, from: number, count: number): AsyncGenerator<readonly Uint8Array[]>;
  /** The first bytes of one packet, at most so many. @throws UnreadablePackets */
  head(track: Mp4Track, index: number, bytes: number): Promise<Uint8Array>;
}

/** The files of one film, each with its tables read once. */
export type Shelf = (path: string) => Promise<Mp4File>;

/** @throws UnreadablePackets, when a file is asked for */
export function createShelf(): Shelf {
  const files = new Map<string, Promise<Mp4File>>();
  return (path) => {
    const file = files.get(path) ?? openMp4(path);
    files.set(path, file);
    return file;
  };
}

/** A file does not hold the packets it should: cut off by a crash, changed, or not understood. */
export class UnreadablePackets extends Error {
  override readonly name = "UnreadablePackets";
  readonly path: string;

  constructor(path: string, cause?: unknown) {
    super(`${path} does not hold the packets it should`, { cause });
    this.path = path;
  }
}

/** Most bytes of tables that are read: those of a day of film. */
const mostTableBytes = 64 * 1024 * 1024;

/** Bytes that are read at once. */
const blockBytes = 256 * 1024;

/** Blocks of one open file that stay in memory. */
const keptBlocks = 16;

/** Largest packet that is believed, bytes. */
const mostPacketBytes = 64 * 1024 * 1024;

/** Reads the tables of an MP4. @throws UnreadablePackets */
export async function openMp4(path: string): Promise<Mp4File> {
  const { tracks, fastStart } = await withFile(path, readTables);
  const of = (kind: Mp4Track["kind"]) => tracks.filter((track) => track.kind === kind);
  const blocks = createBlocks(path);
  return {
    path,
    track(kind) {
      const [first] = of(kind);
      if (first === undefined) throw new UnreadablePackets(path, new Error(`no ${kind} track`));
      return first;
    },
    hasSound: of("audio").length > 0,
    single: of("video").length === 1 && of("audio").length <= 1,
    fastStart,
    packets: (track, from, count) => readPackets(blocks, path, track, from, count),
    head: ({ offsets, sizes }, index, bytes) =>
      withFile(path, async (file) => {
        const wanted = Math.min(bytes, sizes[index] ?? 0);
        const head = new Uint8Array(wanted);
        const { bytesRead } = await file.read(head, 0, wanted, offsets[index] ?? 0);
        return head.subarray(0, bytesRead);
      }),
  };
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const file = await open(path, "r");
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new UnreadablePackets(path, cause);
  }
}

async function readTables(file: FileHandle): Promise<{ tracks: readonly Mp4Track[]; fastStart: boolean }> {
  const types: string[] = [];
  let tracks: readonly Mp4Track[] | undefined;
  for await (const box of boxes(file, 0, (await file.stat()).size)) {
    types.push(box.type);
    if (box.type !== "moov" || tracks !== undefined) continue;
    if (box.end - box.start > mostTableBytes) throw new RangeError("its tables are too large");
    const body = await bytesAt(file, box.start, box.end - box.start);
    tracks = parseTracks(new Uint8Array(body.buffer));
  }
  if (tracks === undefined) throw new RangeError("it has no tables");
  return { tracks, fastStart: isFastStartOf(types) };
}

/** Large blocks of one file, of which the last few are kept: its tracks lie in small pieces side by side. */
interface Blocks {
  /** Opens the file for a reader unless another one has; `leave` when done. */
  enter(): void;
  leave(): Promise<void>;
  read(index: number): Promise<Uint8Array>;
}

function createBlocks(path: string): Blocks {
  const kept = new Map<number, Promise<Uint8Array>>();
  let file: Promise<FileHandle> | undefined;
  let readers = 0;
  const load = async (index: number): Promise<Uint8Array> => {
    file ??= open(path, "r");
    const block = new Uint8Array(Buffer.allocUnsafeSlow(blockBytes).buffer); // not zeroed first
    const { bytesRead } = await (await file).read(block, 0, blockBytes, index * blockBytes);
    return block.subarray(0, bytesRead);
  };
  return {
    enter() {
      readers += 1;
    },
    async leave() {
      readers -= 1;
      if (readers > 0) return;
      const last = file;
      file = undefined;
      kept.clear();
      await (await last?.catch(() => undefined))?.close();
    },
    async read(index) {
      const block = kept.get(index) ?? load(index);
      kept.delete(index); // what is used last is last in the map
      kept.set(index, block);
      for (const oldest of kept.keys()) if (kept.size > keptBlocks) kept.delete(oldest);
      return block.catch((cause: unknown) => {
        throw new UnreadablePackets(path, cause);
      });
    },
  };
}

/** Packets, as many at a time as one block of the file holds. */
async function* readPackets(
  blocks: Blocks,
  path: string,
  track: Mp4Track,
  from: number,
  count: number,
): AsyncGenerator<readonly Uint8Array[]> {
  if (from < 0 || from + count > track.sizes.length)
    throw new UnreadablePackets(path, new RangeError("too few packets"));
  blocks.enter();
  try {
    yield* readRuns(blocks, path, track, from, from + count);
  } finally {
    await blocks.leave();
  }
}

async function* readRuns(
  blocks: Blocks,
  path: string,
  { offsets, sizes }: Mp4Track,
  from: number,
  end: number,
): AsyncGenerator<readonly Uint8Array[]> {
  let current = -1;
  let block: Uint8Array = new Uint8Array(0);
  let run: Uint8Array[] = [];
  for (let index = from; index < end; index += 1) {
    const [start, size] = [offsets[index] ?? 0, sizes[index] ?? 0];
    const place = Math.floor(start / blockBytes);
    if (place !== current) {
      if (run.length > 0) yield run;
      [run, current, block] = [[], place, await blocks.read(place)];
    }
    const inside = start - place * blockBytes;
    const whole = inside + size <= blockBytes;
    run.push(whole ? block.subarray(inside, inside + size) : await acrossBlocks(blocks, path, start, size));
    if (run.at(-1)?.length !== size) throw new UnreadablePackets(path, new RangeError("it ends early"));
  }
  yield run;
}

async function acrossBlocks(blocks: Blocks, path: string, start: number, size: number): Promise<Uint8Array> {
  if (size > mostPacketBytes) throw new UnreadablePackets(path, new RangeError("a packet is too large"));
  const parts: Uint8Array[] = [];
  for (let at = start; at < start + size; at = (Math.floor(at / blockBytes) + 1) * blockBytes) {
    const place = Math.floor(at / blockBytes);
    parts.push((await blocks.read(place)).subarray(at - place * blockBytes, start + size - place * blockBytes));
  }
  return Buffer.concat(parts);
}

/** The decoder's configuration record: avcC for H.264, AudioSpecificConfig for AAC; empty for any other. */
export function descriptionOf(track: Mp4Track): Uint8Array {
  if (track.kind === "video") return inEntry(track, "avcC") ?? new Uint8Array(0);
  const esds = inEntry(track, "esds");
  return (esds && decoderSpecificInfo(esds)) ?? new Uint8Array(0);
}
