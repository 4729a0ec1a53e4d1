import { statSync } from "node:fs";
import { resolve } from "node:path";
import { VidpipeError } from "../domain/errors.ts";
import { printable } from "../domain/refusal.ts";
import type { UserRecords } from "../ports/user-records.ts";
import type { Variables } from "./layers.ts";
import { loadConfig } from "./load.ts";
import type { ConfigurableProvider } from "./setting-table.ts";
import { type FoundFolder, trustFolder, type Untrusted, untrustFolder } from "./trust.ts";

/** What the user says of folders whose files were merely found. */
export interface FolderTrust {
  /**
   * What a folder's files say that does not count, whatever flags and the environment say; null for the user's own folder.
   * @throws VidpipeError config.invalid, input.invalid when there is no such folder
   */
  look(folder: string): FoundFolder | null;
  /** Records that these values of a folder count: those that the user was shown. @throws VidpipeError storage.unusable */
  trust(folder: string, shown: readonly Untrusted[]): void;
  /** Forgets a folder, also one that is not there any more. @throws VidpipeError storage.unusable */
  untrust(folder: string): { readonly folder: string; readonly was: boolean };
}

/** Decisions about folders, kept in `records`. */
export const createFolderTrust = (
  records: UserRecords,
  { HOME, USERPROFILE }: Variables,
  providers: readonly ConfigurableProvider[],
): FolderTrust => ({
  look(folder) {
    const cwd = resolve(folder);
    if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new VidpipeError("input.invalid", `there is no folder ${printable(folder)}`);
    return loadConfig({ flags: {}, env: { HOME, USERPROFILE }, cwd, providers, records }).found;
  },
  trust: (folder, shown) => trustFolder(records, folder, shown),
  untrust: (folder) => untrustFolder(records, resolve(folder)),
});
