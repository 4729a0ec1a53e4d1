import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { VidpipeError } from "../domain/errors.ts";
import type { UserRecords } from "../ports/user-records.ts";

/** Records as files `<name>.json` in the user's own folder, which is made with the first of them. */
export function createUserRecords(folder: string | null): UserRecords {
  return {
    folder,
    read(name) {
      if (folder === null) return undefined;
      try {
        return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
      } catch {
        return undefined;
      }
    },
    write(name, value) {
      if (folder === null) throw unwritable("HOME is not set");
      const file = join(folder, `${name}.json`);
      const temp = `${file}.${process.pid}.tmp`;
      try {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        writeFileSync(temp, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
        renameSync(temp, file);
      } catch (cause) {
        removeIfThere(temp);
        throw unwritable(`${folder} cannot be written`, cause);
      }
    },
  };
}

const unwritable = (what: string, cause?: unknown): VidpipeError =>
  new VidpipeError(
    "storage.unusable",
    `${what}: nothing was remembered; set VIDPIPE_CONFIG_DIR to a folder of yours that can be written`,
    { cause },
  );

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder is no folder, or may not be written any more: the first failure is the one to report.
  }
}
