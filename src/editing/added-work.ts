import { reaches } from "../domain/direction.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import type { StepOrder } from "../domain/step.ts";
import { isFree } from "../planning/consequences.ts";
import { piecesOf } from "../planning/pieces.ts";
import type { PlannedFacts } from "../planning/plan.ts";

/** How much of one kind is made without another word: what its price depends on. */
interface Work {
  readonly pieces: number;
  /** Of film, over all clips. */
  readonly seconds: number;
  /** Pictures that models look at, over all stills. */
  readonly pictures: number;
}

const NONE: Work = { pieces: 0, seconds: 0, pictures: 0 };
const UNPRICED = { quoteOf: () => undefined, onAmbiguous: "ask" } as const;

const shownOf = (order: StepOrder | null): number =>
  order?.kind === "keyframe" ? (order.references?.length ?? 0) + (order.previous === null ? 0 : 1) : 0;
const secondsOf = (order: StepOrder | null): number => (order?.kind === "clip" ? order.durationSeconds : 0);

/** What a film buys as far as it is to go, pieces whose inputs are not made yet among it. */
function workOf({ facts, plan }: PlannedFacts): ReadonlyMap<StepKind, Work> {
  const work = new Map<StepKind, Work>();
  for (const { kind, toMake, state, order } of piecesOf(facts, plan, UNPRICED)) {
    if (!toMake || state === "stopped" || isFree(kind) || !reaches(facts.project.until, kind)) continue;
    const { pieces, seconds, pictures } = work.get(kind) ?? NONE;
    work.set(kind, {
      pieces: pieces + 1,
      seconds: seconds + secondsOf(order),
      pictures: pictures + shownOf(order),
    });
  }
  return work;
}

/**
 * Whether an edit adds to what the film buys by itself: more pieces, longer clips, or stills that look at more pictures.
 * Nobody agreed to that yet. Pure.
 */
export function addsWork(before: PlannedFacts, after: PlannedFacts): boolean {
  const was = workOf(before);
  return [...workOf(after)].some(([kind, now]) => {
    const then = was.get(kind) ?? NONE;
    return now.pieces > then.pieces || now.seconds > then.seconds || now.pictures > then.pictures;
  });
}

/** Whether something of the film that costs money is due now and was never ordered. */
export const hasUnordered = ({ plan: { steps }, facts }: PlannedFacts): boolean =>
  steps.some(({ step, kind }) => step === null && !isFree(kind) && reaches(facts.project.until, kind));
