/** What edit lists say of when a track is shown or heard, and what of its sound may be copied. */
import { PACKET_SAMPLES, SAMPLE_RATE } from "../format/clip-layout.ts";
import type { Edit, Mp4Track } from "../mp4/movie.ts";

/** How far times of the movie may be from those of a track, whose ticks are shorter, seconds. */
const TICK_TOLERANCE_SECONDS = 0.001;

/** When the edit list ends a track, seconds of the movie; infinite without one. */
const editedEnd = ({ edits, movieTimescale }: Mp4Track): number =>
  edits.length === 0 ? Infinity : lengthOf(edits) / movieTimescale;

const lengthOf = (edits: readonly Edit[]): number => edits.reduce((sum, { length }) => sum + length, 0);

/** When a track's packets end where its last edit puts them, seconds of the movie; infinite where it has none. */
function packetsEnd({ edits, showTimes, lengths, timescale, movieTimescale }: Mp4Track): number {
  if (showTimes.length === 0) return Infinity;
  let [first, end, sum] = [Infinity, 0, 0];
  for (const [index, time] of showTimes.entries()) {
    const length = lengths[index] ?? 0;
    first = Math.min(first, time);
    end = Math.max(end, time + length);
    sum += length;
  }
  // The packet that ends the track need not be the one that is shown last.
  const last = Math.max(end, first + sum);
  return lengthOf(edits.slice(0, -1)) / movieTimescale + (last - Math.max(0, edits.at(-1)?.start ?? 0)) / timescale;
}

/** When a track ends, seconds of the movie. The edit lists of fragmented files do not count all packets. */
export const shownEnd = (track: Mp4Track, fragmented: boolean): number =>
  fragmented ? packetsEnd(track) : Math.min(editedEnd(track), packetsEnd(track));

/**
 * How much later the first frame is shown than ffmpeg tells, seconds. Where an edit begins between two frames, ffmpeg
 * takes the second of them for its beginning; that of the sound it reads to the sample.
 */
export function lateSeconds({ edits, showTimes, timescale }: Mp4Track): number {
  const start = edits.find((edit) => edit.start >= 0)?.start ?? 0;
  if (!showTimes.some((time) => time < start)) return 0;
  const first = showTimes.reduce((least, time) => (time >= start && time < least ? time : least), Infinity);
  return first === Infinity ? 0 : (first - start) / timescale;
}

/** When a sound may be heard, after the start of its file; null where all of it may. */
export function heardSeconds(
  track: Mp4Track,
  fileStartSeconds: number,
): { readonly from: number; readonly to: number } | null {
  const to = editedEnd(track);
  if (to === Infinity || packetsEnd(track) <= to + TICK_TOLERANCE_SECONDS) return null;
  const silent = track.edits.findIndex(({ start }) => start >= 0);
  const from = lengthOf(track.edits.slice(0, Math.max(0, silent)));
  return { from: Math.max(0, from / track.movieTimescale - fileStartSeconds), to: Math.max(0, to - fileStartSeconds) };
}

/**
 * Packets of a sound track that is what the film's would be: AAC-LC, 48 kHz, stereo, one packet of priming before
 * the picture's start, then one every 1,024 samples; those behind the end of its edit list do not count. Null for any
 * other.
 */
export function copiedPackets(track: Mp4Track): number | null {
  const { lengths, edits, timescale } = track;
  if (!isPlainSound(track)) return null;
  const steady = lengths.every((length, index) => length === PACKET_SAMPLES || index === lengths.length - 1);
  const primed = edits.length === 1 && edits[0]?.start === PACKET_SAMPLES;
  if (!steady || !primed || timescale !== SAMPLE_RATE) return null;
  const heard = (editedEnd(track) - TICK_TOLERANCE_SECONDS) * SAMPLE_RATE;
  return Math.min(lengths.length, 1 + Math.ceil(heard / PACKET_SAMPLES));
}

/** True for a sound of AAC-LC, 48 kHz, stereo. */
export const isPlainSound = ({ entry, uniform }: Mp4Track): boolean =>
  uniform && entry.type === "mp4a" && PLAIN_AAC.includes(Buffer.from(entry.description).toString("hex"));

/** AudioSpecificConfigs of AAC-LC, 48 kHz, stereo: short, or stating that SBR is absent. */
const PLAIN_AAC = ["1190", "119056e500"];
