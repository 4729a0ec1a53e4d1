import { reaches, type Until } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { type ProjectStatus, STAGE_OF, STEP_KINDS, type StepStatus } from "../domain/lifecycle.ts";
import { usdText } from "../domain/money.ts";
import { nameOf } from "../domain/piece-name.ts";
import { letsRun, type Project } from "../domain/project.ts";
import type { Step } from "../domain/step.ts";
import type { WaitingView } from "../domain/view.ts";
import { isAsking } from "./asking.ts";
import { stillsNeeded } from "./own-clips.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { waitingOf } from "./waiting.ts";

/** A project's status in one word and, where something stops it, one line. */
export interface StatusLine {
  readonly status: ProjectStatus;
  readonly message: string | null;
}

const inStatus = (planned: PlannedStep, statuses: readonly StepStatus[]): boolean =>
  planned.step !== null && statuses.includes(planned.step.status);

/** The project's status: a pure function of what is recorded and its plan; it is never set by hand. */
export function statusOf(facts: ProjectFacts, current: Plan): StatusLine {
  const { project } = facts;
  if (project.cancelled) return { status: "cancelled", message: "cancelled; everything made so far is kept" };
  const settled = isComplete(current)
    ? ({ status: "complete", message: missingMessage(current) } as const)
    : stoppedBy(facts, current);
  // What is under way ends first, and it is known already why nothing more begins.
  if (settled === undefined)
    return { status: earliestStage(current), message: project.hold?.message ?? putOff(unfinishedOf(current)) };
  // Under a budget hold the takes that have money of their own are still made.
  const isStill = project.hold?.reason === "disk" && settled.status !== "complete";
  return isStill ? settled : standingBeside(facts, current, settled);
}

/** The status of a project whose film is at rest, with regard to unfinished steps that the film does not need. */
function standingBeside({ project, steps }: ProjectFacts, current: Plan, settled: StatusLine): StatusLine {
  const needed = new Set(current.steps.map((planned) => planned.step?.id));
  const beside = steps.filter((step) => UNFINISHED.includes(step.status) && !needed.has(step.id));
  const moving = beside.filter((step) => step.status === "running" || letsRun(project, step));
  const [next] = moving;
  if (next !== undefined) return { status: STAGE_OF[next.kind], message: putOff(moving) };
  if (project.hold === null || beside.length === 0) return settled;
  return { status: "held", message: project.hold.message };
}

/** Why nothing moves although the project goes on by itself; null while anything does. */
const putOff = (open: readonly Step[]): string | null => waitingOf(open)?.message ?? null;

/** What the project waits for by itself, as its recorded message says; undefined where that is something else. */
export function waitingFor({ project, steps }: ProjectFacts, current: Plan): WaitingView | undefined {
  const needed = unfinishedOf(current);
  const open = needed.length > 0 ? needed : steps.filter((step) => UNFINISHED.includes(step.status));
  const waiting = waitingOf(open);
  return waiting?.message === project.message ? (waiting ?? undefined) : undefined;
}

const UNFINISHED: readonly StepStatus[] = ["queued", "running", "waiting"];
const unfinishedOf = ({ steps }: Plan): Step[] =>
  steps.flatMap(({ step }) => (step !== null && UNFINISHED.includes(step.status) ? step : []));

function isComplete({ steps }: Plan): boolean {
  const last = steps.at(-1);
  return last?.kind === "stitch" && inStatus(last, ["done"]);
}

function missingMessage({ missingScenes }: Plan): string | null {
  if (missingScenes.length === 0) return null;
  return `without scene ${missingScenes.map((scene) => scene + 1).join(", ")}, which was skipped`;
}

/** What keeps a project from going on by itself; undefined while anything still moves. */
function stoppedBy({ project }: ProjectFacts, { steps, missingScenes, storyboard }: Plan): StatusLine | undefined {
  if (steps.some((planned) => inStatus(planned, ["running"]))) return undefined;
  // On a full disk not even what was bought is collected.
  const collecting = project.hold?.reason !== "disk" && steps.some((planned) => inStatus(planned, ["waiting"]));
  if (collecting) return undefined;
  if (project.hold !== null) return { status: "held", message: project.hold.message };
  const isDue = (planned: PlannedStep) =>
    planned.step === null ? reaches(project.until, planned.kind) : planned.step.status === "queued";
  if (steps.some(isDue)) return undefined;
  // What comes after the stage where it is to stop is asked about when it goes on.
  const [wanted, later] = [true, false].map((isWanted) =>
    steps.filter(({ kind }) => reaches(project.until, kind) === isWanted),
  );
  const failed = wanted?.find((planned) => inStatus(planned, ["failed"]));
  if (failed !== undefined) return { status: "failed", message: lineOf(failed) };
  const asking = wanted?.find(({ step }) => step !== null && isAsking(step.status));
  if (asking !== undefined) return { status: "held", message: lineOf(asking) };
  const isStopped = later?.some(({ step }) => step !== null && (step.status === "failed" || isAsking(step.status)));
  if (isStopped || steps.some((planned) => planned.step === null || inStatus(planned, ["cancelled"])))
    return { status: "review", message: reviewLine(project, steps) };
  const nothingLeft = storyboard !== null && missingScenes.length === storyboard.scenes.length;
  const fault = nothingLeft
    ? "every scene was skipped: there is nothing to stitch"
    : "the storyboard was skipped: there is nothing to film";
  return { status: "failed", message: `${fault}; what was skipped can be taken up again` };
}

const READY = {
  nothing: "the film was changed and some of it is to be made again",
  storyboard: "the storyboard is ready",
  keyframes: "the keyframes are ready",
  animatic: "the animatic is ready",
  clips: "the clips are ready",
  film: "some of the film was stopped",
} as const satisfies Record<Until, string>;

const reviewLine = ({ until }: Project, steps: readonly PlannedStep[]): string =>
  `${READY[until]}${priceOf(steps)}: look at what comes next and its price, then go on`;

/** What the clips cost that an animatic stands for, as it was told when it was made. */
function priceOf(steps: readonly PlannedStep[]): string {
  const result = steps.find(({ kind }) => kind === "animatic")?.step?.result;
  const usd = result?.kind === "artifact" ? result.report?.clipsUsd : undefined;
  return typeof usd === "number" && usd > 0 ? ` (the clips it stands for cost ${usdText(usd)})` : "";
}

const lineOf = (planned: PlannedStep): string =>
  `${nameOf(planned)}: ${planned.step?.failure?.message ?? planned.step?.status ?? "not started"}`;

function earliestStage(current: Plan): ProjectStatus {
  const { steps, storyboard } = current;
  const [first] = steps;
  if (storyboard === null) {
    const untouched = first?.step === null || (first?.step.status === "queued" && first.step.attempts === 0);
    return untouched ? "pending" : "storyboarding";
  }
  const scenes = storyboard.scenes.length;
  const animatics = steps.filter(({ kind }) => kind === "animatic").length;
  const needed = {
    storyboard: 0,
    keyframe: stillsNeeded(current).length,
    animatic: animatics,
    clip: scenes,
    stitch: 1,
  };
  const unfinished = STEP_KINDS.find((kind) => {
    const ready = steps.filter((planned) => planned.kind === kind && inStatus(planned, ["done", "skipped"])).length;
    return ready < needed[kind];
  });
  return STAGE_OF[unfinished ?? "stitch"];
}
