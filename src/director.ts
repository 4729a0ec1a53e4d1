import type { Revision } from "./domain/direction.ts";
import { VidpipeError } from "./domain/errors.ts";
import type { ProjectFacts } from "./domain/facts.ts";
import type { Forecast } from "./domain/forecast.ts";
import type { ProjectId } from "./domain/ids.ts";
import { type Quote, roundUsd } from "./domain/money.ts";
import type { StepOrder } from "./domain/step.ts";
import type { ProjectView } from "./domain/view.ts";
import type { Driving } from "./driving.ts";
import { checkStillPlace, putStill, refer } from "./orchestrator/bring.ts";
import {
  checkLengths,
  editStoryboard,
  pick,
  revert,
  type StoryboardEdit,
  type TakeChoice,
} from "./orchestrator/edit.ts";
import { forecast } from "./orchestrator/forecast.ts";
import { type GivenReference, type OwnPicture, takeInReferences, takeInStill } from "./orchestrator/own-pictures.ts";
import { MAX_TAKES, type Retake, retake, retakeOrders } from "./orchestrator/retake.ts";
import { type TakeView, takesOf } from "./orchestrator/takes.ts";
import type { ModelProvider, World } from "./ports.ts";

export {
  type GivenReference,
  MAX_TAKES,
  type OwnPicture,
  type Retake,
  type StoryboardEdit,
  type TakeChoice,
  type TakeView,
};

/**
 * How a film is directed: seen before it is paid for, changed, made again in part, and put back. Nothing here buys
 * anything that the user did not ask for by name; what an edit makes stale waits for `resume`.
 */
export interface Director {
  /** What is current, stale and missing, and what resume would buy. */
  forecast(id: ProjectId): Promise<Forecast>;
  /** What the film would need after an edit; writes nothing. @throws as editStoryboard does */
  forecastEdit(id: ProjectId, edit: StoryboardEdit): Promise<Forecast>;
  /** @throws VidpipeError project.conflict before there is a storyboard, input.invalid when a scene cannot be filmed so */
  editStoryboard(id: ProjectId, edit: StoryboardEdit): Promise<ProjectView>;
  /** What a retake costs at most, US dollars. @throws as retake does */
  quoteRetake(id: ProjectId, wanted: Retake): Promise<number>;
  /** Orders further takes beside the film. @throws VidpipeError project.conflict, input.invalid */
  retake(id: ProjectId, wanted: Retake): Promise<ProjectView>;
  /** Every take of every piece, oldest first. */
  takes(id: ProjectId): Promise<readonly TakeView[]>;
  /** Puts a finished take in its place. @throws VidpipeError input.invalid when there is none of that number */
  pick(id: ProjectId, choice: TakeChoice): Promise<ProjectView>;
  /** Puts the user's own picture in the place of still `position`, 0..N. @throws VidpipeError input.invalid, input.too_large */
  putStill(id: ProjectId, position: number, picture: OwnPicture): Promise<ProjectView>;
  /** Replaces the pictures that the stills are drawn after. @throws VidpipeError input.invalid, input.too_large */
  refer(id: ProjectId, references: readonly GivenReference[]): Promise<ProjectView>;
  /** How the film was directed, oldest first. */
  history(id: ProjectId): Promise<readonly Revision[]>;
  /** Goes back to a revision. @throws VidpipeError input.invalid when there is none of that number */
  revert(id: ProjectId, revision: number): Promise<ProjectView>;
}

export interface DirectorDeps {
  readonly world: Pick<World, "repository" | "providers" | "artifacts" | "media">;
  readonly driving: Driving;
}

export function createDirector({ world, driving }: DirectorDeps): Director {
  const { repository, providers } = world;

  /** @throws VidpipeError provider.not_configured */
  function providerOf({ project }: ProjectFacts): ModelProvider {
    const provider = providers.get(project.casting.provider);
    if (provider !== undefined) return provider;
    throw new VidpipeError("provider.not_configured", `provider "${project.casting.provider}" is not configured`);
  }

  const quoteOf = (facts: ProjectFacts) => {
    const provider = providerOf(facts);
    return (order: StepOrder): Quote | undefined => provider.quote(order, facts.project.casting);
  };

  const checkEdit = (facts: ProjectFacts, { storyboard }: StoryboardEdit): void =>
    checkLengths(providerOf(facts), facts.project.request, storyboard);

  return {
    async forecast(id) {
      const facts = await repository.facts(id);
      return forecast(facts, quoteOf(facts));
    },
    async forecastEdit(id, edit) {
      const facts = await repository.facts(id);
      checkEdit(facts, edit);
      return forecast(
        driving.applied(facts, (now, moment) => editStoryboard(now, edit, moment)),
        quoteOf(facts),
      );
    },
    async editStoryboard(id, edit) {
      checkEdit(await repository.facts(id), edit);
      return driving.carryOut(id, (facts, moment) => editStoryboard(facts, edit, moment));
    },
    async quoteRetake(id, wanted) {
      const facts = await repository.facts(id);
      const quotes = retakeOrders(facts, checkedRetake(wanted)).map(quoteOf(facts));
      return roundUsd(quotes.reduce((sum, quote) => sum + (quote?.usd ?? 0), 0));
    },
    async retake(id, wanted) {
      const facts = await repository.facts(id);
      // A model that is not known, or has no price, is refused here.
      retakeOrders(facts, checkedRetake(wanted)).forEach(quoteOf(facts));
      return driving.carryOut(id, (now, moment) => retake(now, wanted, moment));
    },
    takes: async (id) => takesOf(await repository.facts(id)),
    pick: (id, choice) => driving.carryOut(id, (facts, moment) => pick(facts, choice, moment)),
    async putStill(id, position, picture) {
      const facts = await repository.facts(id);
      checkStillPlace(facts, position);
      const file = await takeInStill(world, facts.project, position, picture);
      return driving.carryOut(id, (now, moment) => putStill(now, position, file, moment));
    },
    async refer(id, references) {
      const stored = await takeInReferences(world, (await repository.facts(id)).project, references);
      return driving.carryOut(id, (now, moment) => refer(now, stored, moment));
    },
    history: (id) => repository.revisions(id),
    async revert(id, revision) {
      const to = (await repository.revisions(id)).find((known) => known.revision === revision);
      if (to === undefined)
        throw new VidpipeError("input.invalid", `there is no revision ${revision}: 'vidpipe history ${id}' shows all`);
      return driving.carryOut(id, (facts, moment) => revert(facts, to, moment));
    },
  };
}

function checkedRetake(wanted: Retake): Retake {
  const { takes, prompt } = wanted;
  if (!Number.isInteger(takes) || takes < 1 || takes > MAX_TAKES)
    throw new VidpipeError("input.invalid", `takes must be a whole number from 1 to ${MAX_TAKES}`);
  if (prompt !== undefined && (prompt.trim() === "" || prompt.length > 4_000))
    throw new VidpipeError("input.invalid", "the prompt of a retake must have 1 to 4,000 characters");
  return wanted;
}
