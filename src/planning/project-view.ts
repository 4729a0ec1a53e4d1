import { longerClip } from "../domain/clip-length.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { StepId } from "../domain/ids.ts";
import { STEP_KINDS, type StepKind } from "../domain/lifecycle.ts";
import { spendOf } from "../domain/money.ts";
import { type Artifact, type ArtifactRef, isOwnOrder, type Step } from "../domain/step.ts";
import type { Scene } from "../domain/storyboard.ts";
import type { PieceView, ProjectView, SceneView, StageView } from "../domain/view.ts";
import { isAsking } from "./asking.ts";
import { stillsNeeded } from "./own-clips.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { waitingFor } from "./project-status.ts";
import { seamsOf } from "./seam-report.ts";
import { UNPRICED, type WaitPrices, waitsOf } from "./waits.ts";

/** How far a running step is, 0..1; undefined where it does not say. */
export type ProgressOf = (stepId: StepId) => number | undefined;

/**
 * Facts and their plan -> what people see. `pathOf` turns the key of a file into its path; seams that score below
 * `seamThreshold` (0..1) are marked as bad.
 */
export function viewOf(
  facts: ProjectFacts,
  current: Plan,
  pathOf: (key: string) => string,
  progressOf: ProgressOf = () => undefined,
  seamThreshold = 0,
  prices: WaitPrices = UNPRICED,
): ProjectView {
  const { hold, cancelled, direction, epoch, ...shown } = facts.project;
  const waiting = waitingFor(facts, current);
  return {
    ...shown,
    waits: waitsOf(facts, current, prices),
    ...(waiting && { waiting }),
    storyboard: current.storyboard,
    stages: stagesOf(facts, current, progressOf),
    scenes: current.storyboard?.scenes.map((scene) => sceneOf(facts, current, scene)) ?? [],
    missingScenes: current.missingScenes,
    seams: seamsOf(facts, current, seamThreshold),
    final: finalOf(facts, current, pathOf),
    animatic: animaticOf(facts, current, pathOf),
    spend: spendOf(facts.submits),
  };
}

const ofKind = (current: Plan, kind: StepKind): PlannedStep[] => current.steps.filter((p) => p.kind === kind);

/** The animatic is a stage only of projects that stop for it. */
const stagesOf = ({ project }: ProjectFacts, current: Plan, progressOf: ProgressOf): StageView[] =>
  STEP_KINDS.filter((kind) => kind !== "animatic" || project.until === "animatic").map((kind) =>
    stageOf(kind, current, progressOf),
  );

function stageOf(kind: StepKind, current: Plan, progressOf: ProgressOf): StageView {
  const steps = ofKind(current, kind).flatMap((planned) => planned.step ?? []);
  const scenes = current.storyboard?.scenes.length ?? null;
  const totals = {
    storyboard: 1,
    keyframe: scenes === null ? null : stillsNeeded(current).length,
    animatic: 1,
    clip: scenes,
    stitch: 1,
  } as const satisfies Record<StepKind, number | null>;
  const total = totals[kind];
  const ended = steps.filter((step) => step.status === "done" || step.status === "skipped");
  const starts = steps.flatMap((step) => step.startedAtMs ?? []);
  const fraction = steps.flatMap((step) => (step.status === "running" ? (progressOf(step.id) ?? []) : []))[0];
  const finishes = ended.flatMap((step) => step.finishedAtMs ?? []);
  return {
    kind,
    done: kind === "storyboard" && scenes !== null ? 1 : ended.length,
    total,
    running: steps.filter((step) => step.status === "running" || step.status === "waiting").length,
    ...(fraction === undefined ? {} : { fraction }),
    startedAtMs: starts.length === 0 ? null : Math.min(...starts),
    finishedAtMs: ended.length === total && finishes.length > 0 ? Math.max(...finishes) : null,
  };
}

function artifactOf(facts: ProjectFacts, step: Step | null | undefined): Artifact | undefined {
  const result = step?.result;
  return result?.kind === "artifact" ? facts.artifacts.find((a) => a.id === result.artifactId) : undefined;
}

function pieceOf(facts: ProjectFacts, current: Plan, kind: StepKind, position: number): PieceView {
  const step = ofKind(current, kind).find((planned) => planned.position === position)?.step ?? null;
  const made = artifactOf(facts, step);
  const former = made ?? artifactOf(facts, lastMade(facts, kind, position));
  return {
    status: step?.status ?? null,
    key: former?.key ?? null,
    message: step?.failure?.message ?? null,
    stale: made === undefined && former !== undefined,
    own: step !== null && isOwnOrder(step.order),
  };
}

/** A still of a scene; where the film needs none, since its user brought the clips on both sides, the clip's frame. */
function stillOf(facts: ProjectFacts, current: Plan, position: number, frame: ArtifactRef | undefined): PieceView {
  const key = facts.artifacts.find(({ id }) => id === frame?.id)?.key;
  if (key === undefined || ofKind(current, "keyframe").some((planned) => planned.position === position))
    return pieceOf(facts, current, "keyframe", position);
  return { status: "done", key, message: null, stale: false, own: true };
}

/** What was made for a place before the last edit: shown until it is replaced. */
const lastMade = ({ steps }: ProjectFacts, kind: StepKind, position: number): Step | undefined =>
  steps.findLast((step) => step.kind === kind && step.position === position && step.status === "done");

function sceneOf(facts: ProjectFacts, current: Plan, { sceneIndex, description }: Scene): SceneView {
  const planned = ofKind(current, "clip").find(({ position }) => position === sceneIndex)?.step;
  const own = planned?.order.kind === "clip" && planned.order.own === true ? planned.order : undefined;
  const start = stillOf(facts, current, sceneIndex, own?.start);
  const end = stillOf(facts, current, sceneIndex + 1, own?.end);
  const clip = pieceOf(facts, current, "clip", sceneIndex);
  const filmed = planned?.result;
  const longer = filmed?.kind === "artifact" ? longerClip(filmed.report) : null;
  return {
    sceneIndex,
    description,
    status: sceneStatus([start, end, clip]),
    start,
    end,
    clip,
    ...(longer && { longer }),
  };
}

function sceneStatus(pieces: readonly PieceView[]): SceneView["status"] {
  const [start, end, clip] = pieces;
  const any = (status: PieceView["status"]) => pieces.some((piece) => piece.status === status);
  if (clip?.status === "done") return "complete";
  if (any("skipped")) return "skipped";
  if (any("failed")) return "failed";
  if (any("cancelled")) return "cancelled";
  if (pieces.some(({ status }) => status !== null && isAsking(status))) return "held";
  if (clip?.status !== null && clip !== undefined) return "video_gen";
  return start?.status !== null || end?.status !== null ? "keyframing" : "pending";
}

const newestDone = (facts: ProjectFacts, current: Plan, kind: StepKind): Step | null | undefined =>
  ofKind(current, kind).find((p) => p.step?.status === "done")?.step ?? lastMade(facts, kind, 0);

function animaticOf(facts: ProjectFacts, current: Plan, pathOf: (key: string) => string): ProjectView["animatic"] {
  const artifact = artifactOf(facts, newestDone(facts, current, "animatic"));
  if (artifact === undefined) return null;
  return { key: artifact.key, path: pathOf(artifact.key), durationSeconds: artifact.media?.durationSeconds ?? 0 };
}

/** The newest finished film: the old one counts until a new one is proven. */
function finalOf(facts: ProjectFacts, current: Plan, pathOf: (key: string) => string): ProjectView["final"] {
  const step = newestDone(facts, current, "stitch");
  const artifact = artifactOf(facts, step);
  if (artifact === undefined || step?.result?.kind !== "artifact") return null;
  return {
    key: artifact.key,
    path: pathOf(artifact.key),
    bytes: artifact.bytes,
    durationSeconds: artifact.media?.durationSeconds ?? 0,
    report: step.result.report,
  };
}
