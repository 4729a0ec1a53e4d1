import { join } from "node:path";

const main = join(import.meta.dir, "../../src/main.ts");

/**
 * Starts this checkout's vidpipe in an empty folder, without this machine's settings and keys. The pages ask the program
 * itself, so that nothing of how it is built counts for them.
 */
export function startVidpipe(folder: string, ...words: string[]) {
  return Bun.spawn([process.execPath, main, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: folder },
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** What vidpipe prints to standard output. @throws Error when it does not exit with 0 */
export async function vidpipeOutput(folder: string, ...words: string[]): Promise<string> {
  const run = startVidpipe(folder, ...words);
  const [text, errors, exitCode] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  if (exitCode !== 0) throw new Error(`vidpipe ${words.join(" ")} ended with ${exitCode}: ${errors}`);
  return text;
}
