import { type ArgsDef, type ParsedArgs, parseArgs } from "citty";
import type { CliContext } from "./context.ts";
import { COMMON_ARGS } from "./input/options.ts";
import { spellOut } from "./input/usage-errors.ts";

interface About {
  readonly name: string;
  readonly description: string;
  /** What a person must know before running it, in a few sentences. */
  readonly note?: string;
  /** Command lines to copy. */
  readonly examples: readonly string[];
}

/** One command, whatever its arguments. */
export interface Command extends About {
  readonly args: ArgsDef;
  /** Runs it with the words after its name. Returns the exit code. @throws VidpipeError input.invalid for wrong words */
  execute(context: CliContext, words: readonly string[]): Promise<number>;
}

interface Definition<A extends ArgsDef> extends About {
  /** Its own arguments; a common one with other words replaces that one. */
  readonly args: A;
  /** Resolves with the exit code; undefined is 0. */
  run(call: {
    readonly context: CliContext;
    readonly args: ParsedArgs<A & typeof COMMON_ARGS>;
  }): Promise<number | undefined>;
}

/** A command from its definition. */
export function defineCommand<const A extends ArgsDef>({ args: own, run, ...about }: Definition<A>): Command {
  const args: ArgsDef = { ...COMMON_ARGS, ...own };
  return {
    ...about,
    args,
    async execute(context, words) {
      const parsed = parseArgs<A & typeof COMMON_ARGS>(spellOut(words, args, about.name), args);
      return (await run({ context, args: parsed })) ?? 0;
    },
  };
}
