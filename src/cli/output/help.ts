import type { ArgDef, ArgsDef, CommandMeta, SubCommandsDef } from "citty";
import type { Sink } from "../context.ts";
import { COMMON_ARGS } from "../input/options.ts";
import { createPaint, type Paint, pad, wrapWords } from "./text.ts";

/** citty's type of a command whatever its arguments. */
export type Command = Exclude<Awaited<SubCommandsDef[string]>, (...args: never) => unknown>;

/** Commands that belong together, by name, in the order of the help. */
export interface CommandGroup {
  readonly title: string;
  readonly commands: Readonly<Record<string, Command>>;
}

/** What the help of a command says beside its arguments; "" is vidpipe itself. */
interface Details {
  /** Command lines to copy. */
  readonly examples: readonly string[];
  /** What a person must know before running it, in a few sentences. */
  readonly note?: string;
}

const DETAILS: Readonly<Record<string, Details>> = {
  "": {
    examples: [
      'vidpipe generate "A cat exploring Tokyo at night. She finds a lantern. Dawn breaks over the bay."',
      "vidpipe list",
      "vidpipe resume 0199c3a1-5b7e",
      "vidpipe serve --port 9000",
    ],
  },
  generate: {
    examples: [
      'vidpipe generate "A cat exploring Tokyo at night" --scenes 4 --output cat.mp4',
      "vidpipe generate --file script.txt --aspect-ratio 9:16 --crossfade 0.5",
      'echo "Waves at dusk" | vidpipe generate - --provider offline --json',
      'vidpipe generate "A lighthouse in a storm" --provider google --dry-run',
      'vidpipe generate "Mika finds a lantern" --reference "Mika=mika.png" --start-image opening.png',
      'vidpipe generate "Mika finds a lantern in the Harbour" --cast Mika,Harbour',
      'vidpipe generate "A lighthouse in a storm" --provider google --max-cost 5 --yes',
      'vidpipe generate "A lighthouse in a storm" --until storyboard',
      "vidpipe generate --storyboard film.yaml",
      "vidpipe generate --batch films.csv --max-cost 20",
    ],
  },
  resume: {
    examples: [
      "vidpipe resume 0199c3a1-5b7e",
      "vidpipe resume 0199c3a1-5b7e --until keyframes",
      "vidpipe resume 0199c3a1-5b7e --max-cost 10 --output film.mp4",
    ],
    note: "Files that exist already are reused; only what is missing is made and paid for.",
  },
  cancel: {
    examples: ["vidpipe cancel 0199c3a1-5b7e"],
    note: "'vidpipe resume ID' continues a cancelled project. A paid call that was already sent may still be billed.",
  },
  stitch: {
    examples: [
      "vidpipe stitch 0199c3a1-5b7e --crossfade 0.5",
      "vidpipe stitch 0199c3a1-5b7e --crossfade 0 -o film.mp4",
    ],
    note: "Makes no new clips and costs nothing.",
  },
  status: { examples: ["vidpipe status 0199c3a1-5b7e", "vidpipe status 0199c3a1-5b7e --json"] },
  list: { examples: ["vidpipe list", "vidpipe list --status held --json"] },
  cost: { examples: ["vidpipe cost 0199c3a1-5b7e", "vidpipe cost 0199c3a1-5b7e --json"] },
  plan: {
    examples: ["vidpipe plan 0199c3a1-5b7e", "vidpipe plan 0199c3a1-5b7e --diff --json"],
    note: "Makes nothing and costs nothing.",
  },
  storyboard: {
    examples: [
      "vidpipe storyboard 0199c3a1-5b7e > film.yaml",
      "vidpipe storyboard 0199c3a1-5b7e --import film.yaml --dry-run",
      "EDITOR=nano vidpipe storyboard 0199c3a1-5b7e --edit --patch",
    ],
    note: "A change buys nothing by itself: it shows what has to be made again and the price. 'vidpipe resume ID' makes it.",
  },
  still: {
    examples: ["vidpipe still 0199c3a1-5b7e --keyframe 1 --image opening.png"],
    note: "Clips that use the old keyframe become stale; 'vidpipe plan ID' shows which.",
  },
  references: {
    examples: [
      "vidpipe references 0199c3a1-5b7e",
      'vidpipe references 0199c3a1-5b7e --reference "Mika=mika.png" --reference hero.png',
      "vidpipe references 0199c3a1-5b7e --cast Mika --cast Harbour",
      "vidpipe references 0199c3a1-5b7e --clear",
    ],
  },
  library: {
    examples: [
      'vidpipe library add Mika --description "A black cat with one white paw" --picture mika.png',
      'vidpipe library add Harbour --kind place --description "A small harbour with red cranes"',
      "vidpipe library",
      "vidpipe library show Mika",
      "vidpipe library remove Mika",
    ],
  },
  takes: { examples: ["vidpipe takes 0199c3a1-5b7e", "vidpipe takes 0199c3a1-5b7e --scene 3 --json"] },
  retake: {
    examples: [
      "vidpipe retake 0199c3a1-5b7e --scene 3 --takes 3",
      'vidpipe retake 0199c3a1-5b7e --scene 3 --keyframe end --prompt "The cat looks up." --pick',
    ],
    note: "The film does not change until you pick a take. A retake whose response was lost also waits for you, but does not block the film.",
  },
  pick: {
    examples: [
      "vidpipe pick 0199c3a1-5b7e --scene 3 --take 2",
      "vidpipe pick 0199c3a1-5b7e --scene 3 --keyframe end --take 2",
    ],
  },
  history: { examples: ["vidpipe history 0199c3a1-5b7e"] },
  revert: { examples: ["vidpipe revert 0199c3a1-5b7e 0"] },
  export: {
    examples: [
      "vidpipe export 0199c3a1-5b7e --otio",
      "vidpipe export 0199c3a1-5b7e cut/ --otio --edl --fcpxml",
      "vidpipe export 0199c3a1-5b7e --bundle cat.vidpipe --sidecars provenance/",
    ],
  },
  import: {
    examples: ["vidpipe import cat.vidpipe"],
    note: "Hashes detect corruption, not tampering: import bundles only from people you trust.",
  },
  fork: {
    examples: ["vidpipe fork 0199c3a1-5b7e", "vidpipe fork 0199c3a1-5b7e --style watercolor --until keyframes"],
    note: "Nothing that the original has made is paid for again.",
  },
  backup: { examples: ["vidpipe backup /mnt/backup/vidpipe.db", "vidpipe backup /mnt/backup/vidpipe.db --replace"] },
  verify: {
    examples: ["vidpipe verify", "vidpipe verify 0199c3a1-5b7e --quick", "vidpipe verify --collect --quick"],
  },
  serve: {
    examples: ["vidpipe serve", "VIDPIPE_SERVER__AUTH_TOKEN=$(vidpipe token) vidpipe serve --host 0.0.0.0 --port 9000"],
  },
  token: { examples: ["export VIDPIPE_SERVER__AUTH_TOKEN=$(vidpipe token)", "vidpipe token --webhook"] },
  config: { examples: ["vidpipe config", "VIDPIPE_PIPELINE__MAX_SCENES=10 vidpipe config"] },
  doctor: { examples: ["vidpipe doctor", "vidpipe doctor --json"] },
};

const EXIT_CODES: readonly Entry[] = [
  ["0", "done, or ready for the review you asked for"],
  ["1", "failed"],
  ["2", "wrong usage or configuration; nothing was made"],
  ["3", "waiting for you: 'vidpipe status ID' shows for what"],
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

const section = (title: string, lines: readonly string[], { paint }: Style): string[] =>
  lines.length === 0 ? [] : ["", paint("bold", title), ...lines];

const examplesOf = (command: string): string[] => (DETAILS[command]?.examples ?? []).map((line) => `  ${line}`);

/** Longest list of values that is shown with the option; a longer one follows what the option means. */
const mostHintColumns = 60;

const hintIn = (arg: ArgDef): string => ("valueHint" in arg && arg.valueHint) || "text";

/** `-o, --output <file>`; options without a short form are aligned with those that have one. */
function termOf(name: string, arg: ArgDef): string {
  if (arg.type === "positional") return name.toUpperCase();
  const short = "alias" in arg && arg.alias !== undefined ? `-${[arg.alias].flat()[0]}, ` : "    ";
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

const usageWord = ([name, arg]: readonly [string, ArgDef]): string =>
  isNeeded(arg) ? name.toUpperCase() : `[${name.toUpperCase()}]`;

async function descriptionOf({ meta }: Command): Promise<string> {
  const resolved: CommandMeta | undefined = await (typeof meta === "function" ? meta() : meta);
  return resolved?.description ?? "";
}

/** The help of one command: usage, arguments, options and examples. */
export async function commandHelp(name: string, command: Command, sink: Sink): Promise<string> {
  const style = styleOf(sink);
  const given: ArgsDef = await command.args;
  const args = Object.entries(given);
  const positionals = args.filter(([, arg]) => arg.type === "positional");
  const options = args.filter(([, arg]) => arg.type !== "positional");
  const isCommon = ([option]: readonly [string, ArgDef]) => Object.hasOwn(COMMON_ARGS, option);
  const { note } = DETAILS[name] ?? {};
  const usage = ["vidpipe", name, ...positionals.map(usageWord), "[OPTIONS]"].join(" ");
  return text([
    ...wrapWords(await descriptionOf(command), style.columns),
    ...(note === undefined ? [] : ["", ...wrapWords(note, style.columns)]),
    "",
    `${style.paint("bold", "Usage:")} ${usage}`,
    ...section("Arguments", entryLines(positionals.map(entryOf), style), style),
    ...section("Options", entryLines(options.filter((option) => !isCommon(option)).map(entryOf), style), style),
    ...section("Options of every command", entryLines(options.filter(isCommon).map(entryOf), style), style),
    ...section("Examples", examplesOf(name), style),
  ]);
}

/** The help of vidpipe itself: every command with one line, in groups. */
export async function rootHelp(
  version: string,
  groups: readonly CommandGroup[],
  args: Readonly<Record<string, ArgDef>>,
  sink: Sink,
): Promise<string> {
  const style = styleOf(sink);
  const longest = Math.max(...groups.flatMap(({ commands }) => Object.keys(commands).map((name) => name.length)));
  const listed: string[] = [];
  for (const { title, commands } of groups) {
    const entries: Entry[] = [];
    for (const [name, command] of Object.entries(commands))
      entries.push([pad(name, longest), await descriptionOf(command)]);
    listed.push(...section(title, entryLines(entries, style), style));
  }
  return text([
    `vidpipe ${version}: turns a prompt into a finished video of several scenes`,
    "",
    `${style.paint("bold", "Usage:")} vidpipe COMMAND [OPTIONS]`,
    ...listed,
    ...section("Options of every command", entryLines(Object.entries(args).map(entryOf), style), style),
    ...section("Examples", examplesOf(""), style),
    ...section("Exit codes", entryLines(EXIT_CODES, style), style),
    "",
    ...wrapWords("'vidpipe COMMAND --help' shows the arguments, options and examples of a command.", style.columns),
  ]);
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line.trimEnd()}\n`).join("");
