import { type ArgsDef, runCommand } from "citty";
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
import { spellOut, unknownCommand } from "./input/usage-errors.ts";
import { type Command, type CommandGroup, commandHelp, rootHelp } from "./output/help.ts";
import { errorJson, writeJson } from "./output/json.ts";
import { sayFailure } from "./output/notices.ts";

/** Every command, in the groups and the order of the help. */
export const commandGroups = (context: CliContext): readonly CommandGroup[] => [
  {
    title: "Make a film",
    commands: {
      generate: generateCommand(context),
      resume: resumeCommand(context),
      stitch: stitchCommand(context),
      cancel: cancelCommand(context),
    },
  },
  {
    title: "Look and edit",
    commands: {
      list: listCommand(context),
      status: statusCommand(context),
      cost: costCommand(context),
      plan: planCommand(context),
      storyboard: storyboardCommand(context),
      still: stillCommand(context),
      references: referencesCommand(context),
      library: libraryCommand(context),
    },
  },
  {
    title: "Takes and history",
    commands: {
      takes: takesCommand(context),
      retake: retakeCommand(context),
      pick: pickCommand(context),
      history: historyCommand(context),
      revert: revertCommand(context),
    },
  },
  {
    title: "Move and keep",
    commands: {
      export: exportCommand(context),
      import: importCommand(context),
      fork: forkCommand(context),
      backup: backupCommand(context),
      verify: verifyCommand(context),
    },
  },
  { title: "Run a server", commands: { serve: serveCommand(context), token: tokenCommand(context) } },
  { title: "Set up", commands: { doctor: doctorCommand(context), config: configCommand(context) } },
];

const ROOT_ARGS = {
  ...COMMON_ARGS,
  version: { type: "boolean", alias: "v", description: "Show the version" },
} as const satisfies ArgsDef;

/** Takes the command out of the words: the first that is neither an option nor the value of `--config`. */
function findCommand(argv: readonly string[]): { readonly name: string; readonly words: string[] } {
  let index = 0;
  while (argv[index]?.startsWith("-")) index += argv[index] === "--config" ? 2 : 1;
  return { name: argv[index] ?? "", words: argv.toSpliced(index, 1) };
}

/** The words before `--`: only they can be options. */
const beforeDashes = (argv: readonly string[]): readonly string[] =>
  argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;

const asksFor = (words: readonly string[], ...spellings: string[]): boolean =>
  beforeDashes(words).some((word) => spellings.includes(word));

async function dispatch(argv: readonly string[], context: CliContext): Promise<number> {
  const { name, words } = findCommand(argv);
  const groups = commandGroups(context);
  const commands = new Map(groups.flatMap((group) => Object.entries(group.commands)));
  const find = (typed: string): Command => {
    const command = commands.get(typed);
    if (command === undefined) throw unknownCommand(typed, [...commands.keys()]);
    return command;
  };
  const help = async (of: string): Promise<number> => {
    const { version, stdout } = context;
    stdout.write(await (of === "" ? rootHelp(version, groups, ROOT_ARGS, stdout) : commandHelp(of, find(of), stdout)));
    return 0;
  };

  if (name === "") return topLevel(words, context, help);
  if (name === "help") return help(words[0] ?? "");
  const command = find(name);
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
  if (!asksFor(words, "--help", "-h")) spellOut(words, ROOT_ARGS, "");
  return help("");
}

/** Runs one command line. Never throws: failures are reported and become the exit code. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    return await dispatch(argv, context);
  } catch (thrown) {
    const failure = asVidpipeError(thrown);
    if (asksFor(argv, "--json")) writeJson(context.stdout, errorJson(failure, failureClass(failure.code).exit));
    return sayFailure(context, failure);
  }
}
