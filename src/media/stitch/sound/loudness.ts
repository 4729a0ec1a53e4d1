import { type FfmpegTools, ffmpegRun } from "../../ffmpeg/verify.ts";
import type { ClipLayout } from "../format/clip-layout.ts";
import { isMixedDown, loudnessArgs } from "./sound-args.ts";

/** Most that a clip is changed, dB: more would lift noise, or bury what was meant to be loud. */
const LARGEST_GAIN_DB = 12;

/** Loudest peak after a change, dB below full scale; leaves room for what AAC adds. */
const PEAK_LIMIT_DB = -1;

/** Quieter than this is silence, LUFS: EBU R 128's absolute gate. Also what less than its block of 0.4 s measures. */
const SILENCE_LUFS = -70;

/** A loudness further off its target than this is told, LU. */
const TOLD_FROM_LU = 1;

/** Ms to measure one clip. */
const timeoutMs = 300_000;

/** What ebur128 printed. */
interface Loudness {
  /** Null for silence, and for sound that is too short to measure. */
  readonly integratedLufs: number | null;
  /** Null for digital silence. */
  readonly peakDb: number | null;
}

/** What is done to a clip's sound. */
export interface Level {
  /** Change of loudness, dB; 0 leaves it alone. */
  readonly gainDb: number;
  /** What people should know of it, without the clip's name; null: nothing. */
  readonly remark: string | null;
}

/** Reads the summary that ebur128 prints last. */
export function parseLoudness(stderr: string): Loudness {
  const summary = stderr.slice(stderr.lastIndexOf("Summary:"));
  const read = (pattern: RegExp): number | null => {
    const value = Number(pattern.exec(summary)?.[1] ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  };
  const integratedLufs = read(/\bI:\s+(-?[\d.]+) LUFS/);
  const isSilent = integratedLufs === null || integratedLufs <= SILENCE_LUFS;
  return { integratedLufs: isSilent ? null : integratedLufs, peakDb: read(/\bPeak:\s+(-?[\d.]+) dBFS/) };
}

/** The change that brings a clip to the target without clipping or extremes. Pure. */
export function levelFor({ integratedLufs, peakDb }: Loudness, targetLufs: number): Level {
  if (integratedLufs === null || peakDb === null)
    return { gainDb: 0, remark: "is silent or too short to measure: its loudness is as it was" };
  const wanted = targetLufs - integratedLufs;
  const room = PEAK_LIMIT_DB - peakDb;
  // Channels that were added up may peak so high that they need more than the most.
  const gainDb = Math.min(room, LARGEST_GAIN_DB, Math.max(-LARGEST_GAIN_DB, wanted));
  const missed = gainDb - wanted;
  if (Math.abs(missed) <= TOLD_FROM_LU) return { gainDb, remark: null };
  const why = room < Math.min(wanted, LARGEST_GAIN_DB) ? "its peaks leave no more room" : "12 dB is the most";
  const off = `${Math.abs(missed).toFixed(1)} LU ${missed < 0 ? "quieter" : "louder"} than ${targetLufs} LUFS`;
  return { gainDb, remark: `is ${off}: ${why}` };
}

/** What keeps a sum of many channels from clipping. Pure. */
export function levelOfMix({ peakDb }: Loudness, channels: number): Level {
  const gainDb = Math.min(0, PEAK_LIMIT_DB - (peakDb ?? PEAK_LIMIT_DB));
  const lowered = gainDb === 0 ? "" : `, lowered by ${(-gainDb).toFixed(1)} dB so that nothing clips`;
  return { gainDb, remark: `has ${channels} channels of sound, mixed down to stereo${lowered}` };
}

/** What each clip needs: to be brought to the target if there is one, and not to clip where channels are added up. */
export async function measureLevels(
  tools: FfmpegTools,
  layouts: readonly ClipLayout[],
  targetLufs: number | null,
  signal: AbortSignal,
): Promise<readonly Level[]> {
  const levels: Level[] = [];
  for (const clip of layouts) {
    if (!clip.hasSound || (targetLufs === null && !isMixedDown(clip))) {
      levels.push({ gainDb: 0, remark: null });
      continue;
    }
    const limits = { task: "measure the loudness", signal, timeoutMs };
    const { stderr } = await tools.runner.text(ffmpegRun(tools, loudnessArgs(clip), limits));
    const measured = parseLoudness(stderr);
    levels.push(targetLufs === null ? levelOfMix(measured, clip.soundChannels) : levelFor(measured, targetLufs));
  }
  return levels;
}
