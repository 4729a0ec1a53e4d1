import { type FileHandle, open } from "node:fs/promises";
import { VidpipeError } from "../../../domain/errors.ts";
import { mergedAvcRecord, parseAvcConfiguration } from "../format/h264-parameter-sets.ts";
import { type Chunk, chunksOf, filmTables } from "./chunk-layout.ts";
import { filmHead } from "./movie-boxes.ts";
import { groups, type PacketReader, withPackets } from "./packet-reader.ts";
import type { FilmParts, PictureRun } from "./packet-runs.ts";
import { descriptionOf, type Mp4Files, UnreadablePackets } from "./packets.ts";
import type { FilmWords } from "./sample-entries.ts";

/** Bytes written at once; a larger packet is written alone. */
const writtenBytes = 1024 * 1024;

/**
 * Writes picture runs and a sound track as one MP4 with `moov` in front: one sample entry, times continuous from 0.
 * Memory does not grow with the film but for its tables.
 * @throws UnreadablePackets, VidpipeError run.interrupted; errors of the file system as they come
 */
export async function assemble(
  parts: FilmParts,
  output: string,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
  words: FilmWords = {},
): Promise<void> {
  const { format, sound } = parts;
  const chunks = chunksOf(parts);
  const tables = await filmTables(parts);
  const decoder = await decoderOf(parts.runs, parts.mp4Files);
  const head = filmHead({ format, decoder, samples: sound.samples, tables, chunks, words });
  await using file = await open(output, "w");
  const writer = createWriter(file);
  try {
    (await writer.reserve(head.length)).set(head);
    await withPackets((reader) => copyChunks(parts.mp4Files, chunks, reader, writer, onFrames, signal));
    await writer.end();
  } finally {
    await writer.settled();
  }
}

async function copyChunks(
  mp4Files: Mp4Files,
  chunks: readonly Chunk[],
  reader: PacketReader,
  writer: Writer,
  onFrames: (frames: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const { kind, path, from, packets, at } of chunks) {
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while joining; the clips are untouched");
    const track = (await mp4Files(path)).track(kind);
    for (const group of groups(track.sizes, from, packets, writtenBytes))
      await reader.copy(path, track, group.from, group.count, await writer.reserve(group.bytes));
    if (kind === "video") onFrames(at + packets);
  }
}

/** One avcC record that covers every run. @throws UnreadablePackets */
export async function decoderOf(runs: readonly PictureRun[], mp4Files: Mp4Files): Promise<Uint8Array> {
  const configurations = [];
  for (const path of new Set(runs.map((run) => run.path))) {
    const configuration = parseAvcConfiguration(descriptionOf((await mp4Files(path)).track("video")));
    if (configuration === undefined) throw new UnreadablePackets(path);
    configurations.push(configuration);
  }
  return mergedAvcRecord(configurations);
}

type Writer = ReturnType<typeof createWriter>;

/** Writes a file from its start; the next bytes are read while the last are written. */
function createWriter(file: FileHandle) {
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
    /** Returns a buffer for the next bytes. They are written at the next call, or at the end. */
    async reserve(bytes: number): Promise<Uint8Array> {
      if (filled + bytes > filling.length) await flush();
      if (bytes > filling.length) filling = Buffer.allocUnsafeSlow(bytes);
      filled += bytes;
      return filling.subarray(filled - bytes, filled);
    },
    async end(): Promise<void> {
      await flush();
      await writing;
    },
    /** Resolves when no write is under way, whether it succeeded or not. */
    settled: (): Promise<void> => writing.catch(() => {}),
  };
}

/** Continues after a partial write, which is how a full disk first shows. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
