/** Judges a film of corpus clips: whatever is wrong with it, in words. It knows what the clips are, not how they were joined. */

import { decodeFilm, type FilmFacts, factsOf } from "./film.ts";
import { watchPicture } from "./judge-picture.ts";
import { soundFaults } from "./judge-sound.ts";
import { secondReading } from "./second-reader.ts";
import { filmFrames, type Order, placesOf } from "./truth.ts";

/** Rates that films have. */
const RATES = ["24000/1001", "24/1", "25/1", "30000/1001", "30/1", "50/1", "60000/1001", "60/1"];

/** Most complaints about one film; more would say the same. */
const MOST = 12;

/** What is wrong with a film of an order; empty when nothing is. */
export async function faultsOf(path: string, order: Order): Promise<readonly string[]> {
  const facts = await factsOf(path);
  const places = placesOf(order, facts.rate);
  const frames = filmFrames(places);
  const watcher = watchPicture(places, facts, order.transitions);
  const decoded = await decodeFilm(path, facts, watcher.look);
  const faults = [
    ...(decoded.warnings === ""
      ? []
      : [`ffmpeg warns: ${decoded.warnings.trim().split("\n").slice(0, 3).join(" | ")}`]),
    ...(decoded.frames === frames ? [] : [`${decoded.frames} frames decode, ${frames} are due`]),
    ...formatFaults(facts),
    ...tableFaults(facts, frames),
    ...(await secondFaults(path, facts, frames)),
    ...watcher.faults,
    ...soundFaults(decoded, places, facts.rate, watcher.flashes),
  ];
  const more = faults.length - MOST;
  return more > 0 ? [...faults.slice(0, MOST), `and ${more} more`] : faults;
}

/** What every player needs. */
function formatFaults({ picture, sound, tracks, rate }: FilmFacts): readonly string[] {
  const checks: readonly (readonly [boolean, string])[] = [
    [picture.codec_name === "h264" && picture.codec_tag_string === "avc1", `its picture is ${picture.codec_name}`],
    [["yuv420p", "yuvj420p"].includes(picture.pix_fmt), `its pixels are ${picture.pix_fmt}`],
    [/^(Constrained Baseline|Baseline|Main|High)$/.test(picture.profile), `its profile is ${picture.profile}`],
    [["1:1", "0:1"].includes(picture.sample_aspect_ratio), `its pixels are ${picture.sample_aspect_ratio}`],
    [sound === undefined || sound.codec_name === "aac", `its sound is ${sound?.codec_name}`],
    [tracks === (sound === undefined ? 1 : 2), `it has ${tracks} tracks`],
    [RATES.includes(`${rate.num}/${rate.den}`), `its rate is ${rate.num}/${rate.den}`],
  ];
  return checks.flatMap(([right, fault]) => (right ? [] : [fault]));
}

/** Times: every frame at its own, none twice, decoding in order, both tracks from 0 and as long as the film. */
function tableFaults({ packets, rate, picture, sound }: FilmFacts, frames: number): readonly string[] {
  const own = packets.filter(({ codec_type }) => codec_type === "video");
  const at = own.map(({ pts_time }) => Math.round((pts_time * rate.num) / rate.den)).toSorted((a, b) => a - b);
  const off = own.some(
    ({ pts_time }) => Math.abs(pts_time - (Math.round((pts_time * rate.num) / rate.den) * rate.den) / rate.num) > 1e-4,
  );
  const seconds = (frames * rate.den) / rate.num;
  const back = (type: string) => {
    const times = packets.filter(({ codec_type }) => codec_type === type).map(({ dts_time }) => dts_time);
    return times.some((time, index) => index > 0 && time <= (times[index - 1] ?? 0));
  };
  const checks: readonly (readonly [boolean, string])[] = [
    [!at.some((frame, index) => frame !== index), "frames are missing or twice"],
    [!off, "frames are not on the grid of the rate"],
    [!back("video") && !back("audio"), "decoding times go back"],
    [own[0]?.flags.startsWith("K") === true, "it does not begin with a keyframe"],
    [
      Math.abs(picture.start_time) < 1e-6 && Math.abs(picture.duration - seconds) < 1e-3,
      `its picture is from ${picture.start_time} for ${picture.duration} s, not ${seconds}`,
    ],
    [
      sound === undefined || (Math.abs(sound.start_time) < 1e-6 && Math.abs(sound.duration - seconds) < 1e-3),
      `its sound is from ${sound?.start_time} for ${sound?.duration} s, not ${seconds}`,
    ],
  ];
  return checks.flatMap(([right, fault]) => (right ? [] : [fault]));
}

/** Another library must find the same frames, keyframes and lengths. */
async function secondFaults(
  path: string,
  { packets, rate, sound }: FilmFacts,
  frames: number,
): Promise<readonly string[]> {
  const { times, keys, pictureSeconds, soundSeconds } = await secondReading(path);
  const own = packets.filter(({ codec_type }) => codec_type === "video");
  const seconds = (frames * rate.den) / rate.num;
  const ownKeys = own.flatMap(({ flags }, index) => (flags.startsWith("K") ? [index] : []));
  const apart = times.findIndex((time, index) => Math.abs(time - (own[index]?.pts_time ?? -1)) > 1e-4);
  const checks: readonly (readonly [boolean, string])[] = [
    [times.length === frames, `the second reader finds ${times.length} frames of ${frames}`],
    [apart < 0, `the second reader shows packet ${apart} at ${times[apart]} s, not ${own[apart]?.pts_time}`],
    // ffprobe counts points of recovery, too, where no player should begin.
    [
      keys[0] === 0 && keys.every((key) => ownKeys.includes(key)),
      `the second reader finds the keyframes ${keys}, ffprobe ${ownKeys}`,
    ],
    [Math.abs(pictureSeconds - seconds) < 1e-3, `the second reader finds ${pictureSeconds} s of ${seconds}`],
    [(soundSeconds === null) === (sound === undefined), "the second reader finds another sound"],
    [
      soundSeconds === null || Math.abs(soundSeconds - seconds) < 0.022,
      `the second reader finds ${soundSeconds} s of sound`,
    ],
  ];
  return checks.flatMap(([right, fault]) => (right ? [] : [fault]));
}
