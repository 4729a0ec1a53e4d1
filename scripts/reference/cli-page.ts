import { join } from "node:path";
import { z } from "zod";
import { cell, code, fence, page, table } from "./markdown.ts";
import { exportsOf, isFunction } from "./module-exports.ts";

const source = join(import.meta.dir, "../../src/cli");

const Words = z.union([z.string(), z.array(z.string())]);

/** What the reference shows of an argument; citty keeps more. */
const Arg = z.object({
  type: z.string(),
  alias: Words.optional(),
  valueHint: z.string().optional(),
  description: z.string().default(""),
  required: z.boolean().optional(),
});
type Arg = z.infer<typeof Arg>;

/** One command as it is typed. */
const CommandDoc = z.object({
  name: z.string(),
  description: z.string(),
  note: z.string().optional(),
  examples: z.array(z.string()),
  args: z.record(z.string(), Arg),
});
export type CommandDoc = z.infer<typeof CommandDoc>;

/** Commands in the groups and the order of the program's own help. */
const Groups = z.array(z.object({ title: z.string(), commands: z.array(CommandDoc) }));

async function readGroups() {
  const { PROVIDERS } = await exportsOf(join(source, "../app/providers.ts"));
  const { commandGroups } = await exportsOf(join(source, "main.ts"));
  if (!isFunction(commandGroups)) throw new Error("src/cli/main.ts exports no commandGroups");
  return Groups.parse(commandGroups({ providers: PROVIDERS ?? [] }));
}

/** Every command, in the order of their names. */
export async function readCommands(): Promise<readonly CommandDoc[]> {
  const groups = await readGroups();
  return groups.flatMap(({ commands }) => commands).toSorted((a, b) => a.name.localeCompare(b.name, "en"));
}

const spelling = (name: string, { type, alias, valueHint }: Arg): string => {
  const short = [alias ?? []].flat().map((letter) => `-${letter}, `);
  return `${short.join("")}--${name}${type === "boolean" ? "" : ` <${valueHint ?? name}>`}`;
};

function commandSection({ name, description, note, args, examples }: CommandDoc, common: CommandDoc["args"]): string {
  const all = Object.entries(args);
  const positionals = all.filter(([, { type }]) => type === "positional");
  const flags = all.filter(([arg, def]) => def.type !== "positional" && common[arg]?.description !== def.description);
  const words = positionals.map(([arg, { required, valueHint }]) => {
    const word = `${arg.toUpperCase()}${valueHint?.endsWith("...") ? "..." : ""}`;
    return required === false ? `[${word}]` : word;
  });
  const rows = [
    ...positionals.map(([arg, { description: text }]) => [code(arg.toUpperCase()), cell(text)]),
    ...flags.map(([arg, def]) => [
      code(spelling(arg, def)),
      cell(`${def.description}${def.required ? " (needed)" : ""}`),
    ]),
  ];
  return [
    `### ${name}`,
    `${description}.`,
    ...(note === undefined ? [] : [note]),
    fence(["vidpipe", name, ...words, "[options]"].join(" ")),
    ...(rows.length > 0 ? [table(["argument or option", "meaning"], rows)] : []),
    "Examples:",
    fence(examples.join("\n"), "sh"),
  ].join("\n\n");
}

/** Options that every command has. */
function commonOptions(commands: readonly CommandDoc[]): CommandDoc["args"] {
  const shared = Object.entries(commands[0]?.args ?? {}).filter(
    ([name, { type }]) => type !== "positional" && commands.every(({ args }) => Object.hasOwn(args, name)),
  );
  return Object.fromEntries(shared);
}

/** docs/reference/cli.md */
export async function cliPage(): Promise<string> {
  const groups = await readGroups();
  const common = commonOptions(groups.flatMap(({ commands }) => commands));
  return page("Command line", [
    "`vidpipe COMMAND --help` prints the same for one command. A project's id may be shortened to any unique beginning. Results go to standard output, everything else to standard error. The exit codes are on [a page of their own](exit-codes.md).",
    table(
      ["command", "what it does"],
      groups.flatMap(({ title, commands }) => [
        [`**${title}**`, ""],
        ...commands.map(({ name, description }) => [`[\`${name}\`](#${name})`, cell(description)]),
      ]),
    ),
    table(
      ["option of every command", "meaning"],
      Object.entries(common).map(([name, def]) => [code(spelling(name, def)), cell(def.description)]),
    ),
    ...groups.flatMap(({ title, commands }) => [
      `## ${title}`,
      ...commands.map((command) => commandSection(command, common)),
    ]),
  ]);
}
