import { readdir, rm, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { UserFolder } from "../../ports/files.ts";
import { mappingDiskErrors } from "./disk-errors.ts";
import { absent, makeFolder } from "./plain-file.ts";
import { writeNew } from "./user-files.ts";

/** A folder of people's files; it is made when the first one is written. */
export function createUserFolder(path: string): UserFolder {
  const root = resolve(path);
  const guarded = mappingDiskErrors(root);

  function pathOf(name: string): string {
    if (name === "" || name.startsWith(".") || basename(name) !== name || name.includes("\\"))
      throw new VidpipeError("input.invalid", `${JSON.stringify(name)} is not a file name`);
    return join(root, name);
  }

  return {
    pathOf,
    names: () =>
      guarded(async () => {
        const names = (await readdir(root).catch(absent)) ?? [];
        return names.filter((name) => !name.startsWith(".")).toSorted((a, b) => (a < b ? -1 : 1));
      }),
    async read(name, limitBytes) {
      const target = pathOf(name);
      const facts = await stat(target).catch((cause: unknown) => {
        throw new VidpipeError("input.invalid", `${target} cannot be read`, { cause });
      });
      if (!facts.isFile()) throw new VidpipeError("input.invalid", `${target} is not a file`);
      if (facts.size > limitBytes)
        throw new VidpipeError("input.too_large", `${target} is larger than ${sizeOf(limitBytes)}`);
      return guarded(() => Bun.file(target).bytes());
    },
    write: (name, content) =>
      guarded(async () => {
        await makeFolder(root);
        await writeNew(pathOf(name), (file) => file.writeFile(content));
      }),
    remove: (name) => guarded(() => rm(pathOf(name), { force: true })),
  };
}

const sizeOf = (bytes: number): string => (bytes < 2 ** 20 ? `${bytes / 2 ** 10} KiB` : `${bytes / 2 ** 20} MiB`);
