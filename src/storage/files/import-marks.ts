import { readFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Owner } from "../../ports/runtime.ts";
import { absent, syncFolder } from "./plain-file.ts";
import { abandonedAfterMs } from "./temp-dirs.ts";

/** Lies in a project's folder from the moment its files are there until its rows are; names who takes it in, since when. */
export const ARRIVAL_MARK = ".arriving";

export async function markArrival(
  folder: string,
  { owner, clock }: { readonly owner: Owner; readonly clock: Clock },
): Promise<void> {
  const mark = await open(join(folder, ARRIVAL_MARK), "wx");
  try {
    await mark.writeFile(`${owner.self}\n${clock.sinceBoot()}`);
    await mark.sync();
  } finally {
    await mark.close();
  }
}

export async function unmarkArrival(folder: string): Promise<void> {
  await rm(join(folder, ARRIVAL_MARK), { force: true });
  await syncFolder(folder);
}

/** Whether a folder was being taken in by a process that is gone: no row may name its files. Synchronous, for a standstill. */
export function isAbandonedArrival(
  folder: string,
  { owner, clock }: { readonly owner: Owner; readonly clock: Clock },
): boolean {
  const [whose = owner.self, madeAtMs] = markIn(folder)?.split("\n") ?? [];
  if (whose === owner.self) return false;
  return !owner.isLive(whose) || clock.sinceBoot() - Number(madeAtMs) > abandonedAfterMs;
}

function markIn(folder: string): string | null {
  try {
    return readFileSync(join(folder, ARRIVAL_MARK), "utf8");
  } catch (thrown) {
    return absent(thrown);
  }
}
