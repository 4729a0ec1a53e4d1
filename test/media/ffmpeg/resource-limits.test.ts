import { describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { createResourceLimits } from "../../../src/media/ffmpeg/resource-limits.ts";
import { createRunner, openLimits } from "../../../src/media/ffmpeg/run.ts";
import { realClock, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";

const MIB = 1024 ** 2;
const limits = { dataBytes: 64 * MIB, fileBytes: MIB, openFiles: 32 };
const prlimit = process.platform === "linux" ? Bun.which("prlimit") : null;

describe("resource limits", () => {
  const cpu = 30 * availableParallelism();

  test("puts prlimit and its limits before a command, with the CPU time of its timeout", () => {
    expect(createResourceLimits("/bin/prlimit", () => true, limits).prefix(29_500)).toEqual([
      ...["/bin/prlimit", "--data=67108864", "--fsize=1048576", "--nofile=32", "--core=0", `--cpu=${cpu}`, "--"],
    ]);
  });

  test("is tried once, and left away when this process may not set the limits", () => {
    const tried: (readonly string[])[] = [];
    const refused = createResourceLimits("/bin/prlimit", (command) => tried.push(command) < 0, limits);
    expect([refused.prefix(1_000), refused.prefix(1_000), refused.finding().level]).toEqual([[], [], "warn"]);
    expect(tried.map((command) => command.slice(-2))).toEqual([["/bin/prlimit", "--version"]]);
  });

  test("does not exist where there is no prlimit, and doctor says so", () => {
    const none = createResourceLimits(null, () => true);
    expect([none.prefix(1_000), none.finding().level]).toEqual([[], "warn"]);
    expect(createResourceLimits("/bin/prlimit", () => true).finding()).toMatchObject({ level: "ok", fix: null });
  });
});

/** What a shell script does under small limits: its failure's message, or what it printed. */
async function limited(script: string, timeoutMs = 60_000): Promise<string> {
  const runner = createRunner(realClock, openLimits(prlimit, limits));
  const cwd = tempFolder();
  const request = { program: "/bin/sh", args: ["-c", script], cwd, task: "make a film", signal: never, timeoutMs };
  try {
    return (await runner.text(request)).stdout;
  } catch (thrown) {
    if (thrown instanceof VidpipeError && thrown.code === "media.ffmpeg_failed") return thrown.message;
    throw thrown;
  }
}

describe.skipIf(prlimit === null)("on this machine", () => {
  test("work within the limits is not touched", async () => {
    expect(await limited("head -c 1000000 /dev/zero > film; wc -c < film")).toBe("1000000\n");
  });

  test("12.12 one that writes beyond the largest file is ended", async () => {
    expect(await limited("exec head -c 2000000 /dev/zero > film")).toMatch(/SIGXFSZ|File too large/);
  });

  test("12.12 one that uses all memory is ended", async () => {
    expect(await limited("exec tail /dev/zero")).toMatch(/memory exhausted|SIGSEGV|SIGKILL|allocate/);
  });

  test("12.12 one that turns in a circle is ended by its CPU time, even when nobody waits any more", async () => {
    const command = openLimits(prlimit, limits).prefix(1);
    const spins = Bun.spawn([...command, "/bin/sh", "-c", "while :; do :; done"], { cwd: join("/") });
    await spins.exited;
    expect(String(spins.signalCode)).toMatch(/SIGXCPU|SIGKILL/);
  });

  test("12.12 one that opens too many files is refused", async () => {
    expect(await limited("ulimit -n")).toBe("32\n");
  });
});
