import { and, eq, isNull, lt, sql } from "drizzle-orm";
import type { Clock, ProcessIdentity } from "../../ports/runtime.ts";
import type { HeldKey, IdempotencyStore, KeyEntry } from "../../ports/server.ts";
import { checkHeldKey, isFreeKey } from "../key-rules.ts";
import { createDriverCheck } from "../lease-rules.ts";
import { renewLease } from "./leases.ts";
import { owners, requestKeys } from "./schema.ts";
import type { Transactions, Tx } from "./transactions.ts";

export function createIdempotencyStore({ write }: Transactions, clock: Clock): IdempotencyStore {
  /** One a process that asks: a check remembers whom it watches. */
  const checks = new WeakMap<ProcessIdentity, ReturnType<typeof createDriverCheck>>();
  function checkOf(owner: ProcessIdentity): ReturnType<typeof createDriverCheck> {
    const check = checks.get(owner) ?? createDriverCheck({ owner, clock });
    checks.set(owner, check);
    return check;
  }

  /** Whether a key's process is gone. */
  function isFree(tx: Tx, entry: KeyEntry, owner: ProcessIdentity): boolean {
    const { heartbeatAtMs } = owners;
    const row = tx
      .select({ heartbeatAtMs })
      .from(owners)
      .where(eq(owners.owner, entry.owner ?? ""))
      .get();
    return isFreeKey(entry, row?.heartbeatAtMs ?? null, checkOf(owner));
  }

  return {
    claim: (claim, owner) =>
      write((tx) => {
        renewLease(tx, owner.self, clock.sinceBoot());
        const fresh: KeyEntry = { ...claim, owner: owner.self, settledAtMs: null, answer: null };
        tx.insert(requestKeys).values(fresh).onConflictDoNothing().run();
        const entry = readKey(tx, claim.key) ?? fresh;
        if (entry.owner === owner.self || !isFree(tx, entry, owner)) return entry;
        const taken = { owner: owner.self, projectId: claim.projectId };
        tx.update(requestKeys).set(taken).where(eq(requestKeys.key, entry.key)).run();
        return { ...entry, ...taken };
      }),
    recordAnswer: (key, answer) =>
      write((tx) =>
        tx
          .update(requestKeys)
          .set({ answer, settledAtMs: sql`coalesce(${requestKeys.settledAtMs}, ${clock.now()})` })
          .where(and(eq(requestKeys.key, key), isNull(requestKeys.answer)))
          .run(),
      ),
    forget: ({ key, owner }) =>
      write((tx) => {
        const isMine = and(eq(requestKeys.key, key), eq(requestKeys.owner, owner));
        tx.delete(requestKeys)
          .where(and(isMine, isNull(requestKeys.settledAtMs)))
          .run();
      }),
    prune: (beforeMs) => write((tx) => tx.delete(requestKeys).where(lt(requestKeys.createdAtMs, beforeMs)).run()),
  };
}

const readKey = (tx: Tx, key: string): KeyEntry | undefined =>
  tx.select().from(requestKeys).where(eq(requestKeys.key, key)).get();

/** Settles a key in the transaction that records what it stands for. @throws VidpipeError run.lease_lost */
export function settleKey(tx: Tx, held: HeldKey, nowMs: number): void {
  checkHeldKey(readKey(tx, held.key), held);
  tx.update(requestKeys).set({ settledAtMs: nowMs }).where(eq(requestKeys.key, held.key)).run();
}
