/** Places in a text where a value may begin that are tried: words around an answer have few brackets. */
const MAX_STARTS = 64;

/**
 * The objects and lists in a model's answer that was asked to be JSON, in order: code fences, words and stray brackets
 * around them, trailing commas and raw line breaks are forgiven, since asking again costs money. Pure, never throws.
 */
export function readLenientJson(answer: string): unknown[] {
  const whole = parsed(answer);
  // JSON in a JSON text is read as what it holds.
  if (typeof whole === "string") return readLenientJson(whole);
  if (typeof whole === "object" && whole !== null) return [whole];
  const values: unknown[] = [];
  let from = 0;
  for (let starts = 0; starts < MAX_STARTS; starts += 1) {
    const offset = answer.slice(from).search(/[{[]/);
    if (offset < 0) break;
    const start = from + offset;
    const end = balancedEnd(answer, start);
    const value = end < 0 ? undefined : parsed(answer.slice(start, end));
    if (value !== undefined) values.push(value);
    from = value === undefined ? start + 1 : end;
  }
  return values;
}

function parsed(json: string): unknown {
  for (const candidate of [json, repaired(json)]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // The next candidate forgives more.
    }
  }
  return undefined;
}

const STRING_OR_COMMA = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|,(?=\s*[}\]])/g;

/** Without commas before a closing bracket, and with line breaks and their like escaped in strings. */
const repaired = (json: string): string =>
  json.replace(STRING_OR_COMMA, (piece) =>
    piece === "," ? "" : piece.replace(/\p{Cc}/gu, (char) => JSON.stringify(char).slice(1, -1)),
  );

/** The place behind the bracket that closes the one at `start`, outside of strings; -1 when nothing closes it. */
function balancedEnd(text: string, start: number): number {
  const token = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[{}[\]]/g;
  token.lastIndex = start;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === "{" || match[0] === "[") depth += 1;
    if (match[0] === "}" || match[0] === "]") depth -= 1;
    if (depth === 0) return token.lastIndex;
  }
  return -1;
}
