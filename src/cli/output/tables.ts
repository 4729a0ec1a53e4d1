import type { Setting } from "../../config/load.ts";
import type { StepStatus } from "../../domain/lifecycle.ts";
import { stitchLine } from "../../domain/media.ts";
import { committedUsd, type SubmitState } from "../../domain/money.ts";
import type { Submit } from "../../domain/step.ts";
import type { PieceView, ProjectView, SceneView } from "../../domain/view.ts";
import type { Finding } from "../../ports/media.ts";
import type { ProjectListItem } from "../../ports/server.ts";
import type { Sink } from "../context.ts";
import { baselineOf, progressLines } from "./progress.ts";
import { joinWords, seamLines } from "./seams.ts";
import { counted, createPaint, cut, dollars, moment, type Paint, pad, plain, size } from "./text.ts";

type Width = Pick<Sink, "isTerminal" | "columns" | "isColored">;

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");

/** Columns to fill: the terminal's, or as many as it takes when something else reads. */
const room = (sink: Width): number => (sink.isTerminal ? sink.columns() - 1 : Number.POSITIVE_INFINITY);

/** Rows as columns, the last of which is cut to what is left of the terminal. */
function table(
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

const boldHead = (paint: Paint) => (line: string, row: number) => (row === 0 ? paint("bold", line) : line);

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

/** One character for a piece of a scene. */
const MARKS = {
  queued: "·",
  running: "›",
  waiting: "›",
  done: "✓",
  skipped: "-",
  cancelled: "-",
  ambiguous: "?",
  refused: "!",
  failed: "✗",
} as const satisfies Record<StepStatus, string>;

const mark = (name: string, { status }: PieceView): string => `${name} ${status === null ? "·" : MARKS[status]}`;

function sceneLines(scene: SceneView, sink: Width): string[] {
  const pieces = [mark("start", scene.start), mark("end", scene.end), mark("clip", scene.clip)].join("  ");
  const troubles = [scene.start, scene.end, scene.clip].flatMap(({ message }) => message ?? []);
  return [
    cut(`  ${pad(String(scene.sceneIndex + 1), 3)} ${pieces}  ${plain(scene.description)}`, room(sink)),
    ...[...new Set(troubles)].map((message) => `      ${plain(message)}`),
  ];
}

function spendLine({ spend, maxCostUsd }: ProjectView): string[] {
  if (committedUsd(spend) === 0 && maxCostUsd === null) return [];
  const parts = [
    `spent ${dollars(spend.spentUsd)}`,
    ...(spend.reservedUsd > 0 ? [`reserved ${dollars(spend.reservedUsd)}`] : []),
    ...(spend.unknownUsd > 0 ? [`unknown ${dollars(spend.unknownUsd)} (sent, answer lost)`] : []),
    maxCostUsd === null ? "no cap" : `cap ${dollars(maxCostUsd)}`,
  ];
  return [`cost: ${parts.join(", ")}`];
}

/** What is known of a paid call, in words. */
const MONEY_WORDS = {
  intent: "reserved",
  open: "reserved",
  spent: "spent",
  released: "not charged",
  unknown: "unknown",
} as const satisfies Record<SubmitState, string>;

/** `cost` for people: every paid call, then the sums. */
export function ledgerTable(view: ProjectView, submits: readonly Submit[], sink: Width): string {
  if (submits.length === 0) return lines([`project ${view.id} has bought nothing`]);
  const rows = submits.map(({ createdAtMs, quantity, unit, model, usd, state, operationName }) => [
    moment(createdAtMs),
    MONEY_WORDS[state],
    dollars(usd),
    counted(quantity, unit),
    plain(model),
    plain(operationName ?? "-"),
  ]);
  const head = ["SENT", "STATE", "PRICE", "QUANTITY", "MODEL", "OPERATION"];
  return table([head, ...rows], sink, boldHead(createPaint(sink.isColored))) + lines(spendLine(view));
}

function requestLine(view: ProjectView): string {
  const { request, models } = view;
  const seed = request.seed === null ? [] : [`seed ${request.seed}`];
  const facts = [
    request.style,
    request.aspectRatio,
    `clips of ${request.clipDurationSeconds} s`,
    joinWords(view),
    ...seed,
  ];
  return plain(`${facts.join(", ")}; made by ${models.provider}`);
}

function waitLines({ waits }: ProjectView): string[] {
  const choices = new Set(waits.flatMap(({ next }) => next));
  return [
    ...waits.map(({ reason, message }) => `${reason}: ${plain(message)}`),
    ...(choices.size === 0 ? [] : ["go on with:"]),
    ...[...choices].map((choice) => `  ${plain(choice)}`),
  ];
}

function animaticLines({ animatic, final }: ProjectView): string[] {
  if (animatic === null || final !== null) return [];
  return [`animatic: ${plain(animatic.path)} (${animatic.durationSeconds.toFixed(1)} s)`];
}

function finalLines({ final, missingScenes }: ProjectView): string[] {
  if (final === null) return [];
  const lacking = missingScenes.map((index) => index + 1).join(", ");
  const joined = stitchLine(final.report);
  return [
    `film: ${plain(final.path)} (${final.durationSeconds.toFixed(1)} s, ${size(final.bytes)})`,
    ...(joined === null ? [] : [joined]),
    ...(missingScenes.length > 0 ? [`it lacks scene ${lacking}`] : []),
  ];
}

/** `status` for people; `verbose` shows every seam, not only the poor ones. */
export function projectPage(view: ProjectView, sink: Width, verbose = false): string {
  const paint = createPaint(sink.isColored);
  const asOf = view.updatedAtMs;
  const stages = progressLines(view, asOf, 80, baselineOf(view, 0), paint);
  return lines([
    `${paint("bold", view.id)}  ${view.status}`,
    cut(plain(view.request.prompt), Math.min(room(sink), 400)),
    requestLine(view),
    `created ${moment(view.createdAtMs)}, last change ${moment(asOf)}`,
    ...(view.message === null ? [] : [plain(view.message)]),
    "",
    ...stages,
    ...(view.scenes.length === 0 ? [] : ["", ...view.scenes.flatMap((scene) => sceneLines(scene, sink))]),
    ...seamLines(view, verbose),
    "",
    ...waitLines(view),
    ...spendLine(view),
    ...animaticLines(view),
    ...finalLines(view),
  ]);
}
