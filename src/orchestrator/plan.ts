import type { ProjectFacts } from "../domain/facts.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import type { ArtifactRef, Step, StepOrder } from "../domain/step.ts";
import type { Storyboard } from "../domain/storyboard.ts";
import { clipPrompt, keyframePrompt } from "../pipeline/prompts.ts";

/** One piece of work the film needs whose inputs are all there. */
export interface PlannedStep {
  readonly kind: StepKind;
  readonly position: number;
  readonly order: StepOrder;
  readonly inputKey: string;
  /** The recorded step with exactly these inputs, if there is one. */
  readonly step: Step | null;
}

/** What the film needs, as far as it is known. */
export interface Plan {
  readonly storyboard: Storyboard | null;
  readonly steps: readonly PlannedStep[];
  /** Scenes that cannot have a clip because it, or one of its stills, was skipped; 0-based. */
  readonly missingScenes: readonly number[];
}

/**
 * Recorded facts -> the steps the film needs now. Pure: first run, resume, a changed crossfade and an edited
 * storyboard are all this function. Equal inputs find the step that is already recorded, so nothing is bought twice.
 */
export function plan(facts: ProjectFacts): Plan {
  const find = finder(facts);
  const first = find("storyboard", 0, storyboardOrder(facts));
  const storyboard = first.step?.result?.kind === "storyboard" ? first.step.result.storyboard : null;
  if (storyboard === null) return { storyboard, steps: [first], missingScenes: [] };

  const keyframes = planKeyframes(facts, storyboard, find);
  const clips = planClips(facts, storyboard, keyframes, find);
  const missingScenes = storyboard.scenes
    .map((scene) => scene.sceneIndex)
    .filter((scene) => isSkipped(keyframes[scene]) || isSkipped(keyframes[scene + 1]) || isSkipped(clips[scene]));
  const made = clips.filter((clip) => clip !== undefined);
  const stitch = planStitch(facts, storyboard, clips, missingScenes, find);
  const steps = [first, ...keyframes.filter((k) => k !== undefined), ...made, ...(stitch === null ? [] : [stitch])];
  return { storyboard, steps, missingScenes };
}

type Find = (kind: StepKind, position: number, order: StepOrder) => PlannedStep;

const isSkipped = (planned: PlannedStep | undefined): boolean => planned?.step?.status === "skipped";

/** Content key of an order: model, parameters, prompt and the hashes of the parents, not their row ids. */
export function inputKeyOf(order: StepOrder, facts: ProjectFacts): string {
  const { provider, options } = facts.project.casting;
  const content = JSON.stringify(order, (key, value: unknown) => (key === "id" ? undefined : value));
  return new Bun.CryptoHasher("sha256").update(JSON.stringify([provider, options, content])).digest("hex");
}

function finder(facts: ProjectFacts): Find {
  return (kind, position, order) => {
    const inputKey = inputKeyOf(order, facts);
    const step = facts.steps.findLast((s) => s.kind === kind && s.position === position && s.inputKey === inputKey);
    return { kind, position, order, inputKey, step: step ?? null };
  };
}

/** The stored file a planned step made, or null while it has not. */
function refOf(facts: ProjectFacts, planned: PlannedStep | undefined): ArtifactRef | null {
  const result = planned?.step?.result;
  if (planned?.step?.status !== "done" || result?.kind !== "artifact") return null;
  const artifact = facts.artifacts.find((a) => a.id === result.artifactId);
  return artifact === undefined ? null : { id: artifact.id, sha256: artifact.sha256 };
}

function storyboardOrder({ project }: ProjectFacts): StepOrder {
  const { prompt, style, aspectRatio, clipDurationSeconds, sceneCount, maxScenes, seed } = project.request;
  const model = project.casting.textModel;
  return {
    kind: "storyboard",
    model,
    prompt,
    style,
    aspectRatio,
    clipDurationSeconds,
    sceneCount,
    maxScenes,
    seed,
  };
}

function noteOf(facts: ProjectFacts, storyboard: Storyboard, sceneIndex: number) {
  const scene = storyboard.scenes[sceneIndex];
  if (scene === undefined) throw new RangeError(`no scene ${sceneIndex}`);
  const sceneCount = storyboard.scenes.length;
  const { description, motionPrompt } = scene;
  return { sceneIndex, sceneCount, description, motion: motionPrompt, style: facts.project.request.style };
}

/** N+1 stills, each conditioned on the nearest finished one before it; those not yet possible are left out. */
function planKeyframes(facts: ProjectFacts, storyboard: Storyboard, find: Find): PlannedStep[] {
  const { aspectRatio, seed } = facts.project.request;
  const planned: PlannedStep[] = [];
  let previous: ArtifactRef | null = null;
  for (let position = 0; position <= storyboard.scenes.length; position++) {
    const next = find("keyframe", position, {
      kind: "keyframe",
      model: facts.project.casting.imageModel,
      prompt: keyframePrompt(storyboard, position),
      aspectRatio,
      seed,
      previous,
      note: noteOf(facts, storyboard, Math.min(position, storyboard.scenes.length - 1)),
    });
    planned.push(next);
    const still = refOf(facts, next);
    if (still === null && !isSkipped(next)) break;
    previous = still ?? previous;
  }
  return planned;
}

/** A clip is due as soon as its own two stills exist. Sparse: one place a scene. */
function planClips(
  facts: ProjectFacts,
  storyboard: Storyboard,
  keyframes: readonly PlannedStep[],
  find: Find,
): (PlannedStep | undefined)[] {
  const { aspectRatio, clipDurationSeconds, seed } = facts.project.request;
  return storyboard.scenes.map((scene, position) => {
    const start = refOf(facts, keyframes[position]);
    const end = refOf(facts, keyframes[position + 1]);
    if (start === null || end === null) return undefined;
    return find("clip", position, {
      kind: "clip",
      model: facts.project.casting.videoModel,
      prompt: clipPrompt(storyboard, scene),
      aspectRatio,
      durationSeconds: clipDurationSeconds,
      seed,
      start,
      end,
      note: noteOf(facts, storyboard, position),
    });
  });
}

/** The film is due when every scene has its clip or is known to have none. */
function planStitch(
  facts: ProjectFacts,
  storyboard: Storyboard,
  clips: readonly (PlannedStep | undefined)[],
  missingScenes: readonly number[],
  find: Find,
): PlannedStep | null {
  const refs = storyboard.scenes.map((scene) => refOf(facts, clips[scene.sceneIndex]));
  const complete = refs.every((ref, scene) => ref !== null || missingScenes.includes(scene));
  const present = refs.filter((ref) => ref !== null);
  if (!complete || present.length === 0) return null;
  const { crossfadeSeconds } = facts.project.request;
  return find("stitch", 0, { kind: "stitch", clips: present, crossfadeSeconds, missingScenes: [...missingScenes] });
}
