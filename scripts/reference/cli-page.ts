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

const Definition = z.object({
  meta: z.object({ name: z.string(), description: z.string() }),
  args: z.record(z.string(), Arg).default({}),
});

/** One command as it is typed. */
export interface CommandDoc {
  readonly name: string;
  readonly description: string;
  readonly args: Readonly<Record<string, Arg>>;
}

/** What commands are made from: streams that go nowhere, and the providers whose names some options take. */
async function contextOf(write: (text: string) => void) {
  const { PROVIDERS } = await exportsOf(join(source, "../app/providers.ts"));
  const sink = { write, isTerminal: false, columns: () => 200, isColored: false };
  return { version: "", stdout: sink, stderr: sink, providers: PROVIDERS ?? [] };
}

/** Every command: each file of `cli/commands` exports one or more functions named `...Command`. */
export async function readCommands(): Promise<readonly CommandDoc[]> {
  const files = [...new Bun.Glob("**/*.ts").scanSync(join(source, "commands"))];
  const context = await contextOf(() => {});
  const modules = await Promise.all(files.map((file) => exportsOf(join(source, "commands", file))));
  return modules
    .flatMap((module) => Object.entries(module))
    .flatMap(([name, value]) => {
      if (!name.endsWith("Command") || !isFunction(value)) return [];
      const { meta, args } = Definition.parse(value(context));
      return { ...meta, args };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
}

/** What `vidpipe WORDS` prints on a wide terminal without colours. */
async function printed(...words: string[]): Promise<string> {
  const { runCli } = await exportsOf(join(source, "main.ts"));
  if (!isFunction(runCli)) throw new Error("src/cli/main.ts exports no runCli");
  const lines: string[] = [];
  await runCli(words, await contextOf((text) => lines.push(text)));
  return lines.join("");
}

/** The indented lines under a heading in capitals. */
function section(text: string, heading: string): readonly string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.trim() === heading);
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^\S/.test(line));
  return (end < 0 ? rest : rest.slice(0, end)).map((line) => line.trim()).filter((line) => line !== "");
}

interface Place {
  readonly heading: string;
  readonly commands: readonly CommandDoc[];
}

/** The commands in the groups and the order in which the program's own help shows them. */
function grouped(commands: readonly CommandDoc[], help: string): readonly Place[] {
  const left = new Map(commands.map((command) => [command.name, command]));
  const groups: { heading: string; commands: CommandDoc[] }[] = [];
  let heading = "Commands";
  for (const line of help.split("\n")) {
    if (/^[A-Z][A-Z ,'&-]+$/.test(line) || /^[A-Z][\w ,'&-]*:?$/.test(line)) heading = titleOf(line);
    const command = left.get(/^\s+([a-z][\w-]*)(\s|$)/.exec(line)?.[1] ?? "");
    if (command === undefined) continue;
    left.delete(command.name);
    if (groups.at(-1)?.heading !== heading) groups.push({ heading, commands: [] });
    groups.at(-1)?.commands.push(command);
  }
  return left.size === 0 ? groups : [...groups, { heading: "Other commands", commands: [...left.values()] }];
}

const titleOf = (line: string): string => {
  const words = line.replace(/:$/, "").trim();
  const isLoud = words === words.toUpperCase();
  return isLoud ? words.charAt(0) + words.slice(1).toLowerCase() : words;
};

const spelling = (name: string, { type, alias, valueHint }: Arg): string => {
  const short = [alias ?? []].flat().map((letter) => `-${letter}, `);
  return `${short.join("")}--${name}${type === "boolean" ? "" : ` <${valueHint ?? name}>`}`;
};

function commandSection({ name, description, args }: CommandDoc, examples: readonly string[]): string {
  const all = Object.entries(args);
  const positionals = all.filter(([, { type }]) => type === "positional");
  const flags = all.filter(([arg, { type }]) => type !== "positional" && arg !== "help" && arg !== "config");
  const words = positionals.map(([arg, { required }]) =>
    required === false ? `[${arg.toUpperCase()}]` : arg.toUpperCase(),
  );
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
    fence(["vidpipe", name, ...words, ...(flags.length > 0 ? ["[options]"] : [])].join(" ")),
    ...(rows.length > 0 ? [table(["argument or option", "meaning"], rows)] : []),
    ...(examples.length > 0 ? ["Examples:", fence(examples.join("\n"), "sh")] : []),
  ].join("\n\n");
}

/** Options that every command has. */
function commonOptions(commands: readonly CommandDoc[]): string {
  const [first] = commands;
  const shared = Object.entries(first?.args ?? {}).filter(([name, { type }]) =>
    type === "positional" ? false : commands.every(({ args }) => Object.hasOwn(args, name)),
  );
  return table(
    ["option of every command", "meaning"],
    shared.map(([name, def]) => [code(spelling(name, def)), cell(def.description)]),
  );
}

/** docs/reference/cli.md */
export async function cliPage(): Promise<string> {
  const commands = await readCommands();
  const groups = grouped(commands, await printed("--help"));
  const help = new Map(
    await Promise.all(commands.map(async ({ name }) => [name, await printed("help", name)] as const)),
  );
  const examples = (name: string) => section(help.get(name) ?? "", "EXAMPLES");
  return page("Command line", [
    "`vidpipe COMMAND --help` prints the same for one command. A project's id may be shortened to any unique beginning. Results go to standard output, everything else to standard error. The exit codes are on [a page of their own](exit-codes.md).",
    table(
      ["command", "what it does"],
      groups.flatMap(({ heading, commands: of }) => [
        ...(groups.length > 1 ? [[`**${heading}**`, ""]] : []),
        ...of.map(({ name, description }) => [`[\`${name}\`](#${name})`, cell(description)]),
      ]),
    ),
    commonOptions(commands),
    ...groups.flatMap(({ heading, commands: of }) => [
      `## ${heading}`,
      ...of.map((command) => commandSection(command, examples(command.name))),
    ]),
  ]);
}
