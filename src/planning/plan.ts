import { lengthVerdict } from "../domain/clip-length.ts";
import { pickAt } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { StepId } from "../domain/ids.ts";
import type { StepKind, StepStatus } from "../domain/lifecycle.ts";
import type { ArtifactRef, Step, StepOrder, StitchOrder } from "../domain/step.ts";
import { areNeighbours, type Storyboard } from "../domain/storyboard.ts";
import { frameAt, type OwnClips, ownClipsOf, stepOfStill, stillsNeeded, withOwnLengths } from "./own-clips.ts";
import {
  animaticOrder,
  clipOrder,
  inputKeyOf,
  keyframeOrder,
  ownBoundary,
  ownTransitions,
  storyboardOrder,
} from "./step-orders.ts";

/** One piece of work the film needs whose inputs are all there. */
export interface PlannedStep {
  readonly kind: StepKind;
  readonly position: number;
  /** What the storyboard asks for here; a selected take may have been made from something else. */
  readonly order: StepOrder;
  readonly inputKey: string;
  /** The take that the user picked, or the recorded step with exactly these inputs; null when there is none yet. */
  readonly step: Step | null;
}

/** What the film needs, as far as it is known. */
export interface Plan {
  readonly storyboard: Storyboard | null;
  readonly steps: readonly PlannedStep[];
  /** Scenes that cannot have a clip because it, or one of its stills, was skipped; 0-based. */
  readonly missingScenes: readonly number[];
  /** Scenes whose clip is the user's own; 0-based. */
  readonly ownScenes: readonly number[];
}

/** Facts with the plan that holds for them: what status, view and price are read from. */
export interface PlannedFacts {
  readonly facts: ProjectFacts;
  readonly plan: Plan;
}

/** Facts with their plan, for a caller that reads them once. */
export const planned = (facts: ProjectFacts): PlannedFacts => ({ facts, plan: plan(facts) });

/**
 * Recorded facts -> the steps the film needs now. Pure: first run, resume, a changed crossfade and an edited
 * storyboard are all this function. Equal inputs find the step that is already recorded, so nothing is bought twice.
 * It hashes every order: keep the plan of the same facts and pass it on.
 */
export function plan(facts: ProjectFacts): Plan {
  const find = finder(facts);
  const { storyboard, steps: first } = planStoryboard(facts, find);
  if (storyboard === null) return { storyboard, steps: first, missingScenes: [], ownScenes: [] };

  const own = ownClipsOf(facts, storyboard);
  const ownScenes = [...own.keys()];
  const film: Film = { facts, storyboard, own, find };
  const keyframes = planKeyframes(film, stillsNeeded({ storyboard, ownScenes }));
  const animatic = planAnimatic(film, keyframes);
  const clips = planClips(film, keyframes);
  const isGivenUp = givenUpIn(facts);
  const isSpared = (scene: number) => [keyframes[scene], keyframes[scene + 1], clips[scene]].some(isSkipped);
  const missingScenes = storyboard.scenes
    .map((scene) => scene.sceneIndex)
    .filter((scene) => (!own.has(scene) && isSpared(scene)) || isGivenUp(refOf(facts, clips[scene])));
  const joined = clips.map((clip) => (isGivenUp(refOf(facts, clip)) ? undefined : clip));
  const stitch = planStitch(film, keyframes, joined, missingScenes);
  const steps = [...first, ...keyframes, animatic, ...clips, stitch].filter((planned) => planned != null);
  return { storyboard, steps, missingScenes, ownScenes };
}

/** What the pieces of a film whose storyboard is written are planned from. */
interface Film {
  readonly facts: ProjectFacts;
  readonly storyboard: Storyboard;
  readonly own: OwnClips;
  readonly find: Find;
}

/** An edited storyboard needs no text model; one that the model wrote before stays in the plan as what was made. */
function planStoryboard(facts: ProjectFacts, find: Find): Pick<Plan, "storyboard" | "steps"> {
  const edited = facts.project.direction.storyboard;
  const first = find("storyboard", 0, storyboardOrder(facts));
  if (edited !== null) return { storyboard: edited, steps: first.step?.status === "done" ? [first] : [] };
  return {
    storyboard: first.step?.result?.kind === "storyboard" ? first.step.result.storyboard : null,
    steps: [first],
  };
}

/** The clip that a stitch failed because of; undefined for any other failure, and for none. */
export const unjoinableClip = ({ order, failure }: Step): ArtifactRef | undefined =>
  order.kind === "stitch" && failure?.clip !== undefined ? order.clips[failure.clip] : undefined;

/** Stitches that the user gave up because of one clip: the film is joined without it, however that is done. */
export const givenUpJoins = ({ steps }: ProjectFacts): Step[] =>
  steps.filter((step) => step.status === "skipped" && unjoinableClip(step) !== undefined);

/** Whether a clip is left out because the film could not be joined with it and the user said so. */
function givenUpIn(facts: ProjectFacts): (clip: ArtifactRef | null) => boolean {
  const files = new Set(givenUpJoins(facts).map((step) => unjoinableClip(step)?.sha256));
  return (clip) => clip !== null && files.has(clip.sha256);
}

/** One place for each still or clip; undefined where it is not possible yet. */
type Places = readonly (PlannedStep | undefined)[];

type Find = (kind: StepKind, position: number, order: StepOrder) => PlannedStep;

const isSkipped = (planned: PlannedStep | undefined): boolean => planned?.step?.status === "skipped";

function finder(facts: ProjectFacts): Find {
  /** Steps that have their place: one that the user left out stands for one place only. */
  const placed = new Set<StepId>();
  return (kind, position, order) => {
    const inputKey = inputKeyOf(order, facts);
    const step = pickedStep(facts, kind, position, inputKey) ?? recorded(facts, kind, position, inputKey, placed);
    if (step !== null) placed.add(step.id);
    return { kind, position, order, inputKey, step };
  };
}

function pickedStep({ project, steps }: ProjectFacts, kind: StepKind, position: number, inputKey: string) {
  const pick = pickAt(project.direction, kind, position);
  return steps.find((step) => step.id === pick?.stepId && pick.inputKey === inputKey) ?? null;
}

/**
 * The step of these inputs at this place, or at another one before the scenes were reordered: finished, under way, left
 * for the user to decide, or due. What is there or on its way is never ordered a second time, and what the user left
 * out is not ordered because its scene has moved. A place that the user skips stays empty although another place made the
 * same meanwhile: the forecast of the price counts on it.
 */
function recorded(
  { steps }: ProjectFacts,
  kind: StepKind,
  position: number,
  inputKey: string,
  placed: ReadonlySet<StepId>,
): Step | null {
  const same = steps.filter((step) => step.kind === kind && step.inputKey === inputKey);
  const inPlace = same.filter((step) => step.position === position);
  const isDone = ({ status }: Step) => status === "done";
  // A stopped one with an operation was bought, and can still be collected.
  const isBegun = ({ status, operation }: Step) =>
    BEGUN.includes(status) || (operation !== null && status !== "skipped");
  const last = inPlace.at(-1);
  const elsewhere = last?.status === "skipped" ? [] : same;
  const find = (is: (step: Step) => boolean) => inPlace.findLast(is) ?? elsewhere.find(is);
  const wanted = find(isDone) ?? find(isBegun) ?? find(({ status }) => status === "queued");
  const leftOut = elsewhere.findLast(({ id, status }) => status === "skipped" && !placed.has(id));
  return wanted ?? leftOut ?? last ?? null;
}

const BEGUN: readonly StepStatus[] = ["running", "waiting", "ambiguous", "refused", "rejected", "gone"];

/** The stored file a planned step made, or null while it has not. */
export function refOf(facts: ProjectFacts, planned: PlannedStep | undefined): ArtifactRef | null {
  const result = planned?.step?.result;
  if (planned?.step?.status !== "done" || result?.kind !== "artifact") return null;
  const artifact = facts.artifacts.find((a) => a.id === result.artifactId);
  return artifact === undefined ? null : { id: artifact.id, sha256: artifact.sha256 };
}

/**
 * The stills beside the scenes that are filmed, each conditioned on the nearest finished one before it; a pinned one is
 * there whatever comes before it, and so is the frame of a neighbour that is the user's own clip.
 */
function planKeyframes({ facts, storyboard, own, find }: Film, needed: readonly number[]): Places {
  let previous: ArtifactRef | null = null;
  let broken = false;
  const places: (PlannedStep | undefined)[] = [];
  for (const position of needed) {
    const given = pinnedAt(facts, "keyframe", position) ?? frameOf(facts, own, position);
    const drawn = () => find("keyframe", position, keyframeOrder(facts, storyboard, position, previous));
    const next: PlannedStep | undefined = broken
      ? given
      : (chosen(facts, position, given && drawn) ?? given ?? drawn());
    if (next === undefined) continue;
    places[position] = next;
    const still = refOf(facts, next);
    broken = still === null && !isSkipped(next);
    previous = still ?? previous;
  }
  return places;
}

/** What the user picked instead of a clip's frame, while that choice stands. */
function chosen({ project }: ProjectFacts, position: number, drawn: (() => PlannedStep) | undefined) {
  const pick = pickAt(project.direction, "keyframe", position);
  if (drawn === undefined || pick == null || pick.inputKey === null) return undefined;
  const planned = drawn();
  return planned.step?.id === pick.stepId ? planned : undefined;
}

/** The still that the user's own clip beside it offers. */
function frameOf(facts: ProjectFacts, own: OwnClips, position: number): PlannedStep | undefined {
  const frame = frameAt(own, position);
  const step = frame && stepOfStill(facts, frame);
  return step && { kind: "keyframe", position, order: step.order, inputKey: step.inputKey, step };
}

/** The take that the user pinned to its place whatever changes around it. */
function pinnedAt({ project, steps }: ProjectFacts, kind: StepKind, position: number): PlannedStep | undefined {
  const pin = pickAt(project.direction, kind, position);
  const step = pin?.inputKey === null ? steps.find(({ id }) => id === pin.stepId) : undefined;
  return step && { kind, position, order: step.order, inputKey: step.inputKey, step };
}

/** Made where the project stops for it, once every still is there or known to be missing; a film needs none. */
function planAnimatic({ facts, storyboard, own, find }: Film, keyframes: Places): PlannedStep | null {
  if (facts.project.until !== "animatic") return null;
  const needed = stillsNeeded({ storyboard, ownScenes: [...own.keys()] });
  const stills = Array.from(keyframes, (planned) => refOf(facts, planned));
  if (!needed.every((position) => (stills[position] ?? null) !== null || isSkipped(keyframes[position]))) return null;
  const order = animaticOrder(facts, withOwnLengths(storyboard, own), stills, own);
  return order === null ? null : find("animatic", 0, order);
}

/** A clip is due as soon as its own two stills exist. */
function planClips({ facts, storyboard, find }: Film, keyframes: Places): Places {
  return storyboard.scenes.map((scene, position) => {
    const pinned = pinnedAt(facts, "clip", position);
    if (pinned !== undefined) return pinned;
    const start = refOf(facts, keyframes[position]);
    const end = refOf(facts, keyframes[position + 1]);
    if (start === null || end === null) return undefined;
    return find("clip", position, clipOrder(facts, storyboard, scene, start, end));
  });
}

/** The film is due when every scene has its clip or is known to have none. */
function planStitch(
  { facts, storyboard: written, own, find }: Film,
  keyframes: Places,
  clips: Places,
  missingScenes: readonly number[],
): PlannedStep | null {
  const storyboard = withOwnLengths(written, own);
  const refs = storyboard.scenes.map((scene) => refOf(facts, clips[scene.sceneIndex]));
  const complete = refs.every((ref, scene) => ref !== null || missingScenes.includes(scene));
  const present = refs.filter((ref) => ref !== null);
  if (!complete || present.length === 0) return null;
  const { request } = facts.project;
  const shown = refs.flatMap((ref, scene) => (ref === null ? [] : scene));
  return find("stitch", 0, {
    kind: "stitch",
    clips: present,
    crossfadeSeconds: request.crossfadeSeconds,
    missingScenes: [...missingScenes],
    title: storyboard.title,
    ...broughtClips(shown.map((scene) => own.has(scene))),
    ...ownTransitions(facts, storyboard, shown),
    ...ownBoundary(facts, storyboard, shown, (left, next) =>
      sharesStill(own, refOf(facts, keyframes[next]), left, next),
    ),
    ...ownLengths(shown.map((scene) => keptSeconds(facts, clips[scene]))),
  });
}

/** Which of a film's clips its user brought; empty where none: content keys of such films do not mention it. */
function broughtClips(isOwn: readonly boolean[]): Pick<StitchOrder, "own" | "ownClips"> {
  if (isOwn.every(Boolean)) return { own: true };
  const ownClips = isOwn.flatMap((own, place) => (own ? place : []));
  return ownClips.length === 0 ? {} : { ownClips };
}

/** Whether one scene ends on the very still that the next begins with. */
const sharesStill = (own: OwnClips, still: ArtifactRef | null, left: number, next: number): boolean =>
  areNeighbours(left, next) &&
  [own.get(left)?.end, own.get(next)?.start].every((frame) => frame === undefined || frame.id === still?.id);

/** Empty where all of every clip is shown: content keys of such films do not mention it. */
const ownLengths = (kept: readonly (number | null)[]): Pick<StitchOrder, "keepSeconds"> =>
  kept.every((seconds) => seconds === null) ? {} : { keepSeconds: [...kept] };

/**
 * How much of a finished clip is shown, seconds, where it came longer than it was itself ordered; null: all of it. What
 * the scene asks for by now does not count: a take of another length was picked as it is.
 */
export function keptSeconds(facts: ProjectFacts, planned: PlannedStep | undefined): number | null {
  const ref = refOf(facts, planned);
  const order = planned?.step?.order;
  const media = facts.artifacts.find(({ id }) => id === ref?.id)?.media;
  if (media == null || order?.kind !== "clip") return null;
  const verdict = lengthVerdict(media.video.durationSeconds, order.durationSeconds);
  return verdict === "longer" ? order.durationSeconds : null;
}
