import type { ModelSelection, ProjectRequest } from "../domain/project.ts";
import { parseRequest, type RequestDefaults } from "../domain/request.ts";
import type { Finding } from "../ports/media.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { ProviderDescription } from "../ports/provider-description.ts";
import { refused } from "../services/doctor.ts";
import type { InstalledProviders } from "./providers.ts";

const SEE_CONFIG = "see 'vidpipe config'";

/** A film of the configured defaults, and why there is none. */
function usualFilm(defaults: RequestDefaults): {
  readonly request: ProjectRequest;
  readonly findings: readonly Finding[];
} {
  try {
    return { request: parseRequest({ prompt: "A film" }, defaults), findings: [] };
  } catch (thrown) {
    const request = parseRequest({ prompt: "A film" }, { ...defaults, crossfadeSeconds: 0 });
    return { request, findings: refused("film", "fail", thrown, SEE_CONFIG) };
  }
}

interface ModelLook {
  readonly description: ProviderDescription;
  /** How bad it is when they cannot make the film. */
  readonly level: Finding["level"];
  /** Null: the service is not asked. */
  readonly signal: AbortSignal | null;
}

/** Why the models of a provider cannot make a film, what will soon be different, and what the service itself says. */
async function modelFindings(
  provider: ModelProvider,
  request: ProjectRequest,
  { description: { name: topic, label }, level, signal }: ModelLook,
): Promise<readonly Finding[]> {
  let models: ModelSelection;
  try {
    models = provider.selectModels(request);
  } catch (thrown) {
    return refused(topic, level, thrown, SEE_CONFIG);
  }
  const notices = (provider.noticesFor?.(models) ?? []).map(
    (message): Finding => ({ topic, level: "warn", message, fix: null }),
  );
  if (signal === null || provider.checkAccess === undefined) return notices;
  try {
    await provider.checkAccess(models, signal);
    return [...notices, { topic, level: "ok", message: `${label} takes the login and serves the models`, fix: null }];
  } catch (thrown) {
    return [...notices, ...refused(topic, level, thrown, "nothing was bought: the question was free")];
  }
}

/**
 * What `doctor` says of each provider, and of its models for a film with the configured defaults. What is wrong with the
 * provider of such a film fails, what is wrong with another is a warning. With `probe` the services are asked too, free
 * of charge.
 */
export async function inspectProviders(
  descriptions: readonly ProviderDescription[],
  installed: InstalledProviders,
  defaults: RequestDefaults,
  probe: boolean,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { byName, readinessOf, usual } = installed;
  const { request, findings } = usualFilm(defaults);
  const chosen = usual();

  function readinessFinding(description: ProviderDescription, level: Finding["level"]): Finding {
    const { ready, reason } = readinessOf(description);
    const { name: topic } = description;
    if (ready) return { topic, level: "ok", message: reason, fix: null };
    const isOther = chosen !== undefined && chosen !== description;
    const instead = isOther ? `: films are made with the provider ${chosen.name}` : "";
    return { topic, level, message: `no usable credentials${instead}`, fix: reason };
  }

  async function looked(description: ProviderDescription): Promise<readonly Finding[]> {
    const level = description === chosen ? "fail" : "warn";
    const own = readinessFinding(description, level);
    const provider = byName.get(description.name);
    const isReady = readinessOf(description).ready;
    // Models of a provider that nobody uses are nobody's concern.
    if (provider === undefined || (!isReady && description !== chosen)) return [own];
    const isAsked = probe && isReady;
    return [own, ...(await modelFindings(provider, request, { description, level, signal: isAsked ? signal : null }))];
  }

  return [...findings, ...(await Promise.all(descriptions.map(looked))).flat()];
}
