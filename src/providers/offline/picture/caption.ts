import { type CameraMove, captionHeight, type FrameSize } from "../../../domain/media.ts";
import { MOVE_WORDS } from "../camera-words.ts";
import { ellipsised, showable, wrap } from "./lettering.ts";
import { element, escapeXml, line, num, rect } from "./svg.ts";
import type { Treatment } from "./treatment.ts";
import type { Typeface } from "./typeface.ts";

/** What a caption says of its scene. */
export interface CaptionOrder {
  readonly size: FrameSize;
  /** 0-based. */
  readonly sceneIndex: number;
  readonly sceneCount: number;
  readonly description: string;
  /** Shown when the description's script cannot be. */
  readonly fallback: string;
  readonly move: CameraMove;
  readonly treatment: Treatment;
  readonly typeface: Typeface;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the three parts of a caption go: in a row where there is width, else the words below the rest. */
function boxes(size: FrameSize): { readonly number: Box; readonly words: Box; readonly move: Box } {
  const strip = captionHeight(size);
  const top = size.height - strip;
  if (size.width > size.height) {
    const [x, side, pad] = [40, 190, 16];
    return {
      number: { x, y: top + pad, width: 130, height: strip - 2 * pad },
      words: { x: x + 150, y: top + pad, width: size.width - 2 * x - 150 - side, height: strip - 2 * pad },
      move: { x: size.width - x - side + 24, y: top + pad, width: side - 24, height: strip - 2 * pad },
    };
  }
  const [x, row] = [30, 52];
  return {
    number: { x, y: top + 14, width: 250, height: row },
    words: { x, y: top + 14 + row, width: size.width - 2 * x, height: strip - row - 28 },
    move: { x: size.width - x - 220, y: top + 14, width: 220, height: row },
  };
}

const written = (
  content: string,
  x: number,
  y: number,
  px: number,
  fill: string,
  more: Record<string, string | number> = {},
): string => element("text", { x, y, "font-size": px, fill, ...more }, escapeXml(content));

/** The largest lettering in which the words fit; the smallest one is cut with an ellipsis. */
function words(order: CaptionOrder, box: Box): string {
  const { typeface } = order;
  const description = showable(order.description, typeface);
  const text = description.whole ? description.text : showable(order.fallback, typeface).text;
  const sizes = [32, 28, 25].map((px) => {
    // Two percent kept back: widths are summed without kerning.
    const ems = (box.width * 0.98) / px;
    return { px, ems, most: Math.max(1, Math.floor(box.height / (px * 1.28))), lines: wrap(text, typeface, ems) };
  });
  const chosen = sizes.find(({ lines, most }) => lines.length <= most) ?? sizes[sizes.length - 1];
  if (chosen === undefined) return "";
  const lines = ellipsised(chosen.lines, chosen.most, typeface, chosen.ems);
  const leading = chosen.px * 1.28;
  const first = box.y + box.height / 2 - (lines.length * leading) / 2 + chosen.px * 0.98;
  return lines.map((content, place) => written(content, box.x, first + place * leading, chosen.px, "#f4f1ea")).join("");
}

/** An arrow, or the corners of a frame, for the move. */
function moveIcon(move: CameraMove, x: number, y: number, color: string): string {
  const strokes: Record<CameraMove, string> = {
    push_in: "M-16 -12L-6 -4M-6 -10V-4H-12M16 -12L6 -4M6 -10V-4H12M-16 12L-6 4M-6 10V4H-12M16 12L6 4M6 10V4H12",
    pull_out: "M-5 -4L-15 -12M-15 -6V-12H-9M5 -4L15 -12M15 -6V-12H9M-5 4L-15 12M-15 6V12H-9M5 4L15 12M15 6V12H9",
    pan_left: "M16 0H-14M-6 -8L-14 0L-6 8",
    pan_right: "M-16 0H14M6 -8L14 0L6 8",
    tilt_up: "M0 13V-12M-8 -4L0 -12L8 -4",
    tilt_down: "M0 -13V12M-8 4L0 12L8 4",
    drift: "M-16 5Q-8 -11 0 0T14 -6M7 -9L15 -7L12 1",
    hold: "M-15 -6V-12H-9M15 -6V-12H9M-15 6V12H-9M15 6V12H9M0 -2V2M-2 0H2",
  };
  return element(
    "g",
    { transform: `translate(${num(x)} ${num(y)})` },
    line(strokes[move], color, 2.6, { "stroke-linejoin": "round" }),
  );
}

/** One bar a scene, this one bright; many scenes share bars. */
function progress(order: CaptionOrder, box: Box): string {
  const bars = Math.min(order.sceneCount, 12);
  const lit = Math.floor((order.sceneIndex * bars) / order.sceneCount);
  const step = box.width / bars;
  return Array.from({ length: bars }, (_, bar) =>
    rect(box.x + bar * step, box.y, Math.max(2, step - 4), 4, bar <= lit ? order.treatment.accent : "#3a3f4a", {
      rx: 2,
    }),
  ).join("");
}

/** The lower third: scene number, description and camera move on an opaque strip across the frame's bottom. */
export function drawCaption(order: CaptionOrder): string {
  const { size, treatment, typeface } = order;
  const strip = captionHeight(size);
  const top = size.height - strip;
  const { number, words: wordBox, move } = boxes(size);
  const landscape = size.width > size.height;
  const scene = `${order.sceneIndex + 1}`;
  const small = { "letter-spacing": 2.2, "font-weight": 600 };
  const count = landscape
    ? written("SCENE", number.x, number.y + 20, 16, treatment.accent, small) +
      written(scene, number.x, number.y + 68, 46, "#ffffff") +
      written(`of ${order.sceneCount}`, number.x + typeface.widthOf(scene) * 46 + 10, number.y + 68, 20, "#a8adb8") +
      progress(order, { x: number.x, y: number.y + 84, width: 110, height: 4 })
    : written("SCENE", number.x, number.y + 28, 17, treatment.accent, small) +
      written(scene, number.x + 82, number.y + 32, 34, "#ffffff") +
      written(`of ${order.sceneCount}`, number.x + 92 + typeface.widthOf(scene) * 34, number.y + 32, 19, "#a8adb8");
  const moveWords = MOVE_WORDS[order.move];
  const label = landscape
    ? written("CAMERA", move.x, move.y + 20, 16, treatment.accent, small) +
      moveIcon(order.move, move.x + 18, move.y + 54, "#ffffff") +
      written(moveWords, move.x + 46, move.y + 62, 23, "#ffffff")
    : moveIcon(order.move, move.x + move.width - typeface.widthOf(moveWords) * 23 - 36, move.y + 22, treatment.accent) +
      written(moveWords, move.x + move.width - typeface.widthOf(moveWords) * 23, move.y + 30, 23, "#ffffff");
  const rule = landscape
    ? rect(wordBox.x - 26, number.y + 4, 1.5, strip - 40, "#343944") +
      rect(move.x - 26, number.y + 4, 1.5, strip - 40, "#343944")
    : progress(order, { x: number.x, y: number.y + 42, width: size.width - 2 * number.x, height: 4 });
  const backdrop = rect(0, top, size.width, strip, "#0f1116") + rect(0, top, size.width, 3, treatment.accent);
  return element(
    "g",
    { "font-family": typeface.family, "font-weight": 600 },
    backdrop + rule + count + words(order, wordBox) + label,
  );
}
