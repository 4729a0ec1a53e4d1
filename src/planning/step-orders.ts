import { type CastWords, castWordsOf } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { ArtifactId } from "../domain/ids.ts";
import type { Quote } from "../domain/money.ts";
import { modelOf } from "../domain/project.ts";
import type {
  AnimaticOrder,
  ArtifactRef,
  ClipOrder,
  KeyframeOrder,
  StepOrder,
  StitchOrder,
  StoryboardOrder,
} from "../domain/step.ts";
import { areNeighbours, mentions, type Scene, type Storyboard, transitionsBetween } from "../domain/storyboard.ts";
import { plainTransition, type Transition } from "../domain/transition.ts";
import type { Complaint } from "../ports/provider.ts";
import type { OwnClips } from "./own-clips.ts";
import { clipPrompt, keyframePrompt, sceneOfKeyframe } from "./prompts.ts";

/** The price of one call for an order, after a complaint about the answer before; undefined when it is free. */
export type QuoteOf = (order: StepOrder, complaint?: Complaint | null) => Quote | undefined;

/** Stands for a parent that is not made yet, where only the text and the price of an order matter. */
export const unmadeRef: ArtifactRef = { id: ArtifactId.parse("00000000-0000-7000-8000-000000000000"), sha256: "" };

/** What the text model is asked. */
export function storyboardOrder({ project }: ProjectFacts): StoryboardOrder {
  const { prompt, style, aspectRatio, clipDurationSeconds, sceneCount, maxScenes, seed } = project.request;
  const model = modelOf(project, "storyboard");
  const asked = { prompt, style, aspectRatio, clipDurationSeconds, sceneCount, maxScenes, seed };
  const cast = project.direction.told;
  return { kind: "storyboard", model, ...asked, ...(cast !== undefined && { cast }) };
}

/** What the image model is asked for keyframe `position`, 0..N. */
export function keyframeOrder(
  facts: ProjectFacts,
  storyboard: Storyboard,
  position: number,
  previous: ArtifactRef | null,
): KeyframeOrder {
  const { aspectRatio, seed } = facts.project.request;
  const words = stillWords(storyboard, position);
  const references = imagesIn(facts, words);
  return {
    kind: "keyframe",
    model: modelOf(facts.project, "keyframe"),
    prompt: keyframePrompt(storyboard, position, describedIn(facts, words)),
    aspectRatio,
    seed,
    previous,
    ...(references.length === 0 ? {} : { references }),
    note: noteOf(facts, storyboard, Math.min(position, storyboard.scenes.length - 1)),
  };
}

/** The text in which a keyframe may name what it shows. */
function stillWords(storyboard: Storyboard, position: number): string {
  const scene = sceneOfKeyframe(storyboard, position);
  const frame = position === 0 ? scene.startFramePrompt : scene.endFramePrompt;
  return [...scene.characters, scene.description, frame].join("\n");
}

/** The same for a clip, which goes from one keyframe to the next. */
const clipWords = ({ characters, description, motionPrompt, startFramePrompt, endFramePrompt }: Scene): string =>
  [...characters, description, motionPrompt, startFramePrompt, endFramePrompt].join("\n");

/** The reference images of what is shown there, as many as the image model takes. */
const imagesIn = ({ project }: ProjectFacts, words: string) =>
  (project.direction.references ?? [])
    .flatMap(({ name, artifact }) => (artifact === null ? [] : { name, artifact }))
    .filter(({ name }) => name === null || mentions(words, name))
    .slice(0, project.models.mostReferences ?? 0);

/** The descriptions of what is shown there. */
const describedIn = ({ project }: ProjectFacts, words: string): CastWords[] =>
  castWordsOf(project.direction.references ?? []).filter(({ name }) => mentions(words, name));

/** What the video model is asked for a scene between its two keyframes. */
export function clipOrder(
  facts: ProjectFacts,
  storyboard: Storyboard,
  scene: Scene,
  start: ArtifactRef,
  end: ArtifactRef,
): ClipOrder {
  const { aspectRatio, clipDurationSeconds, seed } = facts.project.request;
  return {
    kind: "clip",
    model: modelOf(facts.project, "clip"),
    prompt: clipPrompt(storyboard, scene, describedIn(facts, clipWords(scene))),
    aspectRatio,
    durationSeconds: scene.durationSeconds ?? clipDurationSeconds,
    seed,
    start,
    end,
    note: noteOf(facts, storyboard, scene.sceneIndex),
  };
}

/** The shots of an animatic: every scene whose two keyframes, or own clip, are there; null where there is none. */
export function animaticOrder(
  facts: ProjectFacts,
  storyboard: Storyboard,
  stills: readonly (ArtifactRef | null)[],
  own: OwnClips,
): AnimaticOrder | null {
  const { aspectRatio, clipDurationSeconds, crossfadeSeconds } = facts.project.request;
  const shots = storyboard.scenes.flatMap(({ sceneIndex, durationSeconds = clipDurationSeconds }) => {
    const clip = own.get(sceneIndex);
    const [start, end] = [clip?.start ?? stills[sceneIndex], clip?.end ?? stills[sceneIndex + 1]];
    if (start == null || end == null) return [];
    const caption = noteOf(facts, storyboard, sceneIndex);
    return { start, end, durationSeconds, caption, ...(clip !== undefined && { own: true as const }) };
  });
  if (shots.length === 0) return null;
  const shown = shots.map(({ caption }) => caption.sceneIndex);
  return { kind: "animatic", shots, crossfadeSeconds, ...ownTransitions(facts, storyboard, shown), aspectRatio };
}

/** Empty where the film's crossfade says it all: content keys of such films do not mention transitions. */
export function ownTransitions(
  { project }: ProjectFacts,
  { scenes }: Storyboard,
  shown: readonly number[],
): { transitions?: Transition[] } {
  const plain = plainTransition(project.request.crossfadeSeconds);
  const transitions = transitionsBetween(scenes, shown, project.request);
  return transitions.every((one) => Bun.deepEquals(one, plain)) ? {} : { transitions: [...transitions] };
}

/** Empty where no frame may be left out: content keys of such films do not mention it. */
export function ownBoundary(
  { project }: ProjectFacts,
  { scenes }: Storyboard,
  shown: readonly number[],
  sharesStill: (left: number, next: number) => boolean,
): Pick<StitchOrder, "boundaryFrame" | "apart"> {
  const { boundaryFrame } = project.direction;
  const joins = transitionsBetween(scenes, shown, project.request).map(({ kind }, left) => {
    const [scene = 0, next = 0] = shown.slice(left);
    return { left, kind, isNear: areNeighbours(scene, next), shares: sharesStill(scene, next) };
  });
  if (boundaryFrame === undefined || !joins.some(({ kind, shares }) => kind === "cut" && shares)) return {};
  const apart = joins.flatMap(({ left, isNear, shares }) => (isNear && !shares ? left : []));
  return { boundaryFrame, ...(apart.length > 0 && { apart }) };
}

function noteOf(facts: ProjectFacts, storyboard: Storyboard, sceneIndex: number) {
  const scene = storyboard.scenes[sceneIndex];
  if (scene === undefined) throw new RangeError(`no scene ${sceneIndex}`);
  const sceneCount = storyboard.scenes.length;
  const { description, motionPrompt } = scene;
  return { sceneIndex, sceneCount, description, motion: motionPrompt, style: facts.project.request.style };
}

/** A scene's place and the number of scenes change no image: a scene added at the end makes nothing stale. */
const PLACES = new Set(["id", "sceneIndex", "sceneCount"]);
const PARENTS = new Set(["previous", "start", "end", "note"]);

/** Content key of an order: model, parameters, prompt and the hashes of the parents, not their row ids. */
export const inputKeyOf = (order: StepOrder, facts: ProjectFacts): string => keyOf(order, facts, PLACES);

/** Key of an order's own text and parameters, without its parents. */
export const wordsKeyOf = (order: StepOrder, facts: ProjectFacts): string => keyOf(order, facts, PARENTS);

function keyOf(order: StepOrder, facts: ProjectFacts, without: ReadonlySet<string>): string {
  const { provider, options, readsNotes = false } = facts.project.models;
  const counts = (key: string) => !without.has(key) && (key !== "note" || readsNotes);
  const content = JSON.stringify(order, (key, value: unknown) => (counts(key) ? value : undefined));
  return new Bun.CryptoHasher("sha256").update(JSON.stringify([provider, options, content])).digest("hex");
}
