import { type FileHandle, open } from "node:fs/promises";
import { fourAt, viewOf } from "./boxes.ts";
import { type Movie, type Mp4Track, type OpenMovie, openMovie } from "./movie.ts";

/** The tables of an MP4: of its `moov` box and of all fragments behind it. */
export interface Mp4File {
  readonly path: string;
  /** The first of its kind. @throws UnreadablePackets when there is none */
  track(kind: Mp4Track["kind"]): Mp4Track;
  readonly hasPicture: boolean;
  readonly hasSound: boolean;
  /** Tracks beyond the first picture and the first sound, in words. */
  readonly extras: readonly string[];
  /** True when some of its packets are told by fragments. */
  readonly fragmented: boolean;
  /** True when the tables come before the packets. */
  readonly fastStart: boolean;
}

/** Opens the files of one film; the tables of each are read once. */
export type Mp4Files = (path: string) => Promise<Mp4File>;

/** @throws UnreadablePackets, when a file is asked for */
export function createMp4Files(): Mp4Files {
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

/** Most boxes of a file: a fragment for each frame of an hour. */
const mostBoxes = 500_000;

/** Reads the tables of an MP4. @throws UnreadablePackets */
export async function openMp4(path: string): Promise<Mp4File> {
  const { movie, ...facts } = await readTables(path).catch((cause: unknown) => {
    throw new UnreadablePackets(path, cause);
  });
  const first = (kind: Mp4Track["kind"]) => movie.tracks.find((track) => track.kind === kind);
  return {
    path,
    track(kind) {
      const found = first(kind);
      if (found === undefined) throw new UnreadablePackets(path, new Error(`no ${kind} track`));
      return found;
    },
    hasPicture: first("video") !== undefined,
    hasSound: first("audio") !== undefined,
    extras: movie.extras,
    ...facts,
  };
}

async function readTables(
  path: string,
): Promise<{ readonly movie: Movie; readonly fragmented: boolean; readonly fastStart: boolean }> {
  await using file = await open(path, "r");
  const { size: fileBytes } = await file.stat();
  const places = new Map<string, number>(); // of the first box of each kind
  let tableBytes = 0;
  const bodyOf = async ({ start, end }: FileBox): Promise<Uint8Array> => {
    tableBytes += end - start;
    if (tableBytes > mostTableBytes) throw new RangeError("its tables are too large");
    if (end > fileBytes) throw new RangeError("its tables are cut off");
    return new Uint8Array((await bytesAt(file, start, end - start)).buffer);
  };
  const reading: Reading = { brands: [], movie: undefined };
  for await (const box of boxes(file, fileBytes)) {
    const again = places.has(box.type);
    if (!again) places.set(box.type, box.at);
    if (box.type === "moof" || (!again && (box.type === "moov" || box.type === "ftyp")))
      takeTables(reading, box, await bodyOf(box), fileBytes);
  }
  if (reading.movie === undefined) throw new RangeError("it has no tables");
  const fastStart = (places.get("moov") ?? 0) < (places.get("mdat") ?? 0);
  return { movie: reading.movie.end(), fragmented: places.has("moof"), fastStart };
}

/** True when a file has fragments; a file that is no MP4 has none. */
export async function isFragmented(path: string): Promise<boolean> {
  await using file = await open(path, "r");
  let count = 0;
  for await (const { type } of boxes(file, (await file.stat()).size)) {
    if (type === "moof") return true;
    count += 1;
    if (count === mostBoxes) return false;
  }
  return false;
}

/** What was read of a file so far. */
interface Reading {
  brands: readonly string[];
  movie: OpenMovie | undefined;
}

function takeTables(reading: Reading, { type, at }: FileBox, body: Uint8Array, fileBytes: number): void {
  if (type === "ftyp") reading.brands = brandsOf(body);
  else if (type === "moov") reading.movie = openMovie(body, reading.brands, fileBytes);
  else if (reading.movie === undefined) throw new RangeError("a fragment comes before its movie");
  else reading.movie.addFragment(body, at);
}

/** The kinds of file that a file says it is; the version between the first and the others is none. */
function brandsOf(body: Uint8Array): readonly string[] {
  const view = viewOf(body);
  return Array.from({ length: body.length >> 2 }, (_, index) => fourAt(view, index * 4));
}

/** A box of a file, by byte offsets: of its first byte, and of its content's start and end. */
interface FileBox {
  readonly type: string;
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** The boxes of a file. @throws RangeError when there are too many */
async function* boxes(file: FileHandle, fileBytes: number): AsyncGenerator<FileBox> {
  let count = 0;
  for (let at = 0; at + 8 <= fileBytes; ) {
    const head = await bytesAt(file, at, 16);
    const short = head.getUint32(0);
    const size = short === 1 ? Number(head.getBigUint64(8)) : short === 0 ? fileBytes - at : short;
    if (size < 8) return;
    count += 1;
    if (count > mostBoxes) throw new RangeError("it has too many boxes");
    yield { type: fourAt(head, 4), at, start: at + (short === 1 ? 16 : 8), end: at + size };
    at += size;
  }
}

/** Bytes of a file; zeros where it ends early. */
async function bytesAt(file: FileHandle, at: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  await file.read(bytes, 0, length, at);
  return new DataView(bytes.buffer);
}

/** The decoder's configuration record of a track; empty for a codec without one that is known here. */
export const descriptionOf = ({ entry }: Mp4Track): Uint8Array => entry.description;
