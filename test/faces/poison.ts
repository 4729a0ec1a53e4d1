/** Puts hostile text into every text of a database: columns come from the schema, texts inside JSON from the rows. */
import { Database } from "bun:sqlite";
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { z } from "zod";
import * as schema from "../../src/storage/sqlite/schema.ts";

/** Everything that a terminal, a header, a table or a page could obey, in front of what was there. */
export const HOSTILE = [
  "=cmd|'/c calc'!A1 ",
  "\u001b]0;title\u0007\u001b[2J\u001b[31mPWN\u001b[0m\u009b31m\u0000\u0008\u0085",
  "\r\nSPOOF: \rSPOOF\t\u2028SPOOF",
  "\u202e\u2066\u200b\u2060\ufeff\u00ad\u{e0041}",
  `"><script>alert(1)</script><img src=x onerror="alert(1)">'; --`,
].join("");
/** The same for fields that refuse control characters and line breaks. */
export const MILD = `=1+1\u202e\u2066\u200b\u2060\ufeff\u{e0041}"><script>1</script>\\`;
const isHostile = (text: string): boolean => text.includes("<script>");

/** A text column, or a text inside a JSON column; list places are `[]`, so that one name stands for all of a kind. */
export interface Leaf {
  readonly table: string;
  readonly column: string;
  readonly path: string;
}
export const nameOf = ({ table, column, path }: Leaf): string => `${table}.${column}${path}`;

const tables: readonly unknown[] = Object.values(schema);
/** Every text column of the schema, whatever is in it. */
export const textColumns: readonly Omit<Leaf, "path">[] = tables
  .flatMap((table) => (is(table, SQLiteTable) ? getTableConfig(table) : []))
  .flatMap(({ name, columns }) =>
    columns.filter((column) => column.getSQLType() === "text").map((column) => ({ table: name, column: column.name })),
  );

const Cells = z.array(z.object({ rowid: z.number(), value: z.string().nullable() }));

export function openPoison(path: string) {
  const database = new Database(path);
  database.run("pragma foreign_keys = on");
  const Triggers = z.array(z.object({ name: z.string() }));
  /** A database from elsewhere may lack what guards ours; `verify` puts it back. */
  function disarm(): void {
    const triggers = database.query("select name from sqlite_master where type = 'trigger'").all();
    for (const { name } of Triggers.parse(triggers)) database.run(`drop trigger "${name}"`);
  }
  disarm();

  const cells = ({ table, column }: Omit<Leaf, "path">) =>
    Cells.parse(database.query(`select rowid as rowid, "${column}" as value from "${table}"`).all());
  const write = ({ table, column }: Leaf, rows: z.infer<typeof Cells>): void =>
    database.transaction(() => {
      disarm();
      const update = database.query(`update "${table}" set "${column}" = ?1 where rowid = ?2`);
      for (const { rowid, value } of rows) update.run(value, rowid);
    })();

  return {
    /** The leaves that there are; a column that is empty everywhere has none. */
    leaves: (): Leaf[] =>
      textColumns.flatMap((column) => {
        const paths = cells(column).flatMap(({ value }) => (value === null ? [] : pathsIn(parsed(value))));
        return [...new Set(paths)].map((path) => ({ ...column, path }));
      }),
    /** Whether some row has hostile text in a leaf from the beginning. */
    isHostile: (leaf: Leaf): boolean =>
      cells(leaf).some(({ value }) => {
        let found = false;
        replaced(value === null ? null : parsed(value), leaf.path, (text) => {
          found ||= isHostile(text);
          return text;
        });
        return found;
      }),
    /** Gives a JSON or text column a value where it has none. */
    fill({ table, column }: Omit<Leaf, "path">, value: string): void {
      database.query(`update "${table}" set "${column}" = ? where "${column}" is null`).run(value);
    },
    /** Puts a text before what a leaf holds, in every row. Returns what takes it back. @throws what SQLite refuses */
    poison(leaf: Leaf, text: string): () => void {
      const before = cells(leaf);
      const changed = before.map(({ rowid, value }) => ({
        rowid,
        value:
          value === null
            ? null
            : written(
                value,
                replaced(parsed(value), leaf.path, (old) => text + old),
              ),
      }));
      write(leaf, changed);
      return () => write(leaf, before);
    },
    close: () => database.close(),
  };
}

/** A cell as JSON where it is an object or a list, else as the text it is. */
function parsed(value: string): unknown {
  if (!/^[{[]/.test(value)) return value;
  return JSON.parse(value);
}
const written = (before: string, value: unknown): string =>
  typeof value === "string" && !/^[{[]/.test(before) ? value : JSON.stringify(value);

function pathsIn(value: unknown): string[] {
  if (typeof value === "string") return [""];
  if (typeof value !== "object" || value === null) return [];
  const parts = Array.isArray(value) ? value.map((item) => ["[]", item] as const) : Object.entries(value);
  return parts.flatMap(([key, inner]) => pathsIn(inner).map((rest) => `${key === "[]" ? "[]" : `.${key}`}${rest}`));
}

function replaced(value: unknown, path: string, change: (old: string) => string, at = ""): unknown {
  if (typeof value === "string") return at === path ? change(value) : value;
  if (typeof value !== "object" || value === null || !path.startsWith(at)) return value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, path, change, `${at}[]`));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, replaced(inner, path, change, `${at}.${key}`)]),
  );
}
