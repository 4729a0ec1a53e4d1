import type { ProjectFacts } from "../domain/facts.ts";
import type { Policy } from "../engine/policy.ts";
import type { Pricing } from "../planning/calls-left.ts";
import { providerOf, type World } from "../ports/world.ts";

/** What prices of a project depend on. @throws VidpipeError provider.not_configured */
export function pricingOf(
  { project: { models, ...project } }: Pick<ProjectFacts, "project">,
  world: Pick<World, "providers">,
  { onAmbiguous }: Pick<Policy, "onAmbiguous">,
): Pricing {
  const provider = providerOf(world, { ...project, models });
  return {
    quoteOf: (order, complaint) => provider.quote(order, models, complaint),
    onAmbiguous,
    notices: provider.noticesFor?.(models) ?? [],
  };
}
