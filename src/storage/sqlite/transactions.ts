import type { Database, Statement } from "bun:sqlite";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { VidpipeError } from "../../domain/errors.ts";
import { type BusyRetry, whileBusy } from "./busy-retry.ts";
import { checkStillThere, identityOf } from "./file-identity.ts";

/** What queries run on inside a transaction: the one connection, which has one transaction at a time. */
export type Tx = BunSQLiteDatabase;

/** Queries that are asked all the time, built and prepared once for a connection: building them costs more than they do. */
export function prepared<Queries>(make: (tx: Tx) => Queries): (tx: Tx) => Queries {
  const known = new WeakMap<Tx, Queries>();
  return (tx) => {
    const queries = known.get(tx) ?? make(tx);
    known.set(tx, queries);
    return queries;
  };
}

/** Most statements kept; the program has some dozens of them, and lists of values of every length. */
const mostStatements = 200;

/** The connection with a memory for its statements: to understand one again takes SQLite as long as to run it. */
function keepingStatements(client: Database): Database {
  const known = new Map<string, Statement>();
  const prepare = (text: string): Statement => {
    const statement = known.get(text) ?? client.prepare(text);
    if (known.size < mostStatements) known.set(text, statement);
    return statement;
  };
  return new Proxy(client, {
    get(target, name) {
      if (name === "prepare") return prepare;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** A promise would be committed half done: SQLite's transactions are synchronous. */
type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

/** The only ways to the database: one transaction per call, waiting without blocking for other processes. */
export interface Transactions {
  /** One consistent look; writes nothing. */
  read<T>(work: (tx: Tx) => Synchronous<T>): Promise<T>;
  /** Takes the write lock first: a lock upgrade in the middle would fail with BUSY_SNAPSHOT. */
  write<T>(work: (tx: Tx) => Synchronous<T>): Promise<T>;
}

export function createTransactions(client: Database, busyRetry: BusyRetry): Transactions {
  const db = drizzle(keepingStatements(client));
  const run = <T>(behavior: "deferred" | "immediate", work: (tx: Tx) => Synchronous<T>): Promise<T> =>
    whileBusy<T>(() => client.transaction(() => refusePromise(work(db)))[behavior](), busyRetry);
  const opened = identityOf(busyRetry.path);
  return {
    read: (work) => run("deferred", work),
    write: (work) =>
      run("immediate", (tx) => {
        checkStillThere(busyRetry.path, opened);
        return work(tx);
      }),
  };
}

// Types can be cast away; thrown inside the transaction this rolls back what was written before the first await.
function refusePromise<T>(result: T): T {
  if (result instanceof Promise) {
    result.catch(() => {}); // what it throws later has no transaction to belong to
    throw new VidpipeError("internal", "a database transaction must not be asynchronous: nothing was written");
  }
  return result;
}

/** The first value of a query's first row; undefined when there is none. */
export function scalar(client: Database, sql: string): string | number | null | undefined {
  const row = client.query<Record<string, string | number | null>, []>(sql).get();
  return Object.values(row ?? {})[0];
}
