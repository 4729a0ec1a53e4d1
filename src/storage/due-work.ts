import { letsRun, type Project } from "../domain/project.ts";
import type { DueStep, Work } from "../ports/repository.ts";

/** A step that is queued, running or waiting, with what decides its turn. */
export interface DueStepRow extends DueStep {
  readonly createdAtMs: number;
  /** The provider works on it. */
  readonly hasOperation: boolean;
  /** As of the step, US dollars. */
  readonly reservedUsd: number;
  readonly project: Pick<Project, "cancelled" | "hold">;
}

/** Sorts an owner's steps into those due and those under way. Oldest due time first. */
export function workOf(inPlay: readonly DueStepRow[], nowMs: number): Work {
  const rows = inPlay.toSorted(byTurn);
  const open = rows.filter((step) => step.status !== "running" && letsRun(step.project, step));
  const later = open.find((step) => step.dueAtMs > nowMs);
  return {
    due: open.filter((step) => step.dueAtMs <= nowMs).map(dueStep),
    active: rows.filter((step) => step.status === "running" || isAtProvider(step)).map(dueStep),
    nextDueAtMs: later?.dueAtMs ?? null,
  };
}

const isAtProvider = (step: DueStepRow): boolean => step.status === "waiting" && step.hasOperation;

const byTurn = (a: DueStepRow, b: DueStepRow): number =>
  a.dueAtMs - b.dueAtMs || a.createdAtMs - b.createdAtMs || a.position - b.position || (a.id < b.id ? -1 : 1);

const dueStep = ({ id, projectId, kind, position, status, dueAtMs, lane }: DueStepRow): DueStep => ({
  id,
  projectId,
  kind,
  position,
  status,
  dueAtMs,
  lane,
});
