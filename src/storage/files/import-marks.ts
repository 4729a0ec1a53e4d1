import { readFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { OwnProcess } from "../../ports/runtime.ts";
import { absent, syncFolder } from "./plain-file.ts";
import { isAbandoned } from "./temp-dirs.ts";

/** Marks a project's folder from the moment its files are there until its rows are; names the importing process and its time. */
export const IMPORT_MARK = ".arriving";

export async function markImport(folder: string, { owner, clock }: OwnProcess): Promise<void> {
  await using mark = await open(join(folder, IMPORT_MARK), "wx");
  await mark.writeFile(`${owner.self}\n${clock.sinceBoot()}`);
  await mark.sync();
}

export async function clearImportMark(folder: string): Promise<void> {
  await rm(join(folder, IMPORT_MARK), { force: true });
  await syncFolder(folder);
}

/** Whether a folder was being imported by a process that is gone: no row may name its files. Synchronous, for a standstill. */
export function isAbandonedImport(folder: string, own: OwnProcess): boolean {
  const [whose = own.owner.self, madeAtMs] = markIn(folder)?.split("\n") ?? [];
  return isAbandoned(own, whose, madeAtMs);
}

function markIn(folder: string): string | null {
  try {
    return readFileSync(join(folder, IMPORT_MARK), "utf8");
  } catch (thrown) {
    return absent(thrown);
  }
}
