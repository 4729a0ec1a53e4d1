import { MADE_KINDS, type MadeKind, reaches } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { nameOf } from "../domain/piece-name.ts";
import type { Hold } from "../domain/project.ts";
import { type Step, scenesOf } from "../domain/step.ts";
import type { WaitView } from "../domain/view.ts";
import type { Way, WayAction } from "../domain/way.ts";
import { ASKING, type AskingWord, askOf, isIndispensable, isStuck } from "./asking.ts";
import { type Plan, unjoinableClip } from "./plan.ts";
import { purchasesOf } from "./purchases.ts";
import { isRetake } from "./reservations.ts";
import { lostRetakes } from "./takes.ts";
import { type Choice, cancelWay, resumeWay, retakeWay, type WayPrice } from "./ways.ts";

/** What things cost that wait for their user, US dollars; null where nobody knows it. */
export interface WaitPrices {
  /** A step's next call. */
  readonly ofPiece: (step: Step) => number | null;
  readonly ofWay: WayPrice;
  /** Models that can make pieces of a kind instead of the film's own, the likeliest first. */
  readonly modelsFor: (kind: MadeKind) => readonly string[];
}

export const UNPRICED: WaitPrices = { ofPiece: () => null, ofWay: () => null, modelsFor: () => [] };

/** Everything that waits for its user, and the ways on of each. Pure. */
export function waitsOf(facts: ProjectFacts, current: Plan, prices: WaitPrices): WaitView[] {
  const { project } = facts;
  const { until } = project;
  // What comes after the stage where the film is to stop is asked about once it may go on to there.
  const reached = current.steps.filter(({ kind }) => project.status === "review" || reaches(until, kind));
  const asked = reached.flatMap(({ step }) => (step === null ? [] : stepWait(facts, step, nameOf(step), prices)));
  const beside = lostRetakes(facts, current).flatMap((step) =>
    stepWait(facts, step, `take ${step.take} of the ${nameOf(step)}`, prices),
  );
  const [held, rest] = [projectWaits(facts, current, prices), [...asked, ...beside]];
  return project.hold === null ? [...rest, ...held] : [...held, ...rest];
}

const HOLD_WAYS = { budget: "raise_cap", disk: "try_again" } as const satisfies Record<Hold["reason"], WayAction>;

/** What the whole film waits for. */
function projectWaits({ project }: ProjectFacts, { steps }: Plan, { ofWay }: WaitPrices): WaitView[] {
  const { id, hold, status, message } = project;
  const wait = (reason: WaitView["reason"], words: string, action: WayAction, choice: Choice): WaitView => ({
    reason,
    message: words,
    usd: null,
    ways: [resumeWay(action, id, choice, ofWay), ...stopOf(project)],
  });
  if (hold !== null) return [wait(hold.reason, hold.message, HOLD_WAYS[hold.reason], {})];
  if (message === null) return [];
  if (status === "review") return [wait("review", message, "approve", {})];
  // A film of which everything was skipped goes on only when that is taken up again.
  const isFailure = steps.some(({ step }) => step?.status === "failed");
  return status === "failed" && !isFailure ? [wait("skipped", message, "take_up_again", { retrySkipped: true })] : [];
}

/** Stopping is a way on from what holds the film. */
const stopOf = ({ id, status }: ProjectFacts["project"]): Way[] =>
  status === "held" || status === "failed" || status === "review" ? [cancelWay(id)] : [];

function stepWait(facts: ProjectFacts, step: Step, name: string, prices: WaitPrices): WaitView[] {
  const { ofPiece, ofWay } = prices;
  const { project } = facts;
  const asked = askOf(facts, step);
  if (asked === null && step.status !== "failed") return [];
  const models = asked === "gone" && !isRetake(step) ? modelsOf(step, prices) : [];
  const ways = choicesOf(facts, step, asked, models).map(([action, choice]) =>
    resumeWay(action, project.id, choice, ofWay),
  );
  const reason = asked ?? "failed";
  const message = `${name}: ${step.failure?.message ?? reason}${lossOf(step)}`;
  return [
    { reason, message, usd: ofPiece(step), ways: [...ways, ...retakesFor(facts, step, ofPiece), ...stopOf(project)] },
  ];
}

/** The place of a clip that the film cannot be joined with, from 0; undefined where a step stopped for anything else. */
const unjoinableScene = ({ order, failure }: Step): number | undefined =>
  order.kind === "stitch" && failure?.clip !== undefined ? scenesOf(order)[failure.clip] : undefined;

/** Another take of the clip that a stitch failed because of; what the user brought has none. */
function retakesFor({ project, artifacts, steps }: ProjectFacts, stitch: Step, ofPiece: WaitPrices["ofPiece"]): Way[] {
  const scene = unjoinableScene(stitch);
  const file = artifacts.find(({ id }) => id === unjoinableClip(stitch)?.id);
  const clip = steps.find(({ id }) => id === file?.stepId);
  const isOwn = clip?.order.kind === "clip" && clip.order.own === true;
  return scene === undefined || clip === undefined || isOwn ? [] : [retakeWay(project.id, scene, ofPiece(clip))];
}

/** What can be done about a stopped step, the cheapest first. */
function choicesOf(
  facts: ProjectFacts,
  step: Step,
  asked: AskingWord | null,
  models: readonly string[],
): (readonly [WayAction, Choice])[] {
  const { operation, failure } = step;
  const skip: (readonly [WayAction, Choice])[] = isIndispensable(step) ? [] : [["skip", { skipBlocked: true }]];
  const again = [operation === null ? "try_again" : "look_again", {}] as const;
  if (asked === null) return [again, ...skip];
  const goesOn = asked === "gone" || isStuck(facts, step);
  // What cost nothing is not bought again: it is tried again.
  const isBought = asked !== "gone" || purchasesOf(facts, step).length > 0 || operation !== null;
  return [
    ...(goesOn ? [again] : []),
    ...(asked === "rejected" && failure?.usable === true ? [["use_rejected", { useRejected: true }] as const] : []),
    ...(isBought ? [["buy_again", { [ASKING[asked]]: true }] as const] : []),
    ...models.map((model): readonly [WayAction, Choice] => ["other_model", { model }]),
    ...skip,
  ];
}

const isMade = (kind: Step["kind"]): kind is MadeKind => MADE_KINDS.some((made) => made === kind);

/** What can make a step's piece instead. */
const modelsOf = ({ kind }: Step, { modelsFor }: WaitPrices): readonly string[] =>
  isMade(kind) ? modelsFor(kind) : [];

/** What goes with a piece that is left out, for the end of a sentence. */
function lossOf(step: Step): string {
  const { kind, position } = step;
  const scene = isIndispensable(step) ? undefined : unjoinableScene(step);
  if (scene !== undefined) return `; leaving that clip out leaves out scene ${scene + 1}`;
  if (kind !== "keyframe") return "";
  const scenes = position === 0 ? "scene 1" : `scene ${position} and the start of scene ${position + 1}`;
  return `; leaving it out leaves out ${scenes}`;
}
