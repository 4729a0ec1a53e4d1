import type { SubmitState } from "../../domain/money.ts";
import { utcMinute } from "../../domain/times.ts";
import type { ProjectView } from "../../domain/view.ts";
import { printCsv } from "../../formats/csv.ts";
import {
  decimalsOf,
  RECEIPT_COLUMNS,
  type Receipt,
  type ReceiptLine,
  type ReceiptSums,
  receiptFields,
  sumFields,
} from "../../planning/receipt.ts";
import { table, type Width } from "./tables.ts";
import { counted, lines, plain } from "./text.ts";

/** Why a paid call was made, in a word or two. */
const WHY = {
  first: "first",
  repeat: "repeat",
  complaint: "did not fit",
  approval: "you agreed",
} as const satisfies Record<ReceiptLine["because"], string>;

const STATES = {
  intent: "being sent",
  open: "under way",
  spent: "",
  unknown: "",
  released: "",
} as const satisfies Record<SubmitState, string>;

/** Columns of amounts; all but the first two are left out where they are empty. */
const AMOUNTS = [
  ["QUOTED", "quotedUsd"],
  ["SPENT", "spentUsd"],
  ["RESERVED", "reservedUsd"],
  ["UNKNOWN", "unknownUsd"],
  ["RETURNED", "returnedUsd"],
  ["BILLED", "billedUsd"],
] as const satisfies readonly (readonly [string, keyof ReceiptSums])[];

/** What became of a line's answer, with its files for people to find. */
function answerWords({ submit, answer, reason, reply, result }: ReceiptLine): string {
  const word = reason === null ? answer : `${answer}: ${reason}`;
  const files = answer === "rejected" || answer === "kept" ? [result ?? reply].flatMap((file) => file?.key ?? []) : [];
  const name = submit.operationName;
  const operation = name === null || answer === "used" || answer === "rejected" ? "" : `operation ${name}`;
  return [STATES[submit.state], word, ...files, operation].filter((part) => part !== "").join(", ");
}

/**
 * `cost` for people: every paid call, then the sums. All amounts have as many decimals as the most exact one needs, so
 * that every column adds up as it is printed.
 */
export function receiptTable(view: Pick<ProjectView, "id" | "maxCostUsd">, receipt: Receipt, sink: Width): string {
  const { lines: calls, total } = receipt;
  if (calls.length === 0) return lines([`project ${view.id} has made no paid calls`]);
  const columns = AMOUNTS.filter(([, column], place) => place < 2 || calls.some((line) => (line[column] ?? 0) > 0));
  const decimals = decimalsOf(calls.flatMap((line) => columns.map(([, column]) => line[column] ?? 0)));
  const amounts = (sums: ReceiptSums, isTotal: boolean): string[] =>
    columns.map(([, column]) => {
      const usd = sums[column];
      return usd === null || (usd === 0 && !isTotal) ? "-" : `$${usd.toFixed(decimals)}`;
    });
  const rows = calls.map((line) => [
    utcMinute(line.submit.createdAtMs),
    line.piece,
    String(line.step.take),
    WHY[line.because],
    ...amounts(line, false),
    counted(line.submit.quantity, line.submit.unit),
    line.submit.model,
    answerWords(line),
  ]);
  const head = ["SENT", "PIECE", "TAKE", "WHY", ...columns.map(([name]) => name), "QUANTITY", "MODEL", "ANSWER"];
  const sums = ["TOTAL", counted(calls.length, "call"), "", "", ...amounts(total, true), "", "", ""];
  return table([head, ...rows, sums], sink) + lines([capLine(view)]);
}

const capLine = ({ maxCostUsd }: Pick<ProjectView, "maxCostUsd">): string =>
  maxCostUsd === null ? "no cap" : `cap: $${maxCostUsd.toFixed(decimalsOf([maxCostUsd]))}`;

/** One paid call for programs. */
export const receiptJson = (line: ReceiptLine) => {
  const fields = receiptFields(line);
  return { type: "paid_call", at: fields.created_at, ...fields };
};

/** The sums for programs. */
export const totalJson = (view: Pick<ProjectView, "maxCostUsd">, { lines: calls, total }: Receipt) => ({
  type: "total",
  calls: calls.length,
  ...sumFields(total),
  max_usd: view.maxCostUsd,
});

/** The paid calls as a CSV file with a head; without sums, which would be one call more to a program. */
export function receiptCsv({ lines: calls }: Receipt): string {
  const cell = (value: string | number | null) => (typeof value === "string" ? plain(value) : value);
  const rows = calls.map(receiptFields).map((row) => RECEIPT_COLUMNS.map((column) => cell(row[column])));
  return printCsv([RECEIPT_COLUMNS, ...rows]);
}
