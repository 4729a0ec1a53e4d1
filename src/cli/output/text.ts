import { codes } from "./clean-sink.ts";

export { plain } from "../../domain/plain-text.ts";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Cuts plain text to a width in terminal columns; a cut is shown by "…". */
export function cut(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += Bun.stringWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** Plain text in lines of at most this many terminal columns. A word that is longer is never cut: a path stays whole. */
export function wrapWords(text: string, columns: number): string[] {
  const wrapped: string[] = [];
  for (const word of text.split(" ")) {
    const last = wrapped.at(-1);
    const joined = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && Bun.stringWidth(joined) <= columns) wrapped.splice(-1, 1, joined);
    else wrapped.push(word);
  }
  return wrapped;
}

/** Pads plain text with spaces to a width in terminal columns. */
export const pad = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - Bun.stringWidth(text)));

/** A span in ms as 0:07, 12:34 or 1:02:03. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const rest = two(seconds % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}

/** A size in bytes as 512 B, 1.2 MB. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** An amount of US dollars; amounts below a cent show their fractions. */
export const dollars = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 0.01 ? 4 : 2)}`;

/** The same to a hundredth of a cent where that matters, never less than it is: such amounts still add up. */
export function exactDollars(usd: number): string {
  const fine = (Math.ceil(usd * 1e4 - 1e-6) / 1e4).toFixed(4);
  return `$${fine.endsWith("00") ? fine.slice(0, -2) : fine}`;
}

/** Scenes as people count them, from 1: "2, 5". */
export const sceneNumbers = (indices: readonly number[]): string => indices.map((index) => index + 1).join(", ");

/** Lines as one text, each with its end; a line break inside one becomes a space. */
export const lines = (all: readonly string[]): string =>
  all.map((line) => `${line.replace(/[\r\n]+/g, " ")}\n`).join("");

/** "1 scene", "2 scenes". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const SGR = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const;

/** Colours text, or returns it unchanged without colours. */
export type Paint = (style: keyof typeof SGR, text: string) => string;

export const createPaint = (isColored: boolean): Paint => {
  if (!isColored) return (_style, text) => text;
  return (style, text) => `${codes(SGR[style][0], "m")}${text}${codes(SGR[style][1], "m")}`;
};
