import { join } from "node:path";
import { z } from "zod";
import { cell, code, page, table } from "./markdown.ts";
import { exportsOf } from "./module-exports.ts";
import { vidpipeOutput } from "./run-vidpipe.ts";

const root = join(import.meta.dir, "../..");

/** One setting as `vidpipe config` shows it. */
interface Shown {
  readonly key: string;
  readonly value: unknown;
}

/** Every setting with its default, in the order of the documentation; paths are as config.yaml has them. */
export async function readSettings(folder: string): Promise<readonly Shown[]> {
  const text = await vidpipeOutput(folder, "config", "--json");
  const Line = z.object({ key: z.string(), value: z.unknown() });
  return text
    .trimEnd()
    .split("\n")
    .map((line) => Line.parse(JSON.parse(line.replaceAll(`${folder}/`, ""))));
}

interface Line {
  /** A key that the line sets, commented out or not. */
  readonly key: string | undefined;
  /** The name of a section that the line opens. */
  readonly section: string | undefined;
  readonly comment: string | undefined;
}

function lineOf(text: string, section: string, keys: ReadonlySet<string>): Line {
  const [, indent = "", word = ""] = /^(\s*)(?:# )?([a-z_0-9]+):(?:\s.*)?$/.exec(text) ?? [];
  const key = indent === "" ? word : `${section}.${word}`;
  if (keys.has(key)) return { key, section: undefined, comment: undefined };
  const comment = /^\s*# (.*)$/.exec(text)?.[1];
  return { key: undefined, section: word === "" || comment !== undefined ? undefined : word, comment };
}

/**
 * What each key is for, in the words of the comments of config.yaml; a test there asks for every key. A comment may
 * stand over several keys.
 */
function commentsOf(yaml: string, keys: ReadonlySet<string>): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  const lines = yaml.split("\n");
  let section = "";
  let words: string[] = [];
  let hasEnded = true;
  // The head of the file is about the file, not about its first key: it ends with the first empty line.
  for (const text of lines.slice(lines.indexOf(""))) {
    const line = lineOf(text, section, keys);
    if (line.key !== undefined) comments.set(line.key, words.join(" "));
    else if (line.comment !== undefined) words = hasEnded ? [line.comment] : [...words, line.comment];
    else words = [];
    section = line.section ?? section;
    hasEnded = line.comment === undefined;
  }
  return comments;
}

/** What the schema of a setting says when it is given something it never takes. */
interface Checker {
  safeParse(value: unknown): {
    readonly error?: { readonly issues: readonly { readonly message: string }[] } | undefined;
  };
}
const isChecker = (value: unknown): value is Checker =>
  typeof value === "object" && value !== null && "safeParse" in value && typeof value.safeParse === "function";

/** How a setting is read. */
const Definition = z.object({
  schema: z.custom<Checker>(isChecker),
  variables: z.array(z.string()).default([]),
  isSecret: z.boolean().default(false),
  found: z.union([z.enum(["film", "account", "place", "own"]), z.object({ words: z.string() })]),
});
type Definition = z.infer<typeof Definition>;
/** A provider's own part of config.yaml. */
const Section = z.object({ name: z.string(), settings: z.record(z.string(), Definition) });

/** The definitions of the settings that belong to no provider. */
async function ownDefinitions(): Promise<ReadonlyMap<string, Definition>> {
  const { Settings, SECRET_KEYS, FOUND_RULES, SDK_VARIABLES } = await exportsOf(join(root, "src/config/schema.ts"));
  const { shape } = z.object({ shape: z.record(z.string(), z.custom<Checker>(isChecker)) }).parse(Settings);
  const secrets = z.set(z.string()).or(z.array(z.string())).parse(SECRET_KEYS);
  const found = z.record(z.string(), Definition.shape.found).parse(FOUND_RULES);
  const variables = z.record(z.string(), z.array(z.string())).default({}).parse(SDK_VARIABLES);
  const isSecret = (key: string) => new Set(secrets).has(key);
  return new Map(
    Object.entries(shape).map(([key, schema]) => [
      key,
      { schema, variables: variables[key] ?? [], isSecret: isSecret(key), found: found[key] ?? "own" },
    ]),
  );
}

/** The definitions that providers bring: a section is whatever a file of a provider's folder exports in that form. */
async function providerDefinitions(): Promise<ReadonlyMap<string, Definition>> {
  const files = [...new Bun.Glob("src/providers/*/*.ts").scanSync(root)];
  const sources = await Promise.all(
    files.map(async (file) => [file, await Bun.file(join(root, file)).text()] as const),
  );
  const modules = await Promise.all(
    sources.filter(([, text]) => text.includes("SettingsSection")).map(([file]) => exportsOf(join(root, file))),
  );
  const values = modules.flatMap((module) => Object.values(module));
  const nested = values.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
  return new Map(
    [...values, ...nested].flatMap((value) => {
      const section = Section.safeParse(value).data;
      return Object.entries(section?.settings ?? {}).map(([name, of]) => [`${section?.name}.${name}`, of] as const);
    }),
  );
}

/** The names of the providers, where the program has a list of them. */
async function providerNames(): Promise<readonly string[]> {
  const { PROVIDERS } = await exportsOf(join(root, "src/app/providers.ts"));
  const named = z
    .array(z.object({ name: z.string() }))
    .default([])
    .parse(PROVIDERS);
  return named.map(({ name }) => name);
}

/** What a key takes, as the schema's own message has it when the value is wrong. */
function expected(definition: Definition | undefined): string {
  const parsed = definition?.schema.safeParse(Symbol("wrong"));
  return (parsed?.error?.issues[0]?.message ?? "").replace(/^must be (an? )?/, "");
}

/** What counts in a file that was merely found, for each plain rule. */
const FOUND_WORDS = { film: "yes", account: "yes", place: "only below its folder", own: "no" } as const;

/** What counts in a file that was merely found. */
const foundWords = (definition: Definition | undefined): string => {
  const rule = definition?.found ?? "own";
  return typeof rule === "string" ? FOUND_WORDS[rule] : rule.words;
};

const environmentName = (key: string): string => `VIDPIPE_${key.replaceAll(".", "__").toUpperCase()}`;

function shownDefault(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "object" && Object.keys(value).length === 0) return "none";
  return code(String(value));
}

/** docs/reference/configuration.md; `folder` is an empty one. */
export async function configurationPage(folder: string): Promise<string> {
  const settings = await readSettings(folder);
  const keys = new Set(settings.map(({ key }) => key));
  const comments = commentsOf(await Bun.file(join(root, "config.yaml")).text(), keys);
  const definitions = new Map([...(await ownDefinitions()), ...(await providerDefinitions())]);
  const providers = await providerNames();
  const rowOf = ({ key, value }: Shown): string[] => {
    const definition = definitions.get(key);
    const words = [comments.get(key) ?? "", ...(definition?.isSecret ? ["Secret: never shown."] : [])];
    return [
      code(key),
      shownDefault(value),
      cell(key === "provider" && providers.length > 0 ? ["auto", ...providers].join(", ") : expected(definition)),
      foundWords(definition),
      cell(words.join(" ")),
    ];
  };
  const sections = Map.groupBy(settings, ({ key }) => (key.includes(".") ? (key.split(".")[0] ?? "") : ""));
  return page("Configuration keys", [
    "How the layers work is in [the guide](../guide/configuration.md). Durations are in seconds. In the environment a key is `VIDPIPE_`, its section, two underscores and its name:",
    table(["key", "environment"], [[code("pipeline.max_scenes"), code(environmentName("pipeline.max_scenes"))]]),
    "`vidpipe config` prints the value of every key, where it came from and whose word it is. *Counts when found* says what a `config.yaml` or `.env` may set that merely lies in the current folder; [every other source](../guide/configuration.md#files-that-were-merely-found) may set everything.",
    ...[...sections].flatMap(([name, of]) => [
      name === "" ? "## Top level" : `## ${name}`,
      table(["key", "default", "takes", "counts when found", "meaning"], of.map(rowOf)),
    ]),
    "## Variables of other programs",
    "These fill a key that nobody set in vidpipe's own words.",
    table(
      ["key", "variables, the first one wins"],
      settings.flatMap(({ key }) => {
        const names = definitions.get(key)?.variables ?? [];
        return names.length === 0 ? [] : [[code(key), names.map(code).join(", ")]];
      }),
    ),
  ]);
}
