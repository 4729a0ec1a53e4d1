import { pickAt } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { Forecast, ForecastLine, PieceState } from "../domain/forecast.ts";
import type { StepKind, StepStatus } from "../domain/lifecycle.ts";
import { roundUsd } from "../domain/money.ts";
import { nameOf } from "../domain/piece-name.ts";
import type { Step, StepOrder } from "../domain/step.ts";
import type { Storyboard } from "../domain/storyboard.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { isMadeFromKept } from "./purchases.ts";
import { clipOrder, keyframeOrder, type QuoteOf, storyboardOrder, unmadeRef } from "./step-orders.ts";

/**
 * What is current, stale and missing, and what making it costs at most, US dollars. A keyframe that is to be made again
 * makes everything stale that is made from it; a model that returns the same bytes would spare the rest. Pure.
 */
export function forecast(facts: ProjectFacts, current: Plan, quoteOf: QuoteOf): Forecast {
  const { storyboard } = current;
  const piece = pieceOf(facts, current.steps, quoteOf);
  if (storyboard === null) {
    const line = piece("storyboard", 0, storyboardOrder(facts), []);
    return { lines: [line], complete: false, totalUsd: totalOf([line]) };
  }
  const first = current.steps.some(({ kind }) => kind === "storyboard") ? [piece("storyboard", 0, null, [])] : [];
  const stills = stillsOf(facts, storyboard, piece);
  const clips = storyboard.scenes.map((scene, position) => {
    const order = clipOrder(facts, storyboard, scene, unmadeRef, unmadeRef);
    return piece("clip", position, order, stills.slice(position, position + 2));
  });
  const lines = [...first, ...stills, ...clips, piece("stitch", 0, null, clips)];
  return { lines, complete: true, totalUsd: totalOf(lines) };
}

const totalOf = (lines: readonly ForecastLine[]): number =>
  roundUsd(lines.reduce((sum, { quote }) => sum + (quote?.usd ?? 0), 0));

type Piece = (
  kind: StepKind,
  position: number,
  order: StepOrder | null,
  parents: readonly ForecastLine[],
) => ForecastLine;

function stillsOf(facts: ProjectFacts, storyboard: Storyboard, piece: Piece): ForecastLine[] {
  const stills: ForecastLine[] = [];
  for (let position = 0; position <= storyboard.scenes.length; position++) {
    const order = keyframeOrder(facts, storyboard, position, position === 0 ? null : unmadeRef);
    const before = stills.findLast(({ state }) => state !== "skipped");
    stills.push(piece("keyframe", position, order, before === undefined ? [] : [before]));
  }
  return stills;
}

/** A piece is judged by what is recorded of it and by whether what it is made from stays as it is. */
function pieceOf(facts: ProjectFacts, steps: readonly PlannedStep[], quoteOf: QuoteOf): Piece {
  return (kind, position, order, parents) => {
    const planned = steps.find((step) => step.kind === kind && step.position === position);
    const cause = parents.find((parent) => parent.toMake || parent.state === "under_way");
    const { state, reason, paid } = judge(facts, { kind, position }, planned, cause, order);
    const quote = paid === null ? undefined : quoteOf(paid);
    return { kind, position, state, toMake: reason !== null, reason, quote: quote ?? null };
  };
}

/** A reason and the order that would be paid for; neither where nothing is to be made. */
interface Verdict {
  readonly state: PieceState;
  readonly reason: string | null;
  readonly paid: StepOrder | null;
}

function judge(
  facts: ProjectFacts,
  place: Pick<PlannedStep, "kind" | "position">,
  planned: PlannedStep | undefined,
  cause: ForecastLine | undefined,
  order: StepOrder | null,
): Verdict {
  const { kind, position } = place;
  const pinned = pickAt(facts.project.direction, kind, position)?.inputKey === null;
  if (pinned && planned?.step?.status === "done") return { state: "kept", reason: null, paid: null };
  const made = facts.steps.some((s) => s.kind === kind && s.position === position && s.status === "done");
  const state = made ? "stale" : "missing";
  if (cause !== undefined) return { state, reason: `${nameOf(cause)} is to be made`, paid: order };
  if (planned === undefined) return { state: "skipped", reason: null, paid: null };
  if (planned.step === null)
    return { state, reason: made ? "its inputs changed" : "not made yet", paid: planned.order };
  return judgeStep(facts, planned.step, planned.order);
}

function judgeStep(facts: ProjectFacts, step: Step, order: StepOrder): Verdict {
  const { status, operation, failure } = step;
  const state = STATES[status];
  const over = state === "current" || state === "skipped" || operation !== null;
  if (over) return { state, reason: null, paid: null };
  return { state, reason: failure?.message ?? status, paid: isMadeFromKept(facts, step) ? null : order };
}

const STATES = {
  queued: "under_way",
  running: "under_way",
  waiting: "under_way",
  done: "current",
  skipped: "skipped",
  ambiguous: "stopped",
  refused: "stopped",
  rejected: "stopped",
  failed: "stopped",
  cancelled: "stopped",
} as const satisfies Record<StepStatus, PieceState>;
