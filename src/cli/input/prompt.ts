import { VidpipeError } from "../../domain/errors.ts";
import { Prompt } from "../../domain/project.ts";
import type { CliContext } from "../context.ts";
import { readText } from "./text-source.ts";
import { usageError } from "./usage-errors.ts";

const WORDS = { what: "the prompt", flag: "--file", limit: ": a prompt has 10,000 characters or fewer" } as const;

/** Where the words of a film come from: an argument, a file, or standard input (`-`). */
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
