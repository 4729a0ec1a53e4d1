import { VidpipeError } from "../domain/errors.ts";
import { printable } from "./quote.ts";

/** Most values a configuration file may hold, aliases unfolded. */
const MAX_VALUES = 10_000;
/** Longest file in which the line of a syntax error is looked for: it costs one parse per line. */
const MAX_SEARCHED_LINES = 500;

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parses(text: string): boolean {
  try {
    Bun.YAML.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Bun's parser does not say where it stopped: the shortest start of the file from which on nothing parses. */
function brokenLine(text: string): string {
  const lines = text.split("\n");
  if (lines.length > MAX_SEARCHED_LINES) return "";
  let line = lines.length;
  while (line > 1 && !parses(lines.slice(0, line - 1).join("\n"))) line--;
  return ` near line ${line}`;
}

function parse(text: string, name: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch (cause) {
    // A SyntaxError says what is wrong; nesting too deep is a RangeError that speaks of the parser's own stack.
    const why = cause instanceof SyntaxError ? cause.message.replace("YAML Parse error: ", ": ").toLowerCase() : "";
    throw new VidpipeError("config.invalid", `${name} is not valid YAML${brokenLine(text)}${printable(why)}`, {
      cause,
    });
  }
}

/** Calls `visit` for every value in the tree, parents first; false when the tree is cyclic or too large. */
function walk(root: unknown, visit: (value: unknown, path: readonly string[]) => void): boolean {
  let left = MAX_VALUES;
  const descend = (value: unknown, path: readonly string[], parents: readonly unknown[]): boolean => {
    left -= 1;
    if (left < 0 || parents.includes(value)) return false;
    visit(value, path);
    if (typeof value !== "object" || value === null) return true;
    return Object.entries(value).every(([key, child]) => descend(child, [...path, key], [...parents, value]));
  };
  return descend(root, [], []);
}

/** Marks a key's place in the file; no key anyone writes ends like this. */
const PLACE = /__vidpipe_key_\d+$/;

/**
 * The first key that is written twice in one mapping. Bun's parser keeps the last one silently,
 * so every key is given its place in the file as a suffix and the mappings are searched for equal stems.
 */
function duplicateKey(text: string): string | undefined {
  let place = 0;
  const marked = text.replace(/(<<|[A-Za-z_][\w-]*)(["']?\s*:)/g, (_, key: string, colon: string) => {
    place += 1;
    return `${key === "<<" ? "merge" : key}__vidpipe_key_${place}${colon}`;
  });
  if (!parses(marked)) return undefined;
  let found: string | undefined;
  walk(Bun.YAML.parse(marked), (value, path) => {
    if (!isMapping(value)) return;
    const stems = Object.keys(value).map((key) => key.replace(PLACE, ""));
    const twice = stems.find((stem, index) => stem !== "merge" && stems.indexOf(stem) !== index);
    if (twice !== undefined) found ??= [...path.map((key) => key.replace(PLACE, "")), twice].join(".");
  });
  return found;
}

/**
 * The mapping a YAML file holds; empty when the file is.
 * @throws VidpipeError config.invalid for bad syntax, no mapping, recursion or a key that is there twice
 */
export function parseYamlMapping(text: string, name: string): Mapping {
  const root = parse(text, name) ?? {};
  if (!isMapping(root)) throw new VidpipeError("config.invalid", `${name} must be a mapping of keys to values`);
  if (!walk(root, () => {})) throw new VidpipeError("config.invalid", `${name} contains itself or is too large`);
  const twice = duplicateKey(text);
  if (twice !== undefined)
    throw new VidpipeError("config.invalid", `${name} has the key ${printable(twice)} twice: remove one`);
  return root;
}
