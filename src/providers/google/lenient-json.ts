/**
 * The value in a model's answer that was asked to be JSON: code fences and words around it and trailing commas
 * are forgiven, since asking again costs money. Undefined when there is no value.
 */
export function readLenientJson(answer: string): unknown {
  const start = answer.search(/[{[]/);
  const end = Math.max(answer.lastIndexOf("}"), answer.lastIndexOf("]"));
  if (start < 0 || end < start) return undefined;
  const core = answer.slice(start, end + 1);
  for (const candidate of [core, withoutTrailingCommas(core)]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // The next candidate forgives more.
    }
  }
  return undefined;
}

/** Drops commas before a closing bracket, outside of strings. */
const withoutTrailingCommas = (json: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g, (piece) => (piece === "," ? "" : piece));
