import type { CliContext } from "../cli/context.ts";
import type { Config } from "../config/load.ts";
import { formerNameNote, namedProvider, providerNames } from "../config/setting-table.ts";
import { asVidpipeError, invalidInput, joined, VidpipeError } from "../domain/errors.ts";
import { cured } from "../domain/refusal.ts";
import { listOfWords } from "../domain/settings.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { ProviderConfig, ProviderDeps, ProviderDescription, Readiness } from "../ports/provider-description.ts";
import { google } from "../providers/google/description.ts";
import { offline } from "../providers/offline/description.ts";

/** Every provider there is, in the order people see them. The one place where a new one is registered. */
export const PROVIDERS: readonly ProviderDescription[] = [offline, google];

/** The providers, and why `auto` chose each, continuing "made by <name>: ...". */
export function providerNotices(providers: readonly ProviderDescription[]): CliContext["providers"] {
  const remote = providers.filter(({ local, autoRank }) => !local && autoRank !== null).map(({ label }) => label);
  return providers.map(({ name, local }) => ({
    name,
    autoReason: local ? `no ${listOfWords(remote)} credentials are configured` : "credentials for it are configured",
  }));
}

/**
 * The providers of one process.
 * @throws VidpipeError config.invalid for what only a provider can check, internal when a description is wrong
 */
export async function installProviders(
  descriptions: readonly ProviderDescription[],
  config: Config,
  deps: SharedDeps,
  reread?: () => Config,
): Promise<InstalledProviders> {
  const { faults, ...installed } = await lookAtProviders(descriptions, config, deps, reread);
  const [first, ...others] = faults;
  if (first !== undefined) throw joined(first, ...others);
  return installed;
}

export type InstalledProviders = Omit<Awaited<ReturnType<typeof lookAtProviders>>, "faults">;

/** Ports that all providers share. */
type SharedDeps = Omit<ProviderDeps, "reread">;

/** The same, with refused entries of the catalog left out and the refusals listed. */
export async function lookAtProviders(
  descriptions: readonly ProviderDescription[],
  config: Config,
  deps: SharedDeps,
  reread?: () => Config,
) {
  const configOf = ({ name }: ProviderDescription): ProviderConfig => ({
    settings: config.providers[name] ?? {},
    models: config.models,
    catalog: config.catalog,
  });
  const readinessOf = (description: ProviderDescription): Readiness => description.readiness(configOf(description));
  /** By name and by every former name. */
  const byName = new Map<string, ModelProvider>();
  const faults: VidpipeError[] = [];
  for (const description of descriptions) {
    const { name } = description;
    const own: ProviderDeps = { ...deps, ...(reread && { reread: () => reread().providers[name] ?? {} }) };
    const provider = await description.create(configOf(description), own).catch((thrown: unknown) => {
      const failure = asVidpipeError(thrown);
      if (failure.code !== "config.invalid") throw thrown;
      faults.push(failure);
      return createWithoutFaults(description, configOf(description), own);
    });
    if (provider.name !== description.name || provider.local !== description.local)
      throw new VidpipeError("internal", `provider ${description.name} does not fit its description`);
    for (const name of [description.name, ...description.aliases]) byName.set(name, provider);
  }

  const automatic = (): ProviderDescription | undefined =>
    descriptions
      .filter(({ autoRank }) => autoRank !== null)
      .toSorted((a, b) => (a.autoRank ?? 0) - (b.autoRank ?? 0))
      .find((description) => readinessOf(description).ready);

  const said = new Set(config.warnings);
  /** Tells a user of a former name once per process. */
  function noteFormerName(typed: string, { name, aliases }: ProviderDescription): void {
    const note = formerNameNote(typed, name);
    if (!aliases.includes(typed) || said.has(note)) return;
    said.add(note);
    deps.log.warn(note);
  }

  /** The provider a user named, or the configured one. @throws VidpipeError input.invalid */
  function choose(name = config.provider): ModelProvider {
    const description = name === "auto" ? automatic() : namedProvider(descriptions, name);
    const provider = byName.get(description?.name ?? "");
    if (description === undefined || provider === undefined)
      throw invalidInput("provider", `provider ${cured(`must be ${providerNames(descriptions)}`, name, "auto")}`);
    noteFormerName(name.toLowerCase(), description);
    return provider;
  }

  return {
    byName,
    choose,
    /** @throws VidpipeError provider.not_configured */
    requireReady({ name }: ModelProvider) {
      const description = namedProvider(descriptions, name);
      const { ready, reason } = description === undefined ? NOT_LISTED : readinessOf(description);
      if (!ready) throw new VidpipeError("provider.not_configured", `provider ${name}: ${reason}`);
    },
    readinessOf,
    /** The provider of films that do not name one; undefined when none can be used. */
    usual: () => (config.provider === "auto" ? automatic() : namedProvider(descriptions, config.provider)),
    faults,
  };
}

/** A provider with those entries of the catalog that it takes, to say what else is wrong. */
async function createWithoutFaults(
  description: ProviderDescription,
  config: ProviderConfig,
  deps: ProviderDeps,
): Promise<ModelProvider> {
  let catalog: ProviderConfig["catalog"] = {};
  for (const [id, entry] of Object.entries(config.catalog)) {
    const more = { ...catalog, [id]: entry };
    const isTaken = await description.create({ ...config, catalog: more }, deps).then(
      () => true,
      () => false,
    );
    if (isTaken) catalog = more;
  }
  return description.create({ ...config, catalog }, deps);
}

const NOT_LISTED: Readiness = { ready: false, reason: "it is not in this version" };
