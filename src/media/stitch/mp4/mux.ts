import { type FileHandle, open } from "node:fs/promises";
import { VidpipeError } from "../../../domain/errors.ts";
import { mergedAvcRecord, parseAvcConfiguration } from "../format/h264-parameter-sets.ts";
import { filmTables, type Run, runsOf } from "./chunk-layout.ts";
import { filmHead } from "./movie-boxes.ts";
import { groups, type PacketReader, withPackets } from "./packet-reader.ts";
import type { FilmParts, Piece } from "./packet-runs.ts";
import { descriptionOf, type ImageStore, UnreadablePackets } from "./packets.ts";

/** Bytes written at once; a larger packet is written alone. */
const writtenBytes = 1024 * 1024;

/**
 * Writes pieces and a sound track as one MP4 with `moov` in front: one sample entry, times continuous from 0.
 * Memory does not grow with the film but for its tables.
 * @throws UnreadablePackets, VidpipeError run.interrupted; errors of the file system as they come
 */
export async function assemble(
  parts: FilmParts,
  output: string,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
  title?: string,
): Promise<void> {
  const { format, sound } = parts;
  const [runs, tables, decoder] = [runsOf(parts), await filmTables(parts), await decoderOf(parts.pieces, parts.shelf)];
  const head = filmHead({ format, decoder, samples: sound.samples, tables, runs, title });
  const file = await open(output, "w");
  const writer = createWriter(file);
  try {
    (await writer.room(head.length)).set(head);
    await withPackets((reader) => copyRuns(parts.shelf, runs, reader, writer, onFrames, signal));
    await writer.end();
  } finally {
    await writer.settled();
    await file.close();
  }
}

async function copyRuns(
  shelf: ImageStore,
  runs: readonly Run[],
  reader: PacketReader,
  writer: Writer,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const { kind, path, from, packets, at } of runs) {
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while joining; the clips are untouched");
    const track = (await shelf(path)).track(kind);
    for (const group of groups(track.sizes, from, packets, writtenBytes))
      await reader.copy(path, track, group.from, group.count, await writer.room(group.bytes));
    if (kind === "video") onFrames(at + packets);
  }
}

/** One avcC record that covers every piece. @throws UnreadablePackets */
export async function decoderOf(pieces: readonly Piece[], shelf: ImageStore): Promise<Uint8Array> {
  const configurations = [];
  for (const path of new Set(pieces.map((piece) => piece.path))) {
    const configuration = parseAvcConfiguration(descriptionOf((await shelf(path)).track("video")));
    if (configuration === undefined) throw new UnreadablePackets(path);
    configurations.push(configuration);
  }
  return mergedAvcRecord(configurations);
}

/** Writes a file from its start; the next bytes are read while the last are written. */
interface Writer {
  /** Where the next so many bytes are put; they are written when room is asked for again, or at the end. */
  room(bytes: number): Promise<Uint8Array>;
  end(): Promise<void>;
  /** Resolves when nothing is being written, whatever came of it. */
  settled(): Promise<void>;
}

function createWriter(file: FileHandle): Writer {
  let [filling, spare] = [Buffer.allocUnsafeSlow(writtenBytes), Buffer.allocUnsafeSlow(writtenBytes)];
  let [filled, position] = [0, 0];
  let writing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    writing = writeAll(file, filling.subarray(0, filled), position);
    writing.catch(() => {}); // told when it is waited for
    [filling, spare] = [spare, filling];
    [filled, position] = [0, position + filled];
  };
  return {
    async room(bytes) {
      if (filled + bytes > filling.length) await flush();
      if (bytes > filling.length) filling = Buffer.allocUnsafeSlow(bytes);
      filled += bytes;
      return filling.subarray(filled - bytes, filled);
    },
    async end() {
      await flush();
      await writing;
    },
    settled: () => writing.catch(() => {}),
  };
}

/** A partial write is not a whole one: that is how a disk that fills up shows itself. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
