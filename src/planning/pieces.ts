import { pickAt } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { ForecastLine, PieceState } from "../domain/forecast.ts";
import type { StepKind, StepStatus } from "../domain/lifecycle.ts";
import { nameOf } from "../domain/piece-name.ts";
import { isOwnOrder, type Step, type StepOrder } from "../domain/step.ts";
import type { Storyboard } from "../domain/storyboard.ts";
import { isAsking } from "./asking.ts";
import { allCalls, type CallsLeft, callsLeft, mostOf, type Pricing } from "./calls-left.ts";
import { stillsNeeded } from "./own-clips.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import type { OnAmbiguous } from "./purchases.ts";
import { clipOrder, keyframeOrder, storyboardOrder, unmadeRef } from "./step-orders.ts";

/** A piece of the film and what buying it takes. */
export interface Piece extends ForecastLine {
  /** It waits for the user's word, and is not bought without it. */
  readonly asks: boolean;
  /** Going on buys it: a piece that is only made from what is kept of it, for nothing, is not due. */
  readonly isDue: boolean;
  /** What calls for it ask for; null where there can be none. */
  readonly order: StepOrder | null;
}

/** Every piece of the film in the order of its making, as far as the storyboard tells. Pure. */
export function piecesOf(facts: ProjectFacts, current: Plan, pricing: Pricing): readonly Piece[] {
  const { storyboard } = current;
  const piece = pieceMaker(facts, current.steps, pricing);
  if (storyboard === null) return [piece("storyboard", 0, storyboardOrder(facts), [])];
  const first = current.steps.some(({ kind }) => kind === "storyboard") ? [piece("storyboard", 0, null, [])] : [];
  const stills = stillsOf(facts, storyboard, stillsNeeded(current), piece);
  const clips = storyboard.scenes.map((scene, position) => {
    const order = clipOrder(facts, storyboard, scene, unmadeRef, unmadeRef);
    const ends = stills.filter((still) => still.position === position || still.position === position + 1);
    return piece("clip", position, order, ends);
  });
  return [...first, ...stills, ...clips, piece("stitch", 0, null, clips)];
}

type MakePiece = (kind: StepKind, position: number, order: StepOrder | null, parents: readonly ForecastLine[]) => Piece;

function stillsOf(facts: ProjectFacts, storyboard: Storyboard, needed: readonly number[], piece: MakePiece): Piece[] {
  const stills: Piece[] = [];
  for (const position of needed) {
    const before = stills.findLast(({ state }) => state !== "skipped");
    const order = keyframeOrder(facts, storyboard, position, before === undefined ? null : unmadeRef);
    stills.push(piece("keyframe", position, order, before === undefined ? [] : [before]));
  }
  return stills;
}

/** A piece is judged by what is recorded of it and by whether what it is made from stays as it is. */
function pieceMaker(facts: ProjectFacts, steps: readonly PlannedStep[], pricing: Pricing): MakePiece {
  const { quoteOf, onAmbiguous } = pricing;
  return (kind, position, order, parents) => {
    const planned = steps.find((step) => step.kind === kind && step.position === position);
    const cause = parents.find((parent) => parent.toMake || parent.state === "under_way");
    const { state, reason, toMake, paid, step } = judge(facts, { kind, position }, planned, cause, order);
    const asks = step !== null && isAsking(step.status);
    const calls = step === null ? allCalls(kind, onAmbiguous) : callsOnceAgreed(facts, step, onAmbiguous);
    const isDue = toMake && calls.isDue;
    const quote = paid !== null && isDue ? quoteOf(paid) : undefined;
    const mostUsd = paid === null ? 0 : mostOf(paid, calls, quoteOf);
    return { kind, position, state, toMake, reason, quote: quote ?? null, mostUsd, asks, isDue, order: paid };
  };
}

/** The calls for a recorded piece; of one that asks, those once its user agrees to buy it again. */
const callsOnceAgreed = (facts: ProjectFacts, step: Step, onAmbiguous: OnAmbiguous): CallsLeft =>
  callsLeft(facts, isAsking(step.status) ? { ...step, approvals: step.approvals + 1 } : step, onAmbiguous);

/** What is to become of a piece. */
interface Verdict {
  readonly state: PieceState;
  /** Null where it is as it should be. */
  readonly reason: string | null;
  /** Whether going on makes it. */
  readonly toMake: boolean;
  /** The order that calls for it pay for; null where there can be none. */
  readonly paid: StepOrder | null;
  /** The recorded step that makes it; null: it will be a new one. */
  readonly step: Step | null;
}

const SETTLED = { reason: null, toMake: false, paid: null, step: null } as const satisfies Omit<Verdict, "state">;

function judge(
  facts: ProjectFacts,
  place: Pick<PlannedStep, "kind" | "position">,
  planned: PlannedStep | undefined,
  cause: ForecastLine | undefined,
  order: StepOrder | null,
): Verdict {
  const { kind, position } = place;
  const pinned = pickAt(facts.project.direction, kind, position)?.inputKey === null;
  const isKept = pinned || (planned !== undefined && isOwnOrder(planned.order));
  if (isKept && planned?.step?.status === "done") return { state: "kept", ...SETTLED };
  const made = facts.steps.some((s) => s.kind === kind && s.position === position && s.status === "done");
  const state = made ? "stale" : "missing";
  if (cause !== undefined)
    return { state, reason: `${nameOf(cause)} is to be made`, toMake: true, paid: order, step: null };
  if (planned === undefined) return { state: "skipped", ...SETTLED };
  if (planned.step === null) {
    const reason = made ? "its inputs changed" : "not made yet";
    return { state, reason, toMake: true, paid: planned.order, step: null };
  }
  return judgeStep(planned.step);
}

/** A step is paid by its own order: a take that was picked may be of another model than the film's. */
function judgeStep(step: Step): Verdict {
  const { status, operation, failure, order } = step;
  const state = STATES[status];
  if (state === "current" || state === "skipped") return { state, ...SETTLED };
  if (operation !== null && status !== "gone") return { state, reason: null, toMake: false, paid: order, step };
  return { state, reason: failure?.message ?? status, toMake: true, paid: order, step };
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
  gone: "stopped",
  failed: "stopped",
  cancelled: "stopped",
} as const satisfies Record<StepStatus, PieceState>;
