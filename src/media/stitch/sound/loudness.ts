import { type FfmpegTools, ffmpegRun } from "../../ffmpeg/verify.ts";
import type { ClipLayout } from "../format/clip-layout.ts";
import { loudnessArgs } from "./sound-args.ts";

/** Most that a clip is changed, dB: more would lift noise, or bury what was meant to be loud. */
const LARGEST_GAIN_DB = 12;

/** Loudest peak after a change, dB below full scale; leaves room for what AAC adds. */
const PEAK_LIMIT_DB = -1;

/** Quieter than this is silence, LUFS: EBU R 128's absolute gate. */
const SILENCE_LUFS = -70;

/** Ms to measure one clip. */
const timeoutMs = 300_000;

/** What ebur128 printed. */
interface Loudness {
  readonly integratedLufs: number;
  readonly peakDb: number;
}

/** Reads the summary that ebur128 prints last; undefined for silence or no summary. */
export function parseLoudness(stderr: string): Loudness | undefined {
  const summary = stderr.slice(stderr.lastIndexOf("Summary:"));
  const integratedLufs = Number(/\bI:\s+(-?[\d.]+) LUFS/.exec(summary)?.[1] ?? Number.NaN);
  const peakDb = Number(/\bPeak:\s+(-?[\d.]+) dBFS/.exec(summary)?.[1] ?? Number.NaN);
  if (Number.isNaN(integratedLufs) || Number.isNaN(peakDb) || integratedLufs <= SILENCE_LUFS) return undefined;
  return { integratedLufs, peakDb };
}

/** Change that brings a clip to the target without clipping or extremes, dB. */
export function gainFor(measured: Loudness | undefined, targetLufs: number): number {
  if (measured === undefined) return 0;
  const wanted = Math.min(targetLufs - measured.integratedLufs, PEAK_LIMIT_DB - measured.peakDb);
  return Math.min(LARGEST_GAIN_DB, Math.max(-LARGEST_GAIN_DB, wanted));
}

/** The change each clip needs, dB; all 0 without a target. */
export async function measureGains(
  tools: FfmpegTools,
  layouts: readonly ClipLayout[],
  targetLufs: number | null,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const gains: number[] = [];
  for (const clip of layouts) {
    if (targetLufs === null || !clip.hasSound) {
      gains.push(0);
      continue;
    }
    const limits = { task: "measure the loudness", signal, timeoutMs };
    const { stderr } = await tools.runner.text(ffmpegRun(tools, loudnessArgs(clip), limits));
    gains.push(gainFor(parseLoudness(stderr), targetLufs));
  }
  return gains;
}
