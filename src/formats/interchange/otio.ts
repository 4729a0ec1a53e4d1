import type { Rational } from "../../domain/media.ts";
import { safeJson } from "../../domain/plain-text.ts";
import { type CutClip, cutClips, cutOf, type Timeline, type TimelineJoin } from "./timeline.ts";

/** Folder of the clips beside an exported timeline. */
export const MEDIA_FOLDER = "media";

const time = (value: number, { num, den }: Rational) => ({ OTIO_SCHEMA: "RationalTime.1", rate: num / den, value });

const range = (start: number, duration: number, rate: Rational) => ({
  OTIO_SCHEMA: "TimeRange.1",
  start_time: time(start, rate),
  duration: time(duration, rate),
});

/** What every item of OpenTimelineIO carries. */
const item = (schema: string, name: string) => ({ OTIO_SCHEMA: schema, name, metadata: {}, effects: [], markers: [] });

/** A film as OpenTimelineIO JSON: one track of pictures and one of sound, fades as transitions around the cuts. Pure. */
export function toOtio(timeline: Timeline): string {
  const cuts = cutClips(timeline);
  const shown = cuts.map((clip) => clipOf(clip, timeline.rate));
  const heard = cuts.map((clip) => (clip.hasSound ? clipOf(clip, timeline.rate) : gapOf(clip, timeline.rate)));
  const areHeard = (left: number) => cuts.slice(left, left + 2).every(({ hasSound }) => hasSound);
  const pictures = track("Video", withFades(shown, timeline));
  const sounds = track("Audio", withFades(heard, timeline, areHeard));
  const film = {
    OTIO_SCHEMA: "Timeline.1",
    name: timeline.title,
    metadata: { vidpipe: { ai_generated: true, missing_scenes: timeline.missingScenes.map((scene) => scene + 1) } },
    global_start_time: time(0, timeline.rate),
    tracks: { ...item("Stack.1", "tracks"), source_range: null, children: [pictures, sounds] },
  };
  return `${safeJson(film, 2)}\n`;
}

const track = (kind: "Video" | "Audio", children: readonly unknown[]) => ({
  ...item("Track.1", kind),
  kind,
  source_range: null,
  children,
});

function clipOf({ file, description, scene, from, length, media, artifact }: CutClip, rate: Rational) {
  const reference = {
    OTIO_SCHEMA: "ExternalReference.1",
    name: file,
    metadata: { vidpipe: { sha256: artifact.sha256 } },
    target_url: `${MEDIA_FOLDER}/${file}`,
    available_range: range(0, media.video.frames, media.video.frameRate),
    available_image_bounds: null,
  };
  return {
    ...item("Clip.2", file.replace(/\.mp4$/, "")),
    metadata: { vidpipe: { scene: scene + 1, description } },
    enabled: true,
    source_range: range(from, length, rate),
    media_references: { DEFAULT_MEDIA: reference },
    active_media_reference_key: "DEFAULT_MEDIA",
  };
}

const gapOf = ({ length }: CutClip, rate: Rational) => ({
  ...item("Gap.1", ""),
  enabled: true,
  source_range: range(0, length, rate),
});

/** Puts a transition between every two neighbours that can have one. */
function withFades(
  children: readonly unknown[],
  { joins, rate }: Timeline,
  canFade = (_left: number): boolean => true,
): readonly unknown[] {
  return children.flatMap((child, index) => {
    const join = joins[index];
    return join !== undefined && join.fade > 0 && canFade(index) ? [child, transitionOf(join, rate)] : [child];
  });
}

function transitionOf({ kind, fade }: TimelineJoin, rate: Rational) {
  const { before, after } = cutOf(fade);
  return {
    OTIO_SCHEMA: "Transition.1",
    name: kind,
    metadata: {},
    transition_type: kind === "crossfade" ? "SMPTE_Dissolve" : "Custom_Transition",
    in_offset: time(before, rate),
    out_offset: time(after, rate),
  };
}
