import { availableParallelism } from "node:os";
import { VidpipeError } from "../../../domain/errors.ts";
import type { Running } from "../../ffmpeg/run.ts";
import type { FfmpegTools } from "../../ffmpeg/verify.ts";
import { concurrently } from "../concurrency.ts";
import { adtsFrame, packetsTimeoutMs, remakeSoundArgs } from "../encode/packet-args.ts";
import { type ClipLayout, PACKET_SAMPLES, SAMPLE_RATE } from "../format/clip-layout.ts";
import { type PacketReader, withPackets } from "../mp4/packet-reader.ts";
import type { SoundTrack } from "../mp4/packet-runs.ts";
import type { Mp4Files } from "../mp4/packets.ts";
import type { StitchPlan } from "../plan/plan.ts";
import {
  CUT_ROUND,
  type CutPlace,
  type CutSource,
  copiedTrack,
  copyable,
  cutPlaces,
  cutSources,
} from "./aac-splice.ts";
import { measureGains } from "./loudness.ts";
import { createMixer, type Mixer } from "./mix.ts";
import {
  CHANNELS,
  decodeSoundArgs,
  encodeSoundArgs,
  type SoundSource,
  type SoundSpan,
  soundSpans,
} from "./sound-args.ts";

/** What making sound works with. */
export interface SoundDeps {
  readonly tools: FfmpegTools;
  readonly mp4Files: Mp4Files;
}

/** Clips decoded by one ffmpeg, so that memory does not grow with the film. */
const BATCH = 8;

/** Fewest cuts for which a separate ffmpeg process pays off. */
const CUTS_AT_LEAST = 12;

/** Floats per sample of the whole sound. */
const FLOAT_BYTES = 4;

/** Ms allowed per second of sound, about a hundred times what a slow machine needs, and a minute to start. */
const timeoutMs = (samples: number): number => 60_000 + (samples / SAMPLE_RATE) * 2_000;

/**
 * Makes a film's sound. Where that is exact, packets are copied and only the cuts are encoded; else the clips' sound is
 * mixed and encoded as one AAC track. Encoded sound is written to `output`.
 */
export async function makeSound(
  deps: SoundDeps,
  plan: StitchPlan,
  layouts: readonly ClipLayout[],
  loudnessLufs: number | null,
  output: string,
  signal: AbortSignal,
): Promise<SoundTrack> {
  const { tools } = deps;
  const spans = soundSpans(plan);
  if (loudnessLufs === null && copyable(layouts, spans)) {
    const count = Math.min(availableParallelism(), Math.max(1, Math.ceil((spans.length - 1) / CUTS_AT_LEAST)));
    const files = Array.from({ length: count }, (_, index) => `${output}.${index}.mp4`);
    const places = cutPlaces(spans.length - 1, files);
    await encodeCuts(deps, layouts, spans, places, signal);
    return copiedTrack(layouts, spans, places);
  }
  const gains = await measureGains(tools, layouts, loudnessLufs, signal);
  await encodeSound(tools, sourcesOf(layouts, spans, gains), createMixer(spans), output, signal);
  const samples = spans.at(-1)?.end ?? 0;
  const packets = Math.ceil(samples / PACKET_SAMPLES) + 1;
  return { runs: [{ path: output, from: 0, packets, made: true }], samples };
}

const sourcesOf = (
  layouts: readonly ClipLayout[],
  spans: readonly SoundSpan[],
  gains: readonly number[],
): readonly SoundSource[] =>
  layouts.map((clip, index) => {
    const { start, end } = spans[index] ?? { start: 0, end: 0 };
    return { clip, samples: end - start, gainDb: gains[index] ?? 0 };
  });

/** Decodes clips one after the other, mixes them where they overlap, and encodes the result. */
async function encodeSound(
  tools: FfmpegTools,
  sources: readonly SoundSource[],
  mixer: Mixer,
  output: string,
  signal: AbortSignal,
): Promise<void> {
  const samples = sources.reduce((sum, source) => sum + source.samples, 0);
  await withEncoder(tools, output, samples, signal, async (encoder, joined) => {
    for (let first = 0; first < sources.length; first += BATCH) {
      const args = decodeSoundArgs(sources.slice(first, first + BATCH));
      const request = { program: tools.paths.ffmpeg, args, cwd: tools.cwd, task: "decode the clips' sound" };
      const limits = { signal: joined, timeoutMs: timeoutMs(samples) };
      const decoder = tools.runner.start({ ...request, ...limits }, "ignore");
      await pump(decoder, (block) => writeTo(encoder, bytesOf(mixer.take(block))));
    }
  });
}

/** Encodes the few packets around each cut again: one run of ffmpeg for each file of cuts. */
async function encodeCuts(
  deps: SoundDeps,
  layouts: readonly ClipLayout[],
  spans: readonly SoundSpan[],
  places: readonly CutPlace[],
  signal: AbortSignal,
): Promise<void> {
  const sources = cutSources(spans);
  await concurrently(signal, (joined) =>
    [...new Set(places.map(({ path }) => path))].map((path) => {
      const own = sources.filter((_, index) => places[Math.floor(index / 2)]?.path === path);
      return encodeCutsOf(deps, layouts, own, path, joined);
    }),
  );
}

async function encodeCutsOf(
  { tools, mp4Files }: SoundDeps,
  layouts: readonly ClipLayout[],
  sources: readonly CutSource[],
  output: string,
  signal: AbortSignal,
): Promise<void> {
  const packets = sources.reduce((sum, source) => sum + source.packets, 0);
  const args = remakeSoundArgs(CUT_ROUND.packets, CUT_ROUND.useless, output);
  const request = { program: tools.paths.ffmpeg, args, cwd: tools.cwd, task: "encode the sound at the cuts" };
  const frames = async function* (reader: PacketReader) {
    for (const { clip, from, packets } of sources) {
      const { path, track } = await mp4Files(layouts[clip]?.path ?? "");
      for await (const run of reader.packets(path, track("audio"), from, packets))
        yield Buffer.concat(run.map(adtsFrame));
    }
  };
  const limits = { signal, timeoutMs: packetsTimeoutMs(packets) };
  await withPackets((reader) => tools.runner.text({ ...request, ...limits }, frames(reader)));
}

/** Starts the encoder and lets `work` write to it. When one fails, the other is stopped. */
async function withEncoder(
  tools: FfmpegTools,
  output: string,
  samples: number,
  signal: AbortSignal,
  work: (encoder: Running, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const both = new AbortController();
  const joined = AbortSignal.any([signal, both.signal]);
  const request = { program: tools.paths.ffmpeg, args: encodeSoundArgs(output), cwd: tools.cwd };
  const limits = { task: "encode the sound", signal: joined, timeoutMs: timeoutMs(samples) };
  const encoder = tools.runner.start({ ...request, ...limits }, "pipe");
  try {
    await work(encoder, joined);
    await encoder.stdin?.close();
    await encoder.ended;
  } catch (thrown) {
    both.abort();
    await encoder.stdin?.close().catch(() => {}); // an ffmpeg that waits for input ignores SIGTERM
    await encoder.ended.catch(() => {});
    throw thrown;
  }
}

const bytesOf = (block: Float32Array): Uint8Array => new Uint8Array(block.buffer, block.byteOffset, block.byteLength);

async function writeTo(encoder: Running, pcm: Uint8Array): Promise<void> {
  if (pcm.length === 0) return;
  try {
    await encoder.stdin?.write(pcm);
  } catch (cause) {
    await encoder.ended; // throws the reason why it ended
    throw new VidpipeError("media.ffmpeg_failed", "the sound encoder stopped reading its input", { cause });
  }
}

/** Hands on a decoder's output in whole sample frames. */
async function pump(decoder: Running, use: (block: Float32Array) => Promise<void>): Promise<void> {
  const frameBytes = FLOAT_BYTES * CHANNELS;
  let rest = new Uint8Array(0);
  for await (const chunk of decoder.stdout) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    const whole = bytes.length - (bytes.length % frameBytes);
    rest = bytes.slice(whole);
    await use(new Float32Array(bytes.buffer, 0, whole / FLOAT_BYTES));
  }
  await decoder.ended;
}
