import type { Database } from "bun:sqlite";

/** The first value of a query's first row; undefined when there is none. */
export function scalar(client: Database, sql: string): string | number | null | undefined {
  const row = client.query<Record<string, string | number | null>, []>(sql).get();
  return Object.values(row ?? {})[0];
}
