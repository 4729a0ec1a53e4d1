import { gt } from "drizzle-orm";
import { STEP_KINDS, STEP_STATUSES } from "../../domain/lifecycle.ts";
import { SUBMIT_STATES } from "../../domain/money.ts";
import type { Metrics } from "../../ports/server.ts";
import { tallies } from "./schema.ts";
import { prepared, type Tx } from "./transactions.ts";

const kept = prepared((tx) => tx.select().from(tallies).where(gt(tallies.count, 0)).prepare());

/** The word of a list that a text is; a word that this program does not know is left out. */
const wordOf = <Word extends string>(list: readonly Word[], text: string): readonly Word[] =>
  list.filter((word) => word === text);

export const readProjectCounts = (tx: Tx): Metrics["projects"] =>
  Object.fromEntries(
    kept(tx)
      .all()
      .filter(({ topic }) => topic === "project")
      .map(({ state, count }) => [state, count]),
  );

/** Counts and sums over everything, as triggers keep them: a few dozen rows, however many films there are. */
export function readMetrics(tx: Tx): Metrics {
  const rows = kept(tx).all();
  const steps = rows
    .filter(({ topic }) => topic === "step")
    .flatMap(({ kind, state, count, amount }) =>
      wordOf(STEP_KINDS, kind).flatMap((step) =>
        wordOf(STEP_STATUSES, state).map((status) => ({ kind: step, status, count, seconds: amount / 1_000 })),
      ),
    );
  return {
    projects: readProjectCounts(tx),
    steps: steps.map(({ kind, status, count }) => ({ kind, status, count })),
    finished: steps
      .filter(({ status }) => status === "done")
      .map(({ kind, count, seconds }) => ({ kind, count, seconds })),
    submits: rows
      .filter(({ topic }) => topic === "submit")
      .flatMap(({ kind, state, count, amount }) =>
        wordOf(SUBMIT_STATES, state).map((known) => ({ model: kind, state: known, count, usd: amount / 1e6 })),
      ),
  };
}
