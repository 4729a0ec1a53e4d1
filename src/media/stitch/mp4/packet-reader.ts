import { type FileHandle, open } from "node:fs/promises";
import type { Mp4Track } from "./movie.ts";
import { UnreadablePackets } from "./packets.ts";

/** Where the packets of a track lie. */
type Places = Pick<Mp4Track, "offsets" | "sizes">;

/**
 * Reads packets of any number of files with the same few buffers, so that memory does not grow with the film. One
 * call at a time. All @throws UnreadablePackets
 */
export interface PacketReader {
  /** Copies packets one behind the other to the start of `target`, which must have room for them. */
  copy(path: string, places: Places, from: number, count: number, target: Uint8Array): Promise<void>;
  /** Packets in decoding order, several at a time, in memory of their own. */
  packets(path: string, places: Places, from: number, count: number): AsyncGenerator<readonly Uint8Array[]>;
  /** The first bytes of one packet, at most `bytes`. */
  head(path: string, places: Places, index: number, bytes: number): Promise<Uint8Array>;
}

/** Bytes that are read at once, and that `packets` gives at once. */
const windowBytes = 1024 * 1024;

/** Bytes read ahead of the needed one: the other track's packets of the same time are there. */
const slackBytes = 64 * 1024;

/** Windows kept: picture and sound of a clip that lie apart, the film they are compared with, and one to spare. */
const keptWindows = 4;

/** Files kept open: a clip, the new sound, a film. */
const keptFiles = 4;

/** Largest packet that is accepted, bytes. */
const mostPacketBytes = 64 * 1024 * 1024;

/** Bytes of a file that are in memory. */
interface Window {
  path: string;
  start: number;
  end: number;
  readonly bytes: Buffer;
}

/** Gives `use` a reader and closes its files. */
export async function withPackets<T>(use: (reader: PacketReader) => Promise<T>): Promise<T> {
  await using files = createFiles();
  return await use(createPacketReader(files));
}

/** The parts of files that were read last. */
function createWindows(files: Files) {
  const windows: Window[] = []; // the one used last is last
  const holds = (one: Window, path: string, start: number, end: number) =>
    one.start <= start && end <= one.end && one.path === path;
  return {
    /** One that holds these bytes already. */
    find(path: string, start: number, end: number): Window | undefined {
      const last = windows.at(-1);
      if (last === undefined || holds(last, path, start, end)) return last;
      const index = windows.findIndex((one) => holds(one, path, start, end));
      const [window] = index < 0 ? [] : windows.splice(index, 1);
      if (window !== undefined) windows.push(window);
      return window;
    },
    /** One that does now. */
    async load(path: string, start: number, end: number): Promise<Window> {
      const oldest = windows.length === keptWindows ? windows.shift() : undefined;
      const window = oldest ?? { path, start: 0, end: 0, bytes: Buffer.allocUnsafeSlow(windowBytes) };
      window.end = 0; // should reading fail
      window.path = path;
      window.start = Math.max(0, start - slackBytes);
      if (end > window.start + windowBytes) window.start = start;
      windows.push(window);
      window.end = window.start + (await files.read(path, window.bytes, window.start));
      if (end > window.end) throw new UnreadablePackets(path, new RangeError("it ends early"));
      return window;
    },
  };
}

function createPacketReader(files: Files): PacketReader {
  const windows = createWindows(files);
  const copy: PacketReader["copy"] = async (path, places, from, count, target) => {
    requireRange(path, places, from, count);
    let filled = 0;
    for (let index = from; index < from + count; ) {
      const { start, end, next } = stretchAt(places, index, from + count);
      if (end - start > windowBytes) await files.readAll(path, target.subarray(filled, filled + end - start), start);
      else {
        const window = windows.find(path, start, end) ?? (await windows.load(path, start, end));
        window.bytes.copy(target, filled, start - window.start, end - window.start);
      }
      filled += end - start;
      index = next;
    }
  };
  return {
    copy,
    async *packets(path, places, from, count) {
      requireRange(path, places, from, count);
      for (const group of groups(places.sizes, from, count, windowBytes)) {
        const bytes = Buffer.allocUnsafeSlow(group.bytes);
        await copy(path, places, group.from, group.count, bytes);
        let at = 0;
        yield Array.from(places.sizes.subarray(group.from, group.from + group.count), (size) => {
          at += size;
          return bytes.subarray(at - size, at);
        });
      }
    },
    async head(path, places, index, bytes) {
      const head = new Uint8Array(Math.min(bytes, places.sizes[index] ?? 0));
      return head.subarray(0, await files.read(path, head, places.offsets[index] ?? 0));
    },
  };
}

/** The bytes of a packet and of those right behind it, as far as one window holds them; and the packet after them. */
function stretchAt(
  { offsets, sizes }: Places,
  index: number,
  last: number,
): { readonly start: number; readonly end: number; readonly next: number } {
  const start = offsets[index] ?? 0;
  let end = start + (sizes[index] ?? 0);
  let next = index + 1;
  while (next < last && offsets[next] === end && end + (sizes[next] ?? 0) - start <= windowBytes) {
    end += sizes[next] ?? 0;
    next += 1;
  }
  return { start, end, next };
}

/** Packets of a track that are handled at once. */
interface Group {
  readonly from: number;
  readonly count: number;
  readonly bytes: number;
}

/** Splits packets into groups of at most `mostBytes`; a larger packet is a group by itself. */
export function* groups(sizes: Uint32Array, from: number, count: number, mostBytes: number): Generator<Group> {
  let first = from;
  let bytes = 0;
  for (let index = from; index < from + count; index += 1) {
    const size = sizes[index] ?? 0;
    if (index > first && bytes + size > mostBytes) {
      yield { from: first, count: index - first, bytes };
      first = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (count > 0) yield { from: first, count: from + count - first, bytes };
}

function requireRange(path: string, { sizes }: Places, from: number, count: number): void {
  if (from < 0 || from + count > sizes.length) throw new UnreadablePackets(path, new RangeError("too few packets"));
  for (let index = from; index < from + count; index += 1)
    if ((sizes[index] ?? 0) > mostPacketBytes)
      throw new UnreadablePackets(path, new RangeError("a packet is too large"));
}

type Files = ReturnType<typeof createFiles>;

/** A few open files. */
function createFiles() {
  const handles = new Map<string, FileHandle>(); // the one opened last is last
  const handleOf = async (path: string): Promise<FileHandle> => {
    const known = handles.get(path);
    if (known !== undefined) return known;
    const [oldest] = handles;
    if (oldest !== undefined && handles.size === keptFiles) {
      handles.delete(oldest[0]);
      await oldest[1].close();
    }
    const file = await open(path, "r");
    handles.set(path, file);
    return file;
  };
  /** Fills `bytes` up to the end of the file. Returns how many were read. */
  const read = async (path: string, bytes: Uint8Array, at: number): Promise<number> => {
    try {
      return (await (await handleOf(path)).read(bytes, 0, bytes.length, at)).bytesRead;
    } catch (cause) {
      throw new UnreadablePackets(path, cause);
    }
  };
  return {
    read,
    async readAll(path: string, bytes: Uint8Array, at: number): Promise<void> {
      if ((await read(path, bytes, at)) < bytes.length)
        throw new UnreadablePackets(path, new RangeError("it ends early"));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...handles.values()].map((file) => file.close()));
    },
  };
}
