import { VidpipeError } from "../../domain/errors.ts";
import type { Running } from "../ffmpeg/run.ts";
import type { Bench } from "../ffmpeg/verify.ts";
import type { SoundTrack } from "./assemble.ts";
import { createBlender } from "./blend.ts";
import type { ClipLayout } from "./layout.ts";
import { measureGains } from "./loudness.ts";
import type { StitchPlan } from "./plan.ts";
import {
  CHANNELS,
  decodeSoundArgs,
  encodeSoundArgs,
  PACKET_SAMPLES,
  SAMPLE_RATE,
  type SoundSource,
  type SoundSpan,
  soundSpans,
} from "./sound-args.ts";
import { copiedTrack, copyableCuts, createCutFilter } from "./sound-joins.ts";

/** Clips decoded by one ffmpeg; keeps memory flat however long the film is. */
const BATCH = 8;

/** Floats per sample of the whole sound. */
const FLOAT_BYTES = 4;

/** Ms allowed per second of sound, about a hundred times what a slow machine needs, and a minute to start. */
const timeoutMs = (samples: number): number => 60_000 + (samples / SAMPLE_RATE) * 2_000;

/**
 * Makes a film's sound: copied but for the cuts where that is exact, else laid out, blended and encoded as one AAC
 * track. `output` takes what is encoded.
 */
export async function makeSound(
  bench: Bench,
  plan: StitchPlan,
  layouts: readonly ClipLayout[],
  loudnessLufs: number | null,
  output: string,
  signal: AbortSignal,
): Promise<SoundTrack> {
  const spans = soundSpans(plan);
  const cuts = loudnessLufs === null ? copyableCuts(layouts, spans) : null;
  if (cuts === null) {
    const gains = await measureGains(bench, layouts, loudnessLufs, signal);
    const blender = createBlender(spans);
    await encodeSound(bench, sourcesOf(layouts, spans, gains), (block) => blender.take(block), output, signal);
    const samples = spans.at(-1)?.end ?? 0;
    return { pieces: [{ path: output, from: 0, packets: Math.ceil(samples / PACKET_SAMPLES) + 1 }], samples };
  }
  if (cuts.length > 0) await encodeSound(bench, sourcesOf(layouts, spans, []), createCutFilter(cuts), output, signal);
  return copiedTrack(layouts, spans, output);
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

/** Decodes clips one after the other, lets `shape` choose and change what is kept, and encodes that. */
async function encodeSound(
  bench: Bench,
  sources: readonly SoundSource[],
  shape: (block: Float32Array) => Float32Array,
  output: string,
  signal: AbortSignal,
): Promise<void> {
  // One stops the other: a decoder that fails must not leave the encoder waiting.
  const both = new AbortController();
  const joined = AbortSignal.any([signal, both.signal]);
  const samples = sources.reduce((sum, source) => sum + source.samples, 0);
  const common = { program: bench.paths.ffmpeg, cwd: bench.cwd, signal: joined, timeoutMs: timeoutMs(samples) };
  const encoder = bench.runner.start({ ...common, args: encodeSoundArgs(output), task: "encode the sound" }, "pipe");
  try {
    for (let first = 0; first < sources.length; first += BATCH) {
      const args = decodeSoundArgs(sources.slice(first, first + BATCH));
      const decoder = bench.runner.start({ ...common, args, task: "decode the clips' sound" }, "ignore");
      await pump(decoder, (block) => writeTo(encoder, shape(block)));
    }
    await encoder.stdin?.close();
    await encoder.ended;
  } catch (thrown) {
    both.abort();
    await encoder.stdin?.close().catch(() => {}); // an ffmpeg that waits for input does not hear SIGTERM
    await encoder.ended.catch(() => {});
    throw thrown;
  }
}

async function writeTo(encoder: Running, block: Float32Array): Promise<void> {
  if (block.length === 0) return;
  try {
    await encoder.stdin?.write(new Uint8Array(block.buffer, block.byteOffset, block.byteLength));
  } catch (cause) {
    await encoder.ended; // says why it went away
    throw new VidpipeError("media.ffmpeg_failed", "the sound encoder stopped taking sound", { cause });
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
