import type { ArgDef, ArgsDef } from "citty";
import type { Command } from "../command.ts";
import type { Sink } from "../context.ts";
import { COMMON_ARGS } from "../input/options.ts";
import { aliasesOf, isRepeatable } from "../input/usage-errors.ts";
import { createPaint, lines, type Paint, pad, wrapWords } from "./text.ts";

/** Commands that belong together, in the order of the help. */
export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

/** Examples of vidpipe itself. */
const ROOT_EXAMPLES = [
  'vidpipe generate "A cat exploring Tokyo at night. She finds a lantern. Dawn breaks over the bay."',
  "vidpipe list",
  "vidpipe resume 0199c3a1-5b7e",
  "vidpipe serve --port 9000",
];

const EXIT_CODES: readonly Entry[] = [
  ["0", "done, or ready for the review you asked for"],
  ["1", "failed"],
  ["2", "wrong usage or configuration; nothing was made"],
  ["3", "waiting for you, or for a day's quota: 'vidpipe status ID' shows for what"],
  ["130", "interrupted; everything is kept, 'vidpipe resume ID' continues"],
];

/** Most columns of the help: longer lines are hard to read. */
const mostColumns = 100;
/** Terms wider than this get a line of their own, above what they mean. */
const mostTermColumns = 30;

/** A term and what it means. */
type Entry = readonly [term: string, meaning: string];

/** How help is printed: its width in columns and its colours. */
interface Style {
  readonly columns: number;
  readonly paint: Paint;
}

const styleOf = (sink: Sink): Style => ({
  columns: sink.isTerminal ? Math.min(mostColumns, sink.columns() - 1) : mostColumns,
  paint: createPaint(sink.isColored),
});

/** Terms on the left, their meanings beside them, or below where the term or the terminal leaves too little room. */
function entryLines(entries: readonly Entry[], { columns, paint }: Style): string[] {
  const terms = entries.map(([term]) => Bun.stringWidth(term)).filter((width) => width <= mostTermColumns);
  const start = Math.min(Math.max(0, ...terms) + 4, Math.floor(columns / 2));
  return entries.flatMap(([term, meaning]) => {
    const wrapped = wrapWords(meaning, columns - start).map((line) => " ".repeat(start) + line);
    const own = `  ${paint("cyan", term)}`;
    if (Bun.stringWidth(term) + 4 > start) return [own, ...wrapped];
    const [first = "", ...more] = wrapped;
    return [`  ${paint("cyan", pad(term, start - 2))}${first.slice(start)}`, ...more];
  });
}

const section = (title: string, body: readonly string[], { paint }: Style): string[] =>
  body.length === 0 ? [] : ["", paint("bold", title), ...body];

/** Longest list of values that is shown with the option; a longer one follows what the option means. */
const mostHintColumns = 60;

const hintIn = ({ valueHint = "text" }: ArgDef): string => valueHint;

/** `-o, --output <file>`; options without a short form are aligned with those that have one. */
function termOf(name: string, arg: ArgDef): string {
  if (arg.type === "positional") return name.toUpperCase();
  const [alias] = aliasesOf(arg);
  const short = alias === undefined ? "    " : `-${alias}, `;
  const hint = hintIn(arg).length > mostHintColumns ? name : hintIn(arg);
  const value = arg.type === "boolean" ? "" : ` <${hint}>`;
  return `${short}--${name}${value}`;
}

const isNeeded = (arg: ArgDef): boolean => (arg.type === "positional" ? arg.required !== false : arg.required === true);

function entryOf([name, arg]: readonly [string, ArgDef]): Entry {
  const values = hintIn(arg).length > mostHintColumns ? `: ${hintIn(arg).replaceAll("|", ", ")}` : "";
  const needed = arg.type !== "positional" && isNeeded(arg) ? " (required)" : "";
  return [termOf(name, arg), `${arg.description ?? ""}${values}${needed}`];
}

function usageWord([name, arg]: readonly [string, ArgDef]): string {
  const word = `${name.toUpperCase()}${isRepeatable(arg) ? "..." : ""}`;
  return isNeeded(arg) ? word : `[${word}]`;
}

/** The help of one command: usage, arguments, options and examples. */
export function commandHelp({ name, description, note, examples, args }: Command, sink: Sink): string {
  const style = styleOf(sink);
  const all = Object.entries(args);
  const positionals = all.filter(([, arg]) => arg.type === "positional");
  const common = all.filter(([option]) => Object.hasOwn(COMMON_ARGS, option));
  const own = all.filter((arg) => !positionals.includes(arg) && !common.includes(arg));
  const usage = ["vidpipe", name, ...positionals.map(usageWord), "[OPTIONS]"].join(" ");
  return lines([
    ...wrapWords(description, style.columns),
    ...(note === undefined ? [] : ["", ...wrapWords(note, style.columns)]),
    "",
    `${style.paint("bold", "Usage:")} ${usage}`,
    ...argLines("Arguments", positionals, style),
    ...argLines("Options", own, style),
    ...argLines("Options of every command", common, style),
    ...exampleLines(examples, style),
  ]);
}

/** The help of vidpipe itself: every command with one line, in groups. */
export function rootHelp(version: string, groups: readonly CommandGroup[], args: ArgsDef, sink: Sink): string {
  const style = styleOf(sink);
  const longest = Math.max(...groups.flatMap(({ commands }) => commands.map(({ name }) => name.length)));
  return lines([
    `vidpipe ${version}: turns a prompt into a finished video of several scenes`,
    "",
    `${style.paint("bold", "Usage:")} vidpipe COMMAND [OPTIONS]`,
    ...groups.flatMap(({ title, commands }) => {
      const entries = commands.map(({ name, description }): Entry => [pad(name, longest), description]);
      return section(title, entryLines(entries, style), style);
    }),
    ...argLines("Options of every command", Object.entries(args), style),
    ...exampleLines(ROOT_EXAMPLES, style),
    ...section("Exit codes", entryLines(EXIT_CODES, style), style),
    "",
    ...wrapWords("'vidpipe COMMAND --help' shows the arguments, options and examples of a command.", style.columns),
  ]);
}

const argLines = (title: string, args: readonly (readonly [string, ArgDef])[], style: Style): string[] =>
  section(title, entryLines(args.map(entryOf), style), style);

const exampleLines = (examples: readonly string[], style: Style): string[] =>
  section(
    "Examples",
    examples.map((line) => `  ${line}`),
    style,
  );
