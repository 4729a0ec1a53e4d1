import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

const root = mkdtempSync(join(tmpdir(), "vidpipe-main-"));
const [folder, home] = [join(root, "here"), join(root, "home")];
mkdirSync(folder);
mkdirSync(home);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const main = join(import.meta.dir, "../../src/main.ts");

/** Runs the real program from an empty folder, through a shell where pipes are wanted. */
async function run(command: string, env: Record<string, string> = {}) {
  const shell = Bun.spawn(["bash", "-c", command], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: home, vidpipe: `${process.execPath} ${main}`, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(shell.stdout).text(),
    new Response(shell.stderr).text(),
    shell.exited,
  ]);
  return { stdout, stderr, exitCode };
}

test("--version is the package's version", async () => {
  expect(await run("$vidpipe --version")).toEqual({ stdout: `${packageJson.version}\n`, stderr: "", exitCode: 0 });
});

test("exit codes reach the shell", async () => {
  expect((await run("$vidpipe")).exitCode).toBe(0);
  expect((await run("$vidpipe nonsense")).exitCode).toBe(2);
  expect((await run("$vidpipe config", { VIDPIPE_FOO: "1" })).exitCode).toBe(2);
});

test("a reader that leaves early is no error", async () => {
  const { stdout, stderr, exitCode } = await run("set -o pipefail; $vidpipe config --json | head -n 1");
  expect({ stdout: JSON.parse(stdout).key, stderr, exitCode }).toEqual({ stdout: "provider", stderr: "", exitCode: 0 });
  expect(await run("set -o pipefail; $vidpipe config --json | true")).toMatchObject({ stderr: "", exitCode: 0 });
});

test("everything is written before the program ends, however slow the reader", async () => {
  const { stdout } = await run("$vidpipe config --json | { sleep 0.2; wc -l; }");
  expect(Number(stdout)).toBeGreaterThan(30);
});

test.if(existsSync("/dev/full"))("a full disk under stdout is an error", async () => {
  const { stderr, exitCode } = await run("$vidpipe config --json > /dev/full");
  expect({ stderr, exitCode }).toEqual({
    stderr: "error: standard output could not be written (ENOSPC)\n",
    exitCode: 1,
  });
});

test("a prompt of a gigabyte on standard input is refused after the first megabyte", async () => {
  const { stderr, exitCode } = await run("head -c 1000000000 /dev/zero | $vidpipe generate -");
  expect({ stderr, exitCode }).toEqual({
    stderr: "error: standard input is larger than 1 MiB: a prompt has 10,000 characters or fewer\n",
    exitCode: 2,
  });
});

test("wrong usage leaves nothing behind", async () => {
  await run(
    "$vidpipe generate; $vidpipe generate '' ; $vidpipe generate a --scenes 0; $vidpipe config; $vidpipe --help",
  );
  expect(readdirSync(folder)).toEqual([]);
});

test("what is kept is the user's alone whatever the umask, or as the umask wants it where that is set", async () => {
  const modes =
    "umask 000; $vidpipe list 2> /dev/null; stat -c '%n %a' vidpipe-data vidpipe-data/vidpipe.db; rm -r vidpipe-data";
  expect((await run(modes)).stdout).toBe("vidpipe-data 700\nvidpipe-data/vidpipe.db 600\n");
  const shared = await run(modes, { VIDPIPE_STORAGE__MODE: "umask" });
  expect(shared.stdout).toBe("vidpipe-data 777\nvidpipe-data/vidpipe.db 644\n");
});

test("NO_COLOR and dumb terminals get no colours", async () => {
  const { stdout } = await run("$vidpipe --help; NO_COLOR=1 $vidpipe --help; TERM=dumb $vidpipe list --nonsense 2>&1");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape is what must not be there
  expect(stdout).not.toMatch(/\u001b/);
});
