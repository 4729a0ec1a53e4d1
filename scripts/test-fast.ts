/**
 * Runs the tests that need no ffmpeg, browser or other program, as their imports tell, with fewer tries of what is
 * tried at random: for the time while you edit.
 *   bun run test:fast [OPTION OF bun test ...]
 *   bun run test:fast --why                      what is left out, and why
 * A test that is taken for fast and starts a program after all fails: test/support/no-processes.ts sees to it.
 */
import { join } from "node:path";
import { slowness } from "./fast-files.ts";

const root = join(import.meta.dir, "..");
const tests = [...new Bun.Glob("test/**/*.test.{ts,tsx}").scanSync(root)].toSorted((a, b) => (a < b ? -1 : 1));
const reasons = await slowness(tests, (path) => Bun.file(join(root, path)).text());
const fast = tests.filter((test) => reasons.get(test) === null);
const options = process.argv.slice(2);

if (options.includes("--why")) {
  const slow = tests.filter((test) => reasons.get(test) !== null);
  process.stdout.write(slow.map((test) => `${test}  (${reasons.get(test)})\n`).join(""));
  process.stdout.write(`${fast.length} of ${tests.length} files are fast\n`);
} else {
  const preload = ["--preload", "./test/support/no-processes.ts"];
  // A process a core, each with every n-th file: a process a file would load the same modules a hundred times.
  const cores = Math.max(1, navigator.hardwareConcurrency);
  const env = { ...process.env, VIDPIPE_TEST_SIZE: "fast" };
  const runs = Array.from({ length: cores }, (_, core) => {
    const paths = fast.filter((_, place) => place % cores === core).map((test) => `./${test}`);
    const command = [process.execPath, "test", "--timeout", "60000", ...preload, ...options, ...paths];
    return Bun.spawn(command, { cwd: root, env, stdio: ["inherit", "inherit", "inherit"] }).exited;
  });
  process.exitCode = Math.max(...(await Promise.all(runs)));
}
