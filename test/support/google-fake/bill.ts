import { appendFileSync } from "node:fs";

/** One thing the fake was asked to make. */
export interface BillEntry {
  readonly kind: "text" | "image" | "clip";
  readonly model: string;
  /** 1 for a call or a picture, seconds for a clip. */
  readonly quantity: number;
  readonly size: string;
  /** Epoch ms. */
  readonly atMs: number;
  /** Operation name or interaction id of a clip; empty otherwise. */
  readonly operation: string;
  /** What it is charged at, US dollars; 0 for models without a price in the fake. */
  readonly usd: number;
  readonly promptSha256: string;
  /** Hashes of the pictures that came with the request, in order: the still before, or start and end. */
  readonly pictureSha256: readonly string[];
  /** False once the fake has said that it does not charge. */
  charged: boolean;
}

export interface Bill {
  readonly entries: readonly BillEntry[];
  add(entry: Omit<BillEntry, "atMs" | "charged">): BillEntry;
  waive(entry: BillEntry): void;
}

export const sha256 = (data: string | Uint8Array): string => new Bun.CryptoHasher("sha256").update(data).digest("hex");

/** A bill in memory, and a line per event in `path` when there is one: it outlives whoever ran it up. */
export function createBill(path: string | null): Bill {
  const entries: BillEntry[] = [];
  const note = (event: object) => {
    if (path !== null) appendFileSync(path, `${JSON.stringify(event)}\n`);
  };
  return {
    entries,
    add: (given) => {
      const entry: BillEntry = { ...given, atMs: Date.now(), charged: true };
      entries.push(entry);
      note(entry);
      return entry;
    },
    waive: (entry) => {
      if (!entry.charged) return;
      entry.charged = false;
      note({ waived: entry.operation, promptSha256: entry.promptSha256 });
    },
  };
}
