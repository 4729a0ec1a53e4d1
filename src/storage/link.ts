import { constants } from "node:fs";
import { copyFile, link } from "node:fs/promises";
import { errnoOf } from "./disk-failures.ts";
import { withPlainFile } from "./plain-file.ts";

/** Gives a file a second name, which must be free (EEXIST). Filesystems without hard links (FAT, some network shares) get a copy. */
export async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (thrown) {
    if (!/^(EPERM|EXDEV|EMLINK|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(errnoOf(thrown) ?? "")) throw thrown;
    await copyFile(source, target, constants.COPYFILE_EXCL);
    await withPlainFile(target, (file) => file.sync());
  }
}
