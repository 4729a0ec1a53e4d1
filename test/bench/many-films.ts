/** Databases with any number of finished films, copied by SQL from one that a release made. */
import { Database } from "bun:sqlite";
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createSystemClock } from "../../src/platform/clock.ts";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { silentLog } from "../storage/silent-log.ts";

const released = join(import.meta.dir, "..", "releases", "2.0.0", "vidpipe.db");
/** The finished film that all others are copies of: 8 steps, 7 paid calls, 8 files. */
const model = "01a22e48-441b-7277-b1f4-ed018033bc97";
/** Events kept of the model's: about 35 rows a film. */
const events = 10;
/** Ms between two films: 100,000 of them are two years. */
const apartMs = 631_000;

/** Words of prompts; every film has some of each list, and its number. */
const SUBJECTS = ["cat", "lighthouse", "violinist", "submarine", "glacier", "market", "fox", "astronaut"];
const PLACES = ["Tokyo at night", "a harbour in fog", "the old library", "a desert of glass", "Żółw Śląski"];

/** Makes a database of so many finished films at `path`, or copies one that was made before. Returns one in the middle. */
export async function makeManyFilms(path: string, films: number, cache: string): Promise<string> {
  const made = join(cache, `films-${films}.db`);
  if (!existsSync(made)) {
    mkdirSync(cache, { recursive: true });
    const draft = `${made}.draft`;
    for (const end of ["", "-wal", "-shm"]) rmSync(draft + end, { force: true });
    copyFileSync(released, draft);
    await settle(draft); // brings it up to date
    multiply(draft, films);
    await settle(draft); // the program's triggers, and what they keep
    renameSync(draft, made);
  }
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(made, path);
  return settle(path);
}

/** Opens and closes a database as the program does. Returns the id of a finished film, in the middle of a long list. */
async function settle(path: string): Promise<string> {
  const repository = await createSqliteRepository({ path }, { clock: createSystemClock(), log: silentLog });
  const films = await repository.list({ statuses: ["complete"], limit: 100 });
  repository.close();
  return films.at(-1)?.id ?? model;
}

/** The start of the ids of a film, of its rows and of those it is a copy of. */
const prefix = (ms: string): string => `printf('%08x-%04x', (${ms}) >> 16, (${ms}) & 65535)`;

function multiply(path: string, films: number): void {
  const raw = new Database(path, { strict: true });
  raw.run("PRAGMA journal_mode = OFF");
  raw.run("PRAGMA synchronous = OFF");
  for (const { name } of raw.query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'trigger'").all())
    raw.run(`DROP TRIGGER "${name}"`);
  raw.run("BEGIN");
  raw.run(`DELETE FROM events WHERE project_id <> '${model}' OR seq > ${events}`);
  for (const table of ["deliveries", "revisions", "artifacts", "submits", "steps"])
    raw.run(`DELETE FROM ${table} WHERE project_id <> '${model}'`);
  raw.run(`DELETE FROM projects WHERE id <> '${model}'`);
  nameAlike(raw);
  const startMs = Date.now() - (films + 200) * apartMs;
  raw.run("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY, ms INTEGER NOT NULL, prefix TEXT NOT NULL)");
  raw.run(
    `INSERT INTO numbers WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${films})
     SELECT n, ${startMs} + n * ${apartMs}, ${prefix(`${startMs} + n * ${apartMs}`)} FROM counted`,
  );
  for (const table of ["projects", "revisions", "steps", "artifacts", "submits", "events"]) copyRows(raw, table);
  for (const table of ["events", "revisions", "artifacts", "submits", "steps"])
    raw.run(`DELETE FROM ${table} WHERE project_id LIKE '00000000-0000%'`);
  raw.run("DELETE FROM projects WHERE id LIKE '00000000-0000%'");
  raw.run("COMMIT");
  raw.run("PRAGMA journal_mode = WAL");
  raw.close(true);
}

/** Gives the model's rows ids that start alike, so that one replacement makes those of a copy. */
function nameAlike(raw: Database): void {
  const tables = ["projects", "steps", "artifacts", "submits"];
  const ids = tables.flatMap((table) =>
    raw
      .query<{ id: string }, []>(`SELECT id FROM ${table}`)
      .all()
      .map(({ id }) => id),
  );
  ids.forEach((id, place) => {
    const alike = `00000000-0000-7${place.toString(16).padStart(3, "0")}-8000-000000000000`;
    for (const table of [...tables, "events", "revisions"])
      for (const column of textColumns(raw, table))
        raw.run(`UPDATE ${table} SET "${column}" = replace("${column}", ?, ?) WHERE "${column}" LIKE ?`, [
          id,
          alike,
          `%${id}%`,
        ]);
  });
}

const columnsOf = (raw: Database, table: string) =>
  raw.query<{ name: string; type: string }, []>(`PRAGMA table_info(${table})`).all();

const textColumns = (raw: Database, table: string): string[] =>
  columnsOf(raw, table)
    .filter(({ type }) => type.toLowerCase() === "text")
    .map(({ name }) => name);

/** One film in fifty failed, one in two hundred was cancelled. */
const STATUS = "iif(n % 50 = 7, 'failed', iif(n % 200 = 9, 'cancelled', status))";
const pick = (words: readonly string[], by: string): string =>
  `(CASE (${by}) ${words.map((word, place) => `WHEN ${place} THEN '${word}'`).join(" ")} END)`;
const PROMPT = `'A ' || ${pick(SUBJECTS, `n % ${SUBJECTS.length}`)} || ' wanders through ' || ${pick(PLACES, `n % ${PLACES.length}`)}
  || ', take ' || printf('%06d', n) || '. ' || 'Slow camera, soft light, no dialogue; it rains towards the end and everyone goes home.'`;

/** What the columns of a project get that are not copied. */
const OWN_VALUES: Readonly<Record<string, string>> = {
  status: STATUS,
  request: `json_set(request, '$.prompt', ${PROMPT})`,
  owner: "NULL",
  webhook_url: "NULL",
};

function copyRows(raw: Database, table: string): void {
  const columns = columnsOf(raw, table).map(({ name, type }) => {
    const quoted = `"${name}"`;
    const special = table === "projects" ? OWN_VALUES[name] : undefined;
    if (special !== undefined) return [quoted, special];
    if (/(?<!due_)at_ms$/.test(name)) return [quoted, `iif(${quoted} IS NULL, NULL, ms + ${quoted} % 600000)`];
    if (type.toLowerCase() === "text") return [quoted, `replace(${quoted}, '00000000-0000', prefix)`];
    return [quoted, quoted];
  });
  const [names, values] = [0, 1].map((place) => columns.map((column) => column[place]).join(", "));
  // The copies of a film lie together, as they do where films are made one after the other.
  raw.run(`INSERT INTO ${table} (${names}) SELECT ${values} FROM numbers CROSS JOIN ${table} t ORDER BY n, t.rowid`);
}
