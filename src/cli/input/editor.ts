import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { CliContext } from "../context.ts";

/** A text in the user's hands: a file that nobody else can read. */
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
 * Opens a text in the user's editor and waits. Ctrl-C belongs to the editor meanwhile.
 * @throws VidpipeError input.invalid when there is no editor or it says that the change is not wanted
 */
export async function editText(context: CliContext, name: string, text: string): Promise<EditedText> {
  const path = join(await mkdtemp(join(tmpdir(), "vidpipe-")), name);
  const discard = () => rm(dirname(path), { recursive: true, force: true });
  await writePrivate(path, text);
  const release = context.onInterrupt(() => {});
  const exitCode = await context.edit(path).finally(release);
  if (exitCode === 0) return { path, text: await readFile(path, "utf8"), discard };
  await discard();
  const why = exitCode === 127 ? "there is no such program: set EDITOR to one" : `it ended with ${exitCode}`;
  throw new VidpipeError("input.invalid", `nothing was changed by the editor: ${why}`);
}
