/** Longest piece of a user's text in an error message, in characters. */
const MAX_QUOTED = 80;

/** Text in one short line without characters that could drive a terminal. */
export function printable(text: string): string {
  const plain = text.replace(/\p{C}/gu, "?");
  return plain.length > MAX_QUOTED ? `${plain.slice(0, MAX_QUOTED).toWellFormed()}...` : plain;
}

/** A user name and password inside a URL. */
const URL_LOGIN = /\/\/[^/\s"]*@/g;

/** Any value as a short piece of an error message; logins inside URLs are masked. */
export const quote = (value: unknown): string => printable(String(JSON.stringify(value)).replace(URL_LOGIN, "//***@"));

/**
 * A complaint with the value that was seen and one that would do: `must be a number, not "x"; 6 would do`. The end of
 * every refusal of a value that a user set.
 */
export function cured(complaint: string, seen: unknown, example: string): string {
  const saw = complaint.startsWith("must ") ? `, not ${quote(seen)}` : ` (${quote(seen)} was given)`;
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
