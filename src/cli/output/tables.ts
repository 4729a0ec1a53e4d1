import type { Setting } from "../../config/load.ts";
import type { ReferenceWords } from "../../domain/direction.ts";
import { utcMinute } from "../../domain/times.ts";
import type { Finding } from "../../ports/media.ts";
import type { ProjectListItem } from "../../ports/server.ts";
import type { Sink } from "../context.ts";
import { createPaint, cut, lines, pad, plain, wrapWords } from "./text.ts";

/** What a table needs to know of where it is printed. */
export type Width = Pick<Sink, "isTerminal" | "columns" | "isColored">;

/** Columns to fill: the terminal's, or no limit when a program reads. */
export const room = (sink: Width): number => (sink.isTerminal ? sink.columns() - 1 : Number.POSITIVE_INFINITY);

/** Least columns that a longer text is wrapped into beside other cells. */
const leastTextColumns = 20;
const gap = "  ";

/** Share of a column's cells that must fit in it; a few longer ones may go below their row instead. */
const fittingShare = 0.75;

const widestOf = (widths: readonly number[]): number => widths.reduce((most, width) => Math.max(most, width), 0);

/** The next smaller width of a column in which its head and most of its cells still fit; undefined when there is none. */
function smallerWidth(cells: readonly number[], width: number): number | undefined {
  const fitting = cells.filter((cell) => cell < width);
  const next = widestOf(fitting);
  return (cells[0] ?? 0) <= next && fitting.length >= cells.length * fittingShare ? next : undefined;
}

/**
 * Where each column begins and how wide it is. When a row does not fit, the widest columns are narrowed as long as only
 * a few of their cells are longer.
 */
function columnsOf(rows: readonly (readonly string[])[], columns: number) {
  const cells = (rows[0] ?? []).map((_, column) => rows.map((row) => Bun.stringWidth(row[column] ?? "")));
  const widths = cells.map(widestOf);
  const last = widths.length - 1;
  const needed = () =>
    widths.reduce((sum, width, column) => sum + (column === last ? Math.min(width, leastTextColumns) : width), 0) +
    last * gap.length;
  for (let narrowed = true; narrowed && needed() > columns; ) {
    const options = widths.flatMap((width, column) => {
      const next = column === last ? undefined : smallerWidth(cells[column] ?? [], width);
      return next === undefined ? [] : [{ column, width, next }];
    });
    const [widest] = options.toSorted((one, other) => other.width - one.width);
    narrowed = widest !== undefined;
    if (widest !== undefined) widths[widest.column] = widest.next;
  }
  let start = 0;
  return widths.map((width) => {
    const column = { start, width };
    start += width + gap.length;
    return column;
  });
}

type Column = ReturnType<typeof columnsOf>[number];

/** A cell as it stands in its column: one line, or the last cell wrapped; undefined when it does not fit there. */
function inColumn(cell: string, { start, width }: Column, columns: number, isLast: boolean): string[] | undefined {
  const left = columns - start;
  const isRoomy = left >= (isLast ? Math.min(width, leastTextColumns) : width);
  if (!isRoomy) return undefined;
  if (Bun.stringWidth(cell) <= left) return [cell];
  return isLast && longestWord(cell) <= left ? wrapWords(cell, left) : undefined;
}

/**
 * One row as lines. A cell stands in its column while it fits on the first line. What does not fit goes to lines of its
 * own below, indented; words wrap, and a word that is longer than the line (a path, an id) is never cut.
 */
function layOut(row: readonly string[], grid: readonly Column[], columns: number): string[] {
  let line = "";
  let wrapped: string[] = [];
  const below: string[] = [];
  for (const [index, cell] of row.entries()) {
    const column = grid[index] ?? { start: 0, width: 0 };
    const isFree = below.length === 0 && Bun.stringWidth(line) <= Math.max(0, column.start - gap.length);
    const fitted = isFree ? inColumn(cell, column, columns, index === row.length - 1) : undefined;
    if (fitted === undefined) below.push(cell);
    else {
      const [first = "", ...more] = fitted;
      line = pad(line, column.start) + first;
      wrapped = more.map((text) => " ".repeat(column.start) + text);
    }
  }
  const rest = below.filter((cell) => cell !== "");
  return [line.trimEnd(), ...wrapped, ...packed(rest, columns - gap.length).map((text) => gap + text)];
}

/** Cells side by side while they fit, else each wrapped into lines of its own. */
function packed(cells: readonly string[], columns: number): string[] {
  const all: string[] = [];
  for (const cell of cells) {
    const last = all.at(-1);
    const joined = last === undefined ? cell : last + gap + cell;
    if (last !== undefined && Bun.stringWidth(joined) <= columns) all.splice(-1, 1, joined);
    else all.push(...wrapWords(cell, columns));
  }
  return all;
}

/** Columns that one line of a further, last column has beside these ones, or below them where that is too little. */
function lastColumnRoom(rows: readonly (readonly string[])[], columns: number): number {
  const { start, width } = columnsOf(rows, columns).at(-1) ?? { start: 0, width: 0 };
  const left = columns - start - width - gap.length;
  return left >= leastTextColumns ? left : columns - gap.length;
}

const longestWord = (text: string): number => Math.max(0, ...text.split(" ").map((word) => Bun.stringWidth(word)));

/**
 * Rows under a head as columns that fit the terminal; a program gets one line for each row, with every cell whole.
 * `isDim` tells which rows, counted without the head, are less important.
 */
export function table(
  rows: readonly (readonly string[])[],
  sink: Width,
  isDim: (row: number) => boolean = () => false,
): string {
  const cells = rows.map((row) => row.map(plain));
  const columns = room(sink);
  const grid = columnsOf(cells, columns);
  const paint = createPaint(sink.isColored);
  const styled = (line: string, index: number): string => {
    if (index === 0) return paint("bold", line);
    return isDim(index - 1) ? paint("dim", line) : line;
  };
  return lines(cells.flatMap((row, index) => layOut(row, grid, columns).map((line) => styled(line, index))));
}

/** Lengths at which a UUID may be cut: after its time, after its third group, in full. */
const ID_LENGTHS = [13, 18, 36];

/** The shortest prefixes that tell the ids apart; 13 characters hold the whole time of a UUIDv7. */
export const shortIds = (ids: readonly string[]): string[] => {
  const length = ID_LENGTHS.find((n) => new Set(ids.map((id) => id.slice(0, n))).size === ids.length) ?? 36;
  return ids.map((id) => id.slice(0, length));
};

/** `list` for people. A terminal shows each prompt on one line, cut to fit; `status` shows more of it. */
export function projectTable(items: readonly ProjectListItem[], sink: Width): string {
  const ids = shortIds(items.map((item) => item.id));
  const facts = items.map(({ id, status, createdAtMs }, index) => [ids[index] ?? id, status, utcMinute(createdAtMs)]);
  const head = ["ID", "STATUS", "CREATED"];
  const most = lastColumnRoom([head, ...facts], room(sink));
  const rows = facts.map((cells, index) => [...cells, cut(plain(items[index]?.prompt ?? ""), most)]);
  return table([[...head, "PROMPT"], ...rows], sink);
}

/** A setting's value as people read it. */
export const shown = (value: unknown): string => {
  if (value === null) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
};

/** `config` for people. */
export function settingTable(settings: readonly Setting[], sink: Width): string {
  const rows = settings.map((setting) => [setting.key, shown(setting.value), setting.origin, trustWords(setting)]);
  return table([["KEY", "VALUE", "FROM", "TRUST"], ...rows], sink, (row) => settings[row]?.source === "default");
}

/** Whose word a value is: the user's own, that of a folder the user trusts, or a found one; and what does not count. */
function trustWords({ trust, untrusted }: Setting): string {
  const words = { own: "yours", trusted: "trusted folder", found: "found", default: "" }[trust];
  return [words, untrusted === null ? "" : `not trusted: ${untrusted}`].filter((part) => part !== "").join("; ");
}

const LEVEL_STYLE = { ok: "green", warn: "yellow", fail: "red" } as const satisfies Record<Finding["level"], string>;

/** `doctor` for people: each finding, and the fix below it where there is one. */
export function findingLines(findings: readonly Finding[], sink: Width): string {
  const paint = createPaint(sink.isColored);
  const beside = (label: string, text: string): string[] =>
    wrapWords(plain(text), room(sink) - 6).map((line, index) => (index === 0 ? label : " ".repeat(6)) + line);
  return lines(
    findings.flatMap(({ level, topic, message, fix }) => [
      ...beside(`${paint(LEVEL_STYLE[level], pad(level, 4))}  `, `${topic}: ${message}`),
      ...(fix === null ? [] : beside(" ".repeat(6), `fix: ${fix}`)),
    ]),
  );
}

/** A character, place or product as a row shows it. */
export interface CastLine extends ReferenceWords {
  readonly hasPicture: boolean;
}

/** Characters, places and products, a row each. */
export const castTable = (cast: readonly CastLine[], sink: Width): string =>
  table(
    [
      ["NAME", "KIND", "PICTURE", "DESCRIPTION"],
      ...cast.map(({ name, kind, hasPicture, description }) => [
        name ?? "(every keyframe)",
        kind ?? "",
        hasPicture ? "yes" : "no",
        description ?? "",
      ]),
    ],
    sink,
  );
