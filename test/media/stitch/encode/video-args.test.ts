import { expect, test } from "bun:test";
import { QUALITIES } from "../../../../src/media/stitch/encode/quality.ts";
import { windowKey } from "../../../../src/media/stitch/encode/segment-cache.ts";
import { type EncodedSegment, encodeArgs } from "../../../../src/media/stitch/encode/video-args.ts";
import type { ClipLayout } from "../../../../src/media/stitch/format/clip-layout.ts";
import { planStitch } from "../../../../src/media/stitch/plan/plan.ts";
import { CONFINED, film720, layout } from "../layouts.ts";

const encoder = { quality: QUALITIES.standard, tonemap: true };
const input = (path: string, seek = "") => `${CONFINED} -threads 1 ${seek}-i file:${path}`;

/** The arguments of the first made segment of a film of these clips. */
function argsOf(clips: readonly ClipLayout[], crossfadeSeconds: number, tonemap = true): string {
  const plan = planStitch(clips, crossfadeSeconds);
  const segment = plan.segments.find((s): s is EncodedSegment => s.kind !== "copy");
  if (segment === undefined) throw new Error("all is copied");
  return encodeArgs(plan, clips, segment, { ...encoder, tonemap }, "/out.mp4").join(" ");
}

const a = layout({ path: "/a.mp4" });
const b = layout({ path: "/b.mp4" });
const graphOf = (args: string): string => /-filter_complex (.*?) -map/.exec(args)?.[1] ?? "";

test("a window blends the end of one clip into the start of the next, in the film's own format", () => {
  expect(argsOf([a, b], 0.5)).toBe(
    "-nostdin -hide_banner -v error -max_alloc 536870912 -xerror -y -filter_threads 1 -filter_complex_threads 1 " +
      `${input("/a.mp4", "-ss 7.479167 ")} ${input("/b.mp4")} -filter_complex ` +
      "[0:V:0]settb=1/24,setpts=N,fps=24/1,format=yuv420p,setsar=1,tpad=stop_mode=clone:stop=1[a];" +
      "[1:V:0]settb=1/24,setpts=N,fps=24/1,format=yuv420p,setsar=1[b];" +
      "[a][b]xfade=transition=fade:duration=0.500000:offset=0.000000,settb=1/24,setpts=N[v] " +
      "-map [v] -an -frames:v 24 -c:v libx264 -preset ultrafast -crf 16 -threads 1 -profile:v high -level:v 3.1 " +
      "-pix_fmt yuv420p -color_range tv -colorspace bt709 -color_trc bt709 -color_primaries bt709 " +
      "-x264-params keyint=48:min-keyint=1:scenecut=0:open-gop=0:stitchable=1:sps-id=1:chromaloc=0:deblock=0,0 -video_track_timescale 24 " +
      "-map_metadata -1 -fflags +bitexact -f mp4 -progress pipe:1 -stats_period 0.25 file:/out.mp4",
  );
});

test.each([
  ["dip", "fadeblack"],
  ["circleopen", "circleopen"],
] as const)("a %s is xfade's %s, and so a window of its own", (kind, name) => {
  const plan = planStitch([a, b], 0, [{ kind, seconds: 0.5 }]);
  const window = { kind: "window", left: 0, from: 180, fade: 12, to: 24 } as const;
  expect(plan.segments[1]).toEqual(window);
  const args = encodeArgs(plan, [a, b], window, encoder, "/out.mp4");
  expect(args.join(" ")).toBe(argsOf([a, b], 0.5).replace("transition=fade:", `transition=${name}:`));
  const fade = planStitch([a, b], 0.5);
  expect(windowKey(window, [a, b], args)).not.toBe(
    windowKey(window, [a, b], encodeArgs(fade, [a, b], window, encoder, "/out.mp4")),
  );
});

test("a window that starts before its fade waits for it", () => {
  const args = argsOf([layout({ ...a, cleanEnds: [170, 192] }), b], 0.5);
  expect(args).toContain("-ss 7.062500 -i file:/a.mp4");
  expect(args).toContain("duration=0.500000:offset=0.416667,");
  expect(args).toContain("-frames:v 34");
});

test("NTSC rates stay exact fractions", () => {
  const format = { ...film720, frameRate: { num: 30_000, den: 1_001 } };
  const args = argsOf([layout({ ...a, format }), layout({ ...b, format })], 0.5);
  expect(graphOf(args)).toStartWith("[0:V:0]settb=1001/30000,setpts=N,fps=30000/1001,");
  expect(args).toContain("-video_track_timescale 30000");
});

test("a picture that starts late in its file is sought from there", () => {
  expect(argsOf([layout({ ...a, pictureStartSeconds: 0.25 }), b], 0.5)).toContain("-ss 7.729167 -i file:/a.mp4");
});

test("another size is fitted with bars and the film's colours", () => {
  const small = layout({ path: "/s.mp4", format: { ...film720, size: { width: 640, height: 480 } }, frames: 96 });
  expect(graphOf(argsOf([a, small], 0))).toBe(
    "[0:V:0]settb=1/24,setpts=N,fps=24/1," +
      "scale=w=960:h=720:flags=bicubic+accurate_rnd+full_chroma_int:in_color_matrix=bt709:in_range=tv:out_color_matrix=bt709:out_range=tv," +
      "format=yuv420p,format=yuv420p,pad=w=1280:h=720:x=-1:y=-1,format=yuv420p,setsar=1," +
      "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709[v]",
  );
});

test("an irregular clip is paced first and cut by frame numbers, never sought", () => {
  const vfr = layout({
    path: "/v.mp4",
    oddity: "its frame rate varies",
    regular: false,
    frames: 90,
    pictureSeconds: 4,
  });
  const args = argsOf([a, vfr, b], 0);
  expect(args).not.toContain("-ss");
  expect(graphOf(args)).toStartWith("[0:V:0]setpts=PTS-STARTPTS,fps=24/1:start_time=0,scale=");
  expect(graphOf(args)).toEndWith(
    "format=yuv420p,setsar=1,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,tpad=stop_mode=clone:stop=14,trim=start_frame=0:end_frame=96,settb=1/24,setpts=N[v]",
  );
});

test("a steady clip of another rate is sought a few frames early, and counted where both rates have their frames", () => {
  const ntsc = { ...film720, frameRate: { num: 30_000, den: 1_001 } };
  const other = layout({ path: "/n.mp4", format: ntsc, frames: 240 });
  const argsWith = (clip: ClipLayout) => {
    const clips = [a, b, clip, a];
    const plan = planStitch(clips, 0.5);
    const window = plan.segments.find((segment) => segment.kind === "window" && segment.left === 2);
    if (window?.kind !== "window") throw new Error("no window");
    return encodeArgs(plan, clips, window, encoder, "/out.mp4").join(" ");
  };
  // Frame 180 of 24 a second comes behind frame 224 of the clip's.
  const args = argsWith(other);
  expect(args).toContain("-ss 7.323983 -i file:/n.mp4");
  expect(graphOf(args)).toStartWith("[0:V:0]settb=1/720000,setpts=(N+220)*24024,fps=24/1:start_time=7.5,format=");
  expect(graphOf(args)).toContain("trim=start_frame=0:end_frame=12,settb=1/24,setpts=N");
  // Where seeking is not exact it is read from its start.
  const counted = argsWith({ ...other, seekable: false });
  expect(counted).toContain("-threads 1 -i file:/n.mp4");
  expect(graphOf(counted)).toContain("setpts=(N+0)*24024,fps=24/1:start_time=0,");
  expect(graphOf(counted)).toContain("trim=start_frame=180:end_frame=192,");
});

test("interlaced and high dynamic range pictures are repaired first", () => {
  const odd = layout({
    path: "/o.mp4",
    oddity: "it is interlaced",
    repairs: { interlaced: true, highDynamicRange: true, transparent: false },
  });
  expect(graphOf(argsOf([a, odd, b], 0))).toStartWith(
    "[0:V:0]bwdif=mode=send_frame,settb=1/24,setpts=N,fps=24/1,zscale=min=bt709:pin=bt709:tin=bt709:rin=tv:t=linear",
  );
  expect(graphOf(argsOf([a, odd, b], 0, false))).toStartWith(
    "[0:V:0]bwdif=mode=send_frame,settb=1/24,setpts=N,fps=24/1,scale=",
  );
});

test.each([
  [0, "bframes=0"],
  [1, "b-pyramid=none"],
])("with %p frames held back in the film, what is encoded holds back no more", (reorderDepth, param) => {
  const format = { ...film720, reorderDepth };
  expect(argsOf([layout({ ...a, format }), layout({ ...b, format })], 0.5)).toContain(`sps-id=1:chromaloc=0:${param}:`);
});

test.each([
  ["Constrained Baseline", "baseline"],
  ["Main", "main"],
  ["High", "high"],
])("profile %s is kept", (profile, word) => {
  const format = { ...film720, profile };
  expect(argsOf([layout({ ...a, format }), layout({ ...b, format })], 0.5)).toContain(`-profile:v ${word} `);
});

test("full range stays full range, and unknown colours are not tagged", () => {
  const full = { ...film720, colour: { ...film720.colour, range: "pc" } };
  expect(argsOf([layout({ ...a, format: full }), layout({ ...b, format: full })], 0.5)).toContain("-pix_fmt yuvj420p");
  const untagged = {
    ...film720,
    colour: { range: "unknown", space: "unknown", transfer: "unknown", primaries: "unknown" },
  };
  expect(argsOf([layout({ ...a, format: untagged }), layout({ ...b, format: untagged })], 0.5)).not.toContain("-color");
});
