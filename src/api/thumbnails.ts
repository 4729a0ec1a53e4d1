import { VidpipeError } from "../domain/errors.ts";

/** Widths that are made, pixels: a request gets the next larger one, so that few thumbnails serve every screen. */
const THUMBNAIL_WIDTHS = [160, 320, 480, 640, 960, 1280] as const;
/** Bytes of thumbnails cached in memory, enough for a few hundred films. */
const keptBytes = 16 * 1024 ** 2;
/** Largest keyframe that is decoded, pixels: a little above 8K. */
const maxPixels = 50_000_000;

/** The width that is made for the width that is asked. */
export const thumbnailWidth = (asked: number): number => THUMBNAIL_WIDTHS.find((width) => width >= asked) ?? 1280;

/** WebP thumbnails of keyframes, made on request. */
export function createThumbnails() {
  // Insertion order is age: what is used moves to the end, what is oldest goes first.
  const kept = new Map<string, Promise<Uint8Array>>();
  const sizes = new Map<string, number>();
  let total = 0;

  const forget = (name: string): void => {
    kept.delete(name);
    total -= sizes.get(name) ?? 0;
    sizes.delete(name);
  };

  async function make(name: string, width: number, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      const picture = await shrink(await read(), width);
      if (!kept.has(name)) return picture;
      sizes.set(name, picture.byteLength);
      total += picture.byteLength;
      for (const oldest of kept.keys()) if (total > keptBytes) forget(oldest);
      return picture;
    } catch (thrown) {
      kept.delete(name);
      throw thrown;
    }
  }

  /** `sha256` names the content that `read` gives. @throws VidpipeError project.not_found when it is not a picture */
  return (sha256: string, asked: number, read: () => Promise<Uint8Array>): Promise<Uint8Array> => {
    const width = thumbnailWidth(asked);
    const name = `${sha256}-${width}`;
    const picture = kept.get(name) ?? make(name, width, read);
    kept.delete(name);
    kept.set(name, picture);
    return picture;
  };
}

async function shrink(still: Uint8Array, width: number): Promise<Uint8Array> {
  try {
    return await new Bun.Image(still, { maxPixels })
      .resize(width, undefined, { withoutEnlargement: true })
      .webp({ quality: 80 })
      .bytes();
  } catch (cause) {
    throw new VidpipeError("project.not_found", "no thumbnail can be made of this keyframe: ask for it without w", {
      cause,
    });
  }
}
