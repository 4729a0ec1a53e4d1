/**
 * Runs the user's editor on a file and waits until it ends. `command` is the value of VISUAL or EDITOR. A shell parses
 * it, so it may have arguments; the path is passed as an argument and never parsed.
 * Resolves with the exit code; 127 when the program was not found.
 */
export function runEditor(command: string, path: string): Promise<number> {
  return Bun.spawn(["sh", "-c", `${command} "$@"`, "sh", path], { stdio: ["inherit", "inherit", "inherit"] }).exited;
}
