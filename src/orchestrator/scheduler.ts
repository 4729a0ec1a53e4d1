import { asVidpipeError } from "../domain/errors.ts";
import type { ProjectId, StepId } from "../domain/ids.ts";
import type { DueStep, World } from "../ports.ts";
import { attempt } from "./attempt.ts";
import { choose } from "./choose.ts";
import type { Feed } from "./feed.ts";
import { createGate } from "./gate.ts";
import type { Policy } from "./policy.ts";

/** Runs the due steps of the projects this process drives. */
export interface Scheduler {
  /** Starts looking after a project that this process owns under this epoch. */
  drive(id: ProjectId, epoch: number): void;
  drives(id: ProjectId): boolean;
  /** Stops the project's running steps; what they were is written down by them. */
  abort(id: ProjectId): void;
  /** Looks for due work now. */
  wake(): void;
  /** How far a running step is, 0..1, where it says so. */
  progressOf(stepId: StepId): number | undefined;
  /** Starts nothing more, lets paid calls answer within the grace time, gives up the leases. */
  stop(): Promise<void>;
}

/** Longest pause between two looks while projects are driven, ms: other processes may have changed something. */
const lookMs = 2_000;
/** Time a paid call under way has to answer when the process stops, ms. */
const stopGraceMs = 10_000;

interface Running {
  readonly projectId: ProjectId;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  progress: number | undefined;
}

export function createScheduler(world: World, policy: Policy, feed: Feed): Scheduler {
  const { repository, clock, owner, chance, log } = world;
  const driven = new Map<ProjectId, number>();
  const running = new Map<StepId, Running>();
  const gate = createGate(policy);
  const paid = new AbortController();
  let stopping = false;
  let pause = new AbortController();
  let looping: Promise<void> | null = null;

  const wake = (): void => {
    pause.abort();
    if (looping === null && !stopping && driven.size > 0) looping = loop().finally(() => (looping = null));
  };

  async function loop(): Promise<void> {
    while (!stopping && driven.size > 0) {
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
    const nowMs = clock.now();
    const work = await repository.work(owner.self, nowMs);
    const limits = {
      laneLimit: policy.laneLimit,
      laneOpensAtMs: (step: DueStep) => gate.opensAtMs(step),
      laneIsSlow: (step: DueStep) => gate.isSlow(step),
    };
    const choice = choose(work, new Set(running.keys()), limits, nowMs);
    for (const step of stopping ? [] : choice.start) start(step);
    return choice.lookAgainAtMs;
  }

  /** Says that this process lives, and lets go of what it no longer owns or what was cancelled elsewhere. */
  async function keepLeases(): Promise<void> {
    const owned = new Set(await repository.renew(owner.self, clock.now()));
    for (const id of driven.keys()) if (!owned.has(id)) drop(id);
    const busy = new Set([...running.values()].map((r) => r.projectId));
    for (const id of busy) if ((await repository.facts(id)).project.cancelled) abort(id);
  }

  function drop(id: ProjectId): void {
    log.warn("another process drives this project now", { project: id });
    driven.delete(id);
    abort(id);
  }

  function start(step: DueStep): void {
    const epoch = driven.get(step.projectId);
    if (epoch === undefined) return;
    const controller = new AbortController();
    const errand = {
      projectId: step.projectId,
      stepId: step.id,
      epoch,
      signal: controller.signal,
      paidSignal: paid.signal,
      onProgress: (fraction: number) => {
        const entry = running.get(step.id);
        if (entry !== undefined) entry.progress = fraction;
        feed.publish(step.projectId);
      },
    };
    if (step.status === "queued") gate.started(step, clock.now());
    const ended = attempt(errand, world, policy)
      .then(({ step: tried, failure }) => {
        gate.ended(step, failure, clock.now(), chance.random());
        return tried !== null;
      })
      .catch((thrown: unknown) => {
        const { code, message } = asVidpipeError(thrown);
        gate.ended(step, null, clock.now(), chance.random());
        log.error("a step could not be written down", { project: step.projectId, kind: step.kind, code, message });
        return false;
      })
      .then((moved) => {
        running.delete(step.id);
        feed.publish(step.projectId);
        // A step that was not to be had is looked at again in time, not at once.
        if (moved) wake();
      });
    running.set(step.id, { projectId: step.projectId, controller, ended, progress: undefined });
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
    await repository.release(owner.self);
  }

  return {
    drive(id, epoch) {
      driven.set(id, epoch);
      wake();
    },
    drives: (id) => driven.has(id),
    abort,
    wake,
    progressOf: (stepId) => running.get(stepId)?.progress,
    stop,
  };
}
