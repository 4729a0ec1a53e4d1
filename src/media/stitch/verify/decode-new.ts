/** Decodes what is new in a film, from where it was made: that the film holds the same packets is checked with it. */
import { open, writeFile } from "node:fs/promises";
import { wasRejectedByFfmpeg } from "../../ffmpeg/run.ts";
import { type FfmpegTools, ffmpegRun } from "../../ffmpeg/verify.ts";
import { adtsFrame, annexB, annexBSets, decodeNewArgs, packetsTimeoutMs } from "../encode/packet-args.ts";
import { parseAvcConfiguration } from "../format/h264-parameter-sets.ts";
import { decoderOf } from "../mp4/mux.ts";
import { type PacketReader, withPackets } from "../mp4/packet-reader.ts";
import type { FilmParts, PacketRun } from "../mp4/packet-runs.ts";
import { descriptionOf, type Mp4Files } from "../mp4/packets.ts";
import { newPictureSpans, newSoundSpans, type Span } from "./expected-packets.ts";
import { filmFault } from "./verify-parts.ts";

/**
 * Decodes the new parts of picture and sound with the seams around them, in one run: starting ffmpeg takes longer
 * than decoding. `scratch` is where files may be written. Returns the frames of the picture.
 * @throws VidpipeError media.invalid; UnreadablePackets when a part cannot be read
 */
export async function decodeNew(
  tools: FfmpegTools,
  parts: Pick<FilmParts, "runs" | "sound" | "mp4Files">,
  scratch: string,
  signal: AbortSignal,
): Promise<number> {
  const { runs, sound, mp4Files } = parts;
  const pictures = newPictureSpans(runs, await Promise.all(runs.map(({ path }) => kindOf(path, mp4Files))));
  const sounds = newSoundSpans(sound);
  const meant = { frames: countIn(pictures), packets: countIn(sounds) };
  const files = { sound: `${scratch}/new.aac`, decoded: `${scratch}/new.txt` };
  return withPackets(async (reader) => {
    if (meant.packets > 0) await writeSound(reader, parts, sounds, files.sound);
    const args = decodeNewArgs(meant.packets > 0 ? files : null);
    const timeoutMs = packetsTimeoutMs(meant.frames + meant.packets);
    const run = ffmpegRun(tools, args, { task: "decode what is new", signal, timeoutMs });
    const stream = pictureStream(reader, parts, pictures);
    const { frames } = await tools.runner.frames(run, () => {}, stream).catch(refused);
    if (frames !== meant.frames) throw filmFault(`has ${frames} of ${meant.frames} new frames that decode`);
    const packets = meant.packets > 0 ? await linesIn(files.decoded) : 0;
    if (packets !== meant.packets) throw filmFault(`has ${packets} of ${meant.packets} new sound packets that decode`);
    return frames;
  });
}

/** The decoder puts its own name before its messages. */
function refused(thrown: unknown): never {
  if (!wasRejectedByFfmpeg(thrown)) throw thrown;
  const isSound = String(thrown.facts.stderr).includes("[aac");
  throw filmFault(`has new ${isSound ? "sound that does" : "frames that do"} not decode`, thrown);
}

const kindOf = async (path: string, mp4Files: Mp4Files): Promise<string> =>
  Buffer.from(descriptionOf((await mp4Files(path)).track("video"))).toString("hex");

const countIn = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + to - from, 0);

async function* pictureStream(
  reader: PacketReader,
  { runs, mp4Files }: Pick<FilmParts, "runs" | "mp4Files">,
  spans: readonly Span[],
): AsyncGenerator<Uint8Array> {
  const sets = annexBSets(parseAvcConfiguration(await decoderOf(runs, mp4Files))?.sets ?? []);
  for (const span of spans) {
    yield sets;
    for await (const run of packetsOf(reader, mp4Files, "video", runs, span))
      yield Buffer.concat(run.map((packet) => annexB(packet) ?? refuse()));
  }
}

function refuse(): never {
  throw filmFault("has packets that cannot be parsed");
}

async function writeSound(
  reader: PacketReader,
  { sound, mp4Files }: Pick<FilmParts, "sound" | "mp4Files">,
  spans: readonly Span[],
  path: string,
): Promise<void> {
  await using file = await open(path, "w");
  for (const span of spans)
    for await (const run of packetsOf(reader, mp4Files, "audio", sound.runs, span))
      await writeFile(file, Buffer.concat(run.map(adtsFrame)));
}

/** Lines about packets; those of the head begin with #. */
async function linesIn(path: string): Promise<number> {
  return (await Bun.file(path).text()).split("\n").filter((line) => /^\d/.test(line)).length;
}

/** A span of the film's packets, from the files that it is put together from. */
async function* packetsOf(
  reader: PacketReader,
  mp4Files: Mp4Files,
  kind: "video" | "audio",
  runs: readonly PacketRun[],
  span: Span,
): AsyncGenerator<readonly Uint8Array[]> {
  let at = 0;
  for (const { path, from, packets } of runs) {
    const [first, end] = [Math.max(span.from, at), Math.min(span.to, at + packets)];
    if (first < end) yield* reader.packets(path, (await mp4Files(path)).track(kind), from + first - at, end - first);
    at += packets;
  }
}
