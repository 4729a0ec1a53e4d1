import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { CliContext } from "../context.ts";

/**
 * Opens a text in the user's editor, as a private file, and waits. Until the editor ends, Ctrl-C goes to the editor.
 * Returns the text as the editor left it; `discard` removes the file.
 * @throws VidpipeError input.invalid when the editor is not found or ends with a failure
 */
export async function editText(context: CliContext, name: string, text: string) {
  const path = join(await mkdtemp(join(tmpdir(), "vidpipe-")), name);
  const discard = () => rm(dirname(path), { recursive: true, force: true });
  await writeFile(path, text, { flag: "wx", mode: 0o600 });
  const release = context.onInterrupt(() => {});
  const exitCode = await context.edit(path).finally(release);
  if (exitCode === 0) return { path, text: await readFile(path, "utf8"), discard };
  await discard();
  const why = exitCode === 127 ? "it was not found; set EDITOR to your editor" : `it ended with exit code ${exitCode}`;
  throw new VidpipeError("input.invalid", `the editor failed, nothing was changed: ${why}`);
}
