import type { FrameSize } from "../../domain/media.ts";
import type { ShotNote } from "../../domain/step.ts";
import type { Captions } from "../../ports/media.ts";
import { moveOf } from "./camera-words.ts";
import { drawCaption } from "./picture/caption.ts";
import { treatmentOf } from "./picture/treatment.ts";
import { loadRaster, type Raster } from "./raster.ts";
import { summaryOf } from "./story/summary.ts";

/** A scene's lower third as SVG. */
export function captionOf(note: ShotNote, size: FrameSize, raster: Raster): string {
  const { sceneIndex, sceneCount, description, motion, style } = note;
  return drawCaption({
    size,
    sceneIndex,
    sceneCount,
    description,
    fallback: summaryOf(description),
    move: moveOf(motion),
    treatment: treatmentOf(style),
    typeface: raster.typeface,
  });
}

/** A drawing for a frame as a whole SVG, which comes out in the frame's size or in another one of its shape. */
export const sheet = (frame: FrameSize, definitions: string, content: string, { width, height } = frame): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${frame.width} ${frame.height}"><defs>${definitions}</defs>${content}</svg>`;

/** Captions are laid out for a frame whose short side has this many pixels. */
const shortSide = 720;

/** The captions that the offline provider's films have, for the animatic of any provider. */
export function createCaptions(): Captions {
  return {
    async draw(note, size) {
      const raster = await loadRaster();
      const scale = shortSide / Math.min(size.width, size.height);
      const frame = { width: size.width * scale, height: size.height * scale };
      return { png: raster.png(sheet(frame, "", captionOf(note, frame, raster), size)), move: moveOf(note.motion) };
    },
  };
}
