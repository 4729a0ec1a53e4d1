import { existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { ProjectId } from "../../domain/ids.ts";
import type { OrphanTrash } from "../../ports/files.ts";
import type { OwnProcess } from "../../ports/runtime.ts";
import { mappingDiskErrors, mappingDiskErrorsSync } from "./disk-errors.ts";
import { IMPORT_MARK, isAbandonedImport } from "./import-marks.ts";
import { filesBelow, projectsBelow } from "./list-files.ts";
import { absent, syncFolder } from "./plain-file.ts";

/**
 * Trash for orphan files (files that no row names), below the artifacts: `<root>/bin/<epoch ms>/<project>/<name>`.
 * Deleted projects are elsewhere: see sqlite/trash.ts.
 */
export function createOrphanTrash(cfg: { readonly root: string }, own: OwnProcess): OrphanTrash {
  const root = resolve(cfg.root);
  const trash = join(root, "bin");
  const guarded = mappingDiskErrors(root);
  const guardedSync = mappingDiskErrorsSync(root);

  function throwIn(key: string, unchangedSinceMs: number, nowMs: number): boolean {
    const [path, target] = [join(root, key), join(roundFolder(root, nowMs), key)];
    const isOld = (at: string) => (lstatSync(at, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) <= unchangedSinceMs;
    if (isMarked(root, key) || !isOld(path)) return false;
    mkdirSync(dirname(target), { recursive: true });
    renameSync(path, target);
    // Another process found it in its place between the two lines and relies on it.
    if (isOld(target)) return true;
    renameSync(target, path);
    return false;
  }

  /** Folders of the trash, one for each clean-up, oldest first; all others are left alone. */
  const rounds = async (): Promise<string[]> =>
    ((await readdir(trash).catch(absent)) ?? []).filter((name) => /^\d{1,16}$/.test(name)).toSorted(byNumber);

  async function contents(): Promise<{ readonly key: string; readonly path: string }[]> {
    const found = [];
    for (const round of await rounds())
      for (const { key } of await filesBelow(join(trash, round))) found.push({ key, path: join(trash, round, key) });
    return found;
  }

  return {
    throwIn: (key, unchangedSinceMs, nowMs) => guardedSync(() => throwIn(key, unchangedSinceMs, nowMs)),
    throwInAll: (id, nowMs) => guardedSync(() => trashAbandonedImport(root, id, nowMs, own)),
    settle: (id) => guardedSync(() => rmSync(join(root, id, IMPORT_MARK), { force: true })),
    abandoned: () =>
      guarded(async () => {
        const gone: ProjectId[] = [];
        for (const id of await projectsBelow(root)) if (isAbandonedImport(join(root, id), own)) gone.push(id);
        return gone;
      }),
    keys: () => guarded(async () => (await contents()).map(({ key }) => key)),
    putBack: (id) =>
      guarded(async () => {
        const back: string[] = [];
        for (const { key, path } of await contents()) {
          const target = join(root, key);
          const isMeant = id === null || dirname(key) === id;
          if (!isMeant || existsSync(target)) continue;
          await mkdir(dirname(target), { recursive: true });
          await rename(path, target);
          await syncFolder(dirname(target));
          back.push(key);
        }
        return back;
      }),
    empty: (beforeMs) =>
      guarded(async () => {
        let thrown = 0;
        for (const round of (await rounds()).filter((name) => Number(name) < beforeMs)) {
          thrown += (await filesBelow(join(trash, round))).length;
          await rm(join(trash, round), { recursive: true, force: true });
        }
        return thrown;
      }),
  };
}

/** Folder of the orphan files that were removed at a time. */
const roundFolder = (root: string, nowMs: number): string => join(root, "bin", String(nowMs));

/** As `OrphanTrash.throwInAll`. Checks the mark again: the same project may have been imported since it was found. */
export function trashAbandonedImport(root: string, id: ProjectId, nowMs: number, own: OwnProcess): boolean {
  if (!isAbandonedImport(join(root, id), own)) return false;
  const round = roundFolder(root, nowMs);
  mkdirSync(round, { recursive: true });
  renameSync(join(root, id), join(round, id));
  return true;
}

const byNumber = (a: string, b: string): number => Number(a) - Number(b);

/** Whether the files of this project are being imported: its rows do not exist yet. */
const isMarked = (root: string, key: string): boolean => existsSync(join(root, dirname(key), IMPORT_MARK));
