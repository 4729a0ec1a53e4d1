import type { MediaInfo } from "../../../domain/media.ts";
import { CONTAINERS } from "../../ffmpeg/containers.ts";
import { mediaInfo } from "../../ffmpeg/probe.ts";
import { decodeClip, type FfmpegTools, probe } from "../../ffmpeg/verify.ts";
import { concurrently } from "../concurrency.ts";
import { secondsOf } from "../format/clip-layout.ts";
import type { Mp4Track } from "../mp4/movie.ts";
import type { FilmParts } from "../mp4/packet-runs.ts";
import { openMp4 } from "../mp4/packets.ts";
import type { StitchPlan } from "../plan/plan.ts";
import { checkParts, filmFault } from "./verify-parts.ts";

/** A film that was accepted. */
export interface CheckedFilm {
  readonly media: MediaInfo;
  /** How much later the sound ends than the picture, ms; negative when earlier. */
  readonly syncErrorMs: number;
  /** Frames that were decoded for the check. */
  readonly framesDecoded: number;
}

/** How a film is checked. */
export interface FilmCheck {
  readonly plan: StitchPlan;
  /** What it was put together from. */
  readonly parts: FilmParts;
  /**
   * The frames that were decoded of what is new in it; only when every copied clip is known to be what was decoded in
   * full before. Null decodes all of the film.
   */
  readonly decoded: Promise<number> | null;
}

/**
 * Accepts a film only when its frames, times and sound are exactly the planned ones and all of it decodes: in full,
 * or its new parts while the rest is byte for byte what was decoded before.
 * @throws VidpipeError media.invalid naming the first thing that is wrong; UnreadablePackets when a part is cut off
 */
export async function checkFilm(
  tools: FfmpegTools,
  path: string,
  { plan, parts, decoded }: FilmCheck,
  onFrame: (frame: number) => void,
  signal: AbortSignal,
): Promise<CheckedFilm> {
  const file = { path, container: CONTAINERS.mp4 };
  const film = await openMp4(path);
  if (!film.fastStart) throw filmFault("has its tables at the end");
  const track = film.track("video");
  const wrong = timeFault(shownFromZero(track), track.decodeTimes, plan.frames);
  if (wrong !== null) throw filmFault(wrong);
  const [framesDecoded, probed] = await concurrently(signal, (signal) => [
    decoded ?? decodeClip(tools, file, onFrame, signal),
    probe(tools, file, false, signal),
    checkParts(film, parts, decoded === null ? () => {} : onFrame, signal),
  ]);
  const rate = plan.format.frameRate;
  const { audio } = probed;
  const soundEnd = (audio?.start_time ?? 0) + (audio?.duration ?? 0);
  const syncErrorMs = Math.round((soundEnd - secondsOf(plan.frames, rate)) * 1_000_000) / 1_000;
  if (decoded === null && framesDecoded !== plan.frames)
    throw filmFault(`has ${framesDecoded} frames instead of ${plan.frames}`);
  if (Math.abs(syncErrorMs) >= secondsOf(1_000, rate))
    throw filmFault(`has sound that ends ${syncErrorMs} ms off the picture`);
  return { media: mediaInfo(probed, plan.frames), syncErrorMs: syncErrorMs || 0, framesDecoded };
}

/** Showing times in ticks once the track's edit is applied. */
const shownFromZero = ({ showTimes, edits }: Mp4Track): Float64Array =>
  showTimes.map((time) => time - (edits.at(-1)?.start ?? 0));

/** What is wrong with the times of a film with this many frames; null when each is exactly in its place. */
export function timeFault(shown: ArrayLike<number>, decoded: ArrayLike<number>, frames: number): string | null {
  if (shown.length !== frames) return `has ${shown.length} packets instead of ${frames}`;
  const sorted = Float64Array.from(shown).sort();
  const step = frames > 1 ? (sorted[1] ?? 0) - (sorted[0] ?? 0) : 1;
  if (!(step > 0) || !sorted.every((time, index) => time === index * step))
    return "has frames that are not evenly spaced";
  if (!Float64Array.from(decoded).every((time, index, all) => index === 0 || time > (all[index - 1] ?? Infinity)))
    return "has decoding times that do not rise";
  return null;
}
