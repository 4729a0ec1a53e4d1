import type { Node, Scalar } from "yaml";
import { HIDDEN } from "../domain/plain-text.ts";
import type { Path } from "./problems.ts";
import { loadLibrary, type YamlLibrary } from "./yaml.ts";

/** Columns a line may have before its text is folded. */
const LINE_COLUMNS = 100;
/** Texts up to this length stay on their key's line. */
const SHORT_CHARACTERS = 72;

/** Words that need no quotes: no YAML parser of any version reads them as anything but text. */
const PLAIN = /^[A-Za-z][A-Za-z0-9]*( [A-Za-z][A-Za-z0-9]*)+$/;
/** Characters that cannot be seen, or change how others are shown: they are written as escapes. */
const INVISIBLE = new RegExp(`[\\p{Cc}\\ufffe\\uffff]|${HIDDEN}`, "v");
const UNESCAPED = new RegExp(`(?!\\n)(?:${INVISIBLE.source})`, "gv");

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
};

/** How a text is written so that every parser reads the same text: as it is, in quotes, or as a block of lines. */
function styleOf(text: string): Scalar.Type {
  const lines = text.split("\n");
  const isBlock = lines.every((line) => line === line.trim() && !INVISIBLE.test(line));
  if (!isBlock || lines[0] === "" || lines.at(-1) === "") return "QUOTE_DOUBLE";
  if (lines.length > 1) return "BLOCK_LITERAL";
  if (text.length > SHORT_CHARACTERS && !text.includes("  ")) return "BLOCK_FOLDED";
  return PLAIN.test(text) ? "PLAIN" : "QUOTE_DOUBLE";
}

/** Comments of a file: lines without `#`, by the path of what they belong to. */
export interface Comments {
  /** Before the first line of the file. */
  readonly head?: readonly string[];
  /** Before a key, or before the item of a list. */
  readonly before: (path: Path) => readonly string[];
  /** After the last field of a mapping; the whole file's path is empty. */
  readonly after: (path: Path) => readonly string[];
}

const commentOf = (lines: readonly string[]): string | null =>
  lines.length === 0 ? null : lines.map((line) => ` ${line}`).join("\n");

/** Gives every node of a tree its style and its comments. */
function annotate({ isMap, isScalar, isSeq }: YamlLibrary, root: unknown, { before, after }: Comments): void {
  const visit = (node: unknown, path: Path): void => {
    if (isScalar(node) && typeof node.value === "string") {
      const text = node.value.toWellFormed();
      node.value = text;
      node.type = styleOf(text);
    }
    if (isSeq<Node>(node)) {
      node.flow = node.items.every((item) => isScalar(item));
      for (const [place, item] of node.items.entries()) visitItem(item, [...path, place]);
    }
    if (!isMap<Scalar<string>, Node>(node)) return;
    node.comment = commentOf(after(path));
    for (const { key, value } of node.items) {
      key.commentBefore = commentOf(before([...path, key.value]));
      visit(value, [...path, key.value]);
    }
  };
  const visitItem = (item: Node, path: Path): void => {
    visit(item, path);
    const [first] = isMap<Scalar<string>>(item) ? item.items : [];
    const lines = [...before(path), ...(first ? before([...path, first.key.value]) : [])];
    // The comment of the first key would stand behind the dash.
    if (first) first.key.commentBefore = null;
    item.commentBefore = commentOf(lines);
    item.spaceBefore = before(path).length > 0 && path.at(-1) !== 0;
  };
  visit(root, []);
}

/**
 * Prints mappings, lists, texts and numbers as YAML with comments, such that `readYaml` and any other YAML parser give
 * the same value back. Half a surrogate pair, which UTF-8 cannot hold, becomes the replacement character.
 */
export function printYaml(value: unknown, comments: Comments): string {
  const library = loadLibrary();
  const document = new library.Document(value, { aliasDuplicateObjects: false });
  annotate(library, document.contents, comments);
  document.commentBefore = commentOf(comments.head ?? []);
  const options = { lineWidth: LINE_COLUMNS, flowCollectionPadding: false, doubleQuotedMinMultiLineLength: 1e6 };
  const text = document.toString(options);
  return text.replace(UNESCAPED, escaped);
}
