import type { MadeKind } from "../domain/direction.ts";
import { invalidInput } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { modelOf } from "../domain/project.ts";
import type { Policy } from "../engine/policy.ts";
import type { Pricing } from "../planning/calls-left.ts";
import { needsOf } from "../planning/model-needs.ts";
import { plan } from "../planning/plan.ts";
import type { ModelFit } from "../ports/provider.ts";
import { providerOf, type World } from "../ports/world.ts";

/** What prices of a project depend on. @throws VidpipeError provider.not_configured */
export function pricingOf(
  { project }: Pick<ProjectFacts, "project">,
  world: Pick<World, "providers">,
  { onAmbiguous }: Pick<Policy, "onAmbiguous">,
): Pricing {
  const provider = providerOf(world, project);
  const { models } = project;
  const used = {
    ...models,
    textModel: modelOf(project, "storyboard"),
    imageModel: modelOf(project, "keyframe"),
    videoModel: modelOf(project, "clip"),
  };
  return {
    quoteOf: (order, complaint) => provider.quote(order, models, complaint),
    onAmbiguous,
    notices: provider.noticesFor?.(used) ?? [],
  };
}

/** The model that a user named for the rest of a film; null where none was named. @throws VidpipeError input.invalid, provider.model_unavailable */
export function fitOf(facts: ProjectFacts, name: string | undefined, world: Pick<World, "providers">): ModelFit | null {
  if (name === undefined) return null;
  const { project } = facts;
  const provider = providerOf(world, project);
  if (provider.fitModel === undefined)
    throw invalidInput("model", `${provider.label ?? provider.name} has one model for each kind of piece`);
  return provider.fitModel(name, project.models, needsOf(project, plan(facts)));
}

/** Models that can make a kind of piece instead of the film's own, the likeliest first. Never throws. */
export function modelsInstead(facts: ProjectFacts, kind: MadeKind, world: Pick<World, "providers">): readonly string[] {
  const { project } = facts;
  const current = { kind, model: modelOf(project, kind) };
  const provider = world.providers.get(project.models.provider);
  return provider?.modelsFor?.(current, project.models, needsOf(project, plan(facts))) ?? [];
}
