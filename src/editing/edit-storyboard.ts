import { type Direction, type Pick, pickAt, type Revision } from "../domain/direction.ts";
import { asVidpipeError, atField, invalidInput, VidpipeError } from "../domain/errors.ts";
import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { ProjectRequest } from "../domain/project.ts";
import { checkCrossfade, checkTransitions } from "../domain/request.ts";
import { isOwnOrder, type Step } from "../domain/step.ts";
import { type Scene, type Storyboard, transitionsBetween } from "../domain/storyboard.ts";
import { type Decided, type DecisionContext, unchanged, withConsequences } from "../planning/consequences.ts";
import { stepOfStill } from "../planning/own-clips.ts";
import { type Plan, plan, planned } from "../planning/plan.ts";
import { clipOrder, keyframeOrder, unmadeRef, wordsKeyOf } from "../planning/step-orders.ts";
import type { ModelProvider } from "../ports/provider.ts";
import { addsWork, hasUnordered } from "./added-work.ts";
import { resumeStep } from "./run-control.ts";
import { type ClipInput, checkOwnJoins, noteOfClips, ownClips, type PlacedClip } from "./user-clips.ts";
import type { PlacedImage, StillInput } from "./user-images.ts";
import { noteOfStills, ownStills, pinned } from "./user-stills.ts";

/** A storyboard as the user wants it, and how much of the film may change for it. */
export interface StoryboardEdit {
  readonly storyboard: Storyboard;
  /** Keep every other keyframe and clip in its place, even where its neighbour changes. */
  readonly patch: boolean;
  /** The revision that was edited: an edit of an older one is refused, so that no edit undoes another. */
  readonly revision?: number;
  /** The user's own images, by the keyframes of the edited storyboard that they replace. */
  readonly stills?: readonly StillInput[];
  /** The user's own clips, by the scenes of the edited storyboard that they are. */
  readonly clips?: readonly ClipInput[];
}

/** The user's own files of an edit, checked and stored. */
export interface PlacedFiles {
  readonly stills: readonly PlacedImage[];
  readonly clips: readonly PlacedClip[];
}

const NO_FILES: PlacedFiles = { stills: [], clips: [] };

/**
 * Checks that every scene of a storyboard can be filmed at its length; those of `own` are not filmed, and how long they
 * are is not known yet.
 * @throws VidpipeError input.invalid when the model does not make that length, or a transition is too long for it
 */
export function checkLengths(
  provider: ModelProvider,
  request: ProjectRequest,
  { scenes }: Storyboard,
  own: readonly { readonly scene: number }[] = [],
): void {
  const isOwn = (scene: number) => own.some((clip) => clip.scene === scene);
  const lengths = scenes.map(({ durationSeconds = request.clipDurationSeconds }, scene) =>
    isOwn(scene) ? Number.POSITIVE_INFINITY : durationSeconds,
  );
  for (const clipDurationSeconds of new Set(lengths.filter(Number.isFinite))) {
    try {
      provider.selectModels({ ...request, clipDurationSeconds });
    } catch (thrown) {
      const scene = scenes.findIndex(({ durationSeconds }) => durationSeconds === clipDurationSeconds);
      const failure = asVidpipeError(thrown);
      if (scene === -1 || failure.field !== "clip_duration") throw thrown;
      throw atField(failure, `storyboard.scenes.${scene}.duration`);
    }
  }
  if (scenes.slice(0, -1).every(({ transition }) => transition === undefined))
    checkCrossfade(request.crossfadeSeconds, Math.min(...lengths));
  const all = scenes.map((_, scene) => scene);
  checkTransitions(transitionsBetween(scenes, all, request), lengths);
}

/**
 * Replaces the storyboard, and the keyframes and clips that came with it; starts nothing that costs money. Pure.
 * @throws VidpipeError project.conflict before there is one, or when another revision was edited
 */
export function editStoryboard(
  facts: ProjectFacts,
  { storyboard, patch, revision }: StoryboardEdit,
  context: DecisionContext,
  { stills, clips }: PlacedFiles = NO_FILES,
): Decided {
  const current = plan(facts);
  const before = current.storyboard;
  if (before === null)
    throw new VidpipeError("project.conflict", "the storyboard is not written yet: wait for it, then edit it");
  checkRevision(facts, revision);
  const isSame = Bun.deepEquals(before, storyboard);
  const { direction } = facts.project;
  const change = compare(facts, before, storyboard);
  const kept = [...change.keep(direction.picks), ...(patch ? pins(current, change) : [])];
  const own = ownStills(facts, stills, context);
  const drawn = { ...direction, storyboard, picks: withPicks(kept, own.pins) };
  const filmed = ownClips(directedTo(facts, drawn, own.added, context), clips, context);
  // A keyframe that came with the edit stands before one that a clip would keep.
  const brought = withPicks(filmed.pins, own.pins);
  if (isSame && brought.every((pin) => direction.picks.some((known) => Bun.deepEquals(known, pin))))
    return unchanged(facts, current);
  const note = [
    ...(isSame ? [] : [change.note]),
    ...(stills.length === 0 ? [] : [noteOfStills(stills)]),
    ...(clips.length === 0 ? [] : [noteOfClips(clips)]),
  ].join("; ");
  const directed = { note, direction: { ...drawn, picks: withPicks(kept, brought) } };
  return applyDirection(facts, directed, context, [...own.added, ...filmed.added]);
}

/** The facts under another direction, with rows that come with it. */
export const directedTo = (
  facts: ProjectFacts,
  direction: Direction,
  added: readonly Change[],
  { nowMs }: DecisionContext,
): ProjectFacts => {
  const now = applyChanges(facts, added, nowMs);
  return { ...now, project: { ...now.project, direction } };
};

/** Checks that the current revision was edited. @throws VidpipeError project.conflict when another one was */
export function checkRevision({ project }: ProjectFacts, edited: number | undefined): void {
  const { id, revision: current } = project;
  if (edited === undefined || edited === current) return;
  throw new VidpipeError(
    "project.conflict",
    `project ${id} was changed meanwhile (revision ${current}, not ${edited}): look again, then edit that`,
  );
}

/** Restores an earlier revision; its files are reused. Pure. */
export function revert(facts: ProjectFacts, to: Revision, context: DecisionContext): Decided {
  const { direction, crossfadeSeconds } = to;
  const { project } = facts;
  if (Bun.deepEquals(direction, project.direction) && crossfadeSeconds === project.request.crossfadeSeconds)
    return unchanged(facts);
  return applyDirection(facts, { note: `back to revision ${to.revision}`, direction, crossfadeSeconds }, context);
}

interface Directed {
  readonly note: string;
  readonly direction: Direction;
  readonly crossfadeSeconds?: number;
}

/**
 * Adds rows, then applies a new direction with its consequences. Where it adds to what the film buys, everything queued
 * waits for the user to resume, and what is under way is still collected. Pure.
 * @throws VidpipeError input.invalid where a transition is too long for a clip of the user's own
 */
export function applyDirection(
  facts: ProjectFacts,
  directed: Directed,
  context: DecisionContext,
  added: readonly Change[] = [],
): Decided {
  const { request } = facts.project;
  const change: Change = { type: "direct", crossfadeSeconds: request.crossfadeSeconds, ...directed };
  const next = planned(applyChanges(facts, [...added, change], context.nowMs));
  const asks = hasUnordered(next) || addsWork(planned(facts), next);
  const gate: Change[] = asks ? [{ type: "project", patch: { until: "nothing" } }] : [];
  const joined = next.plan.steps.find(({ kind }) => kind === "stitch")?.step;
  const again = joined == null ? [] : resumeStep(facts, joined, {}, context);
  const decided = withConsequences(facts, [...added, change, ...gate, ...again], context);
  checkOwnJoins(decided);
  return decided;
}

interface Comparison {
  readonly note: string;
  readonly changedScenes: ReadonlySet<number>;
  /** Where a place of the old film is in the new one; undefined when it is gone or its order changed. */
  readonly moved: (kind: Pick["kind"], position: number) => number | undefined;
  readonly keep: (picks: readonly Pick[]) => Pick[];
}

function compare(facts: ProjectFacts, before: Storyboard, after: Storyboard): Comparison {
  const sameCount = before.scenes.length === after.scenes.length;
  // A transition is not part of a clip: another one only joins the film again.
  const words = ({ sceneIndex: _, transition: __, ...scene }: Scene) => JSON.stringify(scene);
  const places = new Map(after.scenes.map((scene) => [words(scene), scene.sceneIndex]));
  const sceneAt = (old: number): number | undefined => {
    const scene = before.scenes[old];
    if (scene === undefined) return undefined;
    return places.get(words(scene)) ?? (sameCount ? old : undefined);
  };
  const unchanged = new Set(before.scenes.map(words));
  const changedScenes = new Set(after.scenes.flatMap((s) => (unchanged.has(words(s)) ? [] : s.sceneIndex)));
  const placeOf: Comparison["moved"] = (kind, position) => {
    const place = kind === "clip" ? sceneAt(position) : stillAt(sceneAt, position);
    return place === undefined || place > after.scenes.length ? undefined : place;
  };
  const moved: Comparison["moved"] = (kind, position) => {
    const place = placeOf(kind, position);
    if (place === undefined) return undefined;
    const same = keyAt(facts, before, kind, position) === keyAt(facts, after, kind, place);
    return same ? place : undefined;
  };
  const keep = (picks: readonly Pick[]) =>
    picks.flatMap((pick) => {
      // The user's own keyframe or clip was not made from the text: new text does not replace it.
      const position = (isOwn(facts, pick) ? placeOf : moved)(pick.kind, pick.position);
      return position === undefined ? [] : [{ ...pick, position }];
    });
  return { note: noteOf(before, after, changedScenes), changedScenes, moved, keep };
}

const isOwn = ({ steps }: ProjectFacts, { stepId }: Pick): boolean =>
  steps.some(({ id, order }) => id === stepId && isOwnOrder(order));

/** Keyframe 0 opens the film; every other one ends a scene and moves with it. */
const stillAt = (sceneAt: (old: number) => number | undefined, position: number): number | undefined => {
  if (position === 0) return 0;
  const scene = sceneAt(position - 1);
  return scene === undefined ? undefined : scene + 1;
};

function keyAt(facts: ProjectFacts, storyboard: Storyboard, kind: Pick["kind"], position: number): string | null {
  if (kind === "keyframe") return wordsKeyOf(keyframeOrder(facts, storyboard, position, null), facts);
  const scene = storyboard.scenes[position];
  return scene === undefined ? null : wordsKeyOf(clipOrder(facts, storyboard, scene, unmadeRef, unmadeRef), facts);
}

/** Pins for everything made that the edit itself does not concern. */
const pins = ({ steps }: Plan, { changedScenes, moved }: Comparison): Pick[] =>
  steps.flatMap(({ kind, position, step }): Pick[] => {
    if (step?.status !== "done" || (kind !== "keyframe" && kind !== "clip")) return [];
    // What the user brought is kept by a pick of its own, or follows the clip that it is a frame of.
    if (isOwnOrder(step.order)) return [];
    const place = moved(kind, position);
    if (place === undefined || (kind === "clip" && changedScenes.has(place))) return [];
    return [{ kind, position: place, stepId: step.id, inputKey: null }];
  });

/** Picks with others added: the last one for each place counts. */
export function withPicks(picks: readonly Pick[], others: readonly Pick[]): Pick[] {
  const all = [...picks, ...others];
  return all.filter((pick) => all.findLast((p) => p.kind === pick.kind && p.position === pick.position) === pick);
}

function noteOf(before: Storyboard, after: Storyboard, changed: ReadonlySet<number>): string {
  const [was, is] = [before.scenes.length, after.scenes.length];
  const count = was === is ? [] : [`${is} scenes instead of ${was}`];
  const scenes = changed.size === 0 ? [] : [`scene ${[...changed].map((scene) => scene + 1).join(", ")} changed`];
  const joins = after.scenes.flatMap(({ transition, sceneIndex }) =>
    was !== is || Bun.deepEquals(transition, before.scenes[sceneIndex]?.transition) ? [] : sceneIndex + 1,
  );
  const passes = joins.length === 0 ? [] : [`transition after scene ${joins.join(", ")} changed`];
  const title = before.title === after.title ? [] : ["title changed"];
  const parts = [...title, ...count, ...scenes, ...passes];
  return parts.length === 0 ? "the storyboard's order, style or characters changed" : parts.join("; ");
}

/** Selects a take for its place. Pure. @throws VidpipeError input.invalid when there is no such finished take */
export function pick(facts: ProjectFacts, choice: TakeChoice, context: DecisionContext): Decided {
  const { kind, position, take } = choice;
  const step = facts.steps.find((s) => s.kind === kind && s.position === position && s.take === take);
  if (step?.status !== "done") {
    const why = step === undefined ? "does not exist" : `is ${step.status}: only a finished one can be picked`;
    throw invalidInput("take", `take ${take} ${why}`);
  }
  const { direction } = facts.project;
  const current = plan(facts);
  const at = ({ steps }: Plan) => steps.find((p) => p.kind === kind && p.position === position);
  if (at(current)?.step?.id === step.id) return unchanged(facts, current);
  const kept = direction.picks.filter((p) => p !== pickAt(direction, kind, position));
  // Beside the user's own clip the stills may be its frames: the take stays between those that it was made from.
  const others = withPicks(current.ownScenes.includes(position) ? endsOf(facts, step) : [], kept);
  const bare = plan(directedTo(facts, { ...direction, picks: others }, [], context));
  const inputKey = isOwnOrder(step.order) ? null : (at(bare)?.inputKey ?? null);
  const picks: Pick[] = [...others, { kind, position, stepId: step.id, inputKey }];
  const name = kind === "clip" ? `clip of scene ${position + 1}` : `keyframe ${position + 1}`;
  return applyDirection(facts, { note: `${name}: take ${take}`, direction: { ...direction, picks } }, context);
}

/** Pins for the stills that a filmed clip goes between. */
const endsOf = (facts: ProjectFacts, { order, position }: Step): Pick[] =>
  order.kind !== "clip" || order.own === true
    ? []
    : [order.start, order.end].flatMap((still, end) => {
        const step = stepOfStill(facts, still);
        return step === undefined ? [] : [pinned(step, "keyframe", position + end)];
      });

/** A take by its place and its number. */
export interface TakeChoice {
  readonly kind: Pick["kind"];
  readonly position: number;
  readonly take: number;
}
