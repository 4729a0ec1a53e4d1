import type { Rational, VideoInfo } from "../../domain/media.ts";
import { withoutControls } from "../../domain/plain-text.ts";
import { type CutClip, cutClips, cutOf, type Timeline, type TimelineClip } from "./timeline.ts";

/** Final Cut's own cross dissolve, as its exports name it. */
const CROSS_DISSOLVE = "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265";
const AUDIO_CROSSFADE = "FFAudioTransition";
const IDS = { format: "r1", picture: "r2", sound: "r3" } as const;

/** Text as XML can hold it: no control characters, no halves of pairs, no noncharacters. */
const escaped = (text: string): string =>
  withoutControls(text)
    .replace(/[\ufffe\uffff]/g, "")
    .replace(/[&<>"'\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`);

/** An element with its attributes; those that are undefined are left out. */
function tag(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  children: readonly string[] = [],
): string {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : ` ${key}="${escaped(String(value))}"`,
  );
  const open = `<${name}${given.join("")}`;
  if (children.length === 0) return `${open}/>`;
  const lines = children.flatMap((child) => child.split("\n")).map((line) => `  ${line}`);
  return [`${open}>`, ...lines, `</${name}>`].join("\n");
}

/** Frames as exact seconds: a fraction over the rate, never a rounded number. */
export const rational = (frames: number, { num, den }: Rational): string =>
  frames === 0 ? "0s" : `${frames * den}/${num}s`;

/**
 * A film as FCPXML 1.11: its clips as assets, and a spine of them with cross dissolves for all fades. Pure.
 * `urlOf` gives the URL of a file in the media folder.
 */
export function toFcpxml(timeline: Timeline, urlOf: (file: string) => string): string {
  const { rate, size, title, frames, joins } = timeline;
  const cuts = cutClips(timeline);
  const format = tag("format", { id: IDS.format, frameDuration: rational(1, rate), ...size });
  const formats = formatsOf(timeline);
  const assets = timeline.clips.map((clip) => assetOf(clip, urlOf(clip.file), formats.idOf(clip)));
  const effects = [
    tag("effect", { id: IDS.picture, name: "Cross Dissolve", uid: CROSS_DISSOLVE }),
    tag("effect", { id: IDS.sound, name: "Audio Crossfade", uid: AUDIO_CROSSFADE }),
  ];
  const spine = cuts.flatMap((clip, index) => {
    const fade = joins[index]?.fade ?? 0;
    return [clipOf(clip, rate), ...(fade === 0 ? [] : [transitionAt(clip.at + clip.length, fade, rate)])];
  });
  const sound = { audioLayout: "stereo", audioRate: "48k" };
  const facts = { format: IDS.format, duration: rational(frames, rate), tcStart: "0s", tcFormat: "NDF", ...sound };
  const sequence = tag("sequence", facts, [tag("spine", {}, spine)]);
  const event = tag("event", { name: title }, [tag("project", { name: title }, [sequence])]);
  const resources = [format, ...(joins.some(({ fade }) => fade > 0) ? effects : []), ...formats.others, ...assets];
  const document = tag("fcpxml", { version: "1.11" }, [tag("resources", {}, resources), tag("library", {}, [event])]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n\n${document}\n`;
}

const assetId = (scene: number): string => `clip${scene + 1}`;

/** Formats of the clips that are not the film's, one for each. */
function formatsOf({ rate, size, clips }: Timeline) {
  const known = new Map<string, string>([[formatKey({ frameRate: rate, ...size }), IDS.format]]);
  const others: string[] = [];
  for (const { media } of clips) {
    const key = formatKey(media.video);
    if (known.has(key)) continue;
    const id = `f${known.size}`;
    known.set(key, id);
    const { frameRate, width, height } = media.video;
    others.push(tag("format", { id, frameDuration: rational(1, frameRate), width, height }));
  }
  return { others, idOf: ({ media }: TimelineClip) => known.get(formatKey(media.video)) };
}

const formatKey = ({ frameRate, width, height }: Pick<VideoInfo, "frameRate" | "width" | "height">): string =>
  JSON.stringify([frameRate.num / frameRate.den, width, height]);

function assetOf({ scene, file, media }: TimelineClip, src: string, format: string | undefined): string {
  const { video, audio } = media;
  const sound =
    audio === null
      ? {}
      : { hasAudio: 1, audioSources: 1, audioChannels: audio.channels, audioRate: String(audio.sampleRate) };
  const duration = rational(video.frames, video.frameRate);
  const facts = { id: assetId(scene), name: file, start: "0s", duration, hasVideo: 1, format, ...sound };
  return tag("asset", facts, [tag("media-rep", { kind: "original-media", src })]);
}

const clipOf = ({ scene, description, at, from, length }: CutClip, rate: Rational): string =>
  tag(
    "asset-clip",
    {
      ref: assetId(scene),
      offset: rational(at, rate),
      name: `Scene ${scene + 1}`,
      start: rational(from, rate),
      duration: rational(length, rate),
      tcFormat: "NDF",
    },
    [`<note>${escaped(description)}</note>`],
  );

/** A dissolve around a cut: both clips have the frames for it beyond the cut. */
function transitionAt(cut: number, fade: number, rate: Rational): string {
  const offset = rational(cut - cutOf(fade).before, rate);
  return tag("transition", { name: "Cross Dissolve", offset, duration: rational(fade, rate) }, [
    tag("filter-video", { ref: IDS.picture, name: "Cross Dissolve" }),
    tag("filter-audio", { ref: IDS.sound, name: "Audio Crossfade" }),
  ]);
}
