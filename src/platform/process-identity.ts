import { readlinkSync } from "node:fs";
import type { ProcessIdentity } from "../ports/runtime.ts";
import { readTextFile } from "./read-file.ts";

/** Start of a process in clock ticks since boot, on Linux only. It tells a process from an earlier one with the same pid. */
function startTicks(pid: string): string | null {
  const stat = readTextFile(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces; the start time is the 20th field after it.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "0";
  }
}

function answers(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}

/**
 * This process as `boot.namespace.pid.start`. Neither a jump of the wall clock nor a reused pid can confuse two
 * processes. Processes of another namespace cannot be seen: they count as alive until their lease expires.
 */
export function createProcessIdentity(): ProcessIdentity {
  const boot = readTextFile("/proc/sys/kernel/random/boot_id") ?? "unknown";
  const namespace = pidNamespace();
  const pid = String(process.pid);
  return {
    self: [boot, namespace, pid, startTicks(pid) ?? "0"].join("."),
    isLive(owner) {
      const [theirBoot, theirNamespace, theirPid, theirStart] = owner.split(".");
      if (theirPid === undefined || theirBoot !== boot) return false;
      if (theirNamespace !== namespace) return true;
      const start = startTicks(theirPid);
      return start === null ? theirStart === "0" && answers(theirPid) : start === theirStart;
    },
  };
}
