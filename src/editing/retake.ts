import type { SlotKind } from "../domain/direction.ts";
import { invalidInput, VidpipeError } from "../domain/errors.ts";
import type { Change, ProjectFacts } from "../domain/facts.ts";
import { nameOf } from "../domain/piece-name.ts";
import { conflictOf } from "../domain/project.ts";
import { isOwnOrder, type Step, type StepOrder } from "../domain/step.ts";
import { type Decided, type DecisionContext, newStep, nextTake, withConsequences } from "../planning/consequences.ts";
import { stillsNeeded } from "../planning/own-clips.ts";
import { type Plan, type PlannedStep, plan, refOf } from "../planning/plan.ts";
import { isRetake } from "../planning/reservations.ts";
import { clipOrder, inputKeyOf, keyframeOrder } from "../planning/step-orders.ts";

/** Most further takes that can be asked for at once. */
export const MAX_TAKES = 10;

/** An order of further takes for one place of the film. */
export interface Retake {
  readonly kind: SlotKind;
  readonly position: number;
  /** How many, 1..MAX_TAKES. */
  readonly takes: number;
  /** Instead of the storyboard's text. */
  readonly prompt?: string;
  readonly seed?: number;
  /** Instead of the project's model. */
  readonly model?: string;
}

type Place = Pick<Retake, "kind" | "position">;

/** What a place asks for; that of the user's own keyframe or clip is asked for as the storyboard describes it. */
function orderAt(facts: ProjectFacts, current: Plan, { kind, position }: Place): StepOrder | undefined {
  const at = (of: SlotKind, place: number) => current.steps.find((p) => p.kind === of && p.position === place);
  const order = at(kind, position)?.order;
  const { storyboard } = current;
  if (order === undefined || !isOwnOrder(order) || storyboard === null) return order;
  const scene = storyboard.scenes[position];
  if (order.kind === "clip") {
    const start = refOf(facts, at("keyframe", position)) ?? order.start;
    const end = refOf(facts, at("keyframe", position + 1)) ?? order.end;
    return scene && clipOrder(facts, storyboard, scene, start, end);
  }
  const before = current.steps.findLast((p) => p.kind === "keyframe" && p.position < position && isMade(p));
  return keyframeOrder(facts, storyboard, position, refOf(facts, before));
}

const isMade = ({ step }: PlannedStep): boolean => step?.status === "done";

/** @throws VidpipeError input.invalid where the storyboard has no such place */
function checkPlace({ storyboard }: Plan, place: Place): void {
  if (storyboard === null) return;
  const scenes = storyboard.scenes.length;
  if (place.position < (place.kind === "clip" ? scenes : scenes + 1)) return;
  const range = `${scenes === 1 ? "1 scene" : `${scenes} scenes (1 to ${scenes})`} and keyframes 1 to ${scenes + 1}`;
  throw invalidInput("scene", `there is no ${nameOf(place)}: the film has ${range}; nothing was ordered`);
}

/** Whether it is a keyframe between clips of the user's own. */
const isSpared = (current: Plan, { kind, position }: Place): boolean =>
  kind === "keyframe" && current.storyboard !== null && !stillsNeeded(current).includes(position);

/**
 * The orders of a retake. Pure.
 * @throws VidpipeError input.invalid for no place of the film, project.conflict when the place has no inputs yet
 */
export function retakeOrders(
  facts: ProjectFacts,
  current: Plan,
  { kind, position, takes, ...changes }: Retake,
): StepOrder[] {
  const order = orderAt(facts, current, { kind, position });
  checkPlace(current, { kind, position });
  if (order === undefined || (order.kind !== "keyframe" && order.kind !== "clip"))
    throw new VidpipeError(
      "project.conflict",
      isSpared(current, { kind, position })
        ? `the film needs no ${nameOf({ kind, position })}: the clips beside it are your own; nothing was ordered`
        : `${nameOf({ kind, position })} cannot be made again yet: what it is made from is not there; nothing was ordered`,
    );
  const last = Math.max(0, ...facts.steps.flatMap((step) => ("variant" in step.order ? (step.order.variant ?? 0) : 0)));
  return Array.from({ length: takes }, (_, number) => ({ ...order, ...changes, variant: last + number + 1 }));
}

/**
 * Orders further takes of one keyframe or clip; the film stays as it is until one is picked. Pure.
 * @throws VidpipeError project.conflict when the project is cancelled, held, or its inputs are missing, input.invalid
 */
export function retake(facts: ProjectFacts, wanted: Retake, context: DecisionContext): Decided {
  const { project } = facts;
  // Takes have money of their own: that the film has none left does not stop them.
  if (project.cancelled || project.hold?.reason === "disk") throw conflictOf(project, "resume it first");
  const orders = retakeOrders(facts, plan(facts), wanted);
  const { kind, position } = wanted;
  const take = nextTake(facts, wanted);
  const added = orders.map((order, number): Change => {
    const inputKey = inputKeyOf(order, facts);
    return { type: "add_step", step: newStep(facts, { kind, position, order, inputKey }, take + number, context) };
  });
  return withConsequences(facts, added, context);
}

/** The takes that a decision orders. */
export const takesIn = ({ changes, facts }: Decided): Step[] =>
  changes.flatMap((change) => {
    const step = change.type === "add_step" ? facts.steps.find(({ id }) => id === change.step.id) : undefined;
    return step !== undefined && isRetake(step) ? [step] : [];
  });
