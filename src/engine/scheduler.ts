import { asVidpipeError } from "../domain/errors.ts";
import type { ProjectId, StepId } from "../domain/ids.ts";
import { withConsequences } from "../planning/consequences.ts";
import type { DueStep } from "../ports/repository.ts";
import type { World } from "../ports/world.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { createGate } from "./lane-throttle.ts";
import type { Policy } from "./policy.ts";
import { bringForward, recoverSteps } from "./recover-steps.ts";
import { runStep, type StepRun } from "./run-step.ts";
import type { Scheduler } from "./scheduler-types.ts";
import { selectWork } from "./select-work.ts";

/** Longest pause between two looks while projects are driven, ms: other processes may have changed something. */
const lookMs = 2_000;
/** Pause between two looks for projects whose driver is gone, ms; the lease they may still hold is six times that. */
const orphanLookMs = 5_000;
/** Time a paid call under way has to answer when the process stops, ms. */
const stopGraceMs = 10_000;

/** Longest time in one look for putting right what dead processes left, ms. */
const recoverMs = 100;
/** Saved operations looked after at once. Thousands are due when a server starts: all at once nothing else would run. */
const pollsAtOnce = 32;

/** A sign of life younger than this is not given again, ms: many steps may end at about the same time. */
const freshLeaseMs = 1_000;

/** Difference of two clocks that means nothing, ms. */
const clockNoiseMs = 1_500;

interface Running {
  readonly projectId: ProjectId;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  /** It looks after a saved operation. */
  readonly isPoll: boolean;
  progress: number | undefined;
}

export function createScheduler(world: World, policy: Policy, feed: ChangeFeed): Scheduler {
  const { repository, leases, artifacts, clock, owner, random, log } = world;
  const driven = new Map<ProjectId, number>();
  /** Projects of this process whose last driver's steps are not put right yet. */
  const inherited = new Map<ProjectId, number>();
  /** Projects that others drive and this process would go on with; `heir`: all of them. */
  const awaited = new Set<ProjectId>();
  let heir = false;
  let orphansLookedAt = Number.NEGATIVE_INFINITY;
  const running = new Map<StepId, Running>();
  const gate = createGate(policy);
  const paid = new AbortController();
  let stopping = false;
  let pause = new AbortController();
  let looping: Promise<void> | null = null;
  /** What the wall clock is ahead of the one that never jumps, ms. */
  let aheadMs = clock.now() - clock.monotonic();
  /** When this process last began to say that it lives. */
  let leasedAt: StepRun["leasedAt"] = { monotonic: Number.NEGATIVE_INFINITY, sinceBoot: Number.NEGATIVE_INFINITY };
  /** What the machine slept, and how long it ran before this process, ms. */
  let asleepMs = clock.sinceBoot() - clock.monotonic();

  const isBusy = () => driven.size > 0 || inherited.size > 0 || awaited.size > 0 || heir;

  const wake = (): void => {
    pause.abort();
    if (looping === null && !stopping && isBusy()) looping = loop().finally(() => (looping = null));
  };

  async function loop(): Promise<void> {
    while (!stopping && isBusy()) {
      pause = new AbortController();
      const untilMs = await look().catch((thrown: unknown) => {
        log.error("looking for work failed; trying again", { message: asVidpipeError(thrown).message });
        return null;
      });
      const pauseMs = Math.min(lookMs, untilMs === null ? lookMs : Math.max(0, untilMs - clock.now()));
      await clock.sleep(pauseMs, pause.signal);
    }
  }

  /** Starts what may start; returns when time alone would free more. */
  async function look(): Promise<number | null> {
    await keepLeases();
    await takeOrphans();
    await recoverInherited();
    await followClock();
    const nowMs = clock.now();
    const work = await repository.work(owner.self, nowMs);
    const limits = {
      laneLimit: policy.laneLimit,
      laneOpensAtMs: (step: DueStep) => nowMs + gate.opensAt(step) - clock.monotonic(),
      laneIsSlow: (step: DueStep) => gate.isSlow(step),
      pollRoom: pollsAtOnce - [...running.values()].filter((entry) => entry.isPoll).length,
    };
    const choice = selectWork(work, new Set(running.keys()), limits, nowMs);
    const starts = await withRoom(choice.start);
    for (const step of stopping ? [] : starts) start(step);
    return inherited.size > 0 ? nowMs : choice.lookAgainAtMs;
  }

  /** Without room for what would be made nothing new is bought; what was bought is still collected. */
  async function withRoom(steps: readonly DueStep[]): Promise<readonly DueStep[]> {
    const fresh = steps.filter((step) => step.status === "queued");
    if (fresh.length === 0 || (await artifacts.freeBytes()) >= policy.freeFloorBytes) return steps;
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

  /** A wall clock that was set back leaves due times far ahead: they are brought forward. */
  async function followClock(): Promise<void> {
    const now = clock.now() - clock.monotonic();
    if (now < aheadMs - clockNoiseMs) {
      log.warn("the clock was set back", { seconds: Math.round((aheadMs - now) / 1_000) });
      for (const [id, epoch] of driven)
        await repository.change(id, { epoch }, (facts) => bringForward(facts, clock.now(), context()));
    }
    aheadMs = now;
  }

  /** Whether the machine slept since this was last asked. */
  function hasSlept(): boolean {
    const before = asleepMs;
    asleepMs = clock.sinceBoot() - clock.monotonic();
    return asleepMs > before + clockNoiseMs;
  }

  const context = () => ({ nowMs: clock.now(), id: () => random.id() });

  /** Says that this process lives, and lets go of what it no longer owns or what was cancelled elsewhere. */
  async function keepLeases(): Promise<void> {
    const now = { monotonic: clock.monotonic(), sinceBoot: clock.sinceBoot() };
    // The clock since boot counts the machine's sleep, and goes on when this process is stopped.
    if (now.sinceBoot - leasedAt.sinceBoot < freshLeaseMs) return;
    const before = [...driven, ...inherited];
    const owned = new Set(await leases.renew());
    leasedAt = now;
    // What was taken up while the database was asked is not in its answer.
    for (const [id, epoch] of before) if (!owned.has(id) && (driven.get(id) ?? inherited.get(id)) === epoch) drop(id);
    await heedCancels();
  }

  async function heedCancels(): Promise<void> {
    const busy = new Set([...running.values()].map((r) => r.projectId));
    for (const id of busy) if ((await repository.status(id)).status === "cancelled") abort(id);
  }

  /** Acquires what a dead process left and this one waits for. */
  async function takeOrphans(): Promise<void> {
    const now = clock.monotonic();
    const waits = heir || awaited.size > 0;
    if (hasSlept()) orphansLookedAt = now; // the others wake, too: they are given time to say that they live
    if (!waits || now - orphansLookedAt < orphanLookMs) return;
    orphansLookedAt = now;
    const orphans = await leases.orphans();
    for (const id of orphans.filter((orphan) => heir || awaited.has(orphan))) await inherit(id);
  }

  async function inherit(id: ProjectId): Promise<void> {
    const epoch = await leases.acquire(id);
    if (epoch === undefined) return;
    awaited.delete(id);
    if (driven.get(id) !== epoch) inherited.set(id, epoch);
  }

  function drop(id: ProjectId): void {
    log.warn("another process drives this project now", { project: id });
    driven.delete(id);
    inherited.delete(id);
    awaited.add(id);
    abort(id);
  }

  /** Puts some of the inherited projects right; the others wait for the next look, so that work goes on meanwhile. */
  async function recoverInherited(): Promise<void> {
    const startedAt = clock.monotonic();
    for (const [id, epoch] of inherited) {
      await recover(id, epoch);
      if (clock.monotonic() - startedAt > recoverMs) return;
    }
  }

  /** Once only: a second takeover would take the steps that run since for left behind. */
  async function recover(id: ProjectId, epoch: number): Promise<void> {
    await repository.change(id, { epoch }, (facts) =>
      inherited.get(id) === epoch ? recoverSteps(facts, policy, context()) : [],
    );
    if (inherited.get(id) !== epoch) return;
    inherited.delete(id);
    driven.set(id, epoch);
  }

  function start(step: DueStep): void {
    const epoch = driven.get(step.projectId);
    if (epoch === undefined) return;
    const controller = new AbortController();
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
    };
    if (step.status === "queued") gate.started(step, clock.monotonic());
    const ended = runStep(stepRun, world, policy)
      .then(({ step: tried, failure }) => {
        gate.ended(step, failure, clock.monotonic(), random.number());
        return tried !== null;
      })
      .catch((thrown: unknown) => {
        const { code, message } = asVidpipeError(thrown);
        gate.ended(step, null, clock.monotonic(), random.number());
        log.error("a step could not be written down", { project: step.projectId, kind: step.kind, code, message });
        return false;
      })
      .then((moved) => {
        running.delete(step.id);
        feed.publish(step.projectId);
        // A step that was not to be had is looked at again in time, not at once.
        if (moved) wake();
      });
    const isPoll = step.status === "waiting";
    running.set(step.id, { projectId: step.projectId, controller, ended, isPoll, progress: undefined });
    feed.publish(step.projectId);
  }

  function abort(id: ProjectId): void {
    for (const entry of running.values()) if (entry.projectId === id) entry.controller.abort();
  }

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
    driven.clear();
    inherited.clear();
    awaited.clear();
    await leases.release();
  }

  return {
    drive(id, epoch) {
      driven.set(id, epoch);
      wake();
    },
    async acquire(id, epoch) {
      if (driven.get(id) === epoch) return;
      inherited.set(id, epoch);
      await recover(id, epoch).finally(wake);
    },
    adopt(id, epoch) {
      if (driven.get(id) === epoch) return;
      inherited.set(id, epoch);
      wake();
    },
    standBy(id) {
      if (id === undefined) heir = true;
      else awaited.add(id);
      wake();
    },
    abort,
    wake,
    slowLanes: () => gate.slowLanes(),
    progressOf: (stepId) => running.get(stepId)?.progress,
    stop,
  };
}
