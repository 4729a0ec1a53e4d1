import { z } from "zod";
import type { Direction } from "./direction.ts";
import type { StepId, SubmitId } from "./ids.ts";
import { nextStatus, type ProjectStatus, type StepEvent } from "./lifecycle.ts";
import type { SubmitState } from "./money.ts";
import type { Project } from "./project.ts";
import { EpochMs } from "./row-fields.ts";
import type { Artifact, Step, Submit } from "./step.ts";

/** Everything recorded about one project: the input of every decision. */
export interface ProjectFacts {
  readonly project: Project;
  readonly steps: readonly Step[];
  readonly artifacts: readonly Artifact[];
  readonly submits: readonly Submit[];
  /** Committed by all projects since midnight UTC, US dollars. */
  readonly committedTodayUsd: number;
}

/** Fields that an event may set on a step besides its status. */
export type StepPatch = Partial<
  Pick<
    Step,
    | "attempts"
    | "dueAtMs"
    | "operation"
    | "result"
    | "failure"
    | "approvals"
    | "reservedUsd"
    | "fit"
    | "startedAtMs"
    | "finishedAtMs"
  >
>;

/** Fields that are learnt of a paid call after it was written down. */
export type SubmitPatch = Partial<
  Pick<Submit, "operationName" | "billedUsd" | "replyId" | "resultId" | "verdict" | "reason">
>;

export type ProjectPatch = Partial<
  Pick<Project, "models" | "maxCostUsd" | "hold" | "cancelled" | "until" | "status" | "message">
>;

/** One fact that changes. A list of these is what a decision returns and one transaction writes. */
export type Change =
  | { readonly type: "advance"; readonly stepId: StepId; readonly event: StepEvent; readonly patch?: StepPatch }
  | { readonly type: "add_step"; readonly step: Step }
  | { readonly type: "add_artifact"; readonly artifact: Artifact }
  | { readonly type: "add_submit"; readonly submit: Submit }
  | {
      readonly type: "settle_submit";
      readonly submitId: SubmitId;
      readonly state: SubmitState;
      readonly patch?: SubmitPatch;
    }
  | { readonly type: "project"; readonly patch: ProjectPatch }
  /** The user's word on the film: a new revision. `note` says in a few words what is new. */
  | {
      readonly type: "direct";
      readonly note: string;
      readonly direction: Direction;
      readonly crossfadeSeconds: number;
    };

/** The change that an event makes to a step. */
export const advanced = (stepId: StepId, event: StepEvent, patch: StepPatch = {}): Change => ({
  type: "advance",
  stepId,
  event,
  patch,
});

/** One line of a project's history, numbered without gaps from 1. */
export const ProjectEvent = z.strictObject({
  seq: z.int().min(1),
  atMs: EpochMs,
  type: z.enum(["project", "step", "money"]),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type ProjectEvent = Readonly<z.infer<typeof ProjectEvent>>;

/** Thrown when a decision asks for a move the state table does not have: a bug, never a user error. */
export class IllegalMove extends Error {
  override readonly name = "IllegalMove";
}

/** A step after an event. Throws IllegalMove when the table does not allow it. */
export function advance(step: Step, event: StepEvent, patch: StepPatch = {}): Step {
  const status = nextStatus(step.status, event);
  if (status === undefined) throw new IllegalMove(`${step.kind} ${step.position} is ${step.status}: cannot ${event}`);
  return { ...step, ...patch, status };
}

/** The facts after a change; pure, used to plan on what a transaction is about to write. */
export function applyChange(facts: ProjectFacts, change: Change, nowMs: number): ProjectFacts {
  switch (change.type) {
    case "advance":
      return {
        ...facts,
        steps: facts.steps.map((s) => (s.id === change.stepId ? advance(s, change.event, change.patch) : s)),
      };
    case "add_step":
      return { ...facts, steps: [...facts.steps, change.step] };
    case "add_artifact":
      return { ...facts, artifacts: [...facts.artifacts, change.artifact] };
    case "add_submit":
      return { ...facts, submits: [...facts.submits, change.submit] };
    case "settle_submit":
      return {
        ...facts,
        submits: facts.submits.map((s) =>
          s.id === change.submitId ? { ...s, ...change.patch, state: change.state, updatedAtMs: nowMs } : s,
        ),
      };
    case "project":
      return { ...facts, project: { ...facts.project, ...change.patch, updatedAtMs: nowMs } };
    case "direct": {
      const { project } = facts;
      const request = { ...project.request, crossfadeSeconds: change.crossfadeSeconds };
      const revision = project.revision + 1;
      return {
        ...facts,
        project: { ...project, direction: change.direction, request, revision, updatedAtMs: nowMs },
      };
    }
  }
}

export const applyChanges = (facts: ProjectFacts, changes: readonly Change[], nowMs: number): ProjectFacts =>
  changes.reduce((now, change) => applyChange(now, change, nowMs), facts);

/** What history says about a list of changes. */
export function eventsOf(facts: ProjectFacts, changes: readonly Change[], nowMs: number): Omit<ProjectEvent, "seq">[] {
  const after = applyChanges(facts, changes, nowMs);
  const stepEvents = after.steps
    .filter((step) => facts.steps.find((s) => s.id === step.id)?.status !== step.status)
    .map((step) => ({
      atMs: nowMs,
      type: "step" as const,
      data: {
        kind: step.kind,
        position: step.position,
        take: step.take,
        status: step.status,
        message: step.failure?.message ?? null,
      },
    }));
  const moneyEvents = after.submits
    .filter((submit) => facts.submits.find((s) => s.id === submit.id)?.state !== submit.state)
    .map((submit) => ({ atMs: nowMs, type: "money" as const, data: { state: submit.state, usd: submit.usd } }));
  const status: ProjectStatus = after.project.status;
  const moved = status !== facts.project.status || after.project.message !== facts.project.message;
  const projectEvents = moved
    ? [{ atMs: nowMs, type: "project" as const, data: { status, message: after.project.message } }]
    : [];
  const edits = changes.flatMap((change) =>
    change.type === "direct" ? [{ atMs: nowMs, type: "project" as const, data: { edit: change.note } }] : [],
  );
  return [...edits, ...stepEvents, ...moneyEvents, ...projectEvents];
}
