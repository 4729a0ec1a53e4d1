import { MADE_KINDS, type MadeKind } from "../domain/direction.ts";
import { invalidInput } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { modelOf, type Project } from "../domain/project.ts";
import { listOfWords } from "../domain/settings.ts";
import type { Policy } from "../engine/policy.ts";
import type { Pricing } from "../planning/calls-left.ts";
import { needsOf } from "../planning/model-needs.ts";
import { plan } from "../planning/plan.ts";
import type { ModelFit, ModelProvider } from "../ports/provider.ts";
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
  if (provider.fitModel === undefined) return ownModel(project, name, provider);
  return provider.fitModel(name, project.models, needsOf(project, plan(facts)));
}

/** Of a provider without a choice of models: the project's own. @throws VidpipeError input.invalid naming them */
function ownModel(project: Project, name: string, { name: id, label = id }: ModelProvider): ModelFit {
  const own = MADE_KINDS.map((kind): ModelFit => ({ kind, model: modelOf(project, kind) }));
  const fit = own.find(({ model }) => model === name);
  if (fit !== undefined) return fit;
  throw invalidInput(
    "model",
    `there is no model "${name}"; nothing was bought: ${label} has ${listOfWords(own.map(({ model }) => model))}`,
  );
}

/** Models that can make a kind of piece instead of the film's own, the likeliest first. Never throws. */
export function modelsInstead(facts: ProjectFacts, kind: MadeKind, world: Pick<World, "providers">): readonly string[] {
  const { project } = facts;
  const current = { kind, model: modelOf(project, kind) };
  const provider = world.providers.get(project.models.provider);
  return provider?.modelsFor?.(current, project.models, needsOf(project, plan(facts))) ?? [];
}
