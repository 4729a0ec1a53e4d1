import type { ArgsDef } from "citty";
import { asVidpipeError, failureClass } from "../domain/errors.ts";
import type { Command } from "./command.ts";
import { adoptCommand } from "./commands/adopt.ts";
import { backupCommand } from "./commands/backup.ts";
import { cancelCommand } from "./commands/cancel.ts";
import { clipCommand } from "./commands/clip.ts";
import { configCommand } from "./commands/config.ts";
import { costCommand } from "./commands/cost.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { exportCommand } from "./commands/export.ts";
import { forkCommand } from "./commands/fork.ts";
import { generateCommand } from "./commands/generate.ts";
import { historyCommand } from "./commands/history.ts";
import { importCommand } from "./commands/import.ts";
import { joinCommand } from "./commands/join.ts";
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
import { trustCommand, untrustCommand } from "./commands/trust.ts";
import { verifyCommand } from "./commands/verify.ts";
import type { CliContext } from "./context.ts";
import { COMMON_ARGS, flag } from "./input/options.ts";
import { spellOut, unknownCommand } from "./input/usage-errors.ts";
import { cleanSink } from "./output/clean-sink.ts";
import { type CommandGroup, commandHelp, rootHelp } from "./output/help.ts";
import { errorJson, writeJson } from "./output/json.ts";
import { sayFailure } from "./output/notices.ts";

/** Every command, in the groups and the order of the help. */
export const commandGroups = (context: Pick<CliContext, "providers">): readonly CommandGroup[] => [
  { title: "Make a film", commands: [generateCommand(context), resumeCommand, stitchCommand, cancelCommand] },
  {
    title: "Look and edit",
    commands: [
      listCommand,
      statusCommand,
      costCommand,
      planCommand,
      storyboardCommand,
      stillCommand,
      clipCommand,
      referencesCommand,
      libraryCommand,
    ],
  },
  { title: "Takes and history", commands: [takesCommand, retakeCommand, pickCommand, historyCommand, revertCommand] },
  { title: "Move and keep", commands: [exportCommand, importCommand, forkCommand, backupCommand, verifyCommand] },
  { title: "Join files of your own", commands: [joinCommand] },
  { title: "Run a server", commands: [serveCommand, tokenCommand] },
  { title: "Set up", commands: [doctorCommand, configCommand, trustCommand, untrustCommand, adoptCommand] },
];

const ROOT_ARGS = {
  ...COMMON_ARGS,
  version: { ...flag("Show the version"), alias: "v" },
} as const satisfies ArgsDef;

/** Takes the command out of the words: the first that is neither an option nor the value of `--config`. */
function findCommand(argv: readonly string[]): { readonly name: string; readonly words: string[] } {
  let index = 0;
  while (argv[index]?.startsWith("-")) index += argv[index] === "--config" ? 2 : 1;
  return { name: argv[index] ?? "", words: argv.toSpliced(index, 1) };
}

/** Whether an option is among the words; those after `--` do not count. */
const asksFor = (words: readonly string[], ...spellings: string[]): boolean =>
  words.slice(0, words.includes("--") ? words.indexOf("--") : undefined).some((word) => spellings.includes(word));

async function dispatch(argv: readonly string[], context: CliContext): Promise<number> {
  const { name, words } = findCommand(argv);
  const groups = commandGroups(context);
  const commands = groups.flatMap((group) => group.commands);
  const find = (typed: string): Command => {
    const command = commands.find((known) => known.name === typed);
    if (command !== undefined) return command;
    throw unknownCommand(
      typed,
      commands.map((known) => known.name),
    );
  };
  const help = (of: string): number => {
    const { version, stdout } = context;
    stdout.write(of === "" ? rootHelp(version, groups, ROOT_ARGS, stdout) : commandHelp(find(of), stdout));
    return 0;
  };

  if (name === "") return topLevel(words, context, help);
  if (name === "help") return help(words[0] ?? "");
  const command = find(name);
  return asksFor(words, "--help", "-h") ? help(name) : command.execute(context, words);
}

/** `vidpipe` without a command: its version, else its help. */
function topLevel(words: readonly string[], context: CliContext, help: (of: string) => number): number {
  if (asksFor(words, "--version", "-v")) {
    context.stdout.write(`${context.version}\n`);
    return 0;
  }
  if (!asksFor(words, "--help", "-h")) spellOut(words, ROOT_ARGS, "");
  return help("");
}

/** Runs one command line. Never throws: failures are reported and become the exit code. */
export async function runCli(argv: readonly string[], process: CliContext): Promise<number> {
  const context = { ...process, stdout: cleanSink(process.stdout), stderr: cleanSink(process.stderr) };
  try {
    return await dispatch(argv, context);
  } catch (thrown) {
    const failure = asVidpipeError(thrown);
    if (asksFor(argv, "--json")) writeJson(context.stdout, errorJson(failure, failureClass(failure.code).exit));
    return sayFailure(context, failure);
  }
}
