import type { Database } from "bun:sqlite";
import type { ProjectId } from "../../domain/ids.ts";
import type { StatusRow } from "../../ports/server.ts";
import { type BusyRetry, whileBusy } from "./busy-retry.ts";
import { notFound } from "./rows.ts";

/** Prepared once, it takes a microsecond where a query builder takes many. */
const SELECT = `SELECT id, status, message, created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs
  FROM projects WHERE id = ? AND discarded_at_ms IS NULL`;

/** Who asked in the same turn of the event loop, and what they will all be told. */
interface Round {
  readonly ids: Set<ProjectId>;
  readonly found: Promise<ReadonlyMap<ProjectId, StatusRow>>;
}

/**
 * How projects stand, one look at the database for all who ask in the same turn of the event loop: locking the
 * file costs several times the reading. The look comes after the question, so an answer is never older than it.
 * The function throws VidpipeError project.not_found.
 */
export function createStatusReader(client: Database, busyRetry: BusyRetry): (id: ProjectId) => Promise<StatusRow> {
  const lookAll = client.transaction(readAll);
  let round: Round | undefined;

  function openRound(): Round {
    const ids = new Set<ProjectId>();
    const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      round = undefined;
      return whileBusy(() => (ids.size === 1 ? readAll(client, ids) : lookAll(client, ids)), busyRetry);
    });
    return { ids, found };
  }

  return async (id) => {
    round ??= openRound();
    const { ids, found } = round;
    ids.add(id);
    const status = (await found).get(id);
    if (status === undefined) throw notFound(id);
    return status;
  };
}

function readAll(client: Database, ids: ReadonlySet<ProjectId>): ReadonlyMap<ProjectId, StatusRow> {
  const select = client.query<StatusRow, [ProjectId]>(SELECT);
  return new Map([...ids].flatMap((id) => select.all(id).map((row) => [id, row] as const)));
}
