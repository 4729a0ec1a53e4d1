import type { Reference, Revision } from "../domain/direction.ts";
import { VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { Forecast } from "../domain/forecast.ts";
import type { ProjectId, StepId } from "../domain/ids.ts";
import { type Quote, roundUsd } from "../domain/money.ts";
import type { Artifact, StepOrder } from "../domain/step.ts";
import type { ProjectView } from "../domain/view.ts";
import {
  checkReferencePlace,
  indexOf,
  putReference,
  type ReferencePlace,
  setReferences,
} from "../editing/edit-references.ts";
import {
  checkLengths,
  checkRevision,
  editStoryboard,
  pick,
  revert,
  type StoryboardEdit,
  type TakeChoice,
} from "../editing/edit-storyboard.ts";
import { putStill } from "../editing/new-project.ts";
import { MAX_TAKES, type Retake, retake, retakeOrders } from "../editing/retake.ts";
import { maxReferenceImages, type ReferenceInput, type UserImage } from "../editing/user-images.ts";
import { checkStill, checkStillPlace } from "../editing/user-stills.ts";
import { unchanged } from "../planning/consequences.ts";
import { forecast } from "../planning/forecast.ts";
import { type PlannedFacts, plan, planned } from "../planning/plan.ts";
import { type TakeView, takesOf } from "../planning/takes.ts";
import type { StoredPiece } from "../ports/files.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { World } from "../ports/world.ts";
import type { Commands, Decision } from "./commands.ts";
import { type Keeping, storeReferenceImage, storeReferences, storeStills } from "./image-intake.ts";
/** A picture of the user's own and where it goes: a still 0..N, or a reference; no picture takes a reference out. */
export type ImageEdit = (
  | { readonly still: number; readonly picture: UserImage }
  | { readonly reference: ReferencePlace; readonly picture: UserImage | null }
) & {
  /** The revision that was edited, as of a storyboard's edit. */
  readonly revision?: number;
};

/** Who and what is in a film. */
export interface CastView {
  readonly revision: number;
  readonly references: readonly Reference[];
  /** The rows of their pictures. */
  readonly pictures: readonly Artifact[];
  /** Pictures it may have at most. */
  readonly most: number;
  /** Whether its image model looks at them. */
  readonly seen: boolean;
}

/**
 * How a film is directed: seen before it is paid for, changed, made again in part, and put back. Nothing here buys
 * anything that the user did not ask for by name; what an edit makes stale waits for `resume`.
 */
export interface EditingService {
  /** What is current, stale and missing, and what resume would buy. */
  forecast(id: ProjectId): Promise<Forecast>;
  /** What the film would need after an edit; writes nothing. @throws as editStoryboard does */
  forecastEdit(id: ProjectId, edit: StoryboardEdit): Promise<Forecast>;
  /** @throws VidpipeError project.conflict before there is a storyboard, input.invalid when a scene cannot be filmed so */
  editStoryboard(id: ProjectId, edit: StoryboardEdit): Promise<ProjectView>;
  /** What a retake costs at most, US dollars. @throws as retake does */
  quoteRetake(id: ProjectId, wanted: Retake): Promise<number>;
  /** Orders further takes beside the film; those whose first step is `first` only once. @throws VidpipeError project.conflict, input.invalid */
  retake(id: ProjectId, wanted: Retake, first?: StepId): Promise<ProjectView>;
  /** Every take of every piece, oldest first. */
  takes(id: ProjectId): Promise<readonly TakeView[]>;
  /** Puts a finished take in its place. @throws VidpipeError input.invalid when there is none of that number */
  pick(id: ProjectId, choice: TakeChoice): Promise<ProjectView>;
  /** Puts the user's own picture in its place. @throws VidpipeError input.invalid, input.too_large, project.conflict, project.not_found */
  setImage(id: ProjectId, edit: ImageEdit): Promise<ProjectView>;
  /** What the film would need after that; keeps nothing. @throws as setPicture does */
  forecastImage(id: ProjectId, edit: ImageEdit): Promise<Forecast>;
  /** Who and what is in the film. */
  cast(id: ProjectId): Promise<CastView>;
  /** The picture of a reference. @throws VidpipeError project.not_found */
  reference(id: ProjectId, place: ReferencePlace): Promise<StoredPiece>;
  /** Replaces the pictures that the stills are drawn after. @throws VidpipeError input.invalid, input.too_large */
  setReferences(id: ProjectId, references: readonly ReferenceInput[]): Promise<ProjectView>;
  /** How the film was directed, oldest first. */
  history(id: ProjectId): Promise<readonly Revision[]>;
  /** Goes back to a revision. @throws VidpipeError input.invalid when there is none of that number */
  revert(id: ProjectId, revision: number): Promise<ProjectView>;
}

export interface EditingServiceDeps {
  readonly world: Pick<World, "repository" | "providers" | "artifacts" | "media">;
  readonly commands: Commands;
}

export function createEditingService({ world, commands }: EditingServiceDeps): EditingService {
  const { repository, providers } = world;

  /** @throws VidpipeError provider.not_configured */
  function providerOf({ project }: ProjectFacts): ModelProvider {
    const provider = providers.get(project.models.provider);
    if (provider !== undefined) return provider;
    throw new VidpipeError("provider.not_configured", `provider "${project.models.provider}" is not configured`);
  }

  const quoteOf = (facts: ProjectFacts) => {
    const provider = providerOf(facts);
    return (order: StepOrder): Quote | undefined => provider.quote(order, facts.project.models);
  };

  const priced = ({ facts, plan: current }: PlannedFacts): Forecast => forecast(facts, current, quoteOf(facts));

  /** Checks an edit with its pictures; what it decides once those are in the store, or as if they were. */
  async function edited(facts: ProjectFacts, edit: StoryboardEdit, keeping: Keeping): Promise<Decision> {
    const { storyboard, stills = [] } = edit;
    checkLengths(providerOf(facts), facts.project.request, storyboard);
    for (const { still } of stills) checkStill(still, storyboard.scenes.length + 1);
    // What is refused is refused before any picture is kept.
    editStoryboard(facts, edit, commands.context());
    const placed = await storeStills(world, facts.project, stills, keeping);
    return (now, context) => editStoryboard(now, edit, context, placed);
  }

  /** Checks a picture; what it decides once that is in the store, or as if it were. */
  async function pictured(facts: ProjectFacts, edit: ImageEdit, keeping: Keeping): Promise<Decision> {
    const { project } = facts;
    checkRevision(facts, edit.revision);
    if ("still" in edit) {
      checkStillPlace(plan(facts), edit.still);
      const [placed] = await storeStills(world, project, [edit], keeping);
      return (now, context) =>
        placed === undefined ? unchanged(now) : putStill(now, placed.still, placed.file, context);
    }
    const { reference, picture } = edit;
    checkReferencePlace(facts, reference, picture !== null);
    const file = picture && (await storeReferenceImage(world, project.id, picture, keeping));
    return (now, context) => putReference(now, reference, file, context);
  }

  return {
    forecast: async (id) => priced(planned(await repository.facts(id))),
    async forecastEdit(id, edit) {
      const facts = await repository.facts(id);
      return priced(commands.preview(facts, await edited(facts, edit, "look")));
    },
    async editStoryboard(id, edit) {
      return commands.execute(id, await edited(await repository.facts(id), edit, "keep"));
    },
    async quoteRetake(id, wanted) {
      const facts = await repository.facts(id);
      const quotes = retakeOrders(facts, plan(facts), checkedRetake(wanted)).map(quoteOf(facts));
      return roundUsd(quotes.reduce((sum, quote) => sum + (quote?.usd ?? 0), 0));
    },
    async retake(id, wanted, first) {
      const facts = await repository.facts(id);
      // A model that is not known, or has no price, is refused here.
      retakeOrders(facts, plan(facts), checkedRetake(wanted)).forEach(quoteOf(facts));
      return commands.execute(id, (now, context) => retake(now, wanted, context, first));
    },
    async takes(id) {
      const facts = await repository.facts(id);
      return takesOf(facts, plan(facts));
    },
    pick: (id, choice) => commands.execute(id, (facts, context) => pick(facts, choice, context)),
    async setImage(id, edit) {
      const decide = await pictured(await repository.facts(id), edit, "keep");
      return commands.execute(id, (now, context) => {
        checkRevision(now, edit.revision);
        return decide(now, context);
      });
    },
    async forecastImage(id, edit) {
      const facts = await repository.facts(id);
      return priced(commands.preview(facts, await pictured(facts, edit, "look")));
    },
    async cast(id) {
      const { project, artifacts } = await repository.facts(id);
      const { references = [] } = project.direction;
      return {
        revision: project.revision,
        references,
        pictures: references.flatMap(({ artifact }) => artifacts.find((row) => row.id === artifact?.id) ?? []),
        most: maxReferenceImages(project.models),
        seen: (project.models.mostReferences ?? 0) > 0,
      };
    },
    async reference(id, place) {
      const { project, artifacts } = await repository.facts(id);
      const { references = [] } = project.direction;
      const wanted = references[indexOf(references, place)]?.artifact?.id;
      const artifact = artifacts.find((row) => row.id === wanted);
      if (artifact === undefined) throw new VidpipeError("project.not_found", `project ${id} has no such picture`);
      return { artifact, path: world.artifacts.pathOf(artifact.key) };
    },
    async setReferences(id, references) {
      const stored = await storeReferences(world, (await repository.facts(id)).project, references, "keep");
      return commands.execute(id, (now, context) => setReferences(now, stored, context));
    },
    history: (id) => repository.revisions(id),
    async revert(id, revision) {
      const to = (await repository.revisions(id)).find((known) => known.revision === revision);
      if (to === undefined)
        throw new VidpipeError("input.invalid", `there is no revision ${revision}: 'vidpipe history ${id}' shows all`);
      return commands.execute(id, (facts, context) => revert(facts, to, context));
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
