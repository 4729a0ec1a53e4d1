import { join } from "node:path";

const fixture = (name: string): string => join(import.meta.dir, "fixtures", `${name}.ts`);

// Root needs no user namespace, and cannot mount everything in one.
const namespace =
  process.getuid?.() === 0 ? ["unshare", "--mount"] : ["unshare", "--mount", "--user", "--map-root-user"];

/** Runs a fixture program to its end. Returns what it printed; throws what it complained about. */
export async function runFixture(name: string, ...args: string[]): Promise<string> {
  return finish(Bun.spawn([process.execPath, fixture(name), ...args], { stdout: "pipe", stderr: "pipe" }));
}

/**
 * Runs a fixture program in a mount namespace of its own, after a shell line that mounts something there; nothing of
 * it is left on the machine. The shell finds the fixture's first argument in `$1`.
 */
export async function runWithMount(mount: string, name: string, ...args: string[]): Promise<string> {
  const command = [...namespace, "sh", "-c", `${mount} && shift && exec "$0" "$@"`];
  const [first = ""] = args;
  return finish(
    Bun.spawn([...command, process.execPath, first, fixture(name), ...args], { stdout: "pipe", stderr: "pipe" }),
  );
}

/** Why mounts cannot be tried here; undefined when they can. */
export const noMounts: string | undefined = mountFailure();

/** Starts a fixture program that has to be killed. */
export const startFixture = (name: string, ...args: string[]) =>
  Bun.spawn([process.execPath, fixture(name), ...args], { stdout: "pipe", stderr: "inherit" });

/** Lets a program do its work a number of times and kills it in the middle of the next. Returns what it claimed last. */
export async function killAfter(times: number, name: string, ...args: string[]): Promise<number> {
  const writer = startFixture(name, ...args);
  let printed = "";
  let lines = 0;
  for await (const chunk of writer.stdout) {
    printed += new TextDecoder().decode(chunk);
    lines = printed.split("\n").length - 1;
    if (lines >= times) break;
  }
  writer.kill("SIGKILL");
  await writer.exited;
  return Number(printed.split("\n")[lines - 1]);
}

async function finish(child: Bun.Subprocess<"ignore", "pipe", "pipe">): Promise<string> {
  const [printed, complaint, exit] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (exit !== 0) throw new Error(`fixture ended with ${exit}: ${complaint}`);
  return printed;
}

function mountFailure(): string | undefined {
  if (Bun.which("unshare") === null) return "this machine has no unshare";
  const tried = Bun.spawnSync([...namespace, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
  return tried.exitCode === 0 ? undefined : "this machine does not let tests mount a disk";
}
