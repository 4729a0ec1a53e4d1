import type { StepId } from "../domain/ids.ts";
import type { DueStep, Work } from "../ports/repository.ts";

/** What limits the start of new work besides what is already under way. */
export interface Limits {
  /** Most steps under way at once in the step's lane. */
  readonly laneLimit: (step: DueStep) => number;
  /** Earliest time the step's lane may start another call, epoch ms. */
  readonly laneOpensAtMs: (step: DueStep) => number;
  /** How many more saved operations may be looked after at once. */
  readonly pollRoom: number;
  /** Whether the step's lane starts one call at a time and then looks again. */
  readonly laneIsSlow: (step: DueStep) => boolean;
}

/** Which due steps to start now, and when to look again if time alone would free more. */
export interface Choice {
  readonly start: readonly DueStep[];
  /** Epoch ms; null when only an event can change the answer. */
  readonly lookAgainAtMs: number | null;
}

/**
 * Chooses fairly: the project with the least under way goes first, so a long film leaves room for a short one; then
 * the oldest project, so that of many films the first are done early instead of all at the end; then the step due
 * longest. Looking after a saved operation needs no place in its lane, since it holds one already, only one among
 * those looked after at once. Pure.
 */
export function selectWork(work: Work, running: ReadonlySet<StepId>, limits: Limits, nowMs: number): Choice {
  const busy = countBy(work.active, (step) => step.lane);
  const load = countBy(work.active, (step) => step.projectId);
  const due = work.due.filter((step) => !running.has(step.id));
  const starts = due.filter((step) => step.status === "waiting").slice(0, Math.max(0, limits.pollRoom));
  let lookAgainAtMs = work.nextDueAtMs;
  const claimedLanes = new Set<string>();
  const hasPlace = (step: DueStep): boolean => (busy.get(step.lane) ?? 0) < limits.laneLimit(step);
  // What has no place now gets none in this round: with thousands of steps due, only those that may start are compared.
  let candidates = due.filter((step) => step.status !== "waiting" && hasPlace(step));
  while (candidates.length > 0) {
    const step = takeFairest(candidates, load);
    const opensAtMs = limits.laneOpensAtMs(step);
    if (opensAtMs > nowMs) lookAgainAtMs = Math.min(lookAgainAtMs ?? opensAtMs, opensAtMs);
    const spaced = claimedLanes.has(step.lane) && limits.laneIsSlow(step);
    if (opensAtMs > nowMs || spaced) continue;
    starts.push(step);
    claimedLanes.add(step.lane);
    raise(busy, step.lane);
    raise(load, step.projectId);
    if (!hasPlace(step)) candidates = candidates.filter(hasPlace);
  }
  return { start: starts, lookAgainAtMs };
}

function takeFairest(candidates: DueStep[], load: ReadonlyMap<string, number>): DueStep {
  const rank = (step: DueStep) => load.get(step.projectId) ?? 0;
  let best = 0;
  for (let i = 1; i < candidates.length; i++) {
    const [a, b] = [candidates[i], candidates[best]];
    if (a !== undefined && b !== undefined && (rank(a) - rank(b) || byAge(a, b)) < 0) best = i;
  }
  const [taken] = candidates.splice(best, 1);
  if (taken === undefined) throw new RangeError("no candidate");
  return taken;
}

/** Ids of projects grow with the time they were made at. */
function byAge(a: DueStep, b: DueStep): number {
  if (a.projectId !== b.projectId) return a.projectId < b.projectId ? -1 : 1;
  return a.dueAtMs - b.dueAtMs;
}

function countBy(steps: readonly DueStep[], keyOf: (step: DueStep) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const step of steps) raise(counts, keyOf(step));
  return counts;
}

const raise = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};
