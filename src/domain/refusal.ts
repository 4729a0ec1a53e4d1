/** Longest piece of a user's text in an error message, in characters. */
const MAX_QUOTED = 80;

/** Text in one short line without characters that could drive a terminal. */
export function printable(text: string): string {
  const plain = text.replace(/\p{C}/gu, "?");
  return plain.length > MAX_QUOTED ? `${plain.slice(0, MAX_QUOTED).toWellFormed()}...` : plain;
}

/** A user name and password inside a URL. */
const URL_LOGIN = /\/\/[^/\s"]*@/g;

/** Most parts of a list or a mapping that are looked at: a value from elsewhere may be as large and as deep as it likes. */
const MAX_PARTS = 20;

/** The start of a value as JSON, at the same cost however large it is. */
function startOf(value: unknown): string {
  let left = MAX_PARTS;
  return String(
    JSON.stringify(value, (_, part: unknown) => {
      if (left-- <= 0) return "...";
      if (typeof part === "string") return part.slice(0, 4 * MAX_QUOTED);
      if (Array.isArray(part)) return part.slice(0, MAX_PARTS);
      if (typeof part !== "object" || part === null) return part;
      return Object.fromEntries(Object.entries(part).slice(0, MAX_PARTS));
    }),
  );
}

/** Any value as a short piece of an error message; logins inside URLs are masked. */
export const quote = (value: unknown): string => printable(startOf(value).replace(URL_LOGIN, "//***@"));

/**
 * A complaint with the value that was seen and one that would do: `must be a number, not "x"; 6 would do`. The end of
 * every refusal of a value that a user set.
 */
export function cured(complaint: string, seen: unknown, example: string): string {
  const saw = /^must (?!not )/.test(complaint) ? `, not ${quote(seen)}` : ` (${quote(seen)} was given)`;
  return `${complaint}${saw}; ${example} would do`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of fields",
  record: "a mapping",
};

/** What a schema expects, in a user's words: `int` is "a whole number". */
export const kindOf = (expected: string): string => KINDS[expected] ?? expected;

/** The value that a path leads to, if there is one. */
export const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) => (typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined),
    root,
  );
