import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import { ProjectId, StepId, SubmitId } from "../../src/domain/ids.ts";
import { committedUsd, spendOf } from "../../src/domain/money.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import type { Step, StepOrder, Submit } from "../../src/domain/step.ts";
import type { Policy } from "../../src/engine/policy.ts";
import { type Plan, plan } from "../../src/planning/plan.ts";
import { statusOf } from "../../src/planning/project-status.ts";
import { viewOf } from "../../src/planning/project-view.ts";
import type { Disk } from "./disk.ts";
import { createEditingAudit, type EditingAudit } from "./editing-audit.ts";
import type { Loop, SimProcess } from "./loop.ts";
import { createPurchaseAudit, type PaidKind, type Send } from "./purchase-audit.ts";

/** Watches every committed change and every paid request, and knows what must never be. */
export interface Audit {
  readonly latest: ReadonlyMap<ProjectId, ProjectFacts>;
  readonly sends: readonly Send[];
  readonly direction: EditingAudit;
  /** A change was committed by a process. */
  recorded(facts: ProjectFacts, process: SimProcess): void;
  /** A project got a new driver: it, or every one of them, is alive. */
  taken(id: ProjectId, epoch: number, driver: SimProcess): void;
  /** A process gave up what it drives. */
  released(driver: SimProcess): void;
  /** A paid request leaves; returns the provider's record of it. */
  sent(process: SimProcess, kind: PaidKind, order: StepOrder): Send;
  /** The provider told a process to wait before the next call of this kind. */
  slowedDown(process: SimProcess, kind: PaidKind, waitMs: number): void;
  /** Until when any provider asked anybody to wait, virtual ms. */
  askedUntilMs(): number;
  /** What the user says to a process holds while `act` runs; `id` null: of any film. */
  withWord<T>(process: SimProcess, id: ProjectId | null, options: ResumeOptions, act: () => Promise<T>): Promise<T>;
  cancelledBy(process: SimProcess, id: ProjectId): void;
  resumed(id: ProjectId): void;
}

/** Calls that were already on their way when a slow-down arrived, ms. */
const onTheWayMs = 2_000;
/** Longest wait a service may ask for, ms. */
const longestAskedMs = 3_600_000;

const noId = "00000000-0000-7000-8000-000000000000";
/** Stands for the project, step and submit of a request that has none. */
const nobody = { projectId: ProjectId.parse(noId), stepId: StepId.parse(noId), submitId: SubmitId.parse(noId) };

export function createAudit(deps: {
  readonly loop: Loop;
  readonly disk: Disk;
  readonly policyOf: (process: SimProcess) => Policy;
}): Audit {
  const { loop, disk, policyOf } = deps;
  const latest = new Map<ProjectId, ProjectFacts>();
  const purchases = createPurchaseAudit(deps);
  const { sends, sendOf } = purchases;
  const direction = createEditingAudit({ loop });
  const cancels = new Map<ProjectId, Set<string>>();
  const drivers = new Map<ProjectId, SimProcess>();
  const slow = new Map<string, { readonly fromMs: number; readonly untilMs: number }>();

  let askedUntilMs = 0;

  function checkMoney(before: ProjectFacts | undefined, after: ProjectFacts, process: SimProcess): void {
    const known = before?.submits ?? [];
    const { submits, project, committedTodayUsd } = after;
    purchases.recorded(before, after, process);
    loop.must(submits.length >= known.length, "9.1 the ledger lost a line");
    if (submits.length === known.length) return;
    const committed = committedUsd(spendOf(submits));
    const cap = project.maxCostUsd ?? Number.POSITIVE_INFINITY;
    loop.must(committed <= cap, `9.1 $${committed} committed over a cap of $${cap}`);
    const dayCap = policyOf(process).maxCostPerDayUsd ?? Number.POSITIVE_INFINITY;
    loop.must(committedTodayUsd <= dayCap, `9.1 $${committedTodayUsd} over the cap of the day`);
  }

  function checkStep(before: Step | undefined, after: Step, facts: ProjectFacts): void {
    if (before?.status === after.status) return;
    loop.must(before?.status !== "done", "9.3 a finished step was undone");
    if (after.status === "done") checkMade(after, facts);
  }

  function checkMade({ result }: Step, { artifacts }: ProjectFacts): void {
    if (result?.kind !== "artifact") return;
    const artifact = artifacts.find((a) => a.id === result.artifactId);
    const there = artifact !== undefined && disk.holds(artifact);
    loop.must(there, `9.2 a row names ${artifact?.key}, which is not on the disk`);
  }

  function checkState(before: ProjectFacts | undefined, after: ProjectFacts): void {
    loop.must(after.project.epoch >= (before?.project.epoch ?? 0), "9.3 the epoch went back");
    for (const step of after.steps) {
      const known = before?.steps.find((s) => s.id === step.id);
      checkStep(known, step, after);
    }
    const keys = after.steps.map((step) => `${step.kind} ${step.position} ${step.inputKey}`);
    loop.must(new Set(keys).size === keys.length, "9.3 one piece of work was planned twice");
    const current = plan(after);
    const standing = statusOf(after, current);
    const { status, message } = after.project;
    const told = standing.status === status && standing.message === message;
    loop.must(told, `9.3 the status is recorded as ${status} but is ${standing.status}`);
    if (status === "held") checkWays(after, current);
  }

  /** Whatever waits for its user says what they can do. */
  function checkWays(facts: ProjectFacts, current: Plan): void {
    const { waits } = viewOf(facts, current, (key) => key);
    const isTold = waits.length > 0 && waits.every(({ ways }) => ways.length > 0);
    loop.must(isTold, "9.4 a held project does not say what it waits for");
  }

  /** A live process never loses a project to another, however wrong the clocks are; only a stopped one does. */
  function checkReplaced(id: ProjectId, driver: SimProcess): void {
    const before = drivers.get(id);
    if (before === undefined || before === driver || !before.alive) return;
    const wasStopped = before.stoppedUntilMs > loop.elapsedMs() - onTheWayMs;
    if (!wasStopped) loop.fail(`9.3 ${driver.name} took a film from ${before.name}, which is live`);
  }

  function checkLane(process: SimProcess, kind: PaidKind): void {
    const window = slow.get(`${process.name} ${kind}`);
    const now = loop.elapsedMs();
    if (window !== undefined && now > window.fromMs + onTheWayMs && now < window.untilMs)
      loop.fail(`9.4 ${kind} was called ${window.untilMs - now} ms before the provider allows it`);
  }

  function checkSend(send: Send, intent: Submit | undefined): void {
    const what = `9.1 ${send.kind} ${send.position}`;
    loop.must(intent !== undefined, `${what} was ordered without a committed intent`);
    const isTwice = intent !== undefined && sendOf(intent.id) !== undefined;
    loop.must(!isTwice, `${what} was ordered twice under one intent`);
    const cancelled = cancels.get(send.projectId)?.has(send.process.name) === true;
    loop.must(!cancelled, `${what} was ordered after its project was cancelled`);
    const noRoom = send.kind === "clip" && disk.fullForMs() > onTheWayMs;
    loop.must(!noRoom, `${what} was ordered although the disk is full`);
  }

  return {
    latest,
    sends,
    direction,
    recorded(facts, process) {
      const before = latest.get(facts.project.id);
      latest.set(facts.project.id, facts);
      checkMoney(before, facts, process);
      checkState(before, facts);
      direction.recorded(before, facts);
    },
    taken(id, epoch, driver) {
      checkReplaced(id, driver);
      drivers.set(id, driver);
      const facts = latest.get(id);
      if (facts === undefined) return;
      if (epoch < facts.project.epoch) loop.fail("9.3 the epoch went back");
      latest.set(id, { ...facts, project: { ...facts.project, epoch } });
    },
    released(driver) {
      for (const [id, known] of drivers) if (known === driver) drivers.delete(id);
    },
    sent(process, kind, order) {
      const isIt = (s: Step) => s.status === "running" && s.kind === kind && Bun.deepEquals(s.order, order);
      const facts = [...latest.values()].find(({ steps }) => steps.some(isIt));
      const step = facts?.steps.find(isIt);
      const intent = facts?.submits.find((s) => s.stepId === step?.id && s.state === "intent");
      checkLane(process, kind);
      const send: Send = {
        projectId: facts?.project.id ?? nobody.projectId,
        stepId: step?.id ?? nobody.stepId,
        submitId: intent?.id ?? nobody.submitId,
        kind,
        position: step?.position ?? -1,
        inputKey: step?.inputKey ?? "",
        process,
        because: "first",
        usesWord: false,
        billed: false,
        toldFree: false,
        toldCharged: false,
        answered: false,
        received: null,
        fits: false,
        operation: null,
      };
      checkSend(send, intent);
      purchases.sent(send, facts);
      return send;
    },
    slowedDown(process, kind, waitMs) {
      const now = loop.elapsedMs();
      const wait = Number.isFinite(waitMs) ? Math.min(longestAskedMs, Math.max(0, waitMs)) : 0;
      askedUntilMs = Math.max(askedUntilMs, now + wait);
      slow.set(`${process.name} ${kind}`, { fromMs: now, untilMs: now + wait });
    },
    askedUntilMs: () => askedUntilMs,
    withWord: purchases.withWord,
    cancelledBy(process, id) {
      cancels.set(id, (cancels.get(id) ?? new Set()).add(process.name));
    },
    resumed(id) {
      cancels.delete(id);
    },
  };
}

/** Failures of a service call that a user may meet; anything else is a bug. */
export const isExpected = (thrown: unknown): boolean => thrown instanceof VidpipeError && thrown.code !== "internal";
