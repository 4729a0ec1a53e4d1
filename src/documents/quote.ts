/** Longest piece of somebody's text in an error message, in characters. */
const MAX_QUOTED = 80;

/** Text in one short line without characters that could drive a terminal. */
export function printable(text: string): string {
  const plain = text.replace(/\p{C}/gu, "?");
  return plain.length > MAX_QUOTED ? `${plain.slice(0, MAX_QUOTED)}...` : plain;
}

/** A user name and password inside a URL. */
const URL_LOGIN = /\/\/[^/\s"]*@/g;

/** Any value as a short piece of an error message; logins inside URLs are masked. */
export const quote = (value: unknown): string => printable(String(JSON.stringify(value)).replace(URL_LOGIN, "//***@"));
