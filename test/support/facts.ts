/** Recorded facts of a one-scene film at any stage, for unit tests of decisions. Nothing is stored or sent. */
import { NO_DIRECTION } from "../../src/domain/direction.ts";
import { applyChanges, type Change, type ProjectFacts } from "../../src/domain/facts.ts";
import { ArtifactId, ProjectId, SubmitId } from "../../src/domain/ids.ts";
import type { StepKind } from "../../src/domain/lifecycle.ts";
import type { SubmitState } from "../../src/domain/money.ts";
import type { Project } from "../../src/domain/project.ts";
import type { Artifact, Step, StepResult, Submit } from "../../src/domain/step.ts";
import { type DecisionContext, withConsequences } from "../../src/planning/consequences.ts";
import { storyboardOf } from "./scripted-provider.ts";

/** The time of every decision, epoch ms. */
export const NOW_MS = 1_000_000_000;

let made = 0;
/** Another UUIDv7 with every call, the same ones in every run. */
const nextId = (): string => `01900000-0000-7000-8000-${String(++made).padStart(12, "0")}`;

/** What a decision may know besides the facts. */
export const context: DecisionContext = { nowMs: NOW_MS, id: nextId };

function emptyProject(changes: Partial<Project>): ProjectFacts {
  const project: Project = {
    id: ProjectId.parse(nextId()),
    request: {
      prompt: "A cat.",
      style: "cinematic",
      aspectRatio: "16:9",
      clipDurationSeconds: 6,
      sceneCount: 1,
      maxScenes: 15,
      seed: null,
      crossfadeSeconds: 0,
    },
    models: { provider: "scripted", textModel: "text-1", imageModel: "image-1", videoModel: "video-1", options: {} },
    maxCostUsd: null,
    hold: null,
    cancelled: false,
    until: "film",
    direction: NO_DIRECTION,
    revision: 0,
    status: "pending",
    message: null,
    epoch: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...changes,
  };
  return { project, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
}

/** The facts after changes that a decision returned. */
export const after = (facts: ProjectFacts, changes: readonly Change[]): ProjectFacts =>
  applyChanges(facts, changes, NOW_MS);

const decided = (facts: ProjectFacts, changes: readonly Change[]): ProjectFacts =>
  after(facts, withConsequences(facts, changes, context).changes);

function artifactOf(facts: ProjectFacts, { id, kind, position, inputKey }: Step): Artifact {
  return {
    id: ArtifactId.parse(nextId()),
    projectId: facts.project.id,
    stepId: id,
    role: kind === "keyframe" ? "keyframe" : kind === "clip" ? "clip" : "final",
    position,
    key: `${facts.project.id}/${kind}-${position}.png`,
    sha256: new Bun.CryptoHasher("sha256").update(inputKey).digest("hex"),
    bytes: 1,
    mediaType: "image/png",
    media: null,
    createdAtMs: 0,
  };
}

function finished(facts: ProjectFacts, step: Step): ProjectFacts {
  const artifact = step.kind === "storyboard" ? null : artifactOf(facts, step);
  const result: StepResult =
    artifact === null
      ? { kind: "storyboard", storyboard: storyboardOf({ prompt: "A cat." }, 1) }
      : { kind: "artifact", artifactId: artifact.id, report: null };
  return decided(facts, [
    ...(artifact === null ? [] : [{ type: "add_artifact" as const, artifact }]),
    { type: "advance", stepId: step.id, event: "claim" },
    { type: "advance", stepId: step.id, event: "finish", patch: { result } },
  ]);
}

/** A film and one of its steps. */
export interface FilmAt {
  readonly facts: ProjectFacts;
  readonly step: Step;
}

/** A film whose next step of this kind is queued; everything before it is done and cost nothing. */
export function filmAt(kind: StepKind, changes: Partial<Project> = {}): FilmAt {
  let facts = decided(emptyProject(changes), []);
  for (let turn = 0; turn < 10; turn++) {
    const queued = facts.steps.filter(({ status }) => status === "queued");
    const step = queued.find((candidate) => candidate.kind === kind);
    if (step !== undefined) return { facts, step };
    for (const due of queued) facts = finished(facts, due);
  }
  throw new Error(`no ${kind} in this film`);
}

/** The finished film. */
export function filmDone(): ProjectFacts {
  const { facts, step } = filmAt("stitch");
  return finished(facts, step);
}

/** Facts with one step as a test wants it, whatever the state table says. */
export function withStep(facts: ProjectFacts, id: Step["id"], changes: Partial<Step>): ProjectFacts {
  return { ...facts, steps: facts.steps.map((step) => (step.id === id ? { ...step, ...changes } : step)) };
}

/** Facts with one more kept answer of a step, as it came. */
export function withAnswer({ facts, step }: FilmAt): { readonly facts: ProjectFacts; readonly answer: Artifact["id"] } {
  const { id } = facts.project;
  const artifact = {
    ...artifactOf(facts, step),
    role: "answer" as const,
    key: `${id}/answer-${nextId()}-0123456789ab.json`,
  };
  const answer = { ...artifact, mediaType: "application/json" as const };
  return { facts: { ...facts, artifacts: [...facts.artifacts, answer] }, answer: answer.id };
}

/** Facts with one more paid call of a step, of $1 unless said otherwise. */
export function withSubmit({ facts, step }: FilmAt, state: SubmitState, changes: Partial<Submit> = {}): ProjectFacts {
  const submit: Submit = {
    id: SubmitId.parse(nextId()),
    projectId: facts.project.id,
    stepId: step.id,
    attempt: 1,
    state,
    usd: 1,
    quantity: 1,
    unit: "call",
    model: "model",
    because: "first",
    operationName: null,
    billedUsd: null,
    replyId: null,
    resultId: null,
    verdict: null,
    reason: null,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...changes,
  };
  return { ...facts, submits: [...facts.submits, submit] };
}

/** A step that runs, and its paid call; null: it is free. */
export function running(
  kind: StepKind,
  changes: Partial<Step> = {},
  submit: SubmitState | null = "intent",
  bought: Partial<Submit> = {},
): FilmAt {
  const { facts, step } = filmAt(kind);
  const runs = withStep(facts, step.id, { status: "running", attempts: 1, ...changes });
  const paid = submit === null ? runs : withSubmit({ facts: runs, step }, submit, bought);
  return { facts: paid, step: stepIn(paid, step.id) };
}

/** One step of some facts. @throws Error when it is not there */
export function stepIn(facts: ProjectFacts, id: Step["id"]): Step {
  const step = facts.steps.find((candidate) => candidate.id === id);
  if (step === undefined) throw new Error("the step is gone");
  return step;
}
