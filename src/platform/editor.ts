/**
 * Runs the user's editor on a file and waits for its end. `command` is what VISUAL or EDITOR hold: a shell reads it,
 * as everywhere, so that it may have arguments; the path is no part of what the shell reads.
 * Resolves with the exit code; 127 when there is no such program.
 */
export function runEditor(command: string, path: string): Promise<number> {
  return Bun.spawn(["sh", "-c", `${command} "$@"`, "sh", path], { stdio: ["inherit", "inherit", "inherit"] }).exited;
}
