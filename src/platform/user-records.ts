import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { VidpipeError } from "../domain/errors.ts";
import type { UserRecords } from "../ports/user-records.ts";

/** Records as files `<name>.json` in the user's own folder, which is made with the first of them. */
export function createUserRecords(folder: string | null, platform: NodeJS.Platform = process.platform): UserRecords {
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
      if (folder === null) throw unwritable(`${platform === "win32" ? "APPDATA" : "HOME"} is not set`, platform);
      const file = join(folder, `${name}.json`);
      const temp = `${file}.${process.pid}.tmp`;
      try {
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        writeFileSync(temp, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
        renameSync(temp, file);
      } catch (cause) {
        removeIfThere(temp);
        throw unwritable(`${folder} cannot be written`, platform, cause);
      }
    },
  };
}

/** The variables that move nothing but the user's own folder: VIDPIPE_CONFIG_DIR would also move where the data are. */
const HOME_VARIABLES: Partial<Record<NodeJS.Platform, string>> = { win32: "APPDATA", darwin: "HOME" };

const unwritable = (what: string, platform: NodeJS.Platform, cause?: unknown): VidpipeError =>
  new VidpipeError(
    "storage.unusable",
    `${what}: nothing was remembered; set ${HOME_VARIABLES[platform] ?? "XDG_CONFIG_HOME"} to the full path of a folder of yours that can be written`,
    { cause },
  );

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder is no folder, or may not be written any more: the first failure is the one to report.
  }
}
