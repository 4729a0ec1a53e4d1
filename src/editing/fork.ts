import type { Direction } from "../domain/direction.ts";
import { VidpipeError } from "../domain/errors.ts";
import { eventsOf, type ProjectEvent, type ProjectFacts } from "../domain/facts.ts";
import { type Project, UNBEGUN } from "../domain/project.ts";
import { type ProjectRecord, renamed } from "../domain/project-record.ts";
import type { Artifact, Step } from "../domain/step.ts";
import { type DecisionContext, withConsequences } from "../planning/consequences.ts";
import { piecesOf } from "../planning/pieces.ts";
import { plan } from "../planning/plan.ts";
import { keptAnswer } from "../planning/purchases.ts";

/** How a fork differs from its source. */
export interface ForkOptions {
  /** Another visual style; the scenes stay. */
  readonly style?: string;
}

/** A file of the new project, by the key it has in the old one. */
export interface SharedFile {
  readonly from: string;
  readonly to: string;
}

/**
 * A new project with the same direction and everything that was finished or paid for, under new ids, with an empty
 * ledger. What it would have to buy waits for the user to resume. Pure.
 */
export function forkOf(
  source: ProjectFacts,
  options: ForkOptions,
  context: DecisionContext,
): { readonly record: ProjectRecord; readonly files: readonly SharedFile[] } {
  const note = `forked from ${source.project.id}`;
  const copied = renamed(finishedPart(source), context.id);
  const before = { ...copied, committedTodayUsd: 0, project: asNew(copied.project, copied, options, context.nowMs) };
  const { changes, facts } = withConsequences(before, [], context);
  const { project, steps } = facts;
  const { direction, request } = project;
  const told: readonly Omit<ProjectEvent, "seq">[] = [
    { atMs: context.nowMs, type: "project", data: { edit: note } },
    ...eventsOf(before, changes, context.nowMs),
  ];
  const record: ProjectRecord = {
    ...copied,
    project,
    steps,
    revisions: [{ revision: 0, atMs: context.nowMs, note, direction, crossfadeSeconds: request.crossfadeSeconds }],
    events: told.map((event, place) => ({ seq: place + 1, ...event })),
  };
  const files = copied.artifacts.map(({ key }) => ({ from: key.replace(project.id, source.project.id), to: key }));
  return { record, files };
}

/**
 * What is finished, what the user skipped, and what was paid for and is kept: it is used or asked about there, and
 * never bought beside. Nothing else that was begun or failed.
 * @throws VidpipeError project.conflict where references have no finished step to belong to
 */
function finishedPart(source: ProjectFacts): ProjectRecord {
  const { project, steps } = source;
  const isFinished = ({ status }: Step) => status === "done" || status === "skipped";
  const answers = new Set<string>();
  const kept = steps.flatMap((step): Step[] => {
    // What was agreed to was for the source.
    const fresh = { ...step, operation: null, approvals: 0, reservedUsd: 0 };
    if (isFinished(step)) return [fresh];
    const answer = keptAnswer(source, step);
    if (answer === undefined) return [];
    for (const file of [answer.reply, answer.result]) if (file !== null) answers.add(file.id);
    return [{ ...fresh, fit: null, attempts: 0, status: step.status === "rejected" ? "rejected" : "cancelled" }];
  });
  const artifacts = source.artifacts.filter(({ id, role }) => role !== "answer" || answers.has(id));
  const ids = new Set(kept.map(({ id }) => id));
  const [home] = kept;
  const isReferred = project.direction.references?.some(({ artifact }) => artifact !== null) ?? false;
  if (isReferred && home === undefined)
    throw new VidpipeError("project.conflict", `nothing of project ${project.id} is finished yet: fork it then`);
  // References belong to the step they were given for, which may be left out here.
  const owned = (artifact: Artifact): Artifact[] => {
    if (ids.has(artifact.stepId)) return [artifact];
    return artifact.role === "reference" && home !== undefined ? [{ ...artifact, stepId: home.id }] : [];
  };
  const first = { revision: 0, atMs: 0, note: "", direction: project.direction, crossfadeSeconds: 0 };
  return { project, steps: kept, artifacts: artifacts.flatMap(owned), submits: [], revisions: [first], events: [] };
}

function asNew(project: Project, { steps, artifacts }: ProjectRecord, { style }: ForkOptions, nowMs: number): Project {
  // Nothing is bought in it yet, and no price of it was accepted.
  const accepted = { maxCostUsd: 0, createdAtMs: nowMs, updatedAtMs: nowMs };
  const fresh: Project = { ...project, ...UNBEGUN, until: "film", ...accepted };
  const facts = { project: fresh, steps, artifacts, submits: [], committedTodayUsd: 0 };
  const styled = style === undefined ? fresh : restyled(facts, style);
  const wanted = { ...facts, project: styled };
  const pieces = piecesOf(wanted, plan(wanted), { quoteOf: () => undefined, onAmbiguous: "ask" });
  // A stitch is free; anything else is bought only when the user resumes.
  const isFree = pieces.every(({ kind, toMake }) => !toMake || kind === "stitch");
  return { ...styled, until: isFree ? "film" : "nothing" };
}

/** The storyboard in another style; pins of the old one are dropped. */
function restyled(facts: ProjectFacts, style: string): Project {
  const { project } = facts;
  const { storyboard } = plan(facts);
  const direction: Direction = {
    ...project.direction,
    storyboard: storyboard && { ...storyboard, styleGuide: { ...storyboard.styleGuide, visualStyle: style } },
    picks: project.direction.picks.filter(({ inputKey }) => inputKey !== null),
  };
  return { ...project, direction, request: { ...project.request, style } };
}
