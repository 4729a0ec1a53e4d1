import type { Database } from "bun:sqlite";
import { VidpipeError } from "../../domain/errors.ts";
import { STEP_FLOW } from "../../domain/lifecycle.ts";
import { KEEPERS } from "./kept-figures.ts";

const legalMoves = Object.entries(STEP_FLOW).flatMap(([from, exits]) =>
  [...new Set<string>(Object.values(exits))].map((to) => `'${from}>${to}'`),
);

/**
 * What the database refuses by itself, from any writer: moves outside the state table, and edits of the past.
 * They are made when the database is opened, not by a migration: a migration is frozen the day it is released,
 * so a later change of STEP_FLOW could forget it. Made from the table itself, the two cannot drift.
 * A name that is taken out or changed moves to FORMER_GUARDS.
 */
const GUARDS: Readonly<Record<string, string>> = {
  guard_step_moves: `BEFORE UPDATE OF status ON steps
    WHEN OLD.status <> NEW.status AND OLD.status || '>' || NEW.status NOT IN (${legalMoves.join(", ")})
    BEGIN SELECT RAISE(ABORT, 'illegal move of a step'); END`,
  guard_step_order: `BEFORE UPDATE OF id, project_id, kind, position, take, "order", input_key ON steps
    BEGIN SELECT RAISE(ABORT, 'the order of a step is frozen'); END`,
  guard_artifacts: `BEFORE UPDATE ON artifacts BEGIN SELECT RAISE(ABORT, 'artifacts are immutable'); END`,
  guard_submit_facts: `BEFORE UPDATE OF id, project_id, step_id, attempt, because, created_at_ms ON submits
    BEGIN SELECT RAISE(ABORT, 'what was bought is immutable'); END`,
  guard_submit_amounts: `BEFORE UPDATE OF usd_millionths, quantity ON submits
    WHEN NEW.usd_millionths > OLD.usd_millionths OR NEW.quantity > OLD.quantity
    BEGIN SELECT RAISE(ABORT, 'a submit never costs more than was reserved'); END`,
  guard_submit_rows: `BEFORE DELETE ON submits BEGIN SELECT RAISE(ABORT, 'the ledger forgets nothing'); END`,
  guard_revisions: `BEFORE UPDATE ON revisions BEGIN SELECT RAISE(ABORT, 'history is immutable'); END`,
  guard_events: `BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'history is immutable'); END`,
};

/** Every trigger of this program. */
const OWN: Readonly<Record<string, string>> = { ...GUARDS, ...KEEPERS };

/** Guards of earlier releases that no longer exist: they are dropped when a database is opened. */
const FORMER_GUARDS: readonly string[] = [];

/** Whether a trigger belongs to this program, now or in some release. All others are the user's own. */
const isOwned = (name: string, former = FORMER_GUARDS): boolean => Object.hasOwn(OWN, name) || former.includes(name);

/** A trigger as it is recorded in the database. */
interface Trigger {
  readonly name: string;
  readonly sql: string;
}

const triggersIn = (client: Database): Trigger[] =>
  client.query<Trigger, []>("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid").all();

const drop = (client: Database, name: string): void => void client.run(`DROP TRIGGER "${name.replaceAll('"', '""')}"`);

const made = (triggers: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(triggers).map(([name, body]) => [name, `CREATE TRIGGER ${name} ${body}`]));

/** Whether everything is kept that is counted: false where a tool took a trigger away, and what is kept may be wrong. */
export function isKept(client: Database): boolean {
  const present = new Map(triggersIn(client).map(({ name, sql }) => [name, sql]));
  return [...made(KEEPERS)].every(([name, sql]) => present.get(name) === sql);
}

/** Makes the triggers, replacing those an older version left. Call it inside a transaction. */
export function installTriggers(client: Database, former = FORMER_GUARDS): void {
  const present = new Map(triggersIn(client).map(({ name, sql }) => [name, sql]));
  const wanted = made(OWN);
  for (const [name, sql] of present) if (isOwned(name, former) && sql !== wanted.get(name)) drop(client, name);
  for (const [name, sql] of wanted) if (present.get(name) !== sql) client.run(sql);
}

/**
 * Runs migrations with no trigger in the way: they may rewrite what others may not, and a table that is rebuilt would
 * take its triggers with it. The user's own come back word for word; the others are for `installTriggers` to make.
 * Call it inside a transaction.
 * @throws VidpipeError storage.unusable when a trigger of the user's does not fit the database any more
 */
export function withoutTriggers(client: Database, path: string, run: () => void): void {
  const present = triggersIn(client);
  for (const { name } of present) drop(client, name);
  run();
  for (const { name, sql } of present) if (!isOwned(name)) restore(client, path, { name, sql });
}

function restore(client: Database, path: string, { name, sql }: Trigger): void {
  try {
    client.run(sql);
  } catch (cause) {
    const message = `${path} has the trigger ${JSON.stringify(name)}, which does not fit this version of vidpipe: the file was left as it is, drop that trigger and start again`;
    throw new VidpipeError("storage.unusable", message, { cause });
  }
}
