import type { ProjectFacts } from "../domain/facts.ts";
import type { ArtifactId } from "../domain/ids.ts";
import { type PurchaseReason, roundUsd, type SubmitState } from "../domain/money.ts";
import { nameOf } from "../domain/piece-name.ts";
import type { Artifact, Step, Submit } from "../domain/step.ts";

/** What became of the answer to a paid call. */
export const ANSWER_WORDS = [
  /** The piece was made from it. */
  "used",
  /** It does not fit, or nothing could be made from it; it is kept where there is any. */
  "rejected",
  /** It is kept, and not looked at yet. */
  "kept",
  /** It came and is not there any more, or could not be stored. */
  "gone",
  /** It was sent and no answer came. */
  "lost",
  /** There is none: it is still under way, it was not charged, or an earlier release did not write it down. */
  "none",
] as const;
export type AnswerWord = (typeof ANSWER_WORDS)[number];

/** Sums of a receipt, US dollars: quoted = reserved + spent + unknown + returned. */
export interface ReceiptSums {
  /** The price that was shown when it was bought. */
  readonly quotedUsd: number;
  /** Kept for what is under way. */
  readonly reservedUsd: number;
  readonly spentUsd: number;
  /** Sent, answer lost: counts as spent until more is known. */
  readonly unknownUsd: number;
  /** Not charged: free again. */
  readonly returnedUsd: number;
  /** What the service says that it charged; null where it does not tell. */
  readonly billedUsd: number | null;
}

/** One paid call as a receipt shows it. */
export interface ReceiptLine extends ReceiptSums {
  readonly submit: Submit;
  readonly step: Step;
  /** Name of the piece that was bought, e.g. `keyframe 3`. */
  readonly piece: string;
  readonly because: PurchaseReason;
  readonly answer: AnswerWord;
  /** Why it was rejected, in one line; null: it was not. */
  readonly reason: string | null;
  /** The reply as it came, where it is kept. */
  readonly reply: Artifact | null;
  /** The file that was made of it before it was checked, where it is kept. */
  readonly result: Artifact | null;
}

/** Every paid call of a project, oldest first, and the sums. */
export interface Receipt {
  readonly lines: readonly ReceiptLine[];
  readonly total: ReceiptSums;
}

/** What a project has bought, as a receipt. Pure. */
export function receiptOf({ steps, artifacts, submits }: Omit<ProjectFacts, "project" | "committedTodayUsd">): Receipt {
  const kept = new Map(artifacts.map((artifact) => [artifact.id, artifact]));
  const find = (id: ArtifactId | null) => (id === null ? null : (kept.get(id) ?? null));
  const lines = submits.flatMap((submit): ReceiptLine[] => {
    const step = steps.find(({ id }) => id === submit.stepId);
    if (step === undefined) return [];
    const { because, reason, replyId, resultId } = submit;
    const answer = answerTo(submit, step, submits);
    const files = { reply: find(replyId), result: find(resultId) };
    return [{ submit, step, piece: nameOf(step), because, ...sumsOf(submit), answer, reason, ...files }];
  });
  return { lines, total: totalOf(lines) };
}

const COLUMN_OF = {
  intent: "reservedUsd",
  open: "reservedUsd",
  spent: "spentUsd",
  unknown: "unknownUsd",
  released: "returnedUsd",
} as const satisfies Record<SubmitState, keyof ReceiptSums>;

const sumsOf = ({ state, usd, billedUsd }: Submit): ReceiptSums => ({
  quotedUsd: usd,
  ...{ reservedUsd: 0, spentUsd: 0, unknownUsd: 0, returnedUsd: 0, [COLUMN_OF[state]]: usd },
  billedUsd,
});

function totalOf(lines: readonly ReceiptSums[]): ReceiptSums {
  const sum = (column: keyof ReceiptSums) => roundUsd(lines.reduce((total, line) => total + (line[column] ?? 0), 0));
  return {
    quotedUsd: sum("quotedUsd"),
    reservedUsd: sum("reservedUsd"),
    spentUsd: sum("spentUsd"),
    unknownUsd: sum("unknownUsd"),
    returnedUsd: sum("returnedUsd"),
    billedUsd: lines.every(({ billedUsd }) => billedUsd === null) ? null : sum("billedUsd"),
  };
}

function answerTo(submit: Submit, step: Step, submits: readonly Submit[]): AnswerWord {
  const { state, verdict, reason, replyId, resultId } = submit;
  if (verdict !== null) return verdict === "cut_off" ? "rejected" : verdict;
  // Why it was not judged although it came, or was taken on.
  if ((state === "spent" || state === "unknown") && reason !== null) return "gone";
  if (state === "unknown" && replyId === null) return "lost";
  if (replyId === null && resultId === null) return madeItsStep(submit, step, submits) ? "used" : "none";
  return "kept";
}

/** Earlier releases did not say it: a finished step was made from the last call that was charged for it. */
const madeItsStep = (submit: Submit, { id, status }: Step, submits: readonly Submit[]): boolean =>
  status === "done" &&
  submit.state === "spent" &&
  submits.findLast(({ stepId, state }) => stepId === id && state === "spent")?.id === submit.id;

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** The fields of a line by the names that every face uses. Amounts are US dollars; files are below the films folder. */
export const receiptFields = ({ submit, step, ...line }: ReceiptLine) => ({
  submit_id: submit.id,
  created_at: iso(submit.createdAtMs),
  updated_at: iso(submit.updatedAtMs),
  piece: line.piece,
  kind: step.kind,
  position: step.position,
  take: step.take,
  attempt: submit.attempt,
  because: line.because,
  model: submit.model,
  quantity: submit.quantity,
  unit: submit.unit,
  state: submit.state,
  ...sumFields(line),
  /** As earlier releases called the quoted price. */
  usd: submit.usd,
  answer: line.answer,
  reason: line.reason,
  reply_file: line.reply?.key ?? null,
  result_file: line.result?.key ?? null,
  operation: submit.operationName,
});

/** The names of a line's fields, in the order of the columns of a table for programs. */
export const RECEIPT_COLUMNS = [
  "submit_id",
  "created_at",
  "updated_at",
  "piece",
  "kind",
  "position",
  "take",
  "attempt",
  "because",
  "model",
  "quantity",
  "unit",
  "state",
  "quoted_usd",
  "reserved_usd",
  "spent_usd",
  "unknown_usd",
  "returned_usd",
  "billed_usd",
  "answer",
  "reason",
  "reply_file",
  "result_file",
  "operation",
] as const satisfies readonly (keyof ReturnType<typeof receiptFields>)[];

/** The sums by the names that every face uses. */
export const sumFields = (sums: ReceiptSums) => ({
  quoted_usd: sums.quotedUsd,
  reserved_usd: sums.reservedUsd,
  spent_usd: sums.spentUsd,
  unknown_usd: sums.unknownUsd,
  returned_usd: sums.returnedUsd,
  billed_usd: sums.billedUsd,
});

/** Fewest decimals, 2 to 6, in which all amounts are exact: then a column adds up as it is written. US dollars. */
export function decimalsOf(amounts: readonly number[]): number {
  const isExact = (decimals: number) => amounts.every((usd) => roundUsd(usd) === Number(usd.toFixed(decimals)));
  return [2, 3, 4, 5].find(isExact) ?? 6;
}
