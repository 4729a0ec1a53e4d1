import { z } from "zod";
import { VidpipeError } from "../domain/errors.ts";
import {
  type FoundRule,
  listOfWords,
  type SectionValues,
  type SettingDefinition,
  type SettingsSection,
} from "../domain/settings.ts";
import { EXAMPLES } from "./examples.ts";
import { FOUND_RULES, SECRET_KEYS, Settings, type SettingValues } from "./schema.ts";

/** What the configuration has to know of a provider. */
export interface ConfigurableProvider {
  readonly name: string;
  /** Names it had before: accepted wherever its name is. */
  readonly aliases: readonly string[];
  /** Its own part of config.yaml; null: it needs none. */
  readonly section: SettingsSection | null;
}

/** A setting of a provider with its whole name, e.g. `google_cloud.api_key`. */
interface SectionSetting extends SettingDefinition {
  readonly key: string;
}

/** Every setting there is with these providers. */
export interface SettingTable {
  readonly providers: readonly ConfigurableProvider[];
  /** Names of all settings, in the order of the documentation. */
  readonly keys: readonly string[];
  /** The parts of config.yaml that hold other keys. */
  readonly sections: ReadonlySet<string>;
  /** Settings whose value is never shown. */
  readonly secrets: ReadonlySet<string>;
  readonly ofProviders: readonly SectionSetting[];
  /** What a file that was merely found may set, for every key. */
  readonly foundRules: ReadonlyMap<string, FoundRule>;
  /** Checks values by their names; with faults it gives nothing else. */
  parse(given: ReadonlyMap<string, unknown>): Values | { readonly faults: readonly SettingFault[] };
  /** A value of the setting that would do, as it is typed; of a secret, where to get one. */
  exampleOf(key: string): string;
}

/** A value that a setting does not take. */
export interface SettingFault {
  readonly key: string;
  /** Continues the sentence "<key> ...". */
  readonly message: string;
}

/** Values by the names they have in config.yaml, those of providers apart. */
export interface Values {
  readonly core: SettingValues;
  readonly ofProviders: ReadonlyMap<string, unknown>;
}

/** What is said once to a user of a provider's former name. */
export const formerNameNote = (former: string, name: string): string => `provider ${former} is called ${name} now`;

/** The provider that answers to a name, in any case; undefined when there is none. */
export const namedProvider = <P extends ConfigurableProvider>(providers: readonly P[], typed: string): P | undefined =>
  providers.find(({ name, aliases }) => [name, ...aliases].includes(typed.toLowerCase()));

/** "auto, offline or google" */
export const providerNames = (providers: readonly ConfigurableProvider[]): string =>
  listOfWords(["auto", ...providers.map(({ name }) => name)]);

/** `auto`, or a provider by any of its names; the value is the name it has today. */
function providerSetting(providers: readonly ConfigurableProvider[]) {
  const expected = `must be ${providerNames(providers)}`;
  const isKnown = (word: string) => word.toLowerCase() === "auto" || namedProvider(providers, word) !== undefined;
  return z
    .string(expected)
    .refine(isKnown, expected)
    .transform((word) => namedProvider(providers, word)?.name ?? "auto");
}

/** @throws VidpipeError internal when two providers claim one name, or a section two owners */
export function createSettingTable(providers: readonly ConfigurableProvider[]): SettingTable {
  const core = Settings.extend({ provider: providerSetting(providers).default("auto") });
  const ofProviders = providers.flatMap(({ section }) =>
    Object.entries(section?.settings ?? {}).map(
      ([name, definition]): SectionSetting => ({ ...definition, key: `${section?.name}.${name}` }),
    ),
  );
  const [first = "provider", ...others] = core.keyof().options;
  const keys = [first, ...ofProviders.map(({ key }) => key), ...others];
  requireUnique(keys);
  requireUnique(["auto", ...providers.flatMap(({ name, aliases }) => [name, ...aliases])]);
  const own = z.strictObject(Object.fromEntries(ofProviders.map(({ key, schema }) => [key, schema])));
  const examples = new Map([
    ...Object.entries(EXAMPLES),
    ...ofProviders.map(({ key, example }) => [key, example] as const),
  ]);
  const isOwn = (key: string) => Object.hasOwn(own.shape, key);

  return {
    providers,
    keys,
    sections: new Set(keys.filter((key) => key.includes(".")).map((key) => key.slice(0, key.indexOf(".")))),
    secrets: new Set([...SECRET_KEYS, ...ofProviders.filter(({ isSecret }) => isSecret).map(({ key }) => key)]),
    ofProviders,
    exampleOf: (key) => examples.get(key) ?? "",
    foundRules: new Map([
      ...Object.entries(FOUND_RULES),
      ...ofProviders.map(({ key, found }): [string, FoundRule] => [key, found]),
    ]),
    parse(given) {
      const mine = [...given].filter(([key]) => isOwn(key));
      const rest = [...given].filter(([key]) => !isOwn(key));
      const values = core.safeParse(Object.fromEntries(rest));
      const sections = own.safeParse(Object.fromEntries(mine));
      if (values.success && sections.success)
        return { core: values.data, ofProviders: new Map(Object.entries(sections.data)) };
      const issues = [...(values.error?.issues ?? []), ...(sections.error?.issues ?? [])];
      const first = new Map<string, string>();
      for (const { path, message } of issues) if (!first.has(String(path[0]))) first.set(String(path[0]), message);
      return { faults: [...first].map(([key, message]) => ({ key, message })) };
    },
  };
}

function requireUnique(words: readonly string[]): void {
  const twice = words.find((word, at) => words.indexOf(word) !== at);
  if (twice !== undefined) throw new VidpipeError("internal", `two providers claim ${twice}`);
}

/** Every provider's settings by its name, as its description reads them; `isFound` as in SettingsSection, by keys. */
export function sectionValues(
  providers: readonly ConfigurableProvider[],
  ofProviders: ReadonlyMap<string, unknown>,
  env: Readonly<Record<string, string | undefined>>,
  isFound: (key: string) => boolean,
): Readonly<Record<string, SectionValues>> {
  return Object.fromEntries(
    providers.map(({ name, section }): [string, SectionValues] => {
      if (section === null) return [name, {}];
      const values = Object.keys(section.settings).map((key) => [key, ofProviders.get(`${section.name}.${key}`)]);
      return [
        name,
        { ...Object.fromEntries(values), ...section.discover?.(env, (key) => isFound(`${section.name}.${key}`)) },
      ];
    }),
  );
}
