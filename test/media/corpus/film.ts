/** A film as ffmpeg and ffprobe read it. */
import { rm } from "node:fs/promises";
import { z } from "zod";
import type { FrameSize, Rational } from "../../../src/domain/media.ts";
import type { Colour, Planes } from "./picture.ts";
import { fraction } from "./recipe.ts";

const Stream = z.object({
  codec_type: z.string(),
  codec_name: z.string(),
  codec_tag_string: z.string(),
  profile: z.string().default(""),
  pix_fmt: z.string().default(""),
  width: z.int().default(0),
  height: z.int().default(0),
  sample_aspect_ratio: z.string().default("1:1"),
  color_range: z.string().default("unknown"),
  color_space: z.string().default("unknown"),
  r_frame_rate: z.string().default("0/1"),
  avg_frame_rate: z.string().default("0/1"),
  start_time: z.coerce.number(),
  duration: z.coerce.number(),
});

const Packet = z.object({
  codec_type: z.string(),
  pts_time: z.coerce.number(),
  dts_time: z.coerce.number(),
  flags: z.string(),
});

const Probed = z.object({ streams: z.array(Stream), packets: z.array(Packet) });

export interface FilmFacts {
  readonly size: FrameSize;
  readonly rate: Rational;
  readonly colour: Colour;
  readonly picture: z.infer<typeof Stream>;
  readonly sound: z.infer<typeof Stream> | undefined;
  readonly tracks: number;
  readonly packets: readonly z.infer<typeof Packet>[];
}

async function output(args: readonly string[]): Promise<{ readonly bytes: Uint8Array; readonly said: string }> {
  const run = Bun.spawn([...args], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [bytes, said, code] = await Promise.all([
    new Response(run.stdout).bytes(),
    new Response(run.stderr).text(),
    run.exited,
  ]);
  if (code !== 0) throw new Error(`${args.join(" ")}: ${said}`);
  return { bytes, said };
}

/** Reads a film's tables. */
export async function factsOf(path: string): Promise<FilmFacts> {
  const entries = "stream:packet=codec_type,pts_time,dts_time,flags";
  const { bytes } = await output(["ffprobe", "-v", "error", "-show_entries", entries, "-of", "json", path]);
  const { streams, packets } = Probed.parse(JSON.parse(new TextDecoder().decode(bytes)));
  const picture = streams.find(({ codec_type }) => codec_type === "video");
  if (picture === undefined) throw new Error(`${path} has no picture`);
  const { width, height } = picture;
  return {
    size: { width, height },
    rate: fraction(picture.r_frame_rate),
    colour: colourOf(picture),
    picture,
    sound: streams.find(({ codec_type }) => codec_type === "audio"),
    tracks: streams.length,
    packets,
  };
}

/** As players see it: what says nothing is BT.601 below 720 lines, and BT.709 from there on. */
function colourOf({ color_space, color_range, height }: z.infer<typeof Stream>): Colour {
  const unsaid = height < 720 ? "bt601" : "bt709";
  const matrix = color_space === "unknown" ? unsaid : color_space === "bt709" ? "bt709" : "bt601";
  return { matrix, range: color_range === "pc" ? "pc" : "tv" };
}

export interface Decoded {
  readonly frames: number;
  /** Both channels, 48 kHz; empty without sound. */
  readonly left: Float32Array;
  readonly right: Float32Array;
  /** What ffmpeg warned of. */
  readonly warnings: string;
}

/** Decodes all of a film once; each frame is looked at and forgotten. */
export async function decodeFilm(
  path: string,
  { size, sound, picture }: FilmFacts,
  look: (frame: number, picture: Planes) => void,
): Promise<Decoded> {
  const samples = `${path}.f32`;
  const run = Bun.spawn(
    [
      ...["ffmpeg", "-nostdin", "-y", "-v", "warning", "-threads", "1", "-i", path],
      ...["-map", "0:v:0", "-fps_mode", "passthrough", "-pix_fmt", picture.pix_fmt, "-f", "rawvideo", "pipe:1"],
      ...(sound === undefined ? [] : ["-map", "0:a:0", "-ac", "2", "-ar", "48000", "-f", "f32le", samples]),
    ],
    { stdout: "pipe", stderr: "pipe" },
  );
  try {
    const said = new Response(run.stderr).text();
    const frames = await eachFrame(run.stdout, size, look);
    if ((await run.exited) !== 0) throw new Error(`${path} does not decode: ${await said}`);
    const bytes = sound === undefined ? new ArrayBuffer(0) : await Bun.file(samples).arrayBuffer();
    const both = new Float32Array(bytes, 0, Math.floor(bytes.byteLength / 4));
    const channel = (at: number) =>
      Float32Array.from({ length: both.length / 2 }, (_, index) => both[2 * index + at] ?? 0);
    return { frames, left: channel(0), right: channel(1), warnings: await said };
  } finally {
    await rm(samples, { force: true });
  }
}

async function eachFrame(
  stream: ReadableStream<Uint8Array>,
  { width, height }: FrameSize,
  look: (frame: number, picture: Planes) => void,
): Promise<number> {
  const [luma, chroma] = [width * height, Math.ceil(width / 2) * Math.ceil(height / 2)];
  const frame = new Uint8Array(luma + 2 * chroma);
  let [filled, count] = [0, 0];
  for await (const chunk of stream)
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + frame.length - filled);
      frame.set(part, filled);
      [filled, at] = [filled + part.length, at + part.length];
      if (filled < frame.length) continue;
      const planes = [
        frame.subarray(0, luma),
        frame.subarray(luma, luma + chroma),
        frame.subarray(luma + chroma),
      ] as const;
      look(count, { width, height, planes: [planes[0], planes[1], planes[2]], chromaStep: 2 });
      [filled, count] = [0, count + 1];
    }
  return count;
}
