import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { lengthVerdict } from "../../../src/domain/clip-length.ts";
import { type Direction, withBoundary } from "../../../src/domain/direction.ts";
import type { ProjectFacts } from "../../../src/domain/facts.ts";
import type { MediaInfo, Rational } from "../../../src/domain/media.ts";
import type { Transition } from "../../../src/domain/transition.ts";
import { timecode, timecodeBase, toEdl } from "../../../src/formats/interchange/edl.ts";
import { toFcpxml } from "../../../src/formats/interchange/fcpxml.ts";
import { toOtio } from "../../../src/formats/interchange/otio.ts";
import { type Timeline, timelineOf } from "../../../src/formats/interchange/timeline.ts";
import { keptLayouts } from "../../../src/media/stitch/plan/kept-length.ts";
import { planStitch, segmentFrames } from "../../../src/media/stitch/plan/plan.ts";
import { plan } from "../../../src/planning/plan.ts";
import { film720, layout } from "../../media/stitch/layouts.ts";
import { sized } from "../../support/size.ts";
import { createTestApp, createTestStores } from "../../support/test-app.ts";
import { readEdl, readFcpxml, readOtio, type Seen } from "./readers.ts";

// Time is virtual here: how long it takes says how busy the machine is.
setDefaultTimeout(0);

const RATES = [
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30, den: 1 },
  { num: 24_000, den: 1_001 },
  { num: 30_000, den: 1_001 },
] as const;
const MOST_SCENES = 4;
const films: ProjectFacts[] = [];

beforeAll(async () => {
  for (let scenes = 1; scenes <= MOST_SCENES; scenes++) {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.film('A cat & a "lantern" <at> night. Ünïcode', scenes);
    films.push(await testApp.repository.facts(id));
  }
});

/** Every clip was ordered so long; one that came longer is cut to it. */
const ORDERED_SECONDS = 6;

interface Cut {
  readonly frames: readonly number[];
  readonly fade: number;
  /** Of its own after each scene, in frames; null: the film's. */
  readonly own?: readonly (number | null)[];
  readonly rate: (typeof RATES)[number];
  readonly silent?: number;
  /** The duplicate frame before each cut is left out. */
  readonly drop?: boolean;
}

const atRate = (media: MediaInfo, frameRate: Rational): MediaInfo => ({
  ...media,
  video: { ...media.video, frameRate },
});

/** A finished film with clips of these lengths. */
function factsOf({ frames, fade, own = [], rate, silent = -1, drop = false }: Cut): ProjectFacts {
  const facts = films[frames.length - 1];
  if (facts === undefined) throw new Error("no such film");
  const crossfadeSeconds = (fade * rate.den) / rate.num;
  const request = { ...facts.project.request, crossfadeSeconds };
  const artifacts = facts.artifacts.map((artifact) => {
    if (artifact.media === null) return artifact;
    if (artifact.role === "final") return { ...artifact, media: atRate(artifact.media, rate) };
    if (artifact.role !== "clip") return artifact;
    const count = frames[artifact.position] ?? 0;
    const durationSeconds = (count * rate.den) / rate.num;
    const video = { ...artifact.media.video, frames: count, frameRate: rate, durationSeconds };
    const audio = artifact.position === silent ? null : artifact.media.audio;
    return { ...artifact, media: { durationSeconds, video, audio } };
  });
  const direction = withBoundary(directionOf(facts, own, rate), drop ? "drop" : "keep");
  const project = { ...facts.project, request, direction };
  return { ...facts, project, artifacts };
}

/** Direction of a film whose scenes have these transitions of their own, its takes kept as they are. */
function directionOf(facts: ProjectFacts, own: readonly (number | null)[], rate: Cut["rate"]): Direction {
  const { storyboard } = plan(facts);
  const { direction } = facts.project;
  if (storyboard === null || own.length === 0) return direction;
  const scenes = storyboard.scenes.map((scene, place) => {
    const fade = own[place] ?? null;
    return fade === null ? scene : { ...scene, transition: transitionOf(fade, place, rate) };
  });
  return { ...direction, storyboard: { ...storyboard, scenes } };
}

function transitionOf(fade: number, place: number, rate: Cut["rate"]): Transition {
  if (fade === 0) return { kind: "cut", seconds: 0 };
  return { kind: place % 2 === 0 ? "dip" : "crossfade", seconds: (fade * rate.den) / rate.num };
}

function timelineFor(cut: Cut): Timeline {
  const timeline = timelineOf(factsOf(cut));
  if (timeline === null) throw new Error("no timeline");
  return timeline;
}

const cuts = fc
  .record({
    frames: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: MOST_SCENES }),
    share: fc.double({ min: 0, max: 0.5, noNaN: true }),
    own: fc.array(fc.option(fc.double({ min: 0, max: 0.5, noNaN: true })), { minLength: 4, maxLength: 4 }),
    rate: fc.constantFrom(...RATES),
    drop: fc.boolean(),
  })
  .map(({ frames, share, own, rate, drop }): Cut => {
    const kept = (count: number) => Math.min(count, ORDERED_SECONDS * timecodeBase(rate));
    const most = (some: readonly number[], part: number) =>
      Math.min(Math.floor(Math.min(...some.map(kept)) * part), 9 * timecodeBase(rate));
    const fade = frames.length < 2 ? 0 : most(frames, share);
    const each = own.map((part, left) => part && most(frames.slice(left, left + 2), part));
    return { frames, fade, own: each, rate, drop };
  });

/** Every frame of the film, by what the stitch makes it of: the clip, and the frame of the clip. */
function framesOfStitch({ frames, fade, own = [], rate, drop }: Cut): { clip: number; source: number; film: number }[] {
  const format = { ...film720, frameRate: rate };
  const whole = frames.map((count) => layout({ frames: count, format, gop: 12 }));
  const kept = whole.map(({ pictureSeconds }) =>
    lengthVerdict(pictureSeconds, ORDERED_SECONDS) === "longer" ? ORDERED_SECONDS : null,
  );
  const stitch = planStitch(
    keptLayouts(whole, kept),
    0,
    frames.slice(1).map((_, left) => transitionOf(own[left] ?? fade, left, rate)),
    drop ? frames.map(() => "drop") : [],
  );
  let film = 0;
  return stitch.segments.flatMap((segment) => {
    const first = film;
    film += segmentFrames(segment, stitch.clips);
    const run = (clip: number, from: number, to: number, at: number) =>
      Array.from({ length: to - from }, (_, n) => ({ clip, source: from + n, film: at + n }));
    if (segment.kind !== "window") return run(segment.clip, segment.from, segment.to, first);
    const left = stitch.clips[segment.left]?.frames ?? 0;
    const blend = first + left - segment.from - segment.fade;
    return [...run(segment.left, segment.from, left, first), ...run(segment.left + 1, 0, segment.to, blend)];
  });
}

function agree(cut: Cut, { seen, frames }: { seen: readonly Seen[]; frames: number }, name: (n: number) => string) {
  const made = framesOfStitch(cut);
  expect(seen.map(({ file }) => file)).toEqual(cut.frames.map((_, scene) => name(scene + 1)));
  expect(frames).toBe(Math.max(...made.map(({ film }) => film)) + 1);
  const shown = seen.flatMap(({ from, to, source }, clip) =>
    Array.from({ length: to - from }, (_, n) => `${clip} ${source + n} ${from + n}`),
  );
  const stitched = made.map(({ clip, source, film }) => `${clip} ${source} ${film}`);
  const byText = (a: string, b: string) => (a < b ? -1 : 1);
  expect(shown.toSorted(byText)).toEqual(stitched.toSorted(byText));
}

describe("a timeline that is read again shows every frame of every clip where the stitch puts it", () => {
  const holds = (check: (cut: Cut, timeline: Timeline) => void) =>
    fc.assert(
      fc.property(cuts, (cut) => check(cut, timelineFor(cut))),
      { numRuns: sized(25, 500) },
    );

  test("as OpenTimelineIO", () =>
    holds((cut, timeline) => {
      const text = toOtio(timeline);
      agree(cut, readOtio(text, "Video"), (scene) => `media/scene-0${scene}.mp4`);
      expect(readOtio(text, "Audio")).toEqual(readOtio(text, "Video"));
      expect(readOtio(text, "Video").rate).toBeCloseTo(cut.rate.num / cut.rate.den, 9);
    }));

  test("as CMX 3600", () =>
    holds((cut, timeline) =>
      agree(cut, readEdl(toEdl(timeline), timecodeBase(cut.rate)), (scene) => `scene-0${scene}.mp4`),
    ));

  test("as FCPXML", () =>
    holds((cut, timeline) => {
      const text = toFcpxml(timeline, (file) => `file:///Films/My%20film/media/${file}`);
      agree(cut, readFcpxml(text, cut.rate), (scene) => `file:///Films/My%20film/media/scene-0${scene}.mp4`);
    }));
});

const plainCut = { frames: [144, 96, 120], fade: 12, rate: RATES[0] } as const;

test("a CMX list is what editors have read since 1988", () => {
  expect(toEdl(timelineFor({ ...plainCut, silent: 2 })).replaceAll("\r\n", "\n")).toMatchInlineSnapshot(`
    "TITLE: A cat & a "lantern" <at> night. Unicode
    FCM: NON-DROP FRAME

    001  SCENE001 AA/V  C        00:00:00:00 00:00:05:12 01:00:00:00 01:00:05:12
    * FROM CLIP NAME: scene-01.mp4

    002  SCENE001 AA/V  C        00:00:05:12 00:00:05:12 01:00:05:12 01:00:05:12
    002  SCENE002 AA/V  D    012 00:00:00:00 00:00:03:12 01:00:05:12 01:00:09:00
    * FROM CLIP NAME: scene-01.mp4
    * TO CLIP NAME: scene-02.mp4

    003  SCENE002 AA/V  C        00:00:03:12 00:00:03:12 01:00:09:00 01:00:09:00
    003  SCENE003 V     D    012 00:00:00:00 00:00:05:00 01:00:09:00 01:00:14:00
    * FROM CLIP NAME: scene-02.mp4
    * TO CLIP NAME: scene-03.mp4

    "
  `);
});

test("another kind than a crossfade is named, as far as a format can", () => {
  const timeline = timelineFor({ ...plainCut, own: [24, 0] });
  expect(timeline.joins).toEqual([
    { kind: "dip", fade: 24 },
    { kind: "cut", fade: 0 },
  ]);
  const edl = toEdl(timeline).split("\r\n");
  expect(edl.filter((line) => line.startsWith("* EFFECT"))).toEqual(["* EFFECT NAME: DIP"]);
  expect(edl.filter((line) => line.includes(" D    "))).toHaveLength(1);
  expect(toOtio(timeline)).toContain('"transition_type": "Custom_Transition"');
  expect(toFcpxml(timeline, (file) => file).match(/<transition /g)).toHaveLength(1);
});

test("an FCPXML is escaped, exact and names each clip once", () => {
  const text = toFcpxml(timelineFor({ frames: [24, 48], fade: 6, rate: RATES[3] }), (file) => `file:///m/${file}`);
  expect(text).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <!DOCTYPE fcpxml>

    <fcpxml version="1.11">
      <resources>
        <format id="r1" frameDuration="1001/24000s" width="1280" height="720"/>
        <effect id="r2" name="Cross Dissolve" uid="FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"/>
        <effect id="r3" name="Audio Crossfade" uid="FFAudioTransition"/>
        <asset id="clip1" name="scene-01.mp4" start="0s" duration="24024/24000s" hasVideo="1" format="r1" hasAudio="1" audioSources="1" audioChannels="2" audioRate="48000">
          <media-rep kind="original-media" src="file:///m/scene-01.mp4"/>
        </asset>
        <asset id="clip2" name="scene-02.mp4" start="0s" duration="48048/24000s" hasVideo="1" format="r1" hasAudio="1" audioSources="1" audioChannels="2" audioRate="48000">
          <media-rep kind="original-media" src="file:///m/scene-02.mp4"/>
        </asset>
      </resources>
      <library>
        <event name="A cat &#38; a &#34;lantern&#34; &#60;at&#62; night. Ünïcode">
          <project name="A cat &#38; a &#34;lantern&#34; &#60;at&#62; night. Ünïcode">
            <sequence format="r1" duration="66066/24000s" tcStart="0s" tcFormat="NDF" audioLayout="stereo" audioRate="48k">
              <spine>
                <asset-clip ref="clip1" offset="0s" name="Scene 1" start="0s" duration="21021/24000s" tcFormat="NDF">
                  <note>scene 0</note>
                </asset-clip>
                <transition name="Cross Dissolve" offset="18018/24000s" duration="6006/24000s">
                  <filter-video ref="r2" name="Cross Dissolve"/>
                  <filter-audio ref="r3" name="Audio Crossfade"/>
                </transition>
                <asset-clip ref="clip2" offset="21021/24000s" name="Scene 2" start="3003/24000s" duration="45045/24000s" tcFormat="NDF">
                  <note>scene 1</note>
                </asset-clip>
              </spine>
            </sequence>
          </project>
        </event>
      </library>
    </fcpxml>
    "
  `);
});

test("a clip without sound leaves a gap in the sound, and nothing fades into it", () => {
  const text = toOtio(timelineFor({ ...plainCut, silent: 1 }));
  const heard = readOtio(text, "Audio");
  expect(heard.frames).toBe(readOtio(text, "Video").frames);
  expect(heard.seen).toEqual([
    { file: "media/scene-01.mp4", from: 0, to: 138, source: 0 },
    { file: "media/scene-03.mp4", from: 222, to: 336, source: 6 },
  ]);
});

test("clips of another rate are counted at the film's, as the stitch counts them", () => {
  const facts = factsOf({ frames: [144, 144, 25], fade: 0, rate: RATES[0] });
  const artifacts = facts.artifacts.map((artifact) => {
    if (artifact.position !== 2 || artifact.role !== "clip" || artifact.media === null) return artifact;
    const video = { ...artifact.media.video, frameRate: RATES[1], durationSeconds: 1 };
    return { ...artifact, media: { ...artifact.media, video } };
  });
  const timeline = timelineOf({ ...facts, artifacts });
  expect([timeline?.rate, timeline?.clips.map(({ frames }) => frames)]).toEqual([RATES[0], [144, 144, 24]]);
});

test("a timeline has the size and rate of its film, or else those that it would have", () => {
  const facts = factsOf({ frames: [144, 144, 25], fade: 0, rate: RATES[0] });
  const film = { size: { width: 640, height: 360 }, rate: { num: 25, den: 1 } };
  const artifacts = facts.artifacts.map((artifact) => {
    if (artifact.role !== "final" || artifact.media === null) return artifact;
    return {
      ...artifact,
      media: { ...artifact.media, video: { ...artifact.media.video, ...film.size, frameRate: film.rate } },
    };
  });
  expect(timelineOf({ ...facts, artifacts })).toMatchObject(film);
  const steps = facts.steps.filter(({ kind }) => kind !== "stitch");
  const varying = facts.artifacts.map((artifact) =>
    artifact.role === "clip" && artifact.media !== null
      ? { ...artifact, media: atRate(artifact.media, { num: 64_350_000, den: 2_250_323 }) }
      : artifact,
  );
  expect(timelineOf({ ...facts, steps, artifacts: varying })?.rate).toEqual({ num: 30, den: 1 });
});

test("a clip that came longer than ordered lies whole in its file and is shown as long as ordered", () => {
  const timeline = timelineFor({ frames: [192, 144], fade: 12, rate: RATES[0] });
  expect(timeline.clips.map(({ frames, media }) => [frames, media.video.frames])).toEqual([
    [144, 192],
    [144, 144],
  ]);
  expect(timeline.frames).toBe(276);
  expect(toFcpxml(timeline, (file) => file)).toContain('duration="192/24s" hasVideo');
});

test("a film with missing clips has the others, and says which are missing", () => {
  const facts = factsOf(plainCut);
  const steps = facts.steps.filter(({ kind, position }) => kind !== "clip" || position !== 1);
  const timeline = timelineOf({ ...facts, steps });
  expect(timeline?.clips.map(({ file }) => file)).toEqual(["scene-01.mp4", "scene-03.mp4"]);
  expect(timeline?.missingScenes).toEqual([1]);
  expect(timelineOf({ ...facts, steps: [] })).toBeNull();
});

test.each([
  [0, 24, "00:00:00:00"],
  [86_400 + 25, 24, "01:00:01:01"],
  [24 * 3_600 * 25, 25, "00:00:00:00"],
])("%i frames at %i are timecode %s", (frames, base, shown) => {
  expect(timecode(frames, base)).toBe(shown);
});
