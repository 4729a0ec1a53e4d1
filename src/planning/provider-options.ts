import type { ProjectRequest } from "../domain/project.ts";
import { parseRequest, type RequestDefaults } from "../domain/request.ts";
import type { ModelProvider } from "../ports/provider.ts";

/** What a new film may be, as far as the configuration and the models decide. */
export interface ProviderOptions {
  readonly defaults: RequestDefaults;
  readonly providers: readonly {
    readonly name: string;
    /** Names it had before, which old projects keep. */
    readonly aliases: readonly string[];
    /** What people read. */
    readonly label: string;
    readonly local: boolean;
    /** Clip lengths worth offering, seconds, ascending. */
    readonly clipSeconds: readonly number[];
  }[];
}

/** Lengths that providers are asked about, seconds; longer clips hold more than one thing that happens. */
const ASKED = Array.from({ length: 12 }, (_, n) => n + 1);

/**
 * Asks each provider as a real request would, so that nothing is offered that it would refuse. `providers` has each
 * under its former names too. Pure.
 */
export function providerOptionsOf(
  providers: ReadonlyMap<string, ModelProvider>,
  defaults: RequestDefaults,
): ProviderOptions {
  const some = parseRequest({ prompt: "a film" }, defaults);
  const namesOf = (own: ModelProvider) => [...providers].filter(([, of]) => of === own).map(([name]) => name);
  const offers = [...new Set(providers.values())].map((provider) => ({
    name: provider.name,
    aliases: namesOf(provider).filter((name) => name !== provider.name),
    label: provider.label ?? provider.name,
    local: provider.local,
    clipSeconds: ASKED.filter((clipDurationSeconds) => accepts(provider, { ...some, clipDurationSeconds })),
  }));
  return { defaults, providers: offers.filter(({ clipSeconds }) => clipSeconds.length > 0) };
}

function accepts(provider: ModelProvider, request: ProjectRequest): boolean {
  try {
    provider.selectModels(request);
    return true;
  } catch {
    return false;
  }
}
