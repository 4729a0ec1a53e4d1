import { open } from "node:fs/promises";
import { VidpipeError } from "../domain/errors.ts";
import { Prompt } from "../domain/project.ts";
import type { CliContext } from "./context.ts";
import { plain } from "./text.ts";
import { usageError } from "./words.ts";

/** Most bytes read of a prompt, wherever it comes from; the prompt itself may be far shorter. */
const MAX_SOURCE_BYTES = 1_048_576;

async function collect(chunks: AsyncIterable<Uint8Array>, from: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_SOURCE_BYTES)
      throw new VidpipeError(
        "input.too_large",
        `${from} is larger than 1 MiB: a prompt has 10,000 characters or fewer`,
      );
    parts.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
  } catch (cause) {
    throw new VidpipeError("input.invalid", `${from} is not UTF-8 text`, { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EISDIR: "is a directory",
  EACCES: "may not be read",
  EPERM: "may not be read",
};

async function readPromptFile(path: string): Promise<string> {
  const name = `--file ${plain(path)}`;
  try {
    const file = await open(path, "r");
    const isDirectory = (await file.stat()).isDirectory();
    if (isDirectory) await file.close();
    if (isDirectory) throw new VidpipeError("input.invalid", `${name} is a directory`);
    // The stream closes the file, read whole or not.
    return await collect(file.createReadStream(), name);
  } catch (thrown) {
    if (thrown instanceof VidpipeError) throw thrown;
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
    throw new VidpipeError("input.invalid", `${name} ${REASONS[code] ?? `cannot be read (${code})`}`, {
      cause: thrown,
    });
  }
}

function readStdin({ stdin, stderr }: CliContext): Promise<string> {
  if (stdin.isTerminal) stderr.write("type the prompt, then press Ctrl-D on a line of its own\n");
  return collect(stdin.chunks(), "standard input");
}

/** Where the words of a film come from: an argument, a file, or standard input (`-`). */
function readSource(context: CliContext, typed: string | undefined, file: string | undefined): Promise<string> {
  if (typed !== undefined && file !== undefined)
    throw usageError("give the prompt as an argument or with --file, not both", "generate");
  if (typed === "-" || file === "-") return readStdin(context);
  if (file !== undefined) return readPromptFile(file);
  if (typed === undefined)
    throw usageError("generate needs a prompt: as an argument, with --file, or - for standard input", "generate");
  return Promise.resolve(typed);
}

/** The checked prompt. @throws VidpipeError input.invalid, input.too_large */
export async function readPrompt(context: CliContext, typed: string | undefined, file: string | undefined) {
  const text = await readSource(context, typed, file);
  const parsed = Prompt.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new VidpipeError("input.invalid", `the prompt ${parsed.error.issues[0]?.message}`);
}
