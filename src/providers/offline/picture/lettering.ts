import type { Typeface } from "./typeface.ts";

/** Typographic twins for characters that a font may lack. */
const TWINS: Readonly<Record<string, string>> = {
  "\u00a0": " ",
  "\u3000": " ",
  "。": ". ",
  "、": ", ",
  "！": "! ",
  "？": "? ",
  "：": ": ",
};

/**
 * The part of a text that the typeface can show, on one line. `whole` is false when letters were lost, so that
 * the caller can show other words instead of a torso.
 */
export function showable(text: string, typeface: Typeface): { readonly text: string; readonly whole: boolean } {
  let kept = "";
  let letters = 0;
  let lost = 0;
  for (const character of text.normalize("NFC").replace(/\s+/gu, " ")) {
    const isLetter = /\p{L}/u.test(character);
    if (isLetter) letters += 1;
    const shown = TWINS[character] ?? character;
    const visible =
      !/[\p{C}\p{M}]/u.test(character) && [...shown].every((one) => typeface.has(one.codePointAt(0) ?? 0));
    if (visible) kept += shown;
    else if (isLetter) lost += 1;
  }
  return { text: kept.replace(/ +/g, " ").trim(), whole: letters > 0 && lost * 5 <= letters };
}

/** Cuts a word that is longer than a line. */
function split(word: string, fits: (text: string) => boolean): readonly string[] {
  if (fits(word)) return [word];
  const pieces: string[] = [];
  let piece = "";
  for (const letter of word) {
    if (piece !== "" && !fits(piece + letter)) {
      pieces.push(piece);
      piece = "";
    }
    piece += letter;
  }
  return [...pieces, piece];
}

/** Breaks a text into lines that are no wider than `ems`. */
export function wrap(text: string, typeface: Typeface, ems: number): readonly string[] {
  const fits = (line: string) => typeface.widthOf(line) <= ems;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((whole) => split(whole, fits))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (fits(longer)) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** The first `most` lines; an ellipsis says that there was more. */
export function ellipsised(lines: readonly string[], most: number, typeface: Typeface, ems: number): readonly string[] {
  if (lines.length <= most) return lines;
  const kept = lines.slice(0, most);
  let last = kept[most - 1] ?? "";
  while (last !== "" && typeface.widthOf(`${last}…`) > ems) last = last.slice(0, -1);
  return [...kept.slice(0, -1), `${last.replace(/[\s,;:.–—-]+$/u, "")}…`];
}
