import { join } from "node:path";
import { SDK_VARIABLES, SECRET_KEYS, type SettingKey, SettingKeys, Settings } from "../../src/config/schema.ts";
import { cell, code, page, table } from "./markdown.ts";

const committed = join(import.meta.dir, "../../config.yaml");

interface Line {
  /** A key of the schema that the line sets, commented out or not. */
  readonly key: SettingKey | undefined;
  /** The name of a section that the line opens. */
  readonly section: string | undefined;
  readonly comment: string | undefined;
}

function lineOf(text: string, section: string): Line {
  const [, indent = "", word = ""] = /^(\s*)(?:# )?([a-z_0-9]+):(?:\s.*)?$/.exec(text) ?? [];
  const key = indent === "" ? word : `${section}.${word}`;
  if (isKey(key)) return { key, section: undefined, comment: undefined };
  const comment = /^\s*# (.*)$/.exec(text)?.[1];
  return { key: undefined, section: word === "" || comment !== undefined ? undefined : word, comment };
}

/**
 * What each key is for, in the words of the comments of config.yaml; a test there asks for every key. A comment may
 * stand over several keys.
 */
function commentsOf(yaml: string): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  const lines = yaml.split("\n");
  let section = "";
  let words: string[] = [];
  let hasEnded = true;
  // The head of the file is about the file, not about its first key: it ends with the first empty line.
  for (const text of lines.slice(lines.indexOf(""))) {
    const line = lineOf(text, section);
    if (line.key !== undefined) comments.set(line.key, words.join(" "));
    else if (line.comment !== undefined) words = hasEnded ? [line.comment] : [...words, line.comment];
    else words = [];
    section = line.section ?? section;
    hasEnded = line.comment === undefined;
  }
  return comments;
}

const isKey = (name: string): name is SettingKey => SettingKeys.safeParse(name).success;

/** What a key takes, as the schema's own message has it when the value is wrong. */
function expected(key: SettingKey): string {
  const parsed = Settings.safeParse({ [key]: Symbol("wrong") });
  const message = parsed.error?.issues[0]?.message ?? "";
  return message.replace(/^must be (an? )?/, "");
}

const environmentName = (key: SettingKey): string => `VIDPIPE_${key.replaceAll(".", "__").toUpperCase()}`;

function shownDefault(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "object" && Object.keys(value).length === 0) return "none";
  return code(String(value));
}

function section(keys: readonly SettingKey[], comments: ReadonlyMap<string, string>): string {
  const defaults: Readonly<Record<string, unknown>> = Settings.parse({});
  return table(
    ["key", "default", "takes", "meaning"],
    keys.map((key) => [
      code(key),
      shownDefault(defaults[key]),
      cell(expected(key)),
      cell(`${comments.get(key) ?? ""}${SECRET_KEYS.has(key) ? " Secret: never shown." : ""}`),
    ]),
  );
}

/** docs/reference/configuration.md */
export async function configurationPage(): Promise<string> {
  const comments = commentsOf(await Bun.file(committed).text());
  const groups = Map.groupBy(SettingKeys.options, (key) => (key.includes(".") ? (key.split(".")[0] ?? "") : ""));
  const sdk = SettingKeys.options.flatMap((key) => {
    const names = SDK_VARIABLES[key];
    return names === undefined ? [] : [[code(key), names.map(code).join(", ")]];
  });
  return page("Configuration keys", [
    "How the layers work is in [the guide](../guide/configuration.md). Durations are in seconds. In the environment a key is `VIDPIPE_`, its section, two underscores and its name:",
    table(["key", "environment"], [[code("pipeline.max_scenes"), code(environmentName("pipeline.max_scenes"))]]),
    "`vidpipe config` prints the value of every key and where it came from.",
    ...[...groups].flatMap(([name, keys]) => [name === "" ? "## Top level" : `## ${name}`, section(keys, comments)]),
    "## Variables of other programs",
    "These fill a key that nobody set in vidpipe's own words.",
    table(["key", "variables, the first one wins"], sdk),
  ]);
}
