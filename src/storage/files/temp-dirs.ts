import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, ProcessIdentity } from "../../ports/runtime.ts";
import { errnoOf } from "./disk-errors.ts";
import { absent, makeFolder } from "./plain-file.ts";

/**
 * ms after which a temporary folder counts as abandoned, whichever process made it: a restarted container cannot ask
 * whether processes of the old one still live. Measured by the time since boot, so that a wall clock that is set forward
 * does not remove folders in use.
 */
export const abandonedAfterMs = 24 * 3_600_000;

/** `<owner>.<ms since the machine started>-<number>.part` after the prefix; older versions left the time away. */
const TEMP_DIR_NAME = /^(?<owner>.+)\.(?:(?<madeAtMs>\d+)-)?\d+\.part$/;

/** Prefix of unfinished files in the user's own folders. */
export const HIDDEN_PREFIX = ".vidpipe-";

/** Private folders for files that are not finished yet. */
export interface TempDirs {
  /** Lends a new, empty folder to `use` and removes it afterwards with all that is in it. */
  with<T>(use: (folder: string) => Promise<T>): Promise<T>;
  /** Removes those of processes that are gone. Returns how many. */
  sweep(): Promise<number>;
  /** A name that no other living process uses. */
  uniqueName(): string;
}

/** `prefix` comes before every name, e.g. a dot. */
export function createTempDirs(
  folder: string,
  { owner, clock }: { readonly owner: ProcessIdentity; readonly clock: Clock },
  prefix = "",
): TempDirs {
  let count = 0;
  const uniqueName = () => `${prefix}${encodeURIComponent(owner.self)}.${clock.sinceBoot()}-${++count}.part`;

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

  function isAbandoned(name: string): boolean {
    if (!name.startsWith(prefix)) return false;
    const { owner: encoded, madeAtMs } = TEMP_DIR_NAME.exec(name.slice(prefix.length))?.groups ?? {};
    if (encoded === undefined) return false;
    const whose = decoded(encoded);
    if (whose === owner.self) return false;
    return !owner.isLive(whose) || clock.sinceBoot() - Number(madeAtMs) > abandonedAfterMs;
  }

  return {
    uniqueName,
    async with(use) {
      const path = await open();
      try {
        return await use(path);
      } finally {
        // What cannot be removed now is swept when this process is gone. The result of `use` matters more.
        await remove(path).catch(() => {});
      }
    },
    async sweep() {
      const names = (await readdir(folder).catch(absent)) ?? [];
      let swept = 0;
      for (const name of names) {
        if (!isAbandoned(name)) continue;
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
