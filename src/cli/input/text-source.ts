import { open } from "node:fs/promises";
import { VidpipeError } from "../../domain/errors.ts";
import { Prompt } from "../../domain/project.ts";
import type { CliContext } from "../context.ts";
import { plain } from "../output/text.ts";
import { usageError } from "./usage-errors.ts";

/** Largest text that is read, bytes. */
const MAX_SOURCE_BYTES = 1_048_576;

async function collect(chunks: AsyncIterable<Uint8Array>, from: string, limit: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_SOURCE_BYTES) throw new VidpipeError("input.too_large", `${from} is larger than 1 MiB${limit}`);
    parts.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
  } catch (cause) {
    throw new VidpipeError("input.invalid", `${from} is not UTF-8 text`, { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "was not found",
  ENOTDIR: "was not found",
  EISDIR: "is a directory",
  EACCES: "cannot be read: permission denied",
  EPERM: "cannot be read: permission denied",
};

/** How messages name a text. */
export interface SourceWords {
  /** What it is, for a user who types it. */
  readonly what: string;
  /** The option that named the file. */
  readonly flag: string;
  /** What to say after "is larger than 1 MiB". */
  readonly limit?: string;
}

async function readTextFile(path: string, { flag, limit = "" }: SourceWords): Promise<string> {
  const name = `${flag} ${plain(path)}`;
  try {
    const file = await open(path, "r");
    const isDirectory = (await file.stat()).isDirectory();
    if (isDirectory) await file.close();
    if (isDirectory) throw new VidpipeError("input.invalid", `${name} is a directory`);
    // The stream closes the file, even when it is not read to the end.
    return await collect(file.createReadStream(), name, limit);
  } catch (thrown) {
    if (thrown instanceof VidpipeError) throw thrown;
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
    throw new VidpipeError("input.invalid", `${name} ${REASONS[code] ?? `cannot be read (${code})`}`, {
      cause: thrown,
    });
  }
}

/** The text of a file, or of standard input for `-`. @throws VidpipeError input.invalid, input.too_large */
export function readText({ stdin, stderr }: CliContext, path: string, words: SourceWords): Promise<string> {
  if (path !== "-") return readTextFile(path, words);
  if (stdin.isTerminal) stderr.write(`type ${words.what}, then press Ctrl-D on a line of its own\n`);
  return collect(stdin.chunks(), "standard input", words.limit ?? "");
}

const WORDS = { what: "the prompt", flag: "--file", limit: ": a prompt has 10,000 characters or fewer" } as const;

/** The prompt as it was given: an argument, a file, or standard input (`-`). */
function readSource(context: CliContext, typed: string | undefined, file: string | undefined): Promise<string> {
  if (typed !== undefined && file !== undefined)
    throw usageError("give the prompt as an argument or with --file, not both", "generate");
  if (typed === "-" || file === "-") return readText(context, "-", WORDS);
  if (file !== undefined) return readText(context, file, WORDS);
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
