/** Memory of a program with everything that it starts. Linux. */
import { readdir, readFile } from "node:fs/promises";

/** Ms between two looks. */
const lookMs = 20;

/** Resident bytes of a process and all below it. */
async function treeBytes(root: number): Promise<number> {
  const parents = new Map<number, { parent: number; bytes: number }>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    if (stat === "") continue; // ended meanwhile
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    parents.set(Number(name), { parent: Number(fields[1]), bytes: Number(fields[21]) * 4096 });
  }
  const within = (pid: number): boolean => pid === root || (parents.has(pid) && within(parents.get(pid)?.parent ?? -1));
  return [...parents].reduce((sum, [pid, { bytes }]) => (within(pid) ? sum + bytes : sum), 0);
}

/** Most bytes that a process and all below it have at a time, until it ends. */
export async function peakBytes(child: Bun.Subprocess): Promise<number> {
  let peak = 0;
  const over = new AbortController();
  const sampling = (async () => {
    while (!over.signal.aborted) {
      peak = Math.max(peak, await treeBytes(child.pid));
      await Bun.sleep(lookMs);
    }
  })();
  await child.exited;
  over.abort();
  await sampling;
  return peak;
}
