import type { Document, LineCounter, Node, YAMLError, YAMLMap } from "yaml";
import { VidpipeError } from "../domain/errors.ts";
import { printable } from "../domain/refusal.ts";
import type { Path, Place } from "./problems.ts";

/** Most values a file may hold, with aliases expanded. */
const MAX_VALUES = 10_000;
/** Most tokens of syntax: a file of MAX_VALUES values has far fewer, and no other is worth seconds of parsing. */
const MAX_TOKENS = 200_000;
/** Deepest nesting of lists and mappings. */
const MAX_DEPTH = 64;
const TOO_DEEP = `lists or mappings are nested more than ${MAX_DEPTH} deep`;

/** What a bad file is blamed on: the configuration or the command's input. */
export type Fault = "config.invalid" | "input.invalid";
/** The library's module. */
export type YamlLibrary = typeof import("yaml");

/** The library, loaded on first use: most commands read no YAML file and should start without it. */
export const loadLibrary = (): YamlLibrary => require("yaml");

/** True for a mapping of keys to values. */
export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A YAML or JSON file that was read. */
export interface YamlFile {
  /** Undefined when the file is empty. */
  readonly value: unknown;
  /**
   * Where a value stands: at its key, or at the item of a list. A value that is not in the file has the place of what
   * it should be in; the whole file has none.
   */
  readonly placeOf: (path: Path) => Place;
}

/** A file while it is checked. */
interface Reading {
  readonly library: YamlLibrary;
  readonly lines: LineCounter;
  /** Makes the failure that names the file and the place. */
  readonly refusal: (offset: number, message: string, cause?: unknown) => VidpipeError;
}

const startOf = (node: Node | null, otherwise: number): number => node?.range?.[0] ?? otherwise;

/** Tokens without width: they tell the parser how to read the next. */
const MARKERS: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001f"]);

const BRACKETS: ReadonlyMap<string, number> = new Map([
  ["[", 1],
  ["{", 1],
  ["]", -1],
  ["}", -1],
]);

/** Stops before the parser would spend seconds on a file that is refused anyway. */
function checkTokens({ library, refusal }: Reading, text: string): void {
  let tokens = 0;
  let offset = 0;
  let depth = 0;
  for (const token of new library.Lexer().lex(text)) {
    tokens += 1;
    depth += BRACKETS.get(token) ?? 0;
    if (tokens > MAX_TOKENS) throw refusal(offset, "the file is too large");
    if (depth > MAX_DEPTH) throw refusal(offset, TOO_DEEP);
    if (!MARKERS.has(token)) offset += token.length;
  }
}

/** What the library's codes mean to the user; its own messages are shown for the rest. */
const SYNTAX: Readonly<Partial<Record<YAMLError["code"], string>>> = {
  BLOCK_AS_IMPLICIT_KEY: 'a line has two keys: put a text that holds ": " in quotes',
  MULTIPLE_DOCS: "the file has more than one document: keep one",
  RESOURCE_EXHAUSTION: TOO_DEEP,
  TAB_AS_INDENT: "tab characters cannot be used as indentation: use spaces",
  MULTILINE_IMPLICIT_KEY: "a colon or a comma is missing here",
  BAD_SCALAR_START: "a text cannot start with this character: put it in quotes",
};

/** The quoted text or bracket that was open at an offset: where it opens is where it must be mended. */
function openedBefore({ library: { visit, isCollection, isScalar } }: Reading, document: Document, offset: number) {
  let opened: { at: number; sign: string } | undefined;
  visit(document, {
    Node(_, node) {
      const [at = offset, , end = offset] = node.range ?? [];
      const isQuoted = isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
      const sign = isQuoted ? "quote" : isCollection(node) && node.flow ? "bracket" : undefined;
      if (sign !== undefined && at < offset && offset <= end) opened = { at, sign };
    },
  });
  return opened;
}

function syntaxRefusal(reading: Reading, document: Document, error: YAMLError): VidpipeError {
  const offset = error.pos[0];
  const known = SYNTAX[error.code];
  const opened = known === undefined ? openedBefore(reading, document, offset) : undefined;
  if (opened !== undefined && /^(MISSING_CHAR|BAD_INDENT|UNEXPECTED_TOKEN)$/.test(error.code))
    return reading.refusal(opened.at, `not valid YAML: the ${opened.sign} that opens here is not closed`, error);
  const why = known ?? error.message.replace("block-seq-ind", "list item").replace(/^./, (c) => c.toLowerCase());
  return reading.refusal(offset, `not valid YAML: ${printable(why)}`, error);
}

/** A value with its place. */
interface Located {
  readonly value: unknown;
  /** Offset of its key, or of the item of a list. */
  readonly at: number;
  /** Values in it, itself and those of aliases included. */
  readonly size: number;
  readonly children: Children;
}
type Children = ReadonlyMap<string | number, Located>;

const NO_CHILDREN: Children = new Map();

/**
 * The values of a document with their places.
 * @throws VidpipeError for keys that are there twice, aliases that contain themselves or expand without end, and depth
 */
function locate({ library, lines, refusal }: Reading, root: Node | null): Located {
  const { isAlias, isMap, isScalar, isSeq } = library;
  /** Undefined while the value of an anchor is being read. */
  const anchors = new Map<string, Located | undefined>();
  let total = 0;

  const aliased = (source: string, at: number): Located => {
    const target = anchors.get(source);
    if (target !== undefined) return { ...target, at };
    const fault = anchors.has(source) ? "contains itself" : "has no anchor before it";
    throw refusal(at, `the alias ${printable(`*${source}`)} ${fault}`);
  };

  const merged = (sources: Located): Children => {
    const all = Array.isArray(sources.value) ? [...sources.children.values()] : [sources];
    const wrong = all.find(({ value }) => !isMapping(value));
    if (wrong !== undefined) throw refusal(wrong.at, "<< merges mappings only: name one with *");
    return new Map(all.toReversed().flatMap(({ children }) => [...children]));
  };

  const fieldsOf = (map: YAMLMap<Node | null, Node | null>, around: number, depth: number): Children => {
    const own = new Map<string | number, Located>();
    let inherited: Children = NO_CHILDREN;
    for (const { key, value } of map.items) {
      const at = startOf(key, around);
      if (key !== null && !isScalar(key)) throw refusal(at, "a key must be a word, not a list, a mapping or an alias");
      const child = read(value, at, depth);
      // The library's sign for a merge.
      if (typeof key?.value === "symbol") inherited = new Map([...merged(child), ...inherited]);
      else addField(own, String(key?.value ?? null), { ...child, at });
    }
    return new Map([...inherited, ...own]);
  };

  const addField = (fields: Map<string | number, Located>, name: string, field: Located): void => {
    if (name === "__proto__") throw refusal(field.at, "the key __proto__ is not allowed");
    const first = fields.get(name);
    if (first === undefined) return void fields.set(name, field);
    const { line } = lines.linePos(first.at);
    throw refusal(field.at, `the key ${printable(name)} is there twice, first in line ${line}: remove one`);
  };

  const childrenOf = (node: Node | null, at: number, depth: number): Children => {
    if (isMap<Node | null, Node | null>(node)) return fieldsOf(node, at, depth);
    if (!isSeq<Node | null>(node)) return NO_CHILDREN;
    return new Map(node.items.map((item, place) => [place, read(item, at, depth)]));
  };

  const located = (node: Node | null, at: number, depth: number): Located => {
    const children = childrenOf(node, at, depth + 1);
    const values = [...children].map(([name, { value }]) => [name, value] as const);
    const size = [...children.values()].reduce((sum, child) => sum + child.size, 1);
    if (isMap(node)) return { value: Object.fromEntries(values), at, size, children };
    if (isSeq(node)) return { value: values.map(([, value]) => value), at, size, children };
    return { value: isScalar(node) ? node.value : null, at, size, children };
  };

  const anchored = (node: Node | null, make: () => Located): Located => {
    const name = node !== null && "anchor" in node ? node.anchor : undefined;
    if (name === undefined) return make();
    anchors.set(name, undefined);
    const value = make();
    anchors.set(name, value);
    return value;
  };

  const read = (node: Node | null, around: number, depth: number): Located => {
    const at = startOf(node, around);
    if (depth > MAX_DEPTH) throw refusal(at, TOO_DEEP);
    const alias = isAlias(node) ? aliased(node.source, at) : undefined;
    total += alias?.size ?? 1;
    if (total > MAX_VALUES) throw refusal(at, `the file has more than ${MAX_VALUES.toLocaleString("en-US")} values`);
    return alias ?? anchored(node, () => located(node, at, depth));
  };
  return read(root, 0, 0);
}

/**
 * Reads YAML 1.2 (core types, `<<` merges) or JSON.
 * @throws VidpipeError of that fault, with line and column: bad syntax, a key that is there twice, more than one
 *   document, unknown tags, recursion, nesting deeper than 64, more than 10,000 values
 */
export function readYaml(text: string, name: string, fault: Fault): YamlFile {
  const library = loadLibrary();
  const lines = new library.LineCounter();
  const refusal: Reading["refusal"] = (offset, message, cause) => {
    const { line, col } = lines.linePos(offset);
    return new VidpipeError(fault, `${name}: line ${line}, column ${col}: ${message}`, { cause });
  };
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  const reading: Reading = { library, lines, refusal };
  const zero = text.indexOf("\0");
  if (zero >= 0) throw refusal(zero, "the file has a NUL character: it is not text");
  checkTokens(reading, text);
  const document = library.parseDocument(text, {
    schema: "core",
    merge: true,
    resolveKnownTags: false,
    // Checked below, in linear time.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const [error] = document.errors;
  if (error !== undefined) throw syntaxRefusal(reading, document, error);
  const [tag] = document.warnings.filter(({ code }) => code === "TAG_RESOLVE_FAILED");
  if (tag !== undefined) throw refusal(tag.pos[0], `${printable(text.slice(...tag.pos))} is not supported: remove it`);
  const root = locate(reading, document.contents);
  const placeOf = (path: Path): Place => {
    let found = root;
    for (const name of path) {
      const child = found.children.get(name);
      if (child === undefined) break;
      found = child;
    }
    if (found === root) return { line: undefined };
    const { line, col } = lines.linePos(found.at);
    const before = text.slice(found.at - col + 1, found.at);
    return /^[\s?-]*$/.test(before) ? { line } : { line, column: col };
  };
  return { value: root.value ?? undefined, placeOf };
}
