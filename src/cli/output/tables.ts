import type { Setting } from "../../config/load.ts";
import type { ReferenceWords } from "../../domain/direction.ts";
import type { Finding } from "../../ports/media.ts";
import type { ProjectListItem } from "../../ports/server.ts";
import type { Sink } from "../context.ts";
import { createPaint, cut, moment, type Paint, pad, plain } from "./text.ts";

export type Width = Pick<Sink, "isTerminal" | "columns" | "isColored">;

export const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");

/** Columns to fill: the terminal's, or as many as it takes when something else reads. */
export const room = (sink: Width): number => (sink.isTerminal ? sink.columns() - 1 : Number.POSITIVE_INFINITY);

/** Rows as columns, the last of which is cut to what is left of the terminal. */
export function table(
  rows: readonly (readonly string[])[],
  sink: Width,
  style: (line: string, row: number) => string,
): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ""))));
  return lines(
    rows.map((row, index) => {
      const cells = row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)));
      return style(cut(cells.join("  ").trimEnd(), room(sink)), index);
    }),
  );
}

/** Rows under a head, for people. */
export const plainTable = (rows: readonly (readonly string[])[], sink: Width): string =>
  table(
    rows.map((row) => row.map(plain)),
    sink,
    boldHead(createPaint(sink.isColored)),
  );

export const boldHead = (paint: Paint) => (line: string, row: number) => (row === 0 ? paint("bold", line) : line);

/** Lengths at which a UUID may be cut: after its time, after its third group, in full. */
const ID_LENGTHS = [13, 18, 36];

/** The shortest cut of the ids that keeps them apart; 13 characters hold the whole time of a UUIDv7. */
export const shortIds = (ids: readonly string[]): string[] => {
  const length = ID_LENGTHS.find((n) => new Set(ids.map((id) => id.slice(0, n))).size === ids.length) ?? 36;
  return ids.map((id) => id.slice(0, length));
};

/** `list` for people. */
export function projectTable(items: readonly ProjectListItem[], sink: Width): string {
  const ids = shortIds(items.map((item) => item.id));
  const rows = items.map((item, index) => [
    ids[index] ?? item.id,
    item.status,
    moment(item.createdAtMs),
    plain(item.prompt),
  ]);
  return table([["ID", "STATUS", "CREATED", "PROMPT"], ...rows], sink, boldHead(createPaint(sink.isColored)));
}

const shown = (value: unknown): string => {
  if (value === null) return "-";
  return plain(typeof value === "string" ? value : JSON.stringify(value));
};

/** `config` for people. */
export function settingTable(settings: readonly Setting[], sink: Width): string {
  const rows = settings.map(({ key, value, origin }) => [key, shown(value), plain(origin)]);
  const paint = createPaint(sink.isColored);
  return table([["KEY", "VALUE", "FROM"], ...rows], sink, (line, row) => {
    if (row === 0) return paint("bold", line);
    return settings[row - 1]?.source === "default" ? paint("dim", line) : line;
  });
}

const LEVEL_STYLE = { ok: "green", warn: "yellow", fail: "red" } as const satisfies Record<Finding["level"], string>;

/** `doctor` for people: a line per finding, and the fix below what is not ok. */
export function findingLines(findings: readonly Finding[], sink: Width): string {
  const paint = createPaint(sink.isColored);
  return lines(
    findings.flatMap(({ level, topic, message, fix }) => [
      `${paint(LEVEL_STYLE[level], pad(level, 4))}  ${plain(topic)}: ${plain(message)}`,
      ...(fix === null ? [] : [`      fix: ${plain(fix)}`]),
    ]),
  );
}

/** Somebody or something as a line shows it. */
export interface CastLine extends ReferenceWords {
  readonly hasPicture: boolean;
}

/** Who and what there is, a line each. */
export function castTable(cast: readonly CastLine[], sink: Sink): string {
  const nameOf = ({ name }: CastLine) => plain(name ?? "(every still)");
  const width = Math.max(4, ...cast.map((one) => Bun.stringWidth(nameOf(one)))) + 2;
  const room = Math.max(20, sink.columns() - width - 20);
  const row = (name: string, kind: string, picture: string, words: string) =>
    `${pad(name, width)}${pad(kind, 11)}${pad(picture, 9)}${words.slice(0, room)}`.trimEnd();
  const rows = cast.map((one) =>
    row(nameOf(one), one.kind ?? "", one.hasPicture ? "yes" : "no", plain(one.description ?? "")),
  );
  return [row("NAME", "KIND", "PICTURE", "DESCRIPTION"), ...rows, ""].join("\n");
}
