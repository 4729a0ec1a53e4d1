import type { ProjectFacts } from "../../domain/facts.ts";
import { roundUsd } from "../../domain/money.ts";
import { safeJson } from "../../domain/plain-text.ts";
import type { Project } from "../../domain/project.ts";
import { type Artifact, type ArtifactRef, isOwnOrder, type Step, type StepOrder } from "../../domain/step.ts";

/** The line that every file made by models carries with it. */
export const AI_GENERATED = "AI-generated";

const iso = (epochMs: number | null): string | null => (epochMs === null ? null : new Date(epochMs).toISOString());

/** Where a file comes from, as JSON: what was asked of which model, what it was made from, and what was paid. Pure. */
export function sidecarOf(facts: ProjectFacts, artifact: Artifact, file: string, software: string): string {
  const { project, steps } = facts;
  const step = steps.find(({ id }) => id === artifact.stepId);
  const isOwn = step !== undefined && isOfUser(step.order) && artifact.role !== "reference";
  const sidecar = {
    format: "vidpipe-provenance",
    version: 1,
    statement: isOwn ? "Brought by the user, not generated" : `${AI_GENERATED} with ${software}`,
    ai_generated: !isOwn,
    file,
    sha256: artifact.sha256,
    bytes: artifact.bytes,
    media_type: artifact.mediaType,
    role: artifact.role,
    position: artifact.position,
    made_at: iso(artifact.createdAtMs),
    project: { id: project.id, prompt: project.request.prompt, style: project.request.style },
    made_by: step === undefined ? null : makingOf(facts, step),
    cost: step === undefined ? null : costOf(facts, step),
    parents: step === undefined ? [] : parentsOf(step).map((ref) => parentOf(facts, ref)),
  };
  return `${safeJson(sidecar, 2)}\n`;
}

function makingOf({ project, submits }: ProjectFacts, step: Step) {
  const { order } = step;
  const parents = new Set(["kind", "model", "prompt", "seed", "previous", "start", "end", "clips"]);
  const operations = submits.filter(({ stepId }) => stepId === step.id).flatMap((s) => s.operationName ?? []);
  return {
    step: step.id,
    kind: step.kind,
    take: step.take,
    provider: makerOf(project, order),
    model: "model" in order ? order.model : null,
    prompt: "prompt" in order ? order.prompt : null,
    seed: "seed" in order ? order.seed : null,
    parameters: Object.fromEntries(Object.entries(order).filter(([key]) => !parents.has(key))),
    provider_options: order.kind === "stitch" || isOwnOrder(order) ? {} : project.models.options,
    input_key: step.inputKey,
    operation: operations.at(-1) ?? step.operation?.name ?? null,
    attempts: step.attempts,
    started_at: iso(step.startedAtMs),
    finished_at: iso(step.finishedAtMs),
  };
}

/** Whether no model made any of what comes of an order. */
const isOfUser = (order: StepOrder): boolean => isOwnOrder(order) || (order.kind === "stitch" && order.own === true);

/** Who made a file; null: its user brought it. */
function makerOf({ models }: Project, order: StepOrder): string | null {
  if (isOwnOrder(order)) return null;
  return order.kind === "stitch" ? "ffmpeg" : models.provider;
}

/** What was committed for a step, calls that were not charged left out; US dollars. */
function costOf({ submits }: ProjectFacts, step: Step) {
  const calls = submits.filter(({ stepId, state }) => stepId === step.id && state !== "released");
  return {
    usd: roundUsd(calls.reduce((sum, { usd }) => sum + usd, 0)),
    calls: calls.map(({ state, usd, quantity, unit, model, operationName, createdAtMs }) => ({
      at: iso(createdAtMs),
      state,
      usd,
      quantity,
      unit,
      model,
      operation: operationName,
    })),
  };
}

function parentsOf({ order }: Step): readonly ArtifactRef[] {
  if (isOwnOrder(order)) return [];
  switch (order.kind) {
    case "storyboard":
      return [];
    case "keyframe":
      return [
        ...(order.previous === null ? [] : [order.previous]),
        ...(order.references ?? []).map(({ artifact }) => artifact),
      ];
    case "animatic":
      return order.shots.flatMap(({ start, end }, place) => (place === 0 ? [start, end] : [end]));
    case "clip":
      return [order.start, order.end];
    case "stitch":
      return order.clips;
  }
}

function parentOf({ artifacts }: ProjectFacts, { id, sha256 }: ArtifactRef) {
  const parent = artifacts.find((artifact) => artifact.id === id);
  return { role: parent?.role ?? null, position: parent?.position ?? null, sha256 };
}
