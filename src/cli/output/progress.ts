import type { ProjectEvent } from "../../domain/facts.ts";
import { isSettled, STEP_KINDS, type StepKind } from "../../domain/lifecycle.ts";
import type { ProjectView, StageView, WatchTick } from "../../domain/view.ts";
import { counted, cut, elapsed, type Paint, pad, plain } from "./text.ts";

/** The kinds of work as people call them. */
const STAGE_NAMES = {
  storyboard: "storyboard",
  keyframe: "keyframes",
  animatic: "animatic",
  clip: "clips",
  stitch: "stitch",
} as const satisfies Record<StepKind, string>;

const nameColumns = 10;
const barColumns = 16;
/** Narrower terminals show no bar. */
const barNeedsColumns = 66;

/** The state of a project when watching began. Earlier time and work do not count for the estimate. */
export interface Baseline {
  readonly atMs: number;
  readonly done: ReadonlyMap<StepKind, number>;
}

/** What progress lines are made of. */
type Progressing = Pick<ProjectView, "stages" | "scenes">;

export const baselineOf = (view: Pick<ProjectView, "stages">, atMs: number): Baseline => ({
  atMs,
  done: new Map(view.stages.map((stage) => [stage.kind, stage.done])),
});

const isDone = (stage: StageView): boolean => stage.total !== null && stage.done >= stage.total;

/** Ms since the start of a stage or since the baseline, whichever is later; undefined before its start. */
function tookMs(stage: StageView, nowMs: number, baseline: Baseline): number | undefined {
  if (stage.startedAtMs === null) return undefined;
  const end = stage.finishedAtMs ?? nowMs;
  const start = end > baseline.atMs ? Math.max(stage.startedAtMs, baseline.atMs) : stage.startedAtMs;
  return end - start;
}

/** Ms until a stage is done at its pace so far; undefined while there is too little to estimate from. */
export function leftMs(stage: StageView, nowMs: number, baseline: Baseline): number | undefined {
  const took = tookMs(stage, nowMs, baseline);
  const made = (stage.fraction ?? 0) + stage.done - (baseline.done.get(stage.kind) ?? 0);
  if (took === undefined || stage.total === null || made < 0.05 || isDone(stage)) return undefined;
  return (took / made) * (stage.total - stage.done - (stage.fraction ?? 0));
}

function countOf(view: Progressing, stage: StageView): string {
  if (stage.kind === "storyboard") return isDone(stage) ? counted(view.scenes.length, "scene") : "";
  if (stage.kind === "stitch" || stage.kind === "animatic")
    return stage.fraction === undefined ? "" : `${Math.floor(stage.fraction * 100)}%`;
  return stage.total === null ? "" : `${stage.done}/${stage.total}`;
}

/** The bar of a stage with many pieces or a known fraction, and how many pieces are being made. */
function gaugeOf({ kind, done, total, running, fraction }: StageView): string {
  if (kind !== "keyframe" && kind !== "clip" && fraction === undefined) return " ".repeat(barColumns);
  const filled = total ? Math.floor(Math.min(1, (fraction ?? done) / total) * barColumns) : 0;
  const bar = "█".repeat(filled) + "░".repeat(barColumns - filled);
  return `${bar} ${pad(running > 0 ? `${running} running` : "", 10)}`;
}

function markOf(stage: StageView): string {
  if (isDone(stage)) return "✓";
  return stage.startedAtMs === null ? "·" : "›";
}

function stageLine(view: Progressing, stage: StageView, nowMs: number, columns: number, baseline: Baseline): string {
  const took = tookMs(stage, nowMs, baseline);
  const left = leftMs(stage, nowMs, baseline);
  const line = [
    `${markOf(stage)} ${pad(STAGE_NAMES[stage.kind], nameColumns)}`,
    pad(countOf(view, stage), 9),
    pad(took === undefined ? "" : elapsed(took), 7),
    ...(columns < barNeedsColumns ? [] : [gaugeOf(stage)]),
  ].join(" ");
  const width = Math.max(1, columns - 1);
  const estimated = left === undefined ? line : `${line} about ${elapsed(left)} left`;
  return cut((Bun.stringWidth(estimated) <= width ? estimated : line).trimEnd(), width);
}

/** The progress of a project: one line per stage, each shorter than `columns`. */
export function progressLines(
  view: Progressing,
  nowMs: number,
  columns: number,
  baseline: Baseline,
  paint: Paint,
): string[] {
  return view.stages.map((stage) => {
    const line = stageLine(view, stage, nowMs, columns, baseline);
    if (isDone(stage)) return paint("green", line);
    return stage.startedAtMs === null ? paint("dim", line) : line;
  });
}

/** What changed between two views, for output that is not a terminal: one line per stage that made progress. */
export function changedLines(before: ProjectView | undefined, view: ProjectView): string[] {
  return view.stages.flatMap((stage) => {
    if (stage.done === (before?.stages.find(({ kind }) => kind === stage.kind)?.done ?? 0)) return [];
    return `${STAGE_NAMES[stage.kind]}: ${countOf(view, stage) || "done"}`;
  });
}

/** Why a film that goes on by itself stands still, e.g. until the next day, once it does. */
export function standstillLines(before: ProjectView | undefined, { status, message }: ProjectView): string[] {
  return isSettled(status) || message === null || message === before?.message ? [] : [plain(message)];
}

/** How long a film still waits, for a display with a running clock; none where something moves. */
export function countdownLines({ waiting }: ProjectView, nowMs: number): string[] {
  if (waiting === undefined) return [];
  const { untilMs } = waiting;
  if (untilMs === null) return ["waits for a login"];
  return [untilMs > nowMs ? `waits, next try in ${elapsed(untilMs - nowMs)}` : "waits, tried again now"];
}

/** What went wrong with a step, in one line; undefined for all other events. */
export function troubleOf({ type, data }: ProjectEvent): string | undefined {
  const { kind, position, message } = data;
  if (type !== "step" || typeof message !== "string" || typeof position !== "number") return undefined;
  if (!STEP_KINDS.some((known) => known === kind)) return undefined;
  const number = kind === "keyframe" || kind === "clip" ? ` ${position + 1}` : "";
  return plain(`${kind}${number}: ${message}`);
}

/** What went wrong since the last look, what got on, and what the film waits for; `said` was the line before. */
export function newsLines(
  before: ProjectView | undefined,
  { project, events }: WatchTick,
  said: string | undefined,
  changed: readonly string[] = [],
): string[] {
  const still = standstillLines(before, project);
  // What the film waits for is told with its time, instead of by its step.
  const isTold = ({ data }: ProjectEvent) =>
    still.length > 0 && typeof data.message === "string" && project.waiting?.message.includes(data.message) === true;
  const troubles = events.filter((event) => !isTold(event)).flatMap((event) => troubleOf(event) ?? []);
  return [...troubles, ...changed, ...still].filter((line, place, lines) => line !== (lines[place - 1] ?? said));
}
