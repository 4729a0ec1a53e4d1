import { VidpipeError } from "../domain/errors.ts";

/** Most values a file may hold, aliases unfolded. */
const MAX_VALUES = 10_000;
/** Most characters parsed to find the line of a syntax error: it costs one parse per line. */
const MAX_SEARCHED_CHARACTERS = 500_000_000;

type Mapping = Readonly<Record<string, unknown>>;
/** Whose fault a bad file is: the configuration's or the command's. */
type Fault = "config.invalid" | "input.invalid";
/** The way to a value: names of keys and places in lists. */
export type Path = readonly (string | number)[];

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch {
    return undefined;
  }
}

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
  if (lines.length * text.length > MAX_SEARCHED_CHARACTERS) return "";
  let line = lines.length;
  while (line > 1 && !parses(lines.slice(0, line - 1).join("\n"))) line--;
  return ` near line ${line}`;
}

function parse(text: string, name: string, fault: Fault): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch (cause) {
    // A SyntaxError says what is wrong; nesting too deep is a RangeError that speaks of the parser's own stack.
    const why = cause instanceof SyntaxError ? cause.message.replace("YAML Parse error: ", ": ").toLowerCase() : "";
    throw new VidpipeError(fault, `${name} is not valid YAML${brokenLine(text)}${printable(why)}`, { cause });
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
const PLACE = /__vidpipe_key_(\d+)$/;
const KEY = /(<<|[A-Za-z_][\w-]*)(["']?\s*:)/g;

/** The file with every key's place as its suffix. Bun's parser tells no lines and keeps the last of equal keys silently. */
const marked = (text: string): string =>
  text.replace(
    KEY,
    (_, key: string, colon: string, place: number) => `${key === "<<" ? "merge" : key}__vidpipe_key_${place}${colon}`,
  );

const stemOf = (key: string): string => key.replace(PLACE, "");

/** The first key that is written twice in one mapping. */
function duplicateKey(text: string): string | undefined {
  let found: string | undefined;
  walk(parsed(marked(text)), (value, path) => {
    if (!isMapping(value)) return;
    const stems = Object.keys(value).map(stemOf);
    const twice = stems.find((stem, index) => stem !== "merge" && stems.indexOf(stem) !== index);
    if (twice !== undefined) found ??= [...path.map(stemOf), twice].join(".");
  });
  return found;
}

/** Places in the text of the keys of a mapping, by their names. */
const placesOf = (value: unknown): { readonly name: string; readonly at: number; readonly child: unknown }[] =>
  isMapping(value)
    ? Object.entries(value).map(([key, child]) => ({
        name: stemOf(key),
        at: Number(PLACE.exec(key)?.[1] ?? Number.NaN),
        child,
      }))
    : [];

interface Place {
  readonly value: unknown;
  readonly at: number | undefined;
}

/** One step down the tree; undefined where there is nothing of that name. */
function into({ value, at }: Place, name: string | number): Place | undefined {
  if (Array.isArray(value) && typeof name === "number") {
    const item: unknown = value[name];
    return { value: item, at: placesOf(item)[0]?.at ?? at };
  }
  const found = placesOf(value).find((entry) => entry.name === name);
  return found && { value: found.child, at: found.at };
}

/**
 * Finds the line, from 1, where a value of this YAML or JSON stands: its key's, or for a list's item the line of its
 * first key. What has no line of its own has that of what it is in; undefined when even that is not known.
 */
export function createLineFinder(text: string): (path: Path) => number | undefined {
  const root = parsed(marked(text));
  return (path) => {
    let place: Place = { value: root, at: undefined };
    for (const name of path) {
      const next = into(place, name);
      if (next === undefined) break;
      place = next;
    }
    return place.at === undefined || Number.isNaN(place.at) ? undefined : lineAfter(text, place.at);
  };
}

/**
 * What a YAML file holds; undefined when it is empty. JSON is YAML too.
 * @throws VidpipeError of that fault for bad syntax, recursion, too many values, or a key that is there twice
 */
export function parseYaml(text: string, name: string, fault: Fault): unknown {
  const root = parse(text, name, fault) ?? undefined;
  if (!walk(root, () => {})) throw new VidpipeError(fault, `${name} contains itself or is too large`);
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new VidpipeError(fault, `${name} has the key ${printable(twice)} twice: remove one`);
  return root;
}

/** The mapping a YAML file holds; empty when the file is. @throws VidpipeError as parseYaml, or when it is no mapping */
export function parseYamlMapping(text: string, name: string, fault: Fault): Mapping {
  const root = parseYaml(text, name, fault) ?? {};
  if (!isMapping(root)) throw new VidpipeError(fault, `${name} must be a mapping of keys to values`);
  return root;
}

/** The line, from 1, of a place in a text. */
export const lineAfter = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

/** Something wrong with a file, at a line of it if that is known. */
export interface Problem {
  readonly line: number | undefined;
  /** One line without the file's name. */
  readonly message: string;
}

/** A problem for people: `line 12: scenes[3].description is empty`. */
export const problemLine = ({ line, message }: Problem): string =>
  line === undefined ? message : `line ${line}: ${message}`;

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
