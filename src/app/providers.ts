import type { CliContext } from "../cli/context.ts";
import type { Config } from "../config/load.ts";
import { formerNameNote, namedProvider, providerNames } from "../config/setting-table.ts";
import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import { parseRequest, type RequestDefaults } from "../domain/request.ts";
import { listOfWords } from "../domain/settings.ts";
import type { Finding } from "../ports/media.ts";
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
  deps: Omit<ProviderDeps, "reread">,
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
  for (const description of descriptions) {
    const { name: section } = description;
    const sectionNow = reread && { reread: () => reread().providers[section] ?? {} };
    const provider = await description.create(configOf(description), { ...deps, ...sectionNow });
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
      throw new VidpipeError("input.invalid", `provider must be ${providerNames(descriptions)}`, { field: "provider" });
    noteFormerName(name.toLowerCase(), description);
    return provider;
  }

  function findingOf(description: ProviderDescription): Finding {
    const { ready, reason } = readinessOf(description);
    const { name } = description;
    if (ready) return { topic: name, level: "ok", message: reason, fix: null };
    const instead = automatic();
    const message =
      instead === undefined
        ? "no usable credentials"
        : `no usable credentials: films are made with the provider ${instead.name}`;
    return { topic: name, level: "warn", message, fix: reason };
  }

  /** What will soon be different for the models that a usual film gets, or why it gets none. */
  function modelFindings(description: ProviderDescription, defaults: RequestDefaults): Finding[] {
    const { name } = description;
    const provider = byName.get(name);
    if (provider === undefined || !readinessOf(description).ready) return [];
    try {
      const models = provider.selectModels(parseRequest({ prompt: "A film" }, defaults));
      const notices = provider.noticesFor?.(models) ?? [];
      return notices.map((message) => ({ topic: name, level: "warn", message, fix: null }));
    } catch (thrown) {
      return [{ topic: name, level: "warn", message: asVidpipeError(thrown).message, fix: "see 'vidpipe config'" }];
    }
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
    /** What `doctor` says of each, and of its models for a film with the configured defaults. */
    inspect: (defaults: RequestDefaults) =>
      descriptions.flatMap((description) => [findingOf(description), ...modelFindings(description, defaults)]),
  };
}

const NOT_LISTED: Readiness = { ready: false, reason: "it is not in this version" };
