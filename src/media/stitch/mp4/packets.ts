import { type FileHandle, open } from "node:fs/promises";
import { decoderSpecificInfo, inEntry, type Mp4Track, parseTracks } from "./sample-tables.ts";

/** The tables of an MP4. */
export interface Mp4File {
  readonly path: string;
  /** @throws UnreadablePackets when there is none */
  track(kind: Mp4Track["kind"]): Mp4Track;
  readonly hasSound: boolean;
  /** The first picture track is the whole picture, and so with sound: false when there are several. */
  readonly single: boolean;
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

/** Reads the tables of an MP4. @throws UnreadablePackets */
export async function openMp4(path: string): Promise<Mp4File> {
  const { tracks, fastStart } = await readTables(path).catch((cause: unknown) => {
    throw new UnreadablePackets(path, cause);
  });
  const of = (kind: Mp4Track["kind"]) => tracks.filter((track) => track.kind === kind);
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
  };
}

async function readTables(path: string): Promise<{ tracks: readonly Mp4Track[]; fastStart: boolean }> {
  await using file = await open(path, "r");
  const types: string[] = [];
  let tracks: readonly Mp4Track[] | undefined;
  for await (const box of boxes(file)) {
    types.push(box.type);
    if (box.type !== "moov" || tracks !== undefined) continue;
    if (box.end - box.start > mostTableBytes) throw new RangeError("its tables are too large");
    const body = await bytesAt(file, box.start, box.end - box.start);
    tracks = parseTracks(new Uint8Array(body.buffer));
  }
  if (tracks === undefined) throw new RangeError("it has no tables");
  return { tracks, fastStart: types.indexOf("moov") < types.indexOf("mdat") };
}

/** The decoder's configuration record: avcC for H.264, AudioSpecificConfig for AAC; empty for any other. */
export function descriptionOf(track: Mp4Track): Uint8Array {
  if (track.kind === "video") return inEntry(track, "avcC") ?? new Uint8Array(0);
  const esds = inEntry(track, "esds");
  return (esds && decoderSpecificInfo(esds)) ?? new Uint8Array(0);
}

/** The boxes of a file, with the byte offsets of the content's start and end. */
async function* boxes(file: FileHandle) {
  const { size: end } = await file.stat();
  for (let at = 0; at + 8 <= end; ) {
    const head = await bytesAt(file, at, 16);
    const short = head.getUint32(0);
    const type = String.fromCharCode(head.getUint8(4), head.getUint8(5), head.getUint8(6), head.getUint8(7));
    const size = short === 1 ? Number(head.getBigUint64(8)) : short === 0 ? end - at : short;
    if (size < 8) return;
    yield { type, start: at + (short === 1 ? 16 : 8), end: at + size };
    at += size;
  }
}

/** Bytes of a file; zeros where it ends early. */
async function bytesAt(file: FileHandle, at: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  await file.read(bytes, 0, length, at);
  return new DataView(bytes.buffer);
}
