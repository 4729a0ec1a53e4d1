import { stitchLine } from "../../domain/media.ts";
import { type JoinedFiles, withNames } from "../../services/join-files.ts";
import type { CliContext } from "../context.ts";
import { say, warn } from "./notices.ts";
import { counted, createPaint, plain, size } from "./text.ts";

/** `durationSeconds` as JSON spells it: `duration_seconds`; in lists and objects too. */
function spelt(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spelt);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    spelt(field),
  ]);
  return Object.fromEntries(fields);
}

/** A film of files for programs. */
export const joinedJson = ({ path, bytes, files, leftOut, report }: JoinedFiles) => ({
  type: "result",
  path,
  bytes,
  files: files.map(({ name }) => name),
  left_out: leftOut,
  report: spelt(report),
  exit_code: 0,
});

/** How files would be joined, for programs: a row for each file and each join, and the film. */
export function planJson([head = [], ...rows]: readonly (readonly string[])[]) {
  const named = rows.map((row) => Object.fromEntries(head.map((column, place) => [column, row[place] ?? ""])));
  return { type: "plan", rows: named };
}

/** Says what was made and how, and what was left out. */
export function sayJoined(context: CliContext, joined: JoinedFiles): void {
  const { bytes, files, leftOut, report } = joined;
  for (const { reason } of leftOut) warn(context, `left out: ${reason}`);
  const paint = createPaint(context.stderr.isColored);
  const facts = [counted(report.clips, "file"), `${report.durationSeconds.toFixed(1)} s`, size(bytes)];
  say(context, `${paint("green", "done")}: ${facts.join(", ")}`);
  const { remarks } = report;
  const told = [stitchLine({ ...report, remarks: [] }) ?? [], ...remarks].flat();
  for (const line of told) say(context, plain(withNames(line, files)));
}
