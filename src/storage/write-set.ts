import type { Revision } from "../domain/direction.ts";
import { VidpipeError } from "../domain/errors.ts";
import { applyChanges, type Change, eventsOf, type ProjectEvent, type ProjectFacts } from "../domain/facts.ts";
import { SETTLED_STATUSES } from "../domain/lifecycle.ts";
import { roundUsd } from "../domain/money.ts";
import type { Project } from "../domain/project.ts";
import type { Step } from "../domain/step.ts";

/** What one transaction is about to write. */
export interface WriteSet {
  readonly changes: readonly Change[];
  readonly facts: ProjectFacts;
  /** Still without numbers: the transaction gives them. */
  readonly events: readonly Omit<ProjectEvent, "seq">[];
  readonly revisions: readonly Revision[];
}

/**
 * Checks a decision against the facts it was made on and works out what it leads to. Pure.
 * @throws IllegalMove when the state table lacks a move; VidpipeError internal when a change names a foreign row
 */
export function writeSetOf(facts: ProjectFacts, decided: readonly Change[], nowMs: number): WriteSet {
  const changes = decided.map(inStoredUnits);
  let known = facts;
  for (const change of changes) {
    const unknownId = unknownRow(known, change);
    if (unknownId !== undefined)
      throw new VidpipeError("internal", `project ${facts.project.id} has no row ${unknownId}: nothing was written`);
    known = applyChanges(known, [change], nowMs);
  }
  return {
    changes,
    facts: { ...known, project: { ...known.project, updatedAtMs: nowMs } },
    events: eventsOf(facts, changes, nowMs),
    revisions: revisionsOf(facts.project, changes, nowMs),
  };
}

function revisionsOf({ revision: last }: Project, changes: readonly Change[], atMs: number): Revision[] {
  const directed = changes.filter((change) => change.type === "direct");
  return directed.map(({ type: _, ...directed }, number) => ({ ...directed, revision: last + number + 1, atMs }));
}

/** How a project was directed when it was made. */
export const firstRevision = ({ direction, request, createdAtMs: atMs }: Project): Revision => ({
  revision: 0,
  atMs,
  note: "as first made",
  direction,
  crossfadeSeconds: request.crossfadeSeconds,
});

/** The first lines of a project's history. */
export function creationEvents(project: Project, steps: readonly Step[]): readonly Omit<ProjectEvent, "seq">[] {
  const { status, message, createdAtMs: atMs } = project;
  const empty: ProjectFacts = { project, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
  const added = steps.map((step) => ({ type: "add_step" as const, step }));
  return [{ atMs, type: "project", data: { status, message } }, ...eventsOf(empty, added, atMs)];
}

// Amounts are stored as whole millionths of a dollar; what is returned must equal what will be read.
function inStoredUnits(change: Change): Change {
  switch (change.type) {
    case "add_submit":
      return { ...change, submit: { ...change.submit, usd: roundUsd(change.submit.usd) } };
    case "settle_submit": {
      const billed = change.patch?.billedUsd;
      return typeof billed === "number"
        ? { ...change, patch: { ...change.patch, billedUsd: roundUsd(billed) } }
        : change;
    }
    case "add_step":
      return { ...change, step: { ...change.step, reservedUsd: roundUsd(change.step.reservedUsd) } };
    case "project": {
      const cap = change.patch.maxCostUsd;
      return typeof cap === "number" ? { ...change, patch: { ...change.patch, maxCostUsd: roundUsd(cap) } } : change;
    }
    default:
      return change;
  }
}

/** The id in a change of a row that this project does not have; undefined when there is none. */
function unknownRow(facts: ProjectFacts, change: Change): string | undefined {
  switch (change.type) {
    case "advance":
      return missing(facts.steps, change.stepId);
    case "settle_submit":
      return missing(facts.submits, change.submitId);
    case "add_step":
      return foreign(facts, change.step);
    case "add_artifact":
      return foreign(facts, change.artifact) ?? missing(facts.steps, change.artifact.stepId);
    case "add_submit":
      return foreign(facts, change.submit) ?? missing(facts.steps, change.submit.stepId);
    case "project":
    case "direct":
      return undefined;
  }
}

const missing = (rows: readonly { readonly id: string }[], id: string): string | undefined =>
  rows.some((row) => row.id === id) ? undefined : id;

const foreign = (facts: ProjectFacts, row: { readonly id: string; readonly projectId: string }): string | undefined =>
  row.projectId === facts.project.id ? undefined : row.id;

/** Whether an event is sent to webhooks: only that a project settled. Progress goes to event streams. */
export const isWebhookEvent = ({ type, data }: Pick<ProjectEvent, "type" | "data">): boolean =>
  type === "project" && SETTLED_STATUSES.some((status) => status === data.status);
