import type { Database } from "bun:sqlite";
import { STEP_FLOW } from "../../domain/lifecycle.ts";

const legalMoves = Object.entries(STEP_FLOW).flatMap(([from, exits]) =>
  [...new Set<string>(Object.values(exits))].map((to) => `'${from}>${to}'`),
);

/**
 * What the database refuses by itself, from any writer: moves outside the state table, and edits of the past.
 * They are made when the database is opened, not by a migration: a migration is frozen the day it is released,
 * so a later change of STEP_FLOW could forget it. Made from the table itself, the two cannot drift.
 */
const GUARDS: Readonly<Record<string, string>> = {
  guard_step_moves: `BEFORE UPDATE OF status ON steps
    WHEN OLD.status <> NEW.status AND OLD.status || '>' || NEW.status NOT IN (${legalMoves.join(", ")})
    BEGIN SELECT RAISE(ABORT, 'illegal move of a step'); END`,
  guard_step_order: `BEFORE UPDATE OF id, project_id, kind, position, take, "order", input_key ON steps
    BEGIN SELECT RAISE(ABORT, 'the order of a step is frozen'); END`,
  guard_artifacts: `BEFORE UPDATE ON artifacts BEGIN SELECT RAISE(ABORT, 'artifacts are immutable'); END`,
  guard_submit_facts: `BEFORE UPDATE OF id, project_id, step_id, attempt, created_at_ms ON submits
    BEGIN SELECT RAISE(ABORT, 'what was bought is immutable'); END`,
  guard_submit_amounts: `BEFORE UPDATE OF usd_millionths, quantity ON submits
    WHEN NEW.usd_millionths > OLD.usd_millionths OR NEW.quantity > OLD.quantity
    BEGIN SELECT RAISE(ABORT, 'a submit never costs more than was reserved'); END`,
  guard_submit_rows: `BEFORE DELETE ON submits BEGIN SELECT RAISE(ABORT, 'the ledger forgets nothing'); END`,
  guard_revisions: `BEFORE UPDATE ON revisions BEGIN SELECT RAISE(ABORT, 'history is immutable'); END`,
  guard_events: `BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'history is immutable'); END`,
};

/** Removes the triggers, so that a migration may rewrite protected rows. Call it inside a transaction. */
export function removeTriggers(client: Database): void {
  for (const name of presentTriggers(client).keys()) client.run(`DROP TRIGGER ${name}`);
}

const presentTriggers = (client: Database): Map<string, string> =>
  new Map(
    client
      .query<{ name: string; sql: string }, []>("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
      .all()
      .map(({ name, sql }) => [name, sql]),
  );

/** Makes the triggers, replacing those an older version left. Call it inside a transaction. */
export function installTriggers(client: Database): void {
  const present = presentTriggers(client);
  const wanted = new Map(Object.entries(GUARDS).map(([name, body]) => [name, `CREATE TRIGGER ${name} ${body}`]));
  for (const name of present.keys()) if (present.get(name) !== wanted.get(name)) client.run(`DROP TRIGGER ${name}`);
  for (const [name, sql] of wanted) if (present.get(name) !== sql) client.run(sql);
}
