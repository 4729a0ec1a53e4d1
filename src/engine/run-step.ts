import { asVidpipeError, failureClass, VidpipeError } from "../domain/errors.ts";
import type { Change, ProjectFacts } from "../domain/facts.ts";
import { type ProjectId, type StepId, SubmitId } from "../domain/ids.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import { isRejected } from "../domain/money.ts";
import { type ArtifactRef, type Step, submitOfReply } from "../domain/step.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import { keptAnswer, purchasesOf } from "../planning/purchases.ts";
import type { Complaint } from "../ports/provider.ts";
import { providerOf, type World } from "../ports/world.ts";
import { claimStep, complaintOf, type QuoteFor } from "./claim-step.ts";
import { concludeStep, type StepOutcome } from "./conclude-step.ts";
import { type EngineContext, liveSubmit } from "./concluded-case.ts";
import { type AnswerFile, type KeepDeps, keepForkResult, keepReply, keepResult, readReply } from "./keep-answer.ts";
import { type Ending, endingOf } from "./lane-throttle.ts";
import { type CallPhase, createPaidCall } from "./paid-call.ts";
import type { Policy } from "./policy.ts";
import { lateOperation } from "./recover-steps.ts";
import { stepFields } from "./step-fields.ts";
import { filmAnimatic } from "./steps/animatic.ts";
import { filmClip } from "./steps/clip.ts";
import { drawKeyframe } from "./steps/keyframe.ts";
import type { Outcome, StepContext } from "./steps/outcome.ts";
import { stitchFinal } from "./steps/stitch.ts";
import { writeStoryboard } from "./steps/storyboard.ts";

/** A step to run, and how it may be stopped. */
export interface StepRun {
  readonly projectId: ProjectId;
  readonly stepId: StepId;
  /** The epoch under which this process drives the project. */
  readonly epoch: number;
  /** When this process last began to renew its leases, by both clocks that are never set, ms. */
  readonly leasedAt: { readonly monotonic: number; readonly sinceBoot: number };
  /** Aborts when the project is cancelled or the process stops. */
  readonly signal: AbortSignal;
  /** Aborts when the process can wait no longer. */
  readonly paidSignal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
  /** Told of a failure before it is written down. Returns how long the step's lane is closed for it, ms; null: it is not. */
  readonly onFailure?: (failure: VidpipeError) => number | null;
}

/** How a run ended. */
export interface StepReport {
  /** The step as it is now; null when it could not be claimed. */
  readonly step: Step | null;
  /** What its service said; `stopped` also where it was not asked. */
  readonly ending: Ending;
}

/**
 * A paid call leaves only within this time of the last lease renewal, ms by both clocks: later the machine slept or the
 * process was frozen, and another process may drive the project. Well below the lease. The intent's own age would not
 * do: a process that wakes after its lease can still commit one before it is replaced.
 */
const staleLeaseMs = 10_000;

/** Runs one step once: claims it and commits the intent, performs it, classifies and commits the outcome. */
export async function runStep(stepRun: StepRun, world: World, policy: Policy): Promise<StepReport> {
  const { repository, clock, random, log } = world;
  let laneWaitMs: number | null = null;
  const engineContext = (): EngineContext => ({
    nowMs: clock.now(),
    id: () => random.id(),
    random: random.number(),
    policy,
    ...(laneWaitMs !== null && { laneWaitMs }),
  });
  let complaint: Complaint | null = null;
  const claimed = await repository.change(stepRun.projectId, stepRun, (facts) => {
    const due = facts.steps.find(({ id }) => id === stepRun.stepId);
    complaint = due === undefined ? null : complaintOf(facts, due);
    const quoteOf: QuoteFor = (...args) => providerOf(world, facts.project).quote(...args);
    return claimStep(facts, stepRun.stepId, quoteOf, policy, engineContext());
  });
  const step = claimed.steps.find((s) => s.id === stepRun.stepId);
  if (step?.status !== "running") return { step: null, ending: "stopped" };

  const submit = liveSubmit(claimed, step.id);
  const fields = stepFields(step, submit, stepRun.epoch);
  log.debug(step.operation === null ? "step claimed" : "operation polled", fields);
  const onSent = () => submit !== undefined && log.debug("paid call sent", fields);
  const call = callOf(claimed, step, stepRun, world, { onSent, context: engineContext });
  const stepOutcome = await run(
    step,
    { ...contextOf(claimed, step, stepRun, world), ...call.context, complaint },
    call,
    stepRun,
  );
  if (stepOutcome.kind === "failure") laneWaitMs = stepRun.onFailure?.(stepOutcome.failure) ?? null;
  await publish(stepOutcome, step, world);
  const commit = (as: StepOutcome) => commitOutcome(stepRun, claimed, step, as, world, engineContext);
  const concluded = await commit(stepOutcome).catch((thrown: unknown) => commit(unusable(stepOutcome, thrown)));
  const after = concluded.steps.find((s) => s.id === step.id) ?? null;
  const settled = concluded.submits.find((s) => s.id === submit?.id);
  log.debug("step settled", { ...stepFields(after ?? step, settled, stepRun.epoch), ...endFields(stepOutcome, after) });
  return { step: after, ending: endingOf(stepOutcome) };
}

/** What a debug line says of a run's outcome. */
const endFields = (of: StepOutcome, after: Step | null) => ({
  ended: of.kind === "outcome" ? of.outcome.kind : of.kind,
  status: after?.status ?? null,
  ...(of.kind === "failure" && { code: of.failure.code, phase: of.phase }),
});

/** Wait between two tries to commit an outcome, ms. */
const commitRetryMs = 1_000;

/**
 * Commits an outcome, and does not give up while the database cannot be written: what was bought must not be lost.
 * An operation's name was paid for: it is recorded even when another process drives the project now.
 */
async function commitOutcome(
  stepRun: StepRun,
  claimed: ProjectFacts,
  step: Step,
  stepOutcome: StepOutcome,
  { repository, clock, log }: World,
  engineContext: () => EngineContext,
): Promise<ProjectFacts> {
  const name = operationNameOf(stepOutcome);
  const submit = liveSubmit(claimed, step.id);
  const decide = (facts: ProjectFacts): readonly Change[] => {
    const stillOurs = facts.project.epoch === stepRun.epoch && liveSubmit(facts, step.id)?.id === submit?.id;
    if (name !== undefined && !(stillOurs && isRunning(facts, step.id)))
      return lateOperation(facts, step.id, submit?.id, name, engineContext());
    return concludeStep(facts, step.id, stepOutcome, engineContext());
  };
  for (;;) {
    try {
      return await repository.change(stepRun.projectId, name === undefined ? stepRun : null, decide);
    } catch (thrown) {
      const failure = asVidpipeError(thrown);
      const { area, retry } = failureClass(failure.code);
      const mayPass = area === "storage" || retry !== "never";
      if (!mayPass || stepRun.paidSignal.aborted) throw failure;
      log.error("could not write down how a step ended; trying again", { error: failure.message });
      await clock.sleep(commitRetryMs, stepRun.paidSignal);
    }
  }
}

/**
 * The outcome as a failure, where a bug in vidpipe kept it from being committed. A step left running would be recovered
 * as lost and bought again at every start. Throws again what is not such a bug, or would lose an operation's name.
 */
function unusable(stepOutcome: StepOutcome, thrown: unknown): StepOutcome {
  const { code, message } = asVidpipeError(thrown);
  if (code !== "internal" || operationNameOf(stepOutcome) !== undefined) throw thrown;
  const words = `what came could not be used (${message}), a fault of vidpipe: what was paid for is kept`;
  if (stepOutcome.kind !== "outcome")
    return { ...stepOutcome, kind: "failure", failure: new VidpipeError("internal", words) };
  return { kind: "failure", failure: new VidpipeError("internal", words), phase: "answered" };
}

const isRunning = (facts: ProjectFacts, stepId: StepId): boolean =>
  facts.steps.some((step) => step.id === stepId && step.status === "running");

const operationNameOf = (of: StepOutcome): string | undefined =>
  of.kind === "outcome" && of.outcome.kind === "waiting" ? of.outcome.operationName : undefined;

/** Tells, when it is called, whether a paid call may leave. */
function departure({ signal, leasedAt }: StepRun, { clock }: World): () => boolean {
  return () =>
    !signal.aborted &&
    clock.monotonic() - leasedAt.monotonic <= staleLeaseMs &&
    clock.sinceBoot() - leasedAt.sinceBoot <= staleLeaseMs;
}

/** The paid call of a step, or the answer that is kept of it, with what the step may do about either. */
function callOf(
  facts: ProjectFacts,
  step: Step,
  stepRun: StepRun,
  world: World,
  { onSent, context }: { readonly onSent: () => void; readonly context: () => DecisionContext },
) {
  const live = liveSubmit(facts, step.id);
  const bought = live ?? purchasesOf(facts, step).at(-1);
  const kept = keptAnswer(facts, step);
  const provider = providerOf(world, facts.project);
  const reply = kept?.reply ?? null;
  // The call of an answer that came with a fork is the source's: its name tells it.
  const origin = reply === null ? null : submitOfReply(reply.key);
  const forked = SubmitId.safeParse(origin).data ?? null;
  const deps: KeepDeps = { world, projectId: stepRun.projectId, context, signal: stepRun.paidSignal };
  const call = createPaidCall({
    kept: reply === null ? null : () => readReply(world, reply),
    mayLeave: departure(stepRun, world),
    onSent,
    keep: async (answer) => {
      if (live === undefined) return;
      const billedUsd = provider.billedOf?.(step.order, facts.project.models, answer) ?? null;
      await keepReply(live.id, answer, deps, billedUsd);
    },
  });
  return {
    ...call,
    context: {
      buy: call.buy,
      submitId: bought?.id ?? forked,
      result: kept?.result ?? null,
      resultRejected: isRejected(bought?.verdict ?? null),
      keepResult: async (file: AnswerFile) => {
        if (bought !== undefined) await keepResult(bought.id, file, deps);
        else await keepForkResult(step.id, file, deps);
      },
    },
  };
}

async function run(
  step: Step,
  context: StepContext,
  call: ReturnType<typeof createPaidCall>,
  stepRun: StepRun,
): Promise<StepOutcome> {
  try {
    return { kind: "outcome", outcome: await perform(step, context) };
  } catch (thrown) {
    const phase = call.phase();
    const failure = asVidpipeError(thrown);
    if (!call.heldBack() && !isStopped(failure, phase, stepRun)) return { kind: "failure", failure, phase };
    return { kind: "stopped", phase: saysUnsent(failure) && phase !== "answered" ? "unsent" : phase };
  }
}

/** Whether a step failed because it was told to stop. What was answered is not stopped, but a look at it is: it is repeated for nothing. */
function isStopped(failure: VidpipeError, phase: CallPhase, { signal, paidSignal }: StepRun): boolean {
  if (failure.code === "run.interrupted") return signal.aborted || paidSignal.aborted;
  return signal.aborted && phase !== "answered" && !saysCharged(failure);
}

/** A classified failure that cannot have cost anything means that the call did not count as sent. */
const saysUnsent = ({ code }: VidpipeError): boolean => failureClass(code).charge === "none";

/** Whether a failure is the service's word that something was charged: it counts, although the process was told to stop. */
const saysCharged = ({ code, facts }: VidpipeError): boolean =>
  code === "provider.refused" ? facts.charged !== false : failureClass(code).charge === "full";

/** The one place that knows which function makes which kind of step. */
function perform(step: Step, context: StepContext): Promise<Outcome> {
  const { order } = step;
  switch (order.kind) {
    case "storyboard":
      return writeStoryboard({ ...context, order });
    case "keyframe":
      return drawKeyframe({ ...context, order });
    case "clip":
      return filmClip({ ...context, order });
    case "animatic":
      return filmAnimatic({ ...context, order });
    case "stitch":
      return stitchFinal({ ...context, order });
  }
}

function contextOf(facts: ProjectFacts, step: Step, stepRun: StepRun, world: World) {
  const { signal, paidSignal, onProgress } = stepRun;
  const { media, captions, artifacts } = world;
  return {
    order: step.order,
    position: step.position,
    operation: step.operation,
    fit: step.fit,
    project: facts.project,
    provider: providerOf(world, facts.project),
    media,
    captions,
    artifacts,
    artifact: (ref: ArtifactRef) => {
      const artifact = facts.artifacts.find((a) => a.id === ref.id);
      if (artifact === undefined)
        throw new VidpipeError("storage.damaged", `a file this step is made from is not recorded: ${ref.sha256}`);
      return artifact;
    },
    onProgress,
    signal,
    paidSignal,
  };
}

/** Names that people expect in a project's folder. */
const PUBLIC_NAMES: Partial<Record<StepKind, string>> = { stitch: "final.mp4", animatic: "animatic.mp4" };

/**
 * Gives a finished film its public name beside the artifacts, before its row is written: a complete project has it,
 * wherever the process dies. The row is what counts; a repeated stitch publishes the same film again.
 */
async function publish(of: StepOutcome, { kind }: Step, { artifacts, log }: World): Promise<void> {
  const name = PUBLIC_NAMES[kind];
  if (name === undefined || of.kind !== "outcome" || of.outcome.kind !== "made") return;
  await artifacts.publish(of.outcome.made.file.key, name).catch((thrown: unknown) => {
    log.warn(`${name} could not be given its public name`, { error: asVidpipeError(thrown).message });
  });
}
