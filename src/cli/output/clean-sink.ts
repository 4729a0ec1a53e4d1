import { withoutControls } from "../../domain/plain-text.ts";
import type { Sink } from "../context.ts";

/** Tells codes of this process from those that a stored text brings along: no text can know it. */
const KEY = crypto.getRandomValues(new Uint32Array(1)).join("");
const OURS = new RegExp(`(\\u001b\\[\\d*);${KEY}([A-Za-z])`);

/** One code for the terminal, as only this program writes them: a number and what it does, e.g. 31 and `m` for red. */
export const codes = (number: number | "", what: "m" | "F" | "J" | "K"): string => `\u001b[${number};${KEY}${what}`;

/** A text as a terminal may get it: codes of this program's own in it, and nothing else that a terminal would obey. */
export const cleaned = (text: string): string =>
  text
    .split(OURS)
    // Of each code the pattern gives two parts, between the texts.
    .map((part, place) => (place % 3 === 0 ? withoutControls(part) : part))
    .join("");

/** A sink through which no stored text drives a terminal, whatever a command forgets. */
export const cleanSink = (sink: Sink): Sink => ({
  write: (text) => sink.write(cleaned(text)),
  get isTerminal() {
    return sink.isTerminal;
  },
  get isColored() {
    return sink.isColored;
  },
  columns: () => sink.columns(),
});
