import type { Pick, SlotKind } from "../domain/direction.ts";
import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import { conflictOf, modelOf } from "../domain/project.ts";
import { isOwnOrder, type Step, type StepOrder } from "../domain/step.ts";
import { type Plan, plan, refOf } from "../planning/plan.ts";
import { keptAnswer, purchasesOf } from "../planning/purchases.ts";
import { clipOrder, inputKeyOf, keyframeOrder } from "../planning/step-orders.ts";
import type { ModelFit } from "../ports/provider.ts";

/** Nothing came of the step yet, and nothing is under way: it can as well be made by another model. */
function isUnmade(facts: ProjectFacts, step: Step): boolean {
  const { status, operation } = step;
  const isIdle = status === "queued" || status === "failed" || status === "cancelled";
  const isTouched = operation !== null || purchasesOf(facts, step).length > 0 || keptAnswer(facts, step) !== undefined;
  return status === "gone" || (isIdle && !isTouched);
}

/**
 * What is still to be made of a kind is made by another model, as a new revision. What is made, under way or waits for
 * another answer of the user's keeps its place: it is picked there under the key that the place has now. `isOrdered`:
 * the user's command buys this step's piece again. No changes where the model is that already. Pure.
 * @throws VidpipeError project.conflict when a storyboard is there already, under way or waits for another answer
 */
export function changeModel(
  facts: ProjectFacts,
  { kind, model }: ModelFit,
  isOrdered: (step: Step) => boolean,
  nowMs: number,
): readonly Change[] {
  const { project } = facts;
  const { direction, request } = project;
  const current = plan(facts);
  if (kind === "storyboard" && current.storyboard !== null)
    throw conflictOf(project, "its storyboard is written already: name a model for stills or clips");
  const isSame = modelOf(project, kind) === model;
  const direct = (picks: readonly Pick[]): Change => ({
    type: "direct",
    note: `${NAMES[kind]} made by ${model}`,
    direction: { ...direction, models: { ...direction.models, [kind]: model }, picks: [...picks] },
    crossfadeSeconds: request.crossfadeSeconds,
  });
  const keeps = (step: Step) => !isUnmade(facts, step) && !isOrdered(step);
  if (kind === "storyboard") {
    if (isSame) return [];
    // It cannot be picked under another key: with another model it would be bought beside the one that is paid for.
    const step = current.steps.find((planned) => planned.kind === kind)?.step ?? null;
    if (step !== null && keeps(step))
      throw conflictOf(
        project,
        "its storyboard was ordered already: go on without another model, or say what becomes of it",
      );
    return [direct(direction.picks)];
  }
  const isKept = ({ stepId }: Pick) => facts.steps.some((step) => step.id === stepId && keeps(step));
  const isOwn = (pick: Pick) => pick.kind === kind && pick.inputKey !== null;
  // A choice of a take ends where its place is made again; what is pinned stays.
  const others = direction.picks.filter((pick) => !isOwn(pick) || (isSame && isKept(pick)));
  if (isSame) return others.length === direction.picks.length ? [] : [direct(others)];
  const after = applyChanges(facts, [direct(others)], nowMs);
  const picked = placesOf(kind, after, current).flatMap(({ position, inputKey, step }): Pick[] => {
    const isPinned = others.some((pick) => pick.kind === kind && pick.position === position);
    return keeps(step) && !isPinned ? [{ kind, position, stepId: step.id, inputKey }] : [];
  });
  return [direct([...others, ...picked])];
}

const NAMES = { storyboard: "storyboard", keyframe: "keyframes", clip: "clips" } as const;

interface Place {
  readonly position: number;
  /** Key of what the place asks for now. */
  readonly inputKey: string;
  readonly step: Step;
}

/** The places of a kind that have a step, with the keys that they have under another direction. */
function placesOf(kind: SlotKind, after: ProjectFacts, current: Plan): Place[] {
  const { storyboard } = current;
  if (storyboard === null) return [];
  const at = (of: SlotKind, position: number) =>
    current.steps.find((planned) => planned.kind === of && planned.position === position);
  const place = (position: number, order: StepOrder): Place[] => {
    const step = at(kind, position)?.step ?? null;
    // What its user brought was made by no model.
    return step === null || isOwnOrder(step.order) ? [] : [{ position, inputKey: inputKeyOf(order, after), step }];
  };
  const stills = Array.from({ length: storyboard.scenes.length + 1 }, (_, position) =>
    refOf(after, at("keyframe", position)),
  );
  if (kind === "clip")
    return storyboard.scenes.flatMap((scene, position) => {
      const [start, end] = [stills[position], stills[position + 1]];
      return start == null || end == null ? [] : place(position, clipOrder(after, storyboard, scene, start, end));
    });
  return stills.flatMap((_, position) => {
    const previous = stills.slice(0, position).findLast((still) => still !== null) ?? null;
    return place(position, keyframeOrder(after, storyboard, position, previous));
  });
}
