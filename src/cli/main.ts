import { type ArgsDef, defineCommand, runCommand } from "citty";
import { asVidpipeError, failureClass } from "../domain/errors.ts";
import { backupCommand } from "./commands/backup.ts";
import { cancelCommand } from "./commands/cancel.ts";
import { configCommand } from "./commands/config.ts";
import { costCommand } from "./commands/cost.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { exportCommand } from "./commands/export.ts";
import { forkCommand } from "./commands/fork.ts";
import { generateCommand } from "./commands/generate.ts";
import { historyCommand } from "./commands/history.ts";
import { importCommand } from "./commands/import.ts";
import { libraryCommand } from "./commands/library.ts";
import { listCommand } from "./commands/list.ts";
import { pickCommand } from "./commands/pick.ts";
import { planCommand } from "./commands/plan.ts";
import { referencesCommand } from "./commands/references.ts";
import { resumeCommand } from "./commands/resume.ts";
import { retakeCommand } from "./commands/retake.ts";
import { revertCommand } from "./commands/revert.ts";
import { serveCommand } from "./commands/serve.ts";
import { statusCommand } from "./commands/status.ts";
import { stillCommand } from "./commands/still.ts";
import { stitchCommand } from "./commands/stitch.ts";
import { storyboardCommand } from "./commands/storyboard.ts";
import { takesCommand } from "./commands/takes.ts";
import { tokenCommand } from "./commands/token.ts";
import { verifyCommand } from "./commands/verify.ts";
import type { CliContext } from "./context.ts";
import { COMMON_ARGS } from "./input/options.ts";
import { spellOut, usageError } from "./input/usage-errors.ts";
import { type Command, helpText } from "./output/help.ts";
import { errorJson, writeJson } from "./output/json.ts";
import { sayFailure } from "./output/notices.ts";
import { plain } from "./output/text.ts";

const commandsOf = (context: CliContext): Readonly<Record<string, Command>> => ({
  generate: generateCommand(context),
  status: statusCommand(context),
  list: listCommand(context),
  resume: resumeCommand(context),
  storyboard: storyboardCommand(context),
  plan: planCommand(context),
  retake: retakeCommand(context),
  takes: takesCommand(context),
  pick: pickCommand(context),
  history: historyCommand(context),
  revert: revertCommand(context),
  stitch: stitchCommand(context),
  still: stillCommand(context),
  references: referencesCommand(context),
  library: libraryCommand(context),
  cancel: cancelCommand(context),
  cost: costCommand(context),
  export: exportCommand(context),
  import: importCommand(context),
  fork: forkCommand(context),
  serve: serveCommand(context),
  token: tokenCommand(context),
  backup: backupCommand(context),
  verify: verifyCommand(context),
  config: configCommand(context),
  doctor: doctorCommand(context),
});

const ROOT_ARGS = {
  ...COMMON_ARGS,
  version: { type: "boolean", alias: "v", description: "Show the version" },
} as const satisfies ArgsDef;

/** Takes the command out of the words: the first that is no option and not the value of `--config`. */
function findCommand(argv: readonly string[]): { readonly name: string; readonly words: string[] } {
  let index = 0;
  while (argv[index]?.startsWith("-")) index += argv[index] === "--config" ? 2 : 1;
  return { name: argv[index] ?? "", words: argv.toSpliced(index, 1) };
}

/** Words that are options, not what follows `--`. */
const beforeDashes = (argv: readonly string[]): readonly string[] =>
  argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;

const asksFor = (words: readonly string[], ...spellings: string[]): boolean =>
  beforeDashes(words).some((word) => spellings.includes(word));

async function dispatch(argv: readonly string[], context: CliContext): Promise<number> {
  const { name, words } = findCommand(argv);
  const subCommands = commandsOf(context);
  const root = defineCommand({
    meta: {
      name: "vidpipe",
      version: context.version,
      description: "A prompt goes in, a finished multi-scene video comes out",
    },
    args: ROOT_ARGS,
    subCommands,
  });
  const help = async (of: string): Promise<number> => {
    const command = Object.hasOwn(subCommands, of) ? subCommands[of] : undefined;
    if (of !== "" && command === undefined) throw unknownCommand(of, subCommands);
    context.stdout.write(await helpText(of, command ?? root, root, context.stdout));
    return 0;
  };

  if (name === "") return topLevel(words, context, help);
  if (name === "help") return help(words[0] ?? "");
  const command = Object.hasOwn(subCommands, name) ? subCommands[name] : undefined;
  if (command === undefined) throw unknownCommand(name, subCommands);
  if (asksFor(words, "--help", "-h")) return help(name);
  const args: ArgsDef = await command.args;
  const { result } = await runCommand(command, { rawArgs: spellOut(words, args, name) });
  return Number(result);
}

/** `vidpipe` without a command: its version, else its help. */
function topLevel(words: readonly string[], context: CliContext, help: (of: string) => Promise<number>) {
  if (asksFor(words, "--version", "-v")) {
    context.stdout.write(`${context.version}\n`);
    return 0;
  }
  if (!asksFor(words, "--help", "-h")) spellOut(words, ROOT_ARGS, "vidpipe");
  return help("");
}

const unknownCommand = (typed: string, known: Readonly<Record<string, unknown>>) =>
  usageError(`unknown command "${plain(typed)}": there are ${Object.keys(known).join(", ")}`);

/** Runs one command line. Never throws: failures are told and become the exit code. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    return await dispatch(argv, context);
  } catch (thrown) {
    const failure = asVidpipeError(thrown);
    if (asksFor(argv, "--json")) writeJson(context.stdout, errorJson(failure, failureClass(failure.code).exit));
    return sayFailure(context, failure);
  }
}
