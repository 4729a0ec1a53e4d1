import { Scene, type Storyboard } from "../domain/storyboard.ts";
import { NOTES, optionalFields, toFileName } from "./storyboard-fields.ts";
import { isMapping } from "./yaml.ts";

/** Columns a folded text fills, without its indentation. */
const FOLD_COLUMNS = 96;
/** Texts up to this length stay on their key's line. */
const SHORT_CHARACTERS = 72;

/** Words that need no quotes: no YAML parser reads them as anything but text. */
const PLAIN = /^[A-Za-z][A-Za-z0-9]*( [A-Za-z][A-Za-z0-9]*)+$/;
/** What a block of text must not hold: it would be changed, or could not be seen. */
const UNFIT = /[\p{Cc}\u2028\u2029\ufeff\ufffe\uffff]/u;

const isFoldable = (text: string): boolean => !UNFIT.test(text) && !/^ | $| {2}/.test(text);

const isBlock = (text: string): boolean => {
  const lines = text.split("\n");
  return (
    lines.length > 1 &&
    lines[0] !== "" &&
    lines.at(-1) !== "" &&
    lines.every((line) => !UNFIT.test(line) && !/^\s|\s$/.test(line))
  );
};

/** Breaks a text at its spaces. */
function fold(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && Bun.stringWidth(longer) > FOLD_COLUMNS) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** A text as the value of a key, so that any YAML parser reads the same text. */
export function printText(text: string, indent: string): string {
  const block = (head: string, lines: readonly string[]) =>
    [head, ...lines.map((line) => (line === "" ? "" : `${indent}${line}`))].join("\n");
  if (isBlock(text)) return block("|-", text.split("\n"));
  if (text.length > SHORT_CHARACTERS && isFoldable(text)) return block(">-", fold(text));
  return PLAIN.test(text) ? text : JSON.stringify(text);
}

/** What a field is for; one that means something else in a list is noted under the list's name. */
const comment = (field: string, indent: string, list: string): string[] => {
  const note = NOTES[`${list}.${field}`] ?? NOTES[field];
  return note === undefined ? [] : [`${indent}# ${note}`];
};

/** A key that no field has: what it holds is a comment of its own. */
const REMARK = "#";

/** Files of the stills that their user brought, by still 0..N. */
export type OwnStills = ReadonlyMap<number, string>;

/** The scenes with a remark on which of their stills are the user's own. */
function remarked({ scenes, ...rest }: Storyboard, own: OwnStills) {
  const remarkOn = (place: number): string => {
    const [start, end] = [place === 0 ? own.get(0) : undefined, own.get(place + 1)];
    const said = [start && `its first still is ${start}`, end && `its last still is ${end}`].filter(Boolean);
    return said.join(", ");
  };
  const noted = scenes.map((scene, place) => {
    const remark = remarkOn(place);
    return remark === "" ? scene : { ...scene, [REMARK]: `Your own picture: ${remark}.` };
  });
  return { ...rest, scenes: noted };
}

/** Prints the fields of a mapping; `explains` names the list it is in ("" for none) to say what each is for. */
function printFields(value: Readonly<Record<string, unknown>>, indent: string, explains: string | null): string[] {
  return Object.entries(value).flatMap(([field, child]) => [
    ...(explains === null ? [] : comment(field, indent, explains)),
    ...printField(field, child, indent, explains),
  ]);
}

function printField(field: string, value: unknown, indent: string, explains: string | null): string[] {
  if (field === REMARK) return [`${indent}# ${String(value)}`];
  const key = `${indent}${toFileName(field)}:`;
  const deeper = `${indent}  `;
  if (typeof value === "string") return [`${key} ${printText(value, deeper)}`];
  if (isMapping(value)) return [key, ...printFields(value, deeper, explains)];
  if (!Array.isArray(value) || value.length === 0) return [`${key} ${JSON.stringify(value)}`];
  if (value.every((item) => typeof item === "string"))
    return [`${key} [${value.map((item) => JSON.stringify(item)).join(", ")}]`];
  return [key, ...value.flatMap((item, place) => printItem(field, item, place, deeper))];
}

/** One entry of a list of mappings; only the first explains its fields. */
function printItem(list: string, item: unknown, place: number, indent: string): string[] {
  const fields = isMapping(item) ? printFields(item, `${indent}  `, place === 0 ? list : null) : [];
  const first = fields.findIndex((line) => !line.trimStart().startsWith("#"));
  const absent = list === "scenes" && isMapping(item) && place === 0 ? missingFields(item, `${indent}  `) : [];
  return [
    ...(list === "scenes" ? ["", `${indent}# Scene ${place + 1}`] : []),
    ...fields.slice(0, first),
    `${indent}- ${(fields[first] ?? "").slice(indent.length + 2)}`,
    ...fields.slice(first + 1),
    ...absent,
  ];
}

const missingFields = (scene: Readonly<Record<string, unknown>>, indent: string): string[] =>
  optionalFields(Scene.shape)
    .filter((field) => !Object.hasOwn(scene, field))
    .flatMap((field) => [...comment(field, indent, "scenes"), `${indent}# ${toFileName(field)}:`]);

/** Half a surrogate pair cannot be written in UTF-8: it becomes the replacement character. */
const wellFormed = (value: unknown): unknown => {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) =>
      key === "sceneIndex" || child === undefined ? [] : [[key, wellFormed(child)]],
    ),
  );
};

/** A storyboard as plain values under the names of the file; a scene's number is its place in the list. */
export function storyboardJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storyboardJson);
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).filter(([key, child]) => key !== "sceneIndex" && child !== undefined);
  return Object.fromEntries(entries.map(([key, child]) => [toFileName(key), storyboardJson(child)]));
}

/** A storyboard as YAML that says what each field does. `readStoryboard` gives the same storyboard back. */
export function printStoryboard(
  storyboard: Storyboard,
  head: readonly string[] = [],
  own: OwnStills = new Map(),
): string {
  const value = wellFormed(remarked(storyboard, own));
  const fields = isMapping(value) ? printFields(value, "", "") : [];
  return [...head.map((line) => `# ${line}`.trimEnd()), ...fields, ""].join("\n");
}
