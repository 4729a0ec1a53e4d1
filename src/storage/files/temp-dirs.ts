import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { OwnProcess } from "../../ports/runtime.ts";
import { errnoOf } from "./disk-errors.ts";
import { absent, makeFolder } from "./plain-file.ts";

/**
 * ms after which a temporary folder counts as abandoned, whichever process made it: a restarted container cannot ask
 * whether processes of the old one still live. Measured by the time since boot, so that a wall clock that is set forward
 * does not remove folders in use.
 */
export const abandonedAfterMs = 24 * 3_600_000;

/** Whether what a process made at this time since boot has lost it. What is this process's own never has. */
export const isAbandoned = ({ owner, clock }: OwnProcess, whose: string, madeAtMs: string | undefined): boolean =>
  whose !== owner.self && (!owner.isLive(whose) || clock.sinceBoot() - Number(madeAtMs) > abandonedAfterMs);

/** `<owner>.<ms since the machine started>-<number>.part` after the prefix; older versions left the time away. */
const TEMP_DIR_NAME = /^(?<owner>.+)\.(?:(?<madeAtMs>\d+)-)?\d+\.part$/;

/** Prefix of unfinished files in the user's own folders. */
export const HIDDEN_PREFIX = ".vidpipe-";

/** Private folders for files that are not finished yet. `prefix` comes before every name, e.g. a dot. */
export function createTempDirs(folder: string, own: OwnProcess, prefix = "") {
  const self = encodeURIComponent(own.owner.self);
  let count = 0;
  /** A name that no other living process uses. */
  const uniqueName = () => `${prefix}${self}.${own.clock.sinceBoot()}-${++count}.part`;

  /** mkdir is exclusive: where it succeeds, the folder is new and empty. */
  async function open(): Promise<string> {
    await makeFolder(folder);
    for (;;) {
      const path = join(folder, uniqueName());
      try {
        await mkdir(path, { mode: 0o700 });
        return path;
      } catch (thrown) {
        if (errnoOf(thrown) !== "EEXIST") throw thrown;
      }
    }
  }

  const remove = (path: string) => rm(path, { recursive: true, force: true });

  function isLeftOver(name: string): boolean {
    if (!name.startsWith(prefix)) return false;
    const { owner, madeAtMs } = TEMP_DIR_NAME.exec(name.slice(prefix.length))?.groups ?? {};
    return owner !== undefined && isAbandoned(own, decoded(owner), madeAtMs);
  }

  return {
    uniqueName,
    /** Lends a new, empty folder to `use` and removes it afterwards with all that is in it. */
    async with<T>(use: (folder: string) => Promise<T>): Promise<T> {
      const path = await open();
      try {
        return await use(path);
      } finally {
        // What cannot be removed now is swept when this process is gone. The result of `use` matters more.
        await remove(path).catch(() => {});
      }
    },
    /** Removes those of processes that are gone. Returns how many. */
    async sweep(): Promise<number> {
      const names = (await readdir(folder).catch(absent)) ?? [];
      let swept = 0;
      for (const name of names) {
        if (!isLeftOver(name)) continue;
        await remove(join(folder, name));
        swept += 1;
      }
      return swept;
    },
  };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
