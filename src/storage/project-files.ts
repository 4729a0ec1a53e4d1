import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ProjectId } from "../domain/ids.ts";
import type { FoundFile } from "../server-ports.ts";
import { absent } from "./plain-file.ts";

/** Regular files in folders that are named like projects; whatever else lies below `root` is somebody else's. */
export async function filesBelow(root: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const folder of await namesIn(root)) {
    const id = ProjectId.safeParse(folder);
    if (!id.success || id.data !== folder || !(await lstat(join(root, folder))).isDirectory()) continue;
    for (const name of await namesIn(join(root, folder))) {
      const there = await lstat(join(root, folder, name)).catch(absent);
      if (there?.isFile())
        found.push({ projectId: id.data, key: `${folder}/${name}`, modifiedAtMs: Math.round(there.mtimeMs) });
    }
  }
  return found;
}

const namesIn = async (folder: string): Promise<string[]> =>
  ((await readdir(folder).catch(absent)) ?? []).filter((name) => !name.startsWith(".")).toSorted();
