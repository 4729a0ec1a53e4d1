import { availableParallelism } from "node:os";
import type { Running } from "../../ffmpeg/run.ts";
import { type FfmpegTools, ffmpegRun } from "../../ffmpeg/verify.ts";
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
import { measureLevels } from "./loudness.ts";
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
interface SoundDeps {
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
const soundTimeoutMs = (samples: number): number => 60_000 + (samples / SAMPLE_RATE) * 2_000;

/** A film's sound. */
export interface MadeSound {
  readonly track: SoundTrack;
  /** What people should know of it: whole sentences but for the full stop. */
  readonly remarks: readonly string[];
}

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
): Promise<MadeSound> {
  const { tools } = deps;
  const spans = soundSpans(plan);
  if (loudnessLufs === null && copyable(layouts, spans)) {
    const count = Math.min(availableParallelism(), Math.max(1, Math.ceil((spans.length - 1) / CUTS_AT_LEAST)));
    const files = Array.from({ length: count }, (_, index) => `${output}.${index}.mp4`);
    const places = cutPlaces(spans.length - 1, files);
    await encodeCuts(deps, layouts, spans, places, signal);
    return { track: copiedTrack(layouts, spans, places), remarks: [] };
  }
  const levels = await measureLevels(tools, layouts, loudnessLufs, signal);
  const sources = layouts.map((clip, index): SoundSource => {
    const { start, end } = spans[index] ?? { start: 0, end: 0 };
    return { clip, samples: end - start, gainDb: levels[index]?.gainDb ?? 0 };
  });
  const timeoutMs = soundTimeoutMs(sources.reduce((sum, source) => sum + source.samples, 0));
  const request = ffmpegRun(tools, encodeSoundArgs(output), { task: "encode the sound", signal, timeoutMs });
  await tools.runner.text(request, mixedSound(tools, sources, createMixer(spans), { signal, timeoutMs }));
  const samples = spans.at(-1)?.end ?? 0;
  const packets = Math.ceil(samples / PACKET_SAMPLES) + 1;
  return {
    track: { runs: [{ path: output, from: 0, packets, made: true }], samples },
    remarks: levels.flatMap(({ remark }, clip) => (remark === null ? [] : [`clip ${clip + 1} ${remark}`])),
  };
}

/** Decodes clips one after the other and mixes them where they overlap. A decoder is stopped with its reader. */
async function* mixedSound(
  tools: FfmpegTools,
  sources: readonly SoundSource[],
  mixer: Mixer,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): AsyncGenerator<Uint8Array> {
  const left = new AbortController();
  const limits = { task: "decode the clips' sound", signal: AbortSignal.any([signal, left.signal]), timeoutMs };
  try {
    for (let first = 0; first < sources.length; first += BATCH) {
      const args = decodeSoundArgs(sources.slice(first, first + BATCH));
      for await (const block of samplesOf(tools.runner.start(ffmpegRun(tools, args, limits)))) {
        const { buffer, byteOffset, byteLength } = mixer.take(block);
        if (byteLength > 0) yield new Uint8Array(buffer, byteOffset, byteLength);
      }
    }
  } finally {
    left.abort();
  }
}

/** Encodes the few packets around each cut again: one run of ffmpeg for each file of cuts. */
async function encodeCuts(
  { tools, mp4Files }: SoundDeps,
  layouts: readonly ClipLayout[],
  spans: readonly SoundSpan[],
  places: readonly CutPlace[],
  signal: AbortSignal,
): Promise<void> {
  const all = cutSources(spans);
  const frames = async function* (reader: PacketReader, sources: readonly CutSource[]) {
    for (const { clip, from, packets } of sources) {
      const { path, track } = await mp4Files(layouts[clip]?.path ?? "");
      for await (const run of reader.packets(path, track("audio"), from, packets))
        yield Buffer.concat(run.map(adtsFrame));
    }
  };
  const encode = async (path: string, signal: AbortSignal) => {
    const sources = all.filter((_, index) => places[Math.floor(index / 2)]?.path === path);
    const packets = sources.reduce((sum, source) => sum + source.packets, 0);
    const args = remakeSoundArgs(CUT_ROUND.packets, CUT_ROUND.useless, path);
    const limits = { task: "encode the sound at the cuts", signal, timeoutMs: packetsTimeoutMs(packets) };
    await withPackets((reader) => tools.runner.text(ffmpegRun(tools, args, limits), frames(reader, sources)));
  };
  const paths = new Set(places.map(({ path }) => path));
  await concurrently(signal, (joined) => [...paths].map((path) => encode(path, joined)));
}

/** A decoder's output in whole sample frames. */
async function* samplesOf(decoder: Running): AsyncGenerator<Float32Array> {
  const frameBytes = FLOAT_BYTES * CHANNELS;
  let rest = new Uint8Array(0);
  for await (const chunk of decoder.stdout) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    const whole = bytes.length - (bytes.length % frameBytes);
    rest = bytes.slice(whole);
    yield new Float32Array(bytes.buffer, 0, whole / FLOAT_BYTES);
  }
  await decoder.ended;
}
