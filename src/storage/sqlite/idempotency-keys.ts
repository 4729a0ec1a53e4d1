import { eq, lt } from "drizzle-orm";
import type { IdempotencyStore } from "../../ports/server.ts";
import { requestKeys } from "./schema.ts";
import type { Transactions } from "./transactions.ts";

export function createIdempotencyStore({ write }: Transactions): IdempotencyStore {
  return {
    claim: (claim) =>
      write((tx) => {
        const entry = { ...claim, answer: null };
        tx.insert(requestKeys).values(entry).onConflictDoNothing().run();
        return tx.select().from(requestKeys).where(eq(requestKeys.key, claim.key)).get() ?? entry;
      }),
    settle: (key, answer) =>
      write((tx) => tx.update(requestKeys).set({ answer }).where(eq(requestKeys.key, key)).run()),
    forget: (key) => write((tx) => tx.delete(requestKeys).where(eq(requestKeys.key, key)).run()),
    prune: (beforeMs) => write((tx) => tx.delete(requestKeys).where(lt(requestKeys.createdAtMs, beforeMs)).run()),
  };
}
