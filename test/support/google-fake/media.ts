/** Real small pictures and clips: what a client decodes must decode. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Sizes that Gemini image models draw at 1K; other sizes are multiples. */
const STILL_SIZES: Readonly<Record<string, Size>> = {
  "16:9": { width: 1376, height: 768 },
  "9:16": { width: 768, height: 1376 },
  "1:1": { width: 1024, height: 1024 },
};
const STILL_SCALE: Readonly<Record<string, number>> = { "1K": 1, "2K": 2, "4K": 4 };

export function stillSize(aspectRatio: string, imageSize: string): Size {
  const base = STILL_SIZES[aspectRatio] ?? { width: 1024, height: 1024 };
  const scale = STILL_SCALE[imageSize] ?? 1;
  return { width: base.width * scale, height: base.height * scale };
}

const SHORT_SIDES: Readonly<Record<string, number>> = { "360p": 360, "720p": 720, "1080p": 1080, "4k": 2160 };

export function clipSize(aspectRatio: string, resolution: string): Size {
  const short = SHORT_SIDES[resolution] ?? 720;
  const long = Math.round((short * 16) / 9 / 2) * 2;
  return aspectRatio === "9:16" ? { width: short, height: long } : { width: long, height: short };
}

/** A PNG whose picture is told by a seed: bands of colour that never look alike. */
export function png({ width, height }: Size, seed: string): Uint8Array<ArrayBuffer> {
  const hash = Bun.hash(seed);
  const byte = (place: number) => Number((hash >> BigInt(place * 8)) & 0xffn);
  const row = new Uint8Array(1 + width * 3);
  const rows: Uint8Array[] = [];
  const bands = 6;
  for (let y = 0; y < height; y += 1) {
    const band = Math.floor((y * bands) / height);
    if (y === 0 || Math.floor(((y - 1) * bands) / height) !== band)
      for (let x = 0; x < width; x += 1)
        row.set([(byte(0) + band * 30) & 255, (byte(1) + (x >> 4)) & 255, (byte(2) + band * 17) & 255], 1 + x * 3);
    rows.push(row.slice());
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  header.setUint8(9, 2);
  return Buffer.concat([
    Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 1 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(typed.length + 8);
  frame.writeUInt32BE(data.length, 0);
  typed.copy(frame, 4);
  frame.writeUInt32BE(crc32(typed), typed.length + 4);
  return frame;
}

/** Makes the bytes of a clip of a size and a length in seconds. */
export type MakeClip = (size: Size, durationSeconds: number) => Promise<Uint8Array<ArrayBuffer>>;

/** The head of a clip without its pictures, for who only reads heads: no ffmpeg runs. */
export async function clipHead({ width, height }: Size, durationSeconds: number): Promise<Uint8Array<ArrayBuffer>> {
  const words = (...values: number[]) => {
    const view = new DataView(new ArrayBuffer(values.length * 4));
    for (const [place, value] of values.entries()) view.setUint32(place * 4, value);
    return new Uint8Array(view.buffer);
  };
  const box = (type: string, ...parts: Uint8Array[]) => {
    const inside = Buffer.concat(parts);
    return Buffer.concat([words(inside.length + 8), Buffer.from(type, "latin1"), inside]);
  };
  const unused = (count: number) => Array.from({ length: count }, () => 0);
  const mvhd = box("mvhd", words(...unused(3), 1_000, durationSeconds * 1_000, ...unused(20)));
  const tkhd = box("tkhd", words(...unused(19), width * 65_536, height * 65_536));
  return Buffer.concat([
    box("ftyp", Buffer.from("isom\0\0\x02\0", "latin1")),
    box("moov", mvhd, box("trak", tkhd)),
    box("mdat", Buffer.alloc(2_048)),
  ]);
}

const made = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
/** A clip as the models make them: H.264 at 24 fps with a stereo tone. Made once per size and length. */
export function mp4(size: Size, durationSeconds: number): Promise<Uint8Array<ArrayBuffer>> {
  const key = `${size.width}x${size.height}-${durationSeconds}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const making = encode(size, durationSeconds).catch((thrown: unknown) => {
    made.delete(key);
    throw thrown;
  });
  made.set(key, making);
  return making;
}

async function encode({ width, height }: Size, seconds: number): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await mkdtemp(join(tmpdir(), "google-fake-"));
  const path = join(folder, "clip.mp4");
  const picture = `gradients=s=${width}x${height}:r=24:n=3:seed=7:speed=0.02`;
  const inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", `sine=f=330:r=48000:d=${seconds}`];
  const video = [
    "-frames:v",
    String(Math.round(seconds * 24)),
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-crf",
    "30",
  ];
  const output = ["-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2", "-shortest", "-movflags", "+faststart", path];
  try {
    const run = Bun.spawn(["ffmpeg", "-nostdin", "-y", "-v", "error", ...inputs, ...video, ...output], {
      stderr: "pipe",
    });
    const [said, code] = await Promise.all([new Response(run.stderr).text(), run.exited]);
    if (code !== 0) throw new Error(`ffmpeg could not make the fake's clip: ${said}`);
    return await Bun.file(path).bytes();
  } finally {
    await rm(folder, { recursive: true });
  }
}
