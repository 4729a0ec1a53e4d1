import { type Database, SQLiteError } from "bun:sqlite";
import { scalar } from "./transactions.ts";

/** Adds to one group of counts and sums, as SQL; what it says of `where` decides whether it does. */
const tally = (topic: string, kind: string, state: string, count: string, amount: string, where = "true"): string =>
  `INSERT INTO tallies (topic, kind, state, count, amount) SELECT '${topic}', ${kind}, ${state}, ${count}, ${amount} WHERE ${where}
    ON CONFLICT (topic, kind, state) DO UPDATE SET count = count + excluded.count, amount = amount + excluded.amount;`;

const projectTally = (row: string, count: string): string =>
  tally("project", "''", `${row}.status`, count, "0", `${row}.discarded_at_ms IS NULL`);
const tookMs = (row: string): string => `coalesce(${row}.finished_at_ms - ${row}.started_at_ms, 0)`;
const stepTally = (row: string, sign: string): string =>
  tally("step", `${row}.kind`, `${row}.status`, `${sign}1`, `${sign}${tookMs(row)}`);
const submitTally = (row: string, sign: string): string =>
  tally("submit", `${row}.model`, `${row}.state`, `${sign}1`, `${sign}${row}.usd_millionths`);

/** A damaged row must not keep the database from being opened: it has no such words. */
const textIn = (column: string, path: string): string =>
  `CASE WHEN json_valid(${column}) THEN json_extract(${column}, '${path}') END`;

/** What can be searched of a row of `projects`. The user's own storyboard counts before the text model's. */
const wordsOf = (row: string): string =>
  `coalesce(${textIn(`${row}.direction`, "$.storyboard.title")}, (SELECT ${textIn("result", "$.storyboard.title")} FROM steps
    WHERE project_id = ${row}.id AND kind = 'storyboard' AND status = 'done' ORDER BY take DESC LIMIT 1), '')
    || char(10) || coalesce(${textIn(`${row}.request`, "$.prompt")}, '')`;

const addWords = `INSERT INTO film_texts (project_id, created_at_ms, words) SELECT NEW.id, NEW.created_at_ms, ${wordsOf("NEW")} WHERE NEW.discarded_at_ms IS NULL;`;
const retitle = (row: string): string =>
  `UPDATE film_texts SET words = (SELECT ${wordsOf("projects")} FROM projects WHERE id = ${row}.project_id) WHERE project_id = ${row}.project_id;`;
const addToIndex = "INSERT INTO film_search (rowid, words) VALUES (NEW.doc, NEW.words);";
const takeFromIndex = "INSERT INTO film_search (film_search, rowid, words) VALUES ('delete', OLD.doc, OLD.words);";
const noteChange = `INSERT INTO film_changes (project_id, number)
    VALUES (NEW.id, (SELECT coalesce(max(number), 0) + 1 FROM film_changes))
    ON CONFLICT (project_id) DO UPDATE SET number = excluded.number;`;

/** What keeps the tables `tallies`, `film_changes`, `film_texts` and `film_search` in step with the others, from any writer. */
export const KEEPERS: Readonly<Record<string, string>> = {
  keep_project_added: `AFTER INSERT ON projects BEGIN ${projectTally("NEW", "1")} ${addWords} ${noteChange} END`,
  keep_project_moved: `AFTER UPDATE OF status, discarded_at_ms ON projects
    BEGIN ${projectTally("OLD", "-1")} ${projectTally("NEW", "1")} END`,
  keep_project_words: `AFTER UPDATE OF request, direction, created_at_ms, discarded_at_ms ON projects
    BEGIN DELETE FROM film_texts WHERE project_id = OLD.id; ${addWords} END`,
  keep_project_change: `AFTER UPDATE OF request, direction, status, message, updated_at_ms, discarded_at_ms ON projects
    BEGIN ${noteChange} END`,
  keep_project_removed: `AFTER DELETE ON projects BEGIN ${projectTally("OLD", "-1")}
    DELETE FROM film_texts WHERE project_id = OLD.id; DELETE FROM film_changes WHERE project_id = OLD.id; END`,
  keep_step_added: `AFTER INSERT ON steps BEGIN ${stepTally("NEW", "")} END`,
  keep_step_moved: `AFTER UPDATE OF status, started_at_ms, finished_at_ms ON steps
    BEGIN ${stepTally("OLD", "-")} ${stepTally("NEW", "")} END`,
  keep_step_removed: `AFTER DELETE ON steps BEGIN ${stepTally("OLD", "-")} END`,
  keep_title_added: `AFTER INSERT ON steps WHEN NEW.kind = 'storyboard' AND NEW.status = 'done' BEGIN ${retitle("NEW")} END`,
  keep_title_moved: `AFTER UPDATE OF status, result ON steps
    WHEN NEW.kind = 'storyboard' AND 'done' IN (OLD.status, NEW.status) BEGIN ${retitle("NEW")} END`,
  keep_title_removed: `AFTER DELETE ON steps WHEN OLD.kind = 'storyboard' AND OLD.status = 'done' BEGIN ${retitle("OLD")} END`,
  keep_submit_added: `AFTER INSERT ON submits BEGIN ${submitTally("NEW", "")} END`,
  keep_submit_moved: `AFTER UPDATE OF state, model, usd_millionths ON submits
    BEGIN ${submitTally("OLD", "-")} ${submitTally("NEW", "")} END`,
  keep_words_added: `AFTER INSERT ON film_texts BEGIN ${addToIndex} END`,
  keep_words_moved: `AFTER UPDATE OF words ON film_texts WHEN OLD.words <> NEW.words BEGIN ${takeFromIndex} ${addToIndex} END`,
  keep_words_removed: `AFTER DELETE ON film_texts BEGIN ${takeFromIndex} END`,
};

const countedTallies = `
  SELECT 'project' AS topic, '' AS kind, status AS state, count(*) AS count, 0 AS amount FROM projects
    WHERE discarded_at_ms IS NULL GROUP BY status
  UNION ALL SELECT 'step', kind, status, count(*), sum(${tookMs("steps")}) FROM steps GROUP BY kind, status
  UNION ALL SELECT 'submit', model, state, count(*), sum(usd_millionths) FROM submits GROUP BY model, state`;
const readWords = `SELECT id AS project_id, created_at_ms, ${wordsOf("projects")} AS words FROM projects WHERE discarded_at_ms IS NULL`;

/** Counts and indexes everything anew. The keepers must not be there, or be right. Call it inside a transaction. */
export function countAnew(client: Database): void {
  const last = Number(scalar(client, "SELECT coalesce(max(number), 0) FROM film_changes"));
  client.run("DELETE FROM tallies");
  client.run(`INSERT INTO tallies (topic, kind, state, count, amount) ${countedTallies}`);
  client.run("DELETE FROM film_changes");
  client.run(
    `INSERT INTO film_changes (project_id, number) SELECT id, ${last} + row_number() OVER (ORDER BY updated_at_ms, id) FROM projects`,
  );
  client.run("DELETE FROM film_texts");
  client.run(`INSERT INTO film_texts (project_id, created_at_ms, words) ${readWords}`);
  client.run("INSERT INTO film_search (film_search) VALUES ('rebuild')");
}

const differing = (kept: string, counted: string): string =>
  `SELECT count(*) FROM (SELECT * FROM (${kept} EXCEPT ${counted}) UNION ALL SELECT * FROM (${counted} EXCEPT ${kept}))`;

const TRUTHS: readonly (readonly [what: string, kept: string, counted: string])[] = [
  ["counts", "SELECT * FROM tallies WHERE count <> 0", `SELECT * FROM (${countedTallies})`],
  ["words to search", "SELECT project_id, created_at_ms, words FROM film_texts", readWords],
  ["noted changes", "SELECT project_id FROM film_changes", "SELECT id FROM projects"],
];

/** What differs from what is recorded, in a few words each; walks over everything. */
export function keptWrongly(client: Database): readonly string[] {
  const wrong = TRUTHS.flatMap(([what, kept, counted]) =>
    Number(scalar(client, differing(kept, counted))) === 0 ? [] : [what],
  );
  return isIndexed(client) ? wrong : [...wrong, "search index"];
}

function isIndexed(client: Database): boolean {
  try {
    client.run("INSERT INTO film_search (film_search, rank) VALUES ('integrity-check', 1)");
    return true;
  } catch (thrown) {
    if (thrown instanceof SQLiteError && thrown.code?.startsWith("SQLITE_CORRUPT")) return false;
    throw thrown;
  }
}
