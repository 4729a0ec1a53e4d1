import { readFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, ProcessIdentity } from "../../ports/runtime.ts";
import { absent, syncFolder } from "./plain-file.ts";
import { abandonedAfterMs } from "./temp-dirs.ts";

/** Marks a project's folder from the moment its files are there until its rows are; names the importing process and its time. */
export const IMPORT_MARK = ".arriving";

export async function markImport(
  folder: string,
  { owner, clock }: { readonly owner: ProcessIdentity; readonly clock: Clock },
): Promise<void> {
  const mark = await open(join(folder, IMPORT_MARK), "wx");
  try {
    await mark.writeFile(`${owner.self}\n${clock.sinceBoot()}`);
    await mark.sync();
  } finally {
    await mark.close();
  }
}

export async function clearImportMark(folder: string): Promise<void> {
  await rm(join(folder, IMPORT_MARK), { force: true });
  await syncFolder(folder);
}

/** Whether a folder was being imported by a process that is gone: no row may name its files. Synchronous, for a standstill. */
export function isAbandonedImport(
  folder: string,
  { owner, clock }: { readonly owner: ProcessIdentity; readonly clock: Clock },
): boolean {
  const [whose = owner.self, madeAtMs] = markIn(folder)?.split("\n") ?? [];
  if (whose === owner.self) return false;
  return !owner.isLive(whose) || clock.sinceBoot() - Number(madeAtMs) > abandonedAfterMs;
}

function markIn(folder: string): string | null {
  try {
    return readFileSync(join(folder, IMPORT_MARK), "utf8");
  } catch (thrown) {
    return absent(thrown);
  }
}
