/** Decodes what is new in a film, from where it was made: that the film holds the same packets is checked with it. */
import { saidNo } from "../ffmpeg/run.ts";
import type { Bench } from "../ffmpeg/verify.ts";
import { decoderOf, type Piece, type SoundTrack } from "./assemble.ts";
import { filmFault } from "./check-parts.ts";
import { pictureSpans, type Span, soundSpansMade } from "./compose.ts";
import {
  adtsFrame,
  annexB,
  annexBSets,
  decodePictureArgs,
  decodeSoundPacketsArgs,
  packetsTimeoutMs,
} from "./packet-args.ts";
import { type PacketReader, withPackets } from "./packet-reader.ts";
import { descriptionOf, type Shelf } from "./packets.ts";
import { parseAvcConfiguration } from "./parameter-sets.ts";

/**
 * Decodes the new parts of the picture with the seams around them, in one run. Returns their frames.
 * @throws VidpipeError media.invalid; UnreadablePackets when a part cannot be read
 */
export async function decodePicture(
  bench: Bench,
  pieces: readonly Piece[],
  shelf: Shelf,
  signal: AbortSignal,
): Promise<number> {
  const kinds = await Promise.all(pieces.map(({ path }) => kindOf(path, shelf)));
  const spans = pictureSpans(pieces, kinds);
  const total = countIn(spans);
  if (total === 0) return 0;
  const sets = annexBSets(parseAvcConfiguration(await decoderOf(pieces, shelf))?.sets ?? []);
  const all = pieces.map(({ path, from, frames }) => ({ path, from, packets: frames }));
  const stream = async function* (reader: PacketReader): AsyncGenerator<Uint8Array> {
    for (const span of spans) {
      yield sets;
      for await (const run of packetsOf(reader, shelf, "video", all, span))
        yield Buffer.concat(run.map((packet) => annexB(packet) ?? refuse("has packets that cannot be taken apart")));
    }
  };
  const run = { program: bench.paths.ffmpeg, args: decodePictureArgs, cwd: bench.cwd, task: "decode what is new" };
  const limits = { signal, timeoutMs: packetsTimeoutMs(total) };
  const { frames } = await withPackets((reader) =>
    bench.runner.frames({ ...run, ...limits }, () => {}, stream(reader)),
  ).catch((thrown: unknown) => {
    throw saidNo(thrown) ? filmFault("has new frames that do not decode", thrown) : thrown;
  });
  if (frames !== total) throw filmFault(`has ${frames} of ${total} new frames that decode`);
  return frames;
}

const kindOf = async (path: string, shelf: Shelf): Promise<string> =>
  Buffer.from(descriptionOf((await shelf(path)).track("video"))).toString("hex");

const countIn = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + to - from, 0);

function refuse(what: string): never {
  throw filmFault(what);
}

/** A span of the film's packets, from the files that it is put together from. */
async function* packetsOf(
  reader: PacketReader,
  shelf: Shelf,
  kind: "video" | "audio",
  pieces: readonly { readonly path: string; readonly from: number; readonly packets: number }[],
  span: Span,
): AsyncGenerator<readonly Uint8Array[]> {
  let at = 0;
  for (const { path, from, packets } of pieces) {
    const [first, end] = [Math.max(span.from, at), Math.min(span.to, at + packets)];
    if (first < end) yield* reader.packets(path, (await shelf(path)).track(kind), from + first - at, end - first);
    at += packets;
  }
}

/**
 * Decodes the new parts of the sound with their neighbours.
 * @throws VidpipeError media.invalid; UnreadablePackets when a part cannot be read
 */
export async function decodeSound(bench: Bench, sound: SoundTrack, shelf: Shelf, signal: AbortSignal): Promise<void> {
  const spans = soundSpansMade(sound);
  const total = countIn(spans);
  if (total === 0) return;
  const stream = async function* (reader: PacketReader): AsyncGenerator<Uint8Array> {
    for (const span of spans) {
      for await (const run of packetsOf(reader, shelf, "audio", sound.pieces, span))
        yield Buffer.concat(run.map(adtsFrame));
    }
  };
  const run = { program: bench.paths.ffmpeg, args: decodeSoundPacketsArgs, cwd: bench.cwd, task: "decode new sound" };
  const limits = { signal, timeoutMs: packetsTimeoutMs(total) };
  const { stdout } = await withPackets((reader) => bench.runner.text({ ...run, ...limits }, stream(reader))).catch(
    (thrown: unknown) => {
      throw saidNo(thrown) ? filmFault("has new sound that does not decode", thrown) : thrown;
    },
  );
  const decoded = stdout.split("\n").filter((line) => /^\d/.test(line)).length;
  if (decoded !== total) throw filmFault(`has ${decoded} of ${total} new sound packets that decode`);
}
