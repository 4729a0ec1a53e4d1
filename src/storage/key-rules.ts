import { VidpipeError } from "../domain/errors.ts";
import type { HeldKey, KeyEntry } from "../ports/server.ts";
import type { Driver } from "./lease-rules.ts";

/** Whether another process may carry out the request of a key: it is not settled, and nobody who lives holds it. `isUndriven` is the leases' check. */
export const isFreeKey = (
  { owner, settledAtMs }: KeyEntry,
  heartbeatAtMs: number | null,
  isUndriven: (driver: Driver) => boolean,
): boolean => settledAtMs === null && isUndriven({ owner, heartbeatAtMs });

/** @throws VidpipeError run.lease_lost unless the key may be settled by the process that holds it */
export function checkHeldKey(entry: KeyEntry | undefined, held: HeldKey): void {
  if (entry?.owner === held.owner && entry.settledAtMs === null) return;
  throw new VidpipeError(
    "run.lease_lost",
    "this request was carried out under the same Idempotency-Key meanwhile, or another process took it over: nothing was written here",
  );
}
