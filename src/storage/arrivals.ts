import { mkdirSync, renameSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ProjectId } from "../domain/ids.ts";
import type { Clock, Owner } from "../ports.ts";
import { absent, syncFolder } from "./plain-file.ts";
import { abandonedAfterMs } from "./workplaces.ts";

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

/** Whether a folder was being taken in by a process that is gone: no row may name its files. */
export async function isAbandonedArrival(
  folder: string,
  { owner, clock }: { readonly owner: Owner; readonly clock: Clock },
): Promise<boolean> {
  const mark = await readFile(join(folder, ARRIVAL_MARK), "utf8").catch(absent);
  const [whose = owner.self, madeAtMs] = mark?.split("\n") ?? [];
  if (whose === owner.self) return false;
  return !owner.isLive(whose) || clock.sinceBoot() - Number(madeAtMs) > abandonedAfterMs;
}

/** Where files that no row names are kept, by when they were thrown in. */
export const binFolder = (root: string, nowMs: number): string => join(root, "bin", String(nowMs));

/** Moves the whole folder of a project that is not recorded into the bin. */
export function throwFolder(root: string, id: ProjectId, nowMs: number): void {
  const round = binFolder(root, nowMs);
  mkdirSync(round, { recursive: true });
  renameSync(join(root, id), join(round, id));
}
