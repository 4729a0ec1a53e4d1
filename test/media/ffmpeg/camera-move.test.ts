import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { CAMERA_MOVES, captionHeight, FRAME_SIZES } from "../../../src/domain/media.ts";
import { shotArgs, shotFrames } from "../../../src/media/ffmpeg/camera-move.ts";
import type { ShotOrder } from "../../../src/ports/media.ts";
import { realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";

// Real films on a machine that may be busy.
setDefaultTimeout(60_000);

const order: ShotOrder = {
  startPath: "/films/a b/one.png",
  endPath: "/films/%03d/two.png",
  size: FRAME_SIZES["16:9"],
  move: "hold",
  durationSeconds: 2.5,
  seed: 0,
  captionPath: null,
};

const graphOf = (of: ShotOrder): string => {
  const args = shotArgs(of, "/out/clip.mp4");
  return args[args.indexOf("-filter_complex") + 1] ?? "";
};

const still =
  "scale=1280:720:force_original_aspect_ratio=increase:flags=lanczos+accurate_rnd:out_color_matrix=bt709:out_range=tv,crop=1280:720,format=yuv420p";
const sound = graphOf(order).split("[picture];")[1];

const stillInput = (
  "-protocol_whitelist file -format_whitelist image2 -codec_whitelist png,mjpeg,webp -max_pixels 40000000 " +
  "-pattern_type none -f image2 -i"
).split(" ");

describe("shot arguments", () => {
  test("are exactly these for two stills held and dissolved", () => {
    const layer = `${still},crop=1280:720:0:0,pad=1284:724:2:2,fillborders=left=2:right=2:top=2:bottom=2:mode=mirror,loop=loop=39:size=1,settb=1/24,setpts=N,fps=24,crop=1280:720`;
    const graph = `[0:v]${layer}[start];[1:v]${layer}[end];[start][end]xfade=transition=fade:duration=0.83333:offset=0.83333,settb=1/24,setpts=N,fps=24,setsar=1,format=yuv420p[picture];${sound}`;
    expect(shotArgs(order, "/out/clip.mp4")).toEqual([
      ..."-nostdin -hide_banner -v error -max_alloc 536870912 -xerror -y".split(" "),
      ...[...stillInput, "file:/films/a b/one.png"],
      ...[...stillInput, "file:/films/%03d/two.png"],
      ...["-filter_complex", graph, "-map", "[picture]", "-map", "[sound]", "-r", "24"],
      ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-profile:v", "high", "-pix_fmt", "yuv420p"],
      ...["-g", "24", "-keyint_min", "24", "-sc_threshold", "0", "-threads:v", "2", "-flags:v", "+cgop+bitexact"],
      ...["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"],
      ...["-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2", "-flags:a", "+bitexact"],
      ...["-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", "file:/out/clip.mp4"],
    ]);
  });

  test("lay the caption over a picture that moves above it", () => {
    const args = shotArgs({ ...order, move: "push_in", captionPath: "/cap.png" }, "/out/clip.mp4");
    expect(args.filter((arg) => arg.startsWith("file:"))).toEqual([
      "file:/films/a b/one.png",
      "file:/films/%03d/two.png",
      "file:/cap.png",
      "file:/out/clip.mp4",
    ]);
    const graph = graphOf({ ...order, move: "push_in", captionPath: "/cap.png" });
    expect(graph).toContain("crop=1280:588:0:0,pad=");
    expect(graph).toContain(
      "[2:v]scale=out_color_matrix=bt709:out_range=tv,format=yuva420p[caption];[start][end]xfade=transition=fade:duration=0.83333:offset=0.83333,pad=1280:720:0:0[moving];[moving][caption]overlay=0:0:eof_action=repeat:format=yuv420,",
    );
  });

  test("move an eased camera by fractions of a pixel, the whole still at the shot's first and last frame", () => {
    const [start = "", end = ""] = graphOf({ ...order, move: "pan_right", durationSeconds: 5 }).split(";[1:v]");
    const eased = "st(0,ld(1)*ld(1)*(3-2*ld(1)))";
    // From the left edge at rest (0) to a tenth of the picture further right, closer by a tenth.
    expect(start).toContain(`perspective=eval=frame:interpolation=cubic:x0='st(1,(on-1+0)/119);${eased};W*(0+`);
    expect(end).toContain(`x0='st(1,(on-1+40)/119);${eased};W*(`);
  });

  test("fade the sound in and out over exactly the picture's length", () => {
    expect(sound).toContain(
      "atrim=end_sample=120000,afade=t=in:d=0.6:curve=hsin,afade=t=out:st=1.9:d=0.6:curve=hsin,aformat=sample_fmts=fltp:channel_layouts=stereo[sound]",
    );
  });

  test("choose the sound by the seed", () => {
    expect(graphOf({ ...order, seed: 1 })).not.toBe(graphOf(order));
  });

  test("are the same for the same order, and hold even sizes and no endless numbers", () => {
    const orders = fc.record({
      size: fc.constantFrom(...Object.values(FRAME_SIZES)),
      move: fc.constantFrom(...CAMERA_MOVES),
      durationSeconds: fc.integer({ min: 24, max: 720 }).map((frames) => frames / 24),
      seed: fc.nat(),
      captionPath: fc.constantFrom(null, "/cap.png"),
    });
    fc.assert(
      fc.property(orders, (random) => {
        const graph = graphOf({ ...order, ...random });
        expect(graphOf({ ...order, ...random })).toBe(graph);
        expect(graph).not.toMatch(/NaN|Infinity|undefined|\de[-+]?\d|\d\.\d{6}/);
        for (const [, width, height] of graph.matchAll(/(?:crop|pad)=(\d+):(\d+)/g))
          expect([Number(width) % 2, Number(height) % 2]).toEqual([0, 0]);
      }),
      { numRuns: 200 },
    );
  });

  test("count frames by the length, to the nearest", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 720 }), (frames) => {
        expect(shotFrames(frames / 24)).toBe(frames);
      }),
    );
  });
});

async function stills(folder: string, size: string): Promise<{ startPath: string; endPath: string }> {
  const make = async (name: string, source: string) => {
    const path = join(folder, name);
    const input = ["-f", "lavfi", "-i", `${source}=s=${size}`, "-frames:v", "1"];
    const child = Bun.spawn(["ffmpeg", "-v", "error", ...input, "-c:v", "png", "-f", "image2pipe", "-"], {
      stdout: "pipe",
    });
    await Bun.write(path, await new Response(child.stdout).bytes());
    return path;
  };
  return { startPath: await make("%03d.png", "testsrc2"), endPath: await make("end.png", "smptehdbars") };
}

describe("a filmed shot", () => {
  test("has its frames, codecs and sound, and the same bytes when filmed again", async () => {
    const tool = realTool();
    const folder = tempFolder();
    const shot: ShotOrder = {
      ...(await stills(folder, "320x180")),
      size: { width: 320, height: 180 },
      move: "drift",
      durationSeconds: 1.25,
      seed: 5,
      captionPath: null,
    };
    const [once, again] = [join(folder, "once.mp4"), join(folder, "again.mp4")];
    await tool.renderShot(shot, once, never);
    await tool.renderShot(shot, again, never);
    const info = await tool.verify(once, never);
    expect(info.video).toMatchObject({
      codec: "h264",
      profile: "High",
      pixelFormat: "yuv420p",
      width: 320,
      height: 180,
      frames: 30,
      frameRate: { num: 24, den: 1 },
      durationSeconds: 1.25,
    });
    expect(info.audio).toMatchObject({ codec: "aac", sampleRate: 48_000, channels: 2 });
    expect(info.audio?.durationSeconds).toBeCloseTo(1.25, 2);
    expect(await Bun.file(again).bytes()).toEqual(await Bun.file(once).bytes());
  });

  test("fills an upright frame from a still of another shape", async () => {
    const tool = realTool();
    const folder = tempFolder();
    const size = { width: 180, height: 320 };
    const output = join(folder, "upright.mp4");
    const shot: ShotOrder = {
      ...(await stills(folder, "640x480")),
      size,
      move: "tilt_up",
      durationSeconds: 1,
      seed: 5,
      captionPath: null,
    };
    await tool.renderShot(shot, output, never);
    const { video } = await tool.verify(output, never);
    expect(video).toMatchObject({ ...size, frames: 24 });
  });

  test("leaves an even strip for the caption in every frame size", () => {
    expect(Object.values(FRAME_SIZES).map(captionHeight)).toEqual([132, 240, 192]);
  });
});
