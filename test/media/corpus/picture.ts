/**
 * The picture of the corpus: every frame says which clip and which frame it is, in squares that survive scaling,
 * conversion and weak encoders, with patches of known colours, a flash and a moving texture. Pure.
 */
import type { FrameSize } from "../../../src/domain/media.ts";

/** How colours become numbers. */
export interface Colour {
  readonly matrix: "bt601" | "bt709" | "bt2020nc";
  readonly range: "tv" | "pc";
}

type Rgb = readonly [number, number, number];

/** Columns and rows of squares. */
const COLUMNS = 8;
const ROWS = 6;

/** Rows, from the top: two of the code, then colours, the flash, and two of texture. */
const COLOUR_ROW = 2;
const FLASH_ROW = 3;
const TEXTURE_ROW = 4;

/** Levels of the code's squares: inside the range, so that nothing is clipped. */
const DARK: Rgb = [24, 24, 24];
const LIGHT: Rgb = [232, 232, 232];

const PALETTE: readonly Rgb[] = [
  [208, 64, 32],
  [32, 160, 64],
  [32, 64, 208],
  [224, 176, 144],
  [200, 200, 40],
  [128, 128, 128],
  [160, 48, 160],
  [40, 176, 184],
];

/** What a frame shows. */
export interface Shown {
  /** Below 64. */
  readonly clip: number;
  /** Below 256. */
  readonly frame: number;
  readonly flash: boolean;
}

/** The 16 bits of a code: 7 of the clip, one that makes their number even with the frame's, 8 of the frame. */
function bitsOf({ clip, frame }: Shown): readonly boolean[] {
  const bit = (value: number, place: number) => ((value >> place) & 1) === 1;
  const clipBits = [6, 5, 4, 3, 2, 1, 0].map((place) => bit(clip, place));
  const frameBits = [7, 6, 5, 4, 3, 2, 1, 0].map((place) => bit(frame, place));
  const odd = [...clipBits, ...frameBits].filter(Boolean).length % 2 === 1;
  return [...clipBits, odd, ...frameBits];
}

/** The clip and the frame that squares say; null when they are no code. */
export function readCode(squares: readonly Rgb[]): { readonly clip: number; readonly frame: number } | null {
  const bits = squares.slice(0, 2 * COLUMNS).map(([, green]) => green > 128);
  const number = (from: number, to: number) => bits.slice(from, to).reduce((sum, bit) => sum * 2 + (bit ? 1 : 0), 0);
  if (bits.filter(Boolean).length % 2 === 1) return null;
  return { clip: number(0, 7), frame: number(8, 16) };
}

/** Whether the flash is seen, as a part of its squares' brightness. */
export const flashOf = (squares: readonly Rgb[]): number =>
  squares
    .slice(FLASH_ROW * COLUMNS, (FLASH_ROW + 1) * COLUMNS)
    .reduce((sum, [, green]) => sum + (green - DARK[1]) / (LIGHT[1] - DARK[1]) / COLUMNS, 0);

function squareColour(shown: Shown, bits: readonly boolean[], column: number, row: number): Rgb {
  if (row < COLOUR_ROW) return bits[row * COLUMNS + column] === true ? LIGHT : DARK;
  if (row === COLOUR_ROW) return PALETTE[(column + shown.clip) % PALETTE.length] ?? DARK;
  return shown.flash ? LIGHT : DARK;
}

const WEIGHTS = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020nc: [0.2627, 0.0593] } as const;
const scaleOf = ({ range }: Colour) =>
  range === "tv" ? { black: 16, luma: 219, chroma: 224 } : { black: 0, luma: 255, chroma: 255 };

/** Red, green and blue of 0 to 255 as Y, Cb and Cr of 8 bits. */
function toYuv([r, g, b]: Rgb, colour: Colour): Rgb {
  const [kr, kb] = WEIGHTS[colour.matrix];
  const { black, luma, chroma } = scaleOf(colour);
  const y = kr * r + (1 - kr - kb) * g + kb * b;
  return [
    black + (y * luma) / 255,
    128 + (((b - y) / (2 - 2 * kb)) * chroma) / 255,
    128 + (((r - y) / (2 - 2 * kr)) * chroma) / 255,
  ];
}

/** The reverse of `toYuv`; not clipped. */
function toRgb([y, u, v]: Rgb, colour: Colour): Rgb {
  const [kr, kb] = WEIGHTS[colour.matrix];
  const { black, luma, chroma } = scaleOf(colour);
  const level = ((y - black) * 255) / luma;
  const blue = level + ((u - 128) * 255 * (2 - 2 * kb)) / chroma;
  const red = level + ((v - 128) * 255 * (2 - 2 * kr)) / chroma;
  return [red, (level - kr * red - kb * blue) / (1 - kr - kb), blue];
}

/** Planes of Y, Cb and Cr; chroma may be smaller. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** Pixels of luma to one of chroma, in both directions. */
  readonly chromaStep: 1 | 2;
}

const edge = (place: number, count: number, length: number) => Math.round((place * length) / count);

/** The texture at a place, as grey of 0 to 255: two waves, one of which moves. */
function texture({ clip, frame }: Shown, width: number, height: number) {
  const across = Array.from({ length: width }, (_, x) => 40 * Math.sin(2 * Math.PI * ((3 * x) / width + frame / 24)));
  const down = Array.from({ length: height }, (_, y) => 35 * Math.sin(2 * Math.PI * ((6 * y) / height + clip / 8)));
  return (x: number, y: number) => 128 + (across[x] ?? 0) + (down[y] ?? 0);
}

/** Draws a frame at any size, full chroma. */
export function draw(shown: Shown, { width, height }: FrameSize, colour: Colour): Planes {
  const planes = [0, 1, 2].map(() => new Uint8Array(width * height)) as [Uint8Array, Uint8Array, Uint8Array];
  const bits = bitsOf(shown);
  for (let row = 0; row < TEXTURE_ROW; row += 1) {
    const [top, bottom] = [edge(row, ROWS, height), edge(row + 1, ROWS, height)];
    for (let column = 0; column < COLUMNS; column += 1) {
      const values = toYuv(squareColour(shown, bits, column, row), colour);
      const [left, right] = [edge(column, COLUMNS, width), edge(column + 1, COLUMNS, width)];
      for (const [index, plane] of planes.entries())
        plane.fill(Math.round(values[index] ?? 0), top * width + left, top * width + right);
    }
    for (const plane of planes)
      for (let y = top + 1; y < bottom; y += 1) plane.copyWithin(y * width, top * width, (top + 1) * width);
  }
  drawTexture(shown, planes, { width, height }, colour);
  return { width, height, planes, chromaStep: 1 };
}

function drawTexture(
  shown: Shown,
  [luma, ...chroma]: readonly [Uint8Array, Uint8Array, Uint8Array],
  { width, height }: FrameSize,
  colour: Colour,
): void {
  const top = edge(TEXTURE_ROW, ROWS, height);
  const { black, luma: span } = scaleOf(colour);
  const grey = texture(shown, width, height);
  for (const plane of chroma) plane.fill(128, top * width);
  for (let y = top; y < height; y += 1)
    for (let x = 0; x < width; x += 1) luma[y * width + x] = Math.round(black + (grey(x, y) * span) / 255);
}

/** A part of a picture, in pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The middle halves of all squares, from the top left, row by row, in an area of a picture. */
export function squaresOf(picture: Planes, area: Area, colour: Colour): readonly Rgb[] {
  return Array.from({ length: COLUMNS * ROWS }, (_, index) => {
    const [column, row] = [index % COLUMNS, Math.floor(index / COLUMNS)];
    const middle = {
      x: area.x + ((column + 0.25) * area.width) / COLUMNS,
      y: area.y + ((row + 0.25) * area.height) / ROWS,
      width: area.width / COLUMNS / 2,
      height: area.height / ROWS / 2,
    };
    const [luma, cb, cr] = picture.planes;
    const { width, chromaStep } = picture;
    const means = [
      mean(luma, width, middle, 1),
      ...[cb, cr].map((p) => mean(p, Math.ceil(width / chromaStep), middle, chromaStep)),
    ];
    return toRgb([means[0] ?? 0, means[1] ?? 0, means[2] ?? 0], colour);
  });
}

function mean(plane: Uint8Array, stride: number, area: Area, step: number): number {
  const from = (start: number) => Math.ceil(start / step);
  const to = (start: number, length: number) => Math.max(from(start) + 1, Math.floor((start + length) / step));
  let [sum, count] = [0, 0];
  for (let y = from(area.y); y < to(area.y, area.height); y += 1)
    for (let x = from(area.x); x < to(area.x, area.width); x += 1) {
      sum += plane[y * stride + x] ?? 0;
      count += 1;
    }
  return sum / count;
}

/** Peak signal to noise of the luma of an area against a picture of the area's size, dB. */
export function psnr(film: Planes, area: Area, truth: Planes): number {
  let sum = 0;
  for (let y = 0; y < area.height; y += 1)
    for (let x = 0; x < area.width; x += 1) {
      const there = film.planes[0][(y + area.y) * film.width + x + area.x] ?? 0;
      const difference = there - (truth.planes[0][y * truth.width + x] ?? 0);
      sum += difference * difference;
    }
  return 10 * Math.log10((255 * 255 * area.width * area.height) / Math.max(sum, 1));
}

/** Whether a square is of the texture. */
export const isTexture = (square: number): boolean => square >= TEXTURE_ROW * COLUMNS;

/** The middle of each square, as parts of width and height. */
export const SQUARE_MIDDLES = Array.from({ length: COLUMNS * ROWS }, (_, index): readonly [number, number] => [
  ((index % COLUMNS) + 0.5) / COLUMNS,
  (Math.floor(index / COLUMNS) + 0.5) / ROWS,
]);

const known = new Map<string, readonly Rgb[]>();

/** What the squares of a frame must be. */
export function trueSquares(shown: Shown): readonly Rgb[] {
  const key = `${shown.clip} ${shown.frame} ${shown.flash}`;
  const squares = known.get(key) ?? drawnSquares(shown);
  known.set(key, squares);
  return squares;
}

function drawnSquares(shown: Shown): readonly Rgb[] {
  const colour = { matrix: "bt709", range: "pc" } as const;
  const size = { width: 160, height: 96 };
  return squaresOf(draw(shown, size, colour), { x: 0, y: 0, ...size }, colour);
}
