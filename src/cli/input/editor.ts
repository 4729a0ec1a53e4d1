import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { CliContext } from "../context.ts";

/** A text the user has edited, in a private file. */
export interface EditedText {
  readonly path: string;
  /** As the editor left it. */
  readonly text: string;
  /** Removes the file. */
  discard(): Promise<void>;
}

async function writePrivate(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/**
 * Opens a text in the user's editor and waits. Until the editor ends, Ctrl-C goes to the editor.
 * @throws VidpipeError input.invalid when the editor is not found or ends with a failure
 */
export async function editText(context: CliContext, name: string, text: string): Promise<EditedText> {
  const path = join(await mkdtemp(join(tmpdir(), "vidpipe-")), name);
  const discard = () => rm(dirname(path), { recursive: true, force: true });
  await writePrivate(path, text);
  const release = context.onInterrupt(() => {});
  const exitCode = await context.edit(path).finally(release);
  if (exitCode === 0) return { path, text: await readFile(path, "utf8"), discard };
  await discard();
  const why = exitCode === 127 ? "it was not found; set EDITOR to your editor" : `it ended with exit code ${exitCode}`;
  throw new VidpipeError("input.invalid", `the editor failed, nothing was changed: ${why}`);
}
