import type { Database } from "bun:sqlite";
import type { ProjectId } from "../../domain/ids.ts";
import type { Standing } from "../../server-ports.ts";
import { notFound } from "./rows.ts";

/** One statement is a transaction of its own; prepared once, it takes a few microseconds where a query builder takes many. */
const SELECT = `SELECT id, status, message, created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs
  FROM projects WHERE id = ? AND discarded_at_ms IS NULL`;

/** @throws VidpipeError project.not_found */
export function readStanding(client: Database, id: ProjectId): Standing {
  const row = client.query<Standing, [ProjectId]>(SELECT).get(id);
  if (row === null) throw notFound(id);
  return row;
}
