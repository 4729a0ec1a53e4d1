/** A MediaTool that believes what the headers of real pictures and clips say: no ffmpeg runs. */
import { VidpipeError } from "../../src/domain/errors.ts";
import { FRAME_SIZES, type FrameSize, hasShape } from "../../src/domain/media.ts";
import type { MediaTool } from "../../src/ports/media.ts";
import { createFakeMedia, type FakeMediaOptions } from "./fake-media.ts";
import { png } from "./google-fake/media.ts";

/** Shapes of stills that count as the ordered one. */
const stillTolerance = 0.03;

export function createHeaderMedia(options: FakeMediaOptions = {}): MediaTool {
  const fake = createFakeMedia({ ...options, clipIn: clipAt });
  return {
    ...fake,
    async verifyStill(path, aspectRatio, signal) {
      await fake.verifyStill(path, aspectRatio, signal);
      const size = pngSize(await viewOf(path));
      if (size === undefined) throw new VidpipeError("media.invalid", `${path} is not a picture`);
      if (aspectRatio !== null && !hasShape(size, aspectRatio, stillTolerance))
        throw new VidpipeError("media.invalid", `${path} is ${size.width}x${size.height}, not ${aspectRatio}`);
      return size;
    },
    async fitStill(path, output, aspectRatio, fit, signal) {
      const size = await fake.fitStill(path, output, aspectRatio, fit, signal);
      await Bun.write(output, png(FRAME_SIZES[aspectRatio], `${fit} ${path}`));
      return size;
    },
  };
}

const viewOf = async (path: string) => new DataView(await Bun.file(path).arrayBuffer());

const asText = (view: DataView, at: number): string => String.fromCharCode(...new Uint8Array(view.buffer, at, 4));

function pngSize(view: DataView): FrameSize | undefined {
  if (view.byteLength < 33 || asText(view, 12) !== "IHDR") return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Size and length of an MP4 whose boxes are all there; undefined for any other file. */
async function clipAt(path: string): Promise<{ size: FrameSize; durationSeconds: number } | undefined> {
  const view = await viewOf(path);
  const top = boxes(view, 0, view.byteLength);
  const moov = top?.find(({ type }) => type === "moov");
  if (moov === undefined) return undefined;
  const inside = boxes(view, moov.start, moov.end) ?? [];
  const mvhd = inside.find(({ type }) => type === "mvhd");
  const trak = inside.find(({ type }) => type === "trak");
  const tkhd = trak && boxes(view, trak.start, trak.end)?.find(({ type }) => type === "tkhd");
  if (mvhd === undefined || tkhd === undefined) return undefined;
  return {
    size: { width: view.getUint32(tkhd.end - 8) >>> 16, height: view.getUint32(tkhd.end - 4) >>> 16 },
    durationSeconds: view.getUint32(mvhd.start + 16) / view.getUint32(mvhd.start + 12),
  };
}

/** The boxes of a part of a file; undefined where one of them is cut off. */
function boxes(view: DataView, from: number, to: number) {
  const found: { readonly type: string; readonly start: number; readonly end: number }[] = [];
  for (let at = from; at < to; ) {
    if (to - at < 8) return undefined;
    const size = view.getUint32(at);
    if (size < 8 || at + size > to) return undefined;
    found.push({ type: asText(view, at + 4), start: at + 8, end: at + size });
    at += size;
  }
  return found;
}
