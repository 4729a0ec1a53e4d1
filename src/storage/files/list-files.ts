import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ProjectId } from "../../domain/ids.ts";
import type { FoundFile } from "../../ports/server.ts";
import { absent } from "./plain-file.ts";

/** Folders below `root` that are named like projects; all others are left alone. */
export async function projectsBelow(root: string): Promise<readonly ProjectId[]> {
  const found: ProjectId[] = [];
  for (const folder of await namesIn(root)) {
    const id = ProjectId.safeParse(folder);
    if (id.success && id.data === folder && (await lstat(join(root, folder))).isDirectory()) found.push(id.data);
  }
  return found;
}

/** Regular files in the folders of projects. */
export async function filesBelow(root: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const projectId of await projectsBelow(root))
    for (const name of await namesIn(join(root, projectId))) {
      const there = await lstat(join(root, projectId, name)).catch(absent);
      if (there?.isFile())
        found.push({ projectId, key: `${projectId}/${name}`, modifiedAtMs: Math.round(there.mtimeMs) });
    }
  return found;
}

const namesIn = async (folder: string): Promise<string[]> =>
  ((await readdir(folder).catch(absent)) ?? []).filter((name) => !name.startsWith(".")).toSorted();
