import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import { ProjectId, StepId, SubmitId } from "../../src/domain/ids.ts";
import type { StepKind } from "../../src/domain/lifecycle.ts";
import { committedUsd, type SubmitState, spendOf } from "../../src/domain/money.ts";
import type { Step, StepOrder, Submit } from "../../src/domain/step.ts";
import type { Policy } from "../../src/engine/policy.ts";
import { plan } from "../../src/planning/plan.ts";
import { statusOf } from "../../src/planning/project-status.ts";
import type { Disk } from "./disk.ts";
import { createEditingAudit, type EditingAudit } from "./editing-audit.ts";
import type { Loop, SimProcess } from "./loop.ts";

export type PaidKind = Exclude<StepKind, "stitch" | "animatic">;

/** One paid request that left a process, as the provider recorded it. */
export interface Send {
  readonly projectId: ProjectId;
  readonly stepId: StepId;
  readonly submitId: SubmitId;
  readonly kind: PaidKind;
  readonly position: number;
  /** What it is made from. */
  readonly inputKey: string;
  readonly process: string;
  /** What the provider charges in the end. */
  billed: boolean;
  /** The answer reached the process. */
  answered: boolean;
  /** The provider said "no" or "failed", and said so to the process. */
  ended: boolean;
  /** The user or their policy agreed to buy it again. */
  consented: boolean;
  operation: string | null;
}

/** Watches every committed change and every paid request, and knows what must never be. */
export interface Audit {
  readonly latest: ReadonlyMap<ProjectId, ProjectFacts>;
  readonly sends: readonly Send[];
  readonly direction: EditingAudit;
  recorded(facts: ProjectFacts): void;
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
  /** The user agrees to buy again what may have been bought, while `act` runs. */
  withConsent<T>(id: ProjectId, act: () => Promise<T>): Promise<T>;
  cancelledBy(process: SimProcess, id: ProjectId): void;
  resumed(id: ProjectId): void;
}

/** Where a submit may go. */
const SUBMIT_FLOW: Readonly<Record<SubmitState, readonly SubmitState[]>> = {
  intent: ["open", "spent", "released", "unknown"],
  open: ["spent", "released", "unknown"],
  unknown: ["open", "spent", "released"],
  spent: [],
  released: [],
};

/** Calls that were already on their way when a slow-down arrived, ms. */
const onTheWayMs = 2_000;
/** Longest wait a service may ask for, ms. */
const longestAskedMs = 3_600_000;

const noId = "00000000-0000-7000-8000-000000000000";
/** Stands for the project, step and submit of a request that has none. */
const nobody = { projectId: ProjectId.parse(noId), stepId: StepId.parse(noId), submitId: SubmitId.parse(noId) };

export function createAudit(deps: { loop: Loop; disk: Disk; policy: () => Policy }): Audit {
  const { loop, disk, policy } = deps;
  const latest = new Map<ProjectId, ProjectFacts>();
  const sends: Send[] = [];
  const direction = createEditingAudit({ loop });
  const consents = new Map<ProjectId, number>();
  const cancels = new Map<ProjectId, Set<string>>();
  const drivers = new Map<ProjectId, SimProcess>();
  const slow = new Map<string, { readonly fromMs: number; readonly untilMs: number }>();

  const agreed = new Set<SubmitId>();
  let askedUntilMs = 0;

  const sendOf = (submit: Submit): Send | undefined => sends.find((send) => send.submitId === submit.id);

  function checkSubmit(before: Submit | undefined, after: Submit): void {
    if (before === undefined) return;
    loop.must(before.usd === after.usd, "9.1 the price of a submit changed");
    const renamed = before.operationName !== null && after.operationName !== before.operationName;
    loop.must(!renamed, "9.1 the name of an operation was replaced");
    if (before.state === after.state) return;
    const legal = SUBMIT_FLOW[before.state].includes(after.state);
    loop.must(legal, `9.1 a submit went from ${before.state} to ${after.state}`);
    const billed = sendOf(after)?.billed === true;
    loop.must(!(billed && after.state === "released"), "9.1 a call was billed but its submit is released");
    loop.must(billed || after.state !== "spent", "9.1 a submit counts as spent although nothing was billed");
  }

  function checkMoney(before: ProjectFacts | undefined, after: ProjectFacts): void {
    const known = before?.submits ?? [];
    const { submits, project, committedTodayUsd } = after;
    const find = ({ id }: Submit) => known.find((s) => s.id === id);
    for (const submit of submits) checkSubmit(find(submit), submit);
    loop.must(submits.length >= known.length, "9.1 the ledger lost a line");
    if (submits.length === known.length) return;
    const committed = committedUsd(spendOf(submits));
    const cap = project.maxCostUsd ?? Number.POSITIVE_INFINITY;
    loop.must(committed <= cap, `9.1 $${committed} committed over a cap of $${cap}`);
    const dayCap = policy().maxCostPerDayUsd ?? Number.POSITIVE_INFINITY;
    loop.must(committedTodayUsd <= dayCap, `9.1 $${committedTodayUsd} over the cap of the day`);
  }

  function checkStep(before: Step | undefined, after: Step, facts: ProjectFacts): void {
    if (before?.status === after.status) return;
    loop.must(before?.status !== "done", "9.3 a finished step was undone");
    if (before !== undefined && after.status === "queued") agreeToRepeat(after, facts);
    if (after.status === "done") checkMade(after, facts);
  }

  function checkMade({ result }: Step, { artifacts }: ProjectFacts): void {
    if (result?.kind !== "artifact") return;
    const artifact = artifacts.find((a) => a.id === result.artifactId);
    const there = artifact !== undefined && disk.holds(artifact);
    loop.must(there, `9.2 a row names ${artifact?.key}, which is not on the disk`);
  }

  /** A clip that may have been bought is queued again: a user must have agreed to it. */
  function agreeToRepeat(step: Step, { project, submits }: ProjectFacts): void {
    const inDoubt = submits.filter((submit) => submit.stepId === step.id && submit.state === "unknown");
    const open = inDoubt.filter((submit) => !agreed.has(submit.id));
    if (step.kind !== "clip" || open.length === 0) return;
    const allowed = policy().onAmbiguous === "retry" || (consents.get(project.id) ?? 0) > 0;
    loop.must(allowed, `9.1 ${step.kind} ${step.position} is bought again without anybody's word`);
    for (const submit of open) agreed.add(submit.id);
    for (const send of sends) if (send.stepId === step.id) send.consented = true;
  }

  function checkState(before: ProjectFacts | undefined, after: ProjectFacts): void {
    loop.must(after.project.epoch >= (before?.project.epoch ?? 0), "9.3 the epoch went back");
    for (const step of after.steps) {
      const known = before?.steps.find((s) => s.id === step.id);
      checkStep(known, step, after);
    }
    const keys = after.steps.map((step) => `${step.kind} ${step.position} ${step.inputKey}`);
    loop.must(new Set(keys).size === keys.length, "9.3 one piece of work was planned twice");
    const standing = statusOf(after, plan(after));
    const { status, message } = after.project;
    const told = standing.status === status && standing.message === message;
    loop.must(told, `9.3 the status is recorded as ${status} but is ${standing.status}`);
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

  /** Whether a finished purchase of the same thing stands in the way of another one. */
  const standsInTheWay = (send: Send): boolean => send.kind === "clip" && send.billed && !send.ended && !send.consented;

  function checkSend(send: Send, intent: Submit | undefined): void {
    const what = `9.1 ${send.kind} ${send.position}`;
    loop.must(intent !== undefined, `${what} was ordered without a committed intent`);
    loop.must(intent === undefined || sendOf(intent) === undefined, `${what} was ordered twice under one intent`);
    const isSame = (other: Send) =>
      other.stepId === send.stepId || (other.projectId === send.projectId && other.inputKey === send.inputKey);
    const twice = sends.some((other) => isSame(other) && standsInTheWay(other));
    loop.must(!twice, `${what} was bought a second time`);
    const cancelled = cancels.get(send.projectId)?.has(send.process) === true;
    loop.must(!cancelled, `${what} was ordered after its project was cancelled`);
    const noRoom = send.kind === "clip" && disk.fullForMs() > onTheWayMs;
    loop.must(!noRoom, `${what} was ordered although the disk is full`);
  }

  return {
    latest,
    sends,
    direction,
    recorded(facts) {
      const before = latest.get(facts.project.id);
      latest.set(facts.project.id, facts);
      checkMoney(before, facts);
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
        process: process.name,
        billed: false,
        answered: false,
        ended: false,
        consented: false,
        operation: null,
      };
      checkSend(send, intent);
      sends.push(send);
      return send;
    },
    slowedDown(process, kind, waitMs) {
      const now = loop.elapsedMs();
      const wait = Number.isFinite(waitMs) ? Math.min(longestAskedMs, Math.max(0, waitMs)) : 0;
      askedUntilMs = Math.max(askedUntilMs, now + wait);
      slow.set(`${process.name} ${kind}`, { fromMs: now, untilMs: now + wait });
    },
    askedUntilMs: () => askedUntilMs,
    async withConsent(id, act) {
      consents.set(id, (consents.get(id) ?? 0) + 1);
      try {
        return await act();
      } finally {
        consents.set(id, (consents.get(id) ?? 1) - 1);
      }
    },
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
