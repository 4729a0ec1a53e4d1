import type { StepId } from "../domain/ids.ts";
import type { DueStep, Work } from "../ports/repository.ts";

/** What limits the start of new work besides what is already under way. */
export interface Limits {
  /** Most steps under way at once in the step's lane. */
  readonly laneLimit: (step: DueStep) => number;
  /** Earliest time the step's lane may start another call, epoch ms. */
  readonly laneOpensAtMs: (step: DueStep) => number;
  /** How many more operations may be polled at once. */
  readonly pollRoom: number;
  /** Whether the step's lane starts one call a round. */
  readonly laneIsSlow: (step: DueStep) => boolean;
}

/** Which due steps to start now, and when time alone would allow more. */
export interface Choice {
  readonly start: readonly DueStep[];
  /** Epoch ms; null when only an event would allow more. */
  readonly nextRoundAtMs: number | null;
}

/**
 * Chooses fairly: the project with the least under way goes first, so a long film leaves room for a short one; then
 * the oldest project, so that of many films the first are done early instead of all at the end; then the step due
 * longest. A poll needs no place in its lane, since its operation holds one already, only one among the polls. Pure.
 */
export function selectWork(work: Work, running: ReadonlySet<StepId>, limits: Limits, nowMs: number): Choice {
  const busy = countBy(work.active, (step) => step.lane);
  const load = countBy(work.active, (step) => step.projectId);
  const due = work.due.filter((step) => !running.has(step.id));
  const starts = due.filter((step) => step.status === "waiting").slice(0, Math.max(0, limits.pollRoom));
  let nextRoundAtMs = work.nextDueAtMs;
  const claimedLanes = new Set<string>();
  const hasPlace = (step: DueStep): boolean => (busy.get(step.lane) ?? 0) < limits.laneLimit(step);
  // What has no place now gets none in this round: of thousands of due steps only those that may start are compared.
  let candidates = due.filter((step) => step.status !== "waiting" && hasPlace(step));
  while (candidates.length > 0) {
    const step = removeFairest(candidates, load);
    const opensAtMs = limits.laneOpensAtMs(step);
    if (opensAtMs > nowMs) nextRoundAtMs = Math.min(nextRoundAtMs ?? opensAtMs, opensAtMs);
    const spaced = claimedLanes.has(step.lane) && limits.laneIsSlow(step);
    if (opensAtMs > nowMs || spaced) continue;
    starts.push(step);
    claimedLanes.add(step.lane);
    raise(busy, step.lane);
    raise(load, step.projectId);
    if (!hasPlace(step)) candidates = candidates.filter(hasPlace);
  }
  return { start: starts, nextRoundAtMs };
}

function removeFairest(candidates: DueStep[], load: ReadonlyMap<string, number>): DueStep {
  const rank = (step: DueStep) => load.get(step.projectId) ?? 0;
  const fairest = candidates.reduce((best, step) => ((rank(step) - rank(best) || byAge(step, best)) < 0 ? step : best));
  candidates.splice(candidates.indexOf(fairest), 1);
  return fairest;
}

/** Ids of projects grow with the time they were made at. */
function byAge(a: DueStep, b: DueStep): number {
  if (a.projectId !== b.projectId) return a.projectId < b.projectId ? -1 : 1;
  return a.dueAtMs - b.dueAtMs;
}

const countBy = (steps: readonly DueStep[], keyOf: (step: DueStep) => string): Map<string, number> =>
  new Map([...Map.groupBy(steps, keyOf)].map(([key, group]) => [key, group.length]));

const raise = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};
