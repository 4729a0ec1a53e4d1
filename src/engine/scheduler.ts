/** The scheduler, in one file because leases, recovery and running steps share one state. */
import { asVidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { ProjectId, StepId } from "../domain/ids.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import type { Step } from "../domain/step.ts";
import { withConsequences } from "../planning/consequences.ts";
import { bringForward, waitsForLogin } from "../planning/waiting.ts";
import type { DueStep } from "../ports/repository.ts";
import type { World } from "../ports/world.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { findReplies } from "./keep-answer.ts";
import { type ClosedLane, createGate } from "./lane-throttle.ts";
import { createLoginWatch } from "./login-watch.ts";
import type { Policy } from "./policy.ts";
import { putOff, recoverSteps } from "./recover-steps.ts";
import { runStep, type StepRun } from "./run-step.ts";
import { selectWork } from "./select-work.ts";
import { stepFields } from "./step-fields.ts";

/** Runs the due steps of the projects this process drives. */
export type Scheduler = ReturnType<typeof createScheduler>;

/** A lane whose service takes nothing for now, and when it is tried again, epoch ms: in the past while that is done. */
export type LaneReport = Omit<ClosedLane, "opensAt"> & { readonly untilMs: number };

/** Longest pause between two rounds while projects are driven, ms: other processes may have changed something. */
const roundMs = 2_000;
/** Pause between two searches for projects whose driver is gone, ms; the lease they may still hold is six times that. */
const orphanSearchMs = 5_000;
/** Time a paid call under way has to answer when the process stops, ms. */
const stopGraceMs = 10_000;

/** Time in one round for recovering what dead processes left, ms. */
const recoverMs = 100;
/** Most operations polled at once. Thousands are due when a server starts: polled all at once they would stop all else. */
const pollsAtOnce = 32;

/** Most bytes of one answer, by what it is for. A still comes as text, a third longer than its 64 MiB. */
const largestAnswerBytes: Readonly<Record<StepKind, number>> = {
  storyboard: 2 ** 20,
  keyframe: 88 * 2 ** 20,
  animatic: 0,
  clip: 2 ** 20,
  stitch: 0,
};

/** Leases renewed less than this ago are not renewed again, ms: many steps may end at about the same time. */
const freshLeaseMs = 1_000;

/** A film is told of a lane that is closed for at least this long, ms; a shorter wait is over before anybody reads it. */
const tellFromMs = 10_000;
/** Most films that are told in one round. */
const toldAtOnce = 32;

/** Differences of two clocks up to this are noise, ms. */
const clockNoiseMs = 1_500;

interface Running {
  readonly projectId: ProjectId;
  readonly kind: StepKind;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  /** It polls an operation. */
  readonly isPoll: boolean;
  progress: number | undefined;
}

export function createScheduler(world: World, policy: Policy, feed: ChangeFeed) {
  const { repository, leases, artifacts, clock, owner, random, log } = world;
  const driven = new Map<ProjectId, number>();
  /** Projects of this process whose last driver's steps are not recovered yet. */
  const inherited = new Map<ProjectId, number>();
  /** Projects that others drive and that this process acquires when their driver is gone. */
  const awaited = new Set<ProjectId>();
  /** Projects that were found without a driver and that this process may not drive. */
  const refused = new Set<ProjectId>();
  let awaitsAll = false;
  let orphansSearchedAt = Number.NEGATIVE_INFINITY;
  const running = new Map<StepId, Running>();
  const gate = createGate(policy);
  const logins = createLoginWatch(world.providers, log);
  const awaiting: Policy = { ...policy, awaitsLogin: true };
  const paid = new AbortController();
  /** A refused login works again, which the films that wait for it do not know yet. */
  let loginWorks = false;
  let stopping = false;
  let pause = new AbortController();
  let looping: Promise<void> | null = null;
  /** How far the wall clock is ahead of the monotonic one, ms. */
  let aheadMs = clock.now() - clock.monotonic();
  /** When this process last began to renew its leases. */
  let leasedAt: StepRun["leasedAt"] = { monotonic: Number.NEGATIVE_INFINITY, sinceBoot: Number.NEGATIVE_INFINITY };

  const isBusy = () => driven.size > 0 || inherited.size > 0 || awaited.size > 0 || awaitsAll;

  /** Starts a round now instead of at its time. */
  const wake = (): void => {
    pause.abort();
    if (looping === null && !stopping && isBusy()) looping = loop().finally(() => (looping = null));
  };

  async function loop(): Promise<void> {
    while (!stopping && isBusy()) {
      pause = new AbortController();
      const untilMs = await round().catch((thrown: unknown) => {
        log.error("looking for work failed; trying again", { error: asVidpipeError(thrown).message });
        return null;
      });
      const pauseMs = Math.min(roundMs, untilMs === null ? roundMs : Math.max(0, untilMs - clock.now()));
      await clock.sleep(pauseMs, pause.signal);
    }
  }

  /** Starts what may start. Returns when time alone would allow more, epoch ms; null when only an event would. */
  async function round(): Promise<number | null> {
    await keepLeases();
    await acquireOrphans();
    await recoverInherited();
    await followClock();
    await followLogins();
    const nowMs = clock.now();
    const work = await repository.work(owner.self, nowMs);
    const limits = {
      laneLimit: policy.laneLimit,
      laneOpensAtMs: (step: DueStep) => nowMs + gate.opensAt(step) - clock.monotonic(),
      laneIsSlow: (step: DueStep) => gate.isSlow(step),
      pollRoom: pollsAtOnce - [...running.values()].filter((entry) => entry.isPoll).length,
    };
    await tellWaiting(work.due, nowMs);
    const choice = selectWork(work, new Set(running.keys()), limits, nowMs);
    const starts = await whatDiskAllows(choice.start);
    for (const step of stopping ? [] : starts) start(step);
    return inherited.size > 0 ? nowMs : choice.nextRoundAtMs;
  }

  /** On a full disk nothing new is bought, and what was bought is still collected. */
  async function whatDiskAllows(steps: readonly DueStep[]): Promise<readonly DueStep[]> {
    const fresh = steps.filter((step) => step.status === "queued");
    // Room for the largest answers is there before they are bought.
    const answers = [...fresh.map(({ kind }) => kind), ...[...running.values()].map(({ kind }) => kind)];
    const answerBytes = answers.reduce((sum, kind) => sum + largestAnswerBytes[kind], 0);
    if (fresh.length === 0 || (await artifacts.freeBytes()) >= policy.freeFloorBytes + answerBytes) return steps;
    const patch = { hold: { reason: "disk" as const, message: "the disk is almost full: make room, then resume" } };
    for (const id of new Set(fresh.map((step) => step.projectId))) {
      const epoch = driven.get(id);
      if (epoch === undefined) continue;
      await repository.change(id, { epoch }, (facts) =>
        facts.project.hold === null ? withConsequences(facts, [{ type: "project", patch }], context()).changes : [],
      );
      feed.publish(id);
    }
    return steps.filter((step) => step.status !== "queued");
  }

  /** Brings due times forward that a wall clock set back has left far ahead. */
  async function followClock(): Promise<void> {
    const now = clock.now() - clock.monotonic();
    if (now < aheadMs - clockNoiseMs) {
      log.warn("the clock was set back", { seconds: Math.round((aheadMs - now) / 1_000) });
      for (const [id, epoch] of driven) await repository.change(id, { epoch }, (facts) => forward(facts, () => 0));
    }
    aheadMs = now;
  }

  const forward = (facts: ProjectFacts, longest: (step: Step) => number) =>
    withConsequences(facts, bringForward(facts, longest, context()), context()).changes;

  /** Tries what waits for a login again, in every film, once that may be another one. */
  async function followLogins(): Promise<void> {
    const renewed = logins.renewed(gate.closed());
    for (const lane of renewed) gate.open(lane, false);
    if (renewed.length === 0 && !loginWorks) return;
    loginWorks = false;
    const longest = ({ failure }: Step) => (waitsForLogin(failure) ? 0 : Number.POSITIVE_INFINITY);
    for (const [id, epoch] of driven) await repository.change(id, { epoch }, (facts) => forward(facts, longest));
  }

  /** Says in every film that is due why its lane is closed, and until when: only one of them is told by the service. */
  async function tellWaiting(due: readonly DueStep[], nowMs: number): Promise<void> {
    const closed = new Map(gate.closed().map((entry) => [entry.lane, entry]));
    const untilMs = ({ opensAt }: ClosedLane) => nowMs + opensAt - clock.monotonic();
    const waiting = due.flatMap((step) => {
      const lane = closed.get(step.lane);
      const isTold = lane !== undefined && untilMs(lane) >= nowMs + tellFromMs;
      return isTold && step.status === "queued" && !running.has(step.id) ? { step, lane } : [];
    });
    for (const { step, lane } of waiting.slice(0, toldAtOnce)) {
      const epoch = driven.get(step.projectId);
      if (epoch === undefined) continue;
      await repository.change(step.projectId, { epoch }, (facts) => {
        const changes = putOff(facts, step.id, lane.because, Math.ceil(untilMs(lane)));
        return withConsequences(facts, changes, context()).changes;
      });
      feed.publish(step.projectId);
    }
  }

  const context = () => ({ nowMs: clock.now(), id: () => random.id() });

  /** Renews the leases, and stops work on projects that this process lost or that were cancelled elsewhere. */
  async function keepLeases(): Promise<void> {
    const now = { monotonic: clock.monotonic(), sinceBoot: clock.sinceBoot() };
    // The clock since boot counts the machine's sleep, and goes on when this process is stopped.
    if (now.sinceBoot - leasedAt.sinceBoot < freshLeaseMs) return;
    const before = [...driven, ...inherited];
    const renewal = leases.renew();
    renewal.catch((thrown) => log.debug("leases not renewed", { owner: owner.self, error: String(thrown) }));
    const owned = new Set(await renewal);
    leasedAt = now;
    // What was acquired while the database was asked is not in its answer.
    for (const [id, epoch] of before) if (!owned.has(id) && (driven.get(id) ?? inherited.get(id)) === epoch) drop(id);
    await abortCancelled();
  }

  async function abortCancelled(): Promise<void> {
    const busy = new Set([...running.values()].map((r) => r.projectId));
    for (const id of busy) if ((await repository.status(id)).status === "cancelled") abort(id);
  }

  /** Acquires what this process waits for and a dead one has left. */
  async function acquireOrphans(): Promise<void> {
    const now = clock.monotonic();
    const waits = awaitsAll || awaited.size > 0;
    if (!waits || now - orphansSearchedAt < orphanSearchMs) return;
    orphansSearchedAt = now;
    const orphans = await leases.orphans();
    for (const id of orphans.filter((orphan) => awaitsAll || awaited.has(orphan))) await inherit(id);
  }

  /** Whether a project may be driven by this process. */
  async function mayDrive(id: ProjectId): Promise<boolean> {
    if (policy.refusal === null || refused.has(id)) return policy.refusal === null;
    // Strange data may be damaged too: what cannot be read is left alone, and the others are not.
    const facts = await repository.facts(id).catch(() => null);
    if (facts !== null && policy.refusal(facts.project.models.provider) !== null) refused.add(id);
    return facts !== null && !refused.has(id);
  }

  async function inherit(id: ProjectId): Promise<void> {
    if (!(await mayDrive(id))) return;
    const epoch = await leases.acquire(id);
    if (epoch === undefined) return;
    log.debug("lease acquired", { project: id, epoch, from: "a process that ended" });
    awaited.delete(id);
    if (driven.get(id) !== epoch) inherited.set(id, epoch);
  }

  function drop(id: ProjectId): void {
    log.debug("lease lost", { project: id, epoch: driven.get(id) ?? inherited.get(id) });
    log.warn("another process drives this project now", { project: id });
    driven.delete(id);
    inherited.delete(id);
    awaited.add(id);
    abort(id);
  }

  /** Recovers some of the inherited projects; the others wait for the next round, so that work goes on meanwhile. */
  async function recoverInherited(): Promise<void> {
    const startedAt = clock.monotonic();
    for (const [id, epoch] of inherited) {
      await recover(id, epoch);
      if (clock.monotonic() - startedAt > recoverMs) return;
    }
  }

  /** Once only: a second recovery would take steps that this process runs by now for abandoned ones. */
  async function recover(id: ProjectId, epoch: number): Promise<void> {
    let left: readonly Step[] = [];
    const replies = await findReplies(await repository.facts(id), world);
    const { steps, submits } = await repository.change(id, { epoch }, (facts) => {
      left = facts.steps.filter((step) => step.status === "running");
      return inherited.get(id) === epoch ? recoverSteps(facts, replies, policy, context()) : [];
    });
    if (inherited.get(id) !== epoch) return;
    for (const was of left) {
      const step = steps.find((now) => now.id === was.id) ?? was;
      const submit = submits.findLast((paidCall) => paidCall.stepId === was.id);
      log.debug("step recovered", { ...stepFields(step, submit, epoch), status: step.status });
    }
    inherited.delete(id);
    driven.set(id, epoch);
  }

  function start(step: DueStep): void {
    const epoch = driven.get(step.projectId);
    if (epoch === undefined) return;
    const controller = new AbortController();
    const isPoll = step.status === "waiting";
    const startedAt = clock.monotonic();
    const stamp = logins.stampOf(step.lane);
    const stepRun: StepRun = {
      projectId: step.projectId,
      stepId: step.id,
      epoch,
      leasedAt,
      signal: controller.signal,
      paidSignal: paid.signal,
      onProgress: (fraction: number) => {
        const entry = running.get(step.id);
        if (entry !== undefined) entry.progress = fraction;
        feed.publish(step.projectId);
      },
      onFailure: (failure) => {
        if (awaitsAll && waitsForLogin(failure)) logins.refused(step.lane, failure, stamp);
        return gate.failed(step, startedAt, failure, clock.monotonic(), random.number());
      },
    };
    if (step.status === "queued") gate.started(step, startedAt);
    const ended = runStep(stepRun, world, awaitsAll ? awaiting : policy)
      .then(({ step: tried, ending }) => {
        const gotThrough = gate.ended(step, ending) || (isPoll && ending === "answered");
        const waited = gotThrough ? logins.accepted(step.lane, gate.closed()) : [];
        for (const lane of waited) gate.open(lane, true);
        loginWorks ||= gotThrough && waited.length > 0;
        return tried !== null;
      })
      .catch((thrown: unknown) => {
        const { code, message } = asVidpipeError(thrown);
        gate.ended(step, "stopped");
        log.error("a step could not be written down", {
          project: step.projectId,
          kind: step.kind,
          code,
          error: message,
        });
        return false;
      })
      .then((moved) => {
        running.delete(step.id);
        feed.publish(step.projectId);
        // A step that could not be claimed is tried again in the next round, not at once.
        if (moved) wake();
      });
    running.set(step.id, {
      projectId: step.projectId,
      kind: step.kind,
      controller,
      ended,
      isPoll,
      progress: undefined,
    });
    feed.publish(step.projectId);
  }

  /** Stops the project's running steps; each records how it ended. */
  function abort(id: ProjectId): void {
    for (const entry of running.values()) if (entry.projectId === id) entry.controller.abort();
  }

  /** Starts nothing more, lets paid calls answer within 10 s, releases the leases. */
  async function stop(): Promise<void> {
    stopping = true;
    pause.abort();
    await looping;
    for (const entry of running.values()) entry.controller.abort();
    const idle = new AbortController();
    const ended = Promise.allSettled([...running.values()].map((entry) => entry.ended)).then(() => idle.abort());
    await clock.sleep(stopGraceMs, idle.signal);
    paid.abort();
    await ended;
    const held = [...driven, ...inherited];
    driven.clear();
    inherited.clear();
    awaited.clear();
    try {
      await leases.release();
    } catch (thrown) {
      // Others see that this process is gone, only a little later: how the work ended does not change.
      log.warn("the leases could not be given up", { error: asVidpipeError(thrown).message });
      return;
    }
    for (const [project, epoch] of held) log.debug("lease released", { project, epoch });
  }

  return {
    /** Drives a new project whose lease this process holds under this epoch. */
    drive(id: ProjectId, epoch: number): void {
      log.debug("lease acquired", { project: id, epoch, from: "a new project" });
      driven.set(id, epoch);
      wake();
    },
    /**
     * Recovers a project whose lease this process has just acquired, then drives it. Where the database fails meanwhile
     * the recovery is tried again in the background. @throws VidpipeError storage.*
     */
    async acquire(id: ProjectId, epoch: number): Promise<void> {
      if (driven.get(id) === epoch) return;
      log.debug("lease acquired", { project: id, epoch, from: "a command" });
      inherited.set(id, epoch);
      await recover(id, epoch).finally(wake);
    },
    /** The same, in the background. */
    adopt(id: ProjectId, epoch: number): void {
      if (driven.get(id) === epoch) return;
      log.debug("lease acquired", { project: id, epoch, from: "the last start" });
      inherited.set(id, epoch);
      wake();
    },
    /** Acquires a project as soon as the process that drives it is gone; without an id every such project. */
    standBy(id?: ProjectId): void {
      if (id === undefined) awaitsAll = true;
      else awaited.add(id);
      wake();
    },
    abort,
    wake,
    mayDrive,
    /** @throws VidpipeError storage.not_adopted where this process may not drive the projects of a provider */
    requireDrivable(provider: string): void {
      const refusal = policy.refusal?.(provider);
      if (refusal) throw refusal;
    },
    /** Lanes whose service takes nothing for now. */
    closedLanes: (): readonly LaneReport[] =>
      gate.closed().map(({ opensAt, ...lane }) => ({ ...lane, untilMs: clock.now() + opensAt - clock.monotonic() })),
    /** How far a running step is, 0..1; undefined where it does not say. */
    progressOf: (stepId: StepId): number | undefined => running.get(stepId)?.progress,
    stop,
  };
}
