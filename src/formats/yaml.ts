import type { Alias, Document, LineCounter, Node, Pair, ParsedNode, YAMLError } from "yaml";
import { VidpipeError } from "../domain/errors.ts";
import { type Path, type Place, printable } from "./problems.ts";

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

type Value = Node | null | undefined;

const startOf = (node: Value, otherwise: number): number => node?.range?.[0] ?? otherwise;

/** The name of a key; undefined for a key that is a list or a mapping. `<<` of a merge is a symbol in the library. */
const nameOf = ({ library: { isScalar } }: Reading, key: unknown): string | symbol | undefined => {
  if (key === null || key === undefined) return "";
  if (!isScalar(key)) return undefined;
  return typeof key.value === "symbol" ? key.value : String(key.value ?? key.source ?? "");
};

/** The mappings that `<<` names: one, or a list of them. */
const sourcesOf = ({ library: { isSeq } }: Reading, merge: Value): readonly Value[] =>
  isSeq<ParsedNode>(merge) ? merge.items : [merge];

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

/**
 * Checks what a document holds: keys that are there twice, aliases that contain themselves or expand without end, tags,
 * depth. @throws VidpipeError with the place
 */
function checkValues(reading: Reading, root: Value): void {
  const { library, refusal } = reading;
  const { isAlias, isMap, isSeq } = library;
  const anchors = new Map<string, Node>();
  const sizes = new Map<Node, number>();
  let total = 0;

  const aliasSize = (alias: Alias, at: number, parents: readonly Node[]): number => {
    const target = anchors.get(alias.source);
    const name = printable(`*${alias.source}`);
    if (target === undefined) throw refusal(at, `the alias ${name} has no anchor before it`);
    if (parents.includes(target)) throw refusal(at, `the alias ${name} contains itself`);
    return sizes.get(target) ?? 1;
  };

  const checkMerge = (value: Value, at: number): void => {
    for (const source of sourcesOf(reading, value)) {
      const target = isAlias(source) ? anchors.get(source.source) : source;
      if (!isMap(target)) throw refusal(startOf(source, at), "<< merges mappings only: name one with *");
    }
  };

  const checkKey = (
    pair: Pair<ParsedNode, ParsedNode | null>,
    at: number,
    seen: Map<string | symbol, number>,
  ): void => {
    const name = nameOf(reading, pair.key);
    if (name === undefined) throw refusal(at, "a key must be a word, not a list, a mapping or an alias");
    if (name === "__proto__") throw refusal(at, "the key __proto__ is not allowed");
    if (typeof name === "symbol") checkMerge(pair.value, at);
    const first = typeof name === "symbol" ? undefined : seen.get(name);
    if (first !== undefined)
      throw refusal(at, `the key ${printable(String(name))} is there twice, first in line ${first}: remove one`);
    seen.set(name, reading.lines.linePos(at).line);
  };

  const childrenOf = (node: Value, at: number): readonly Value[] => {
    if (isSeq<ParsedNode>(node)) return node.items;
    if (!isMap<ParsedNode, ParsedNode | null>(node)) return [];
    const seen = new Map<string | symbol, number>();
    return node.items.map((pair) => {
      checkKey(pair, startOf(pair.key, at), seen);
      return pair.value;
    });
  };

  const remember = (node: Value): void => {
    if (node && "anchor" in node && node.anchor !== undefined) anchors.set(node.anchor, node);
  };

  /** Returns the number of values in it. */
  const descend = (node: Value, around: number, parents: readonly Node[]): number => {
    const at = startOf(node, around);
    if (parents.length > MAX_DEPTH) throw refusal(at, TOO_DEEP);
    remember(node);
    const within = node ? [...parents, node] : parents;
    const own = isAlias(node) ? aliasSize(node, at, parents) : 1;
    total += own;
    if (total > MAX_VALUES) throw refusal(at, `the file has more than ${MAX_VALUES.toLocaleString("en-US")} values`);
    const size = childrenOf(node, at).reduce((sum, child) => sum + descend(child, at, within), own);
    if (node) sizes.set(node, size);
    return size;
  };
  descend(root, 0, []);
}

interface Child {
  readonly node: Value;
  /** Offset of its key, or of the item of a list. */
  readonly at: number;
}

/** The value of a name in a mapping, merged ones included, or of a place in a list. */
function childOf(reading: Reading, document: Document, node: Value, name: string | number): Child | undefined {
  const { isAlias, isMap, isSeq } = reading.library;
  const target: Value = isAlias(node) ? node.resolve(document) : node;
  if (isSeq<ParsedNode>(target) && typeof name === "number") {
    const item = target.items[name];
    return item && { node: item, at: startOf(item, 0) };
  }
  if (!isMap<ParsedNode, ParsedNode | null>(target)) return undefined;
  const pair = target.items.find(({ key }) => nameOf(reading, key) === name);
  if (pair !== undefined) return { node: pair.value, at: startOf(pair.key, 0) };
  const merged = target.items.filter(({ key }) => typeof nameOf(reading, key) === "symbol");
  return merged
    .flatMap(({ value }) => sourcesOf(reading, value))
    .map((source) => childOf(reading, document, source, name))
    .find((child) => child !== undefined);
}

function placeFinder(reading: Reading, document: Document, text: string): YamlFile["placeOf"] {
  return (path) => {
    let node: Value = document.contents;
    let at: number | undefined;
    for (const name of path) {
      const child = childOf(reading, document, node, name);
      if (child === undefined) break;
      ({ node, at } = child);
    }
    if (at === undefined) return { line: undefined };
    const { line, col } = reading.lines.linePos(at);
    const before = text.slice(at - col + 1, at);
    return /^[\s?-]*$/.test(before) ? { line } : { line, column: col };
  };
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
  checkValues(reading, document.contents);
  return {
    value: document.toJS({ maxAliasCount: -1 }) ?? undefined,
    placeOf: placeFinder(reading, document, text),
  };
}
