/**
 * Characters that cannot be seen or change how others are shown: bidi controls, zero-width characters, fillers, tags,
 * line separators. Joiners stay where a script or an emoji needs them, and so do variation selectors. For flags `gv`.
 */
export const HIDDEN =
  "[[\\p{Default_Ignorable_Code_Point}\\u2028\\u2029\\ufff9-\\ufffb]--[\\u200c\\u200d\\ufe00-\\ufe0f]]" +
  "|(?<![\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\p{M}\\p{Script=Arabic}])[\\u200c\\u200d]";

const hidden = new RegExp(HIDDEN, "gv");
/** What JSON writes as it is and a terminal obeys, or nobody sees. */
const unescaped = new RegExp(`[\\u007f-\\u009f]|${HIDDEN}`, "gv");

/** Untrusted text without what nobody sees, and with a question mark for every control character; lines stay lines. */
export const withoutControls = (text: string): string =>
  text
    .toWellFormed()
    .replace(hidden, "")
    .replace(/\r(?!\n)|[^\P{Cc}\t\r\n]/gu, "?");

/** Untrusted text as one line without anything that controls a terminal. */
export const plain = (text: string): string =>
  text
    .toWellFormed()
    .replace(hidden, "")
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "?")
    .trim();

const escaped = (characters: string): string =>
  Array.from({ length: characters.length }, (_, at) => characters.charCodeAt(at).toString(16).padStart(4, "0"))
    .map((code) => `\\u${code}`)
    .join("");

/** A value as JSON, on one line unless it is indented, the same to every parser, of which a terminal obeys nothing. */
export const safeJson = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(unescaped, escaped);
