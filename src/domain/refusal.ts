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
