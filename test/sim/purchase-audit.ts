import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { ProjectId, StepId, SubmitId } from "../../src/domain/ids.ts";
import type { StepKind } from "../../src/domain/lifecycle.ts";
import { isRejected, roundUsd, type SubmitState } from "../../src/domain/money.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import type { Step, Submit } from "../../src/domain/step.ts";
import type { Policy } from "../../src/engine/policy.ts";
import type { Disk } from "./disk.ts";
import type { Loop, SimProcess } from "./loop.ts";

export type PaidKind = Exclude<StepKind, "stitch" | "animatic">;

/** What the provider charges for one call, US dollars. */
export const PRICES = { storyboard: 0.01, keyframe: 0.1, clip: 1 } as const satisfies Record<PaidKind, number>;
/** Calls that a storyboard may take without a word of its user. */
const mostStoryboardCalls = 3;

/** One paid request that left a process, as the provider recorded it. */
export interface Send {
  readonly projectId: ProjectId;
  readonly stepId: StepId;
  readonly submitId: SubmitId;
  readonly kind: PaidKind;
  readonly position: number;
  /** What it is made from. */
  readonly inputKey: string;
  readonly process: SimProcess;
  /** Why it was allowed, as the audit sees it. */
  because: "first" | "word" | "repeat" | "complaint";
  /** It was made on the user's word, which holds until a call is not free. */
  usesWord: boolean;
  /** What the provider charges in the end. */
  billed: boolean;
  /** The provider said to a process that it is not charged. */
  toldFree: boolean;
  /** The provider said so of a call without a result. */
  toldCharged: boolean;
  /** The process learnt how the call went. */
  answered: boolean;
  /** The answer as a process received it. */
  received: { readonly sha256: string; readonly bytes: number } | null;
  /** The answer is what was ordered. */
  fits: boolean;
  operation: string | null;
}

/** What a user says to one process, while it listens. */
interface Word {
  readonly process: SimProcess;
  readonly id: ProjectId | null;
  readonly options: ResumeOptions;
  /** Steps that it was taken for: it holds once for each. */
  readonly used: Set<StepId>;
}

/** The option that lets a step that asks be bought again. Not the product's own table: that is what is judged. */
export const ASKING = {
  ambiguous: "retryAmbiguous",
  refused: "retryRefused",
  rejected: "retryRejected",
  gone: "retryGone",
} as const;
export const isAsking = (status: Step["status"]): status is keyof typeof ASKING => Object.hasOwn(ASKING, status);

/** A step that failed after it was charged asks like one that was held. */
const askedOfFailed = (before: ProjectFacts, { id }: Step): keyof typeof ASKING =>
  before.steps.find((step) => step.id === id)?.failure?.code === "provider.refused" ? "refused" : "rejected";

/** The kept answer of an operation that is forgotten is its name: that may be lost all the same. */
const isKeptAndLost = ({ state, replyId, operationName }: Submit): boolean =>
  state === "unknown" && replyId !== null && operationName === null;

/** Where a submit may go. */
const SUBMIT_FLOW: Readonly<Record<SubmitState, readonly SubmitState[]>> = {
  intent: ["open", "spent", "released", "unknown"],
  open: ["spent", "released", "unknown"],
  unknown: ["open", "spent", "released"],
  spent: [],
  released: [],
};

/** Watches every purchase: on whose word it is made, what it costs, what becomes of its answer. */
export interface PurchaseAudit {
  readonly sends: readonly Send[];
  sendOf(submitId: SubmitId): Send | undefined;
  recorded(before: ProjectFacts | undefined, after: ProjectFacts, process: SimProcess): void;
  /** A paid request leaves. */
  sent(send: Send, facts: ProjectFacts | undefined): void;
  /** What the user says holds while `act` runs, and only in this process. */
  withWord<T>(process: SimProcess, id: ProjectId | null, options: ResumeOptions, act: () => Promise<T>): Promise<T>;
}

/** The most that the user agreed to pay for a film, US dollars; null: they set no limit. */
export const acceptedUsd = ({ project }: ProjectFacts): number | null => project.maxCostUsd;

/** The sum of what was billed, or may be, US dollars. */
export const billOf = (sends: readonly Send[]): number =>
  roundUsd(sends.reduce((sum, { kind, toldFree }) => sum + (toldFree ? 0 : PRICES[kind]), 0));

export function createPurchaseAudit(deps: {
  readonly loop: Loop;
  readonly disk: Disk;
  readonly policyOf: (process: SimProcess) => Policy;
}): PurchaseAudit {
  const { loop, disk, policyOf } = deps;
  const sends: Send[] = [];
  const said = new Set<Word>();
  /** Pieces that the user agreed to buy once more. */
  const agreed = new Set<string>();
  /** Submits whose answer was lost at some time. */
  const lost = new Set<SubmitId>();

  const sendOf = (id: SubmitId): Send | undefined => sends.find((send) => send.submitId === id);
  const pieceOf = ({ projectId, kind, inputKey }: Pick<Send | Step, "projectId" | "kind" | "inputKey">): string =>
    `${projectId} ${kind} ${inputKey}`;

  function checkSubmit(before: Submit | undefined, after: Submit): void {
    if (after.state === "unknown") lost.add(after.id);
    if (before === undefined) return;
    loop.must(before.usd === after.usd, "9.1 the price of a submit changed");
    const isRenamed = before.operationName !== null && after.operationName !== before.operationName;
    loop.must(!isRenamed, "9.1 the name of an operation was replaced");
    const isSwapped = before.replyId !== null && after.replyId !== before.replyId;
    loop.must(!isSwapped, "9.2 the kept answer of a call was replaced");
    if (before.state === after.state) return;
    const isLegal = SUBMIT_FLOW[before.state].includes(after.state);
    loop.must(isLegal, `9.1 a submit went from ${before.state} to ${after.state}`);
    const send = sendOf(after.id);
    const isBilled = send?.billed === true;
    loop.must(!(isBilled && after.state === "released"), "9.1 a call was billed but its submit is released");
    const isCharged = isBilled || send?.toldCharged === true;
    loop.must(isCharged || after.state !== "spent", "9.1 a submit counts as spent although nothing was billed");
    loop.must(!isKeptAndLost(after), "9.1 a call counts as lost, and its answer is kept");
  }

  /** A call is settled: what a live process received of it is on the disk, with a row or about to get one. */
  function checkAnswer({ id, state, replyId }: Submit, { project, artifacts }: ProjectFacts): void {
    const send = sendOf(id);
    const received = send?.received ?? null;
    if (send === undefined || received === null || state === "intent") return;
    if (replyId === null) {
      const isHeld = send.process.alive && !send.process.isEnding;
      // A project that another process took over learns of the answer when this one has stored it.
      const isStored = disk.has(project.id, `answer-${id}`);
      loop.must(!isHeld || isStored || state === "unknown", `9.2 the answer of ${nameOf(send)} was dropped`);
      return;
    }
    const row = artifacts.find((artifact) => artifact.id === replyId);
    loop.must(row?.sha256 === received.sha256, `9.2 the kept answer of ${nameOf(send)} is not what came`);
  }

  /** A call is claimed: not beside an answer that is kept and was not found to be of no use. */
  function checkIntent({ stepId }: Submit, before: ProjectFacts): void {
    const step = before.steps.find(({ id }) => id === stepId);
    const former = step && sends.findLast((other) => pieceOf(other) === pieceOf(step));
    const isAgreed = former?.usesWord === true && former.toldFree;
    if (step === undefined || isAgreed || agreed.has(pieceOf(step))) return;
    const own = new Set(before.steps.flatMap((s) => (pieceOf(s) === pieceOf(step) ? s.id : [])));
    const last = before.submits.findLast((s) => own.has(s.stepId) && s.state !== "released");
    const isForgotten = last?.state === "unknown" && last.operationName !== null;
    const isKept = last !== undefined && last.replyId !== null && !isRejected(last.verdict) && !isForgotten;
    loop.must(!isKept, `9.1 ${step.kind} ${step.position} is bought although its answer is kept`);
  }

  const isHeard = (word: Word, process: SimProcess, id: ProjectId): boolean =>
    word.process === process && (word.id === null || word.id === id);

  /** Steps that go on because their user said so. */
  function takeWords(before: ProjectFacts, after: ProjectFacts, process: SimProcess): void {
    const words = [...said].filter((word) => isHeard(word, process, after.project.id));
    const was = new Map(before.steps.map(({ id, status }) => [id, status]));
    for (const step of after.steps) {
      const status = was.get(step.id);
      const asked = status === "failed" ? askedOfFailed(before, step) : status;
      if (asked !== undefined && status !== step.status && isAsking(asked)) hear(words, asked, step);
    }
    const [capBefore, cap] = [acceptedUsd(before), acceptedUsd(after)];
    const isRaised = capBefore !== null && (cap === null || cap > capBefore);
    loop.must(!isRaised || words.length > 0, `9.1 the accepted $${capBefore} became $${cap} without anybody's word`);
  }

  function hear(words: readonly Word[], status: keyof typeof ASKING, step: Step): void {
    const word = words.find(({ options, used }) => options[ASKING[status]] === true && !used.has(step.id));
    word?.used.add(step.id);
    if (word !== undefined && step.status !== "skipped") agreed.add(pieceOf(step));
  }

  /** Takes the user's word for a piece, where there is one; it still stands where the call before was free. */
  function takeWord(send: Send): boolean {
    const former = sends.findLast((other) => pieceOf(other) === pieceOf(send));
    return agreed.delete(pieceOf(send)) || (former?.usesWord === true && former.toldFree);
  }

  /** Why another call for the same is allowed; undefined: it is not. */
  function reasonOf(send: Send, before: readonly Send[]): Send["because"] | undefined {
    const last = before.at(-1);
    if (last === undefined) return "first";
    if (send.usesWord) return "word";
    const unasked = before.filter(({ because }) => because !== "word");
    if (lost.has(last.submitId)) return mayRepeat(send, unasked) ? "repeat" : undefined;
    const isTold = send.kind === "storyboard" && !last.fits && unasked.length < mostStoryboardCalls;
    return isTold ? "complaint" : undefined;
  }

  /** The policy's one repeat after a lost answer; a storyboard's is among its calls. */
  function mayRepeat({ kind, process }: Send, unasked: readonly Send[]): boolean {
    const isRepeated = unasked.some(({ because }) => because === "repeat");
    if (kind === "storyboard") return !isRepeated && unasked.length < mostStoryboardCalls;
    return !isRepeated && (kind !== "clip" || policyOf(process).onAmbiguous === "retry");
  }

  function checkSend(send: Send, facts: ProjectFacts | undefined): void {
    const before = sends.filter((other) => pieceOf(other) === pieceOf(send) && !other.toldFree);
    send.usesWord = takeWord(send);
    const because = reasonOf(send, before);
    loop.must(because !== undefined, `9.1 ${nameOf(send)} was bought beyond the law, ${before.length} times before`);
    send.because = because ?? "first";
    const accepted = facts === undefined ? null : acceptedUsd(facts);
    const bill = billOf([...sends.filter(({ projectId }) => projectId === send.projectId), send]);
    loop.must(accepted === null || bill <= accepted, `9.1 $${bill} may be billed where $${accepted} was accepted`);
  }

  return {
    sends,
    sendOf,
    recorded(before, after, process) {
      const known = new Map(before?.submits.map((submit) => [submit.id, submit]));
      if (before !== undefined) takeWords(before, after, process);
      for (const submit of after.submits) {
        const was = known.get(submit.id);
        if (was === undefined && before !== undefined) checkIntent(submit, before);
        checkSubmit(was, submit);
        checkAnswer(submit, after);
      }
    },
    sent(send, facts) {
      checkSend(send, facts);
      sends.push(send);
    },
    async withWord(process, id, options, act) {
      const word: Word = { process, id, options, used: new Set() };
      said.add(word);
      try {
        return await act();
      } finally {
        said.delete(word);
      }
    },
  };
}

export const nameOf = ({ kind, position }: Pick<Send, "kind" | "position">): string => `${kind} ${position}`;
