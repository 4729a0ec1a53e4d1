import type { Reference, Revision } from "../domain/direction.ts";
import { invalidInput, VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { Forecast } from "../domain/forecast.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { Offer } from "../domain/price.ts";
import type { Artifact } from "../domain/step.ts";
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
import { putClip, putStill } from "../editing/new-project.ts";
import { MAX_TAKES, type Retake, retake, takesIn } from "../editing/retake.ts";
import { type ClipInput, checkClipPlace, checkClipScene } from "../editing/user-clips.ts";
import { maxReferenceImages, type ReferenceInput, type StillInput, type UserImage } from "../editing/user-images.ts";
import { checkStill, checkStillPlace } from "../editing/user-stills.ts";
import type { Policy } from "../engine/policy.ts";
import { type Accepted, acceptPrice, type Limits } from "../planning/acceptance.ts";
import { type DecisionContext, unchanged } from "../planning/consequences.ts";
import { forecast } from "../planning/forecast.ts";
import { type PlannedFacts, plan, planned } from "../planning/plan.ts";
import { priceOfSteps } from "../planning/price.ts";
import { type TakeView, takesOf } from "../planning/takes.ts";
import type { StoredPiece } from "../ports/files.ts";
import type { HeldKey } from "../ports/server.ts";
import { providerOf, type World } from "../ports/world.ts";
import { storeClips } from "./clip-intake.ts";
import type { Acceptance, Commands, Decision } from "./commands.ts";
import { type ImageMode, storeReferenceImage, storeReferences, storeStills } from "./image-intake.ts";
import { fitOf, pricingOf } from "./pricing.ts";

/** The user's own file and where it goes: a keyframe 0..N, a scene, or a reference; without an image the reference is removed. */
export type OwnFileEdit = (
  | StillInput
  | ClipInput
  | { readonly reference: ReferencePlace; readonly picture: UserImage | null }
) & {
  /** The revision that was edited; as for a storyboard. */
  readonly revision?: number;
};

/** Further takes, at no more than the price that the user saw: `shownUsd` is the cap of that offer. */
export interface RetakeOrder extends Retake, Pick<Limits, "shownUsd"> {}

/** The references of a film. */
export interface CastView {
  readonly revision: number;
  readonly references: readonly Reference[];
  /** The rows of their images. */
  readonly pictures: readonly Artifact[];
  /** Most images it may have. */
  readonly most: number;
  /** Whether its image model uses them. */
  readonly seen: boolean;
}

/**
 * Use cases that edit a film: forecasts, edits, retakes and earlier revisions. Only `retake` buys anything; what an edit
 * makes stale waits for `resume`. Methods that check or store files end with run.interrupted when their signal aborts
 * before the edit is recorded; at most a file without a row stays. Failures are VidpipeError.
 */
export type EditingService = ReturnType<typeof createEditingService>;

export function createEditingService({
  world,
  commands,
  policy,
  maxCostUsd: settingUsd,
}: {
  readonly world: Pick<World, "repository" | "providers" | "artifacts" | "media">;
  readonly commands: Commands;
  readonly policy: Pick<Policy, "onAmbiguous">;
  /** No project's cap is more than this, US dollars; null is no limit. */
  readonly maxCostUsd: number | null;
}) {
  const { repository } = world;

  /** What a retake changes, with the price that it accepts: an unknown model, or one without a price, is refused. */
  function retaken(facts: ProjectFacts, { shownUsd, ...wanted }: RetakeOrder, context: DecisionContext): Accepted {
    checkRetake(wanted);
    checkModel(facts, wanted);
    const pricing = pricingOf(facts, world, policy);
    const ordered = retake(facts, wanted, context);
    const accepted = acceptPrice(facts, ordered, "the takes", { shownUsd, settingUsd }, pricing);
    return { ...accepted, offer: { ...accepted.offer, price: priceOfSteps(accepted, takesIn(accepted), pricing) } };
  }

  /** @throws VidpipeError input.invalid where a retake's model cannot make its piece, provider.model_unavailable */
  function checkModel(facts: ProjectFacts, { kind, model }: Retake): void {
    const fit = fitOf(facts, model, world);
    if (fit !== null && fit.kind !== kind)
      throw invalidInput("model", `${fit.model} makes a ${fit.kind}, not a ${kind}: nothing was ordered`);
  }

  const priced = (now: PlannedFacts): Forecast => forecast(now, pricingOf(now.facts, world, policy));

  /** Checks an edit and checks or stores its images. Returns the decision that applies it. */
  async function decideEdit(
    facts: ProjectFacts,
    edit: StoryboardEdit,
    mode: ImageMode,
    signal: AbortSignal,
  ): Promise<Decision> {
    const { storyboard, stills = [], clips = [] } = edit;
    const { project } = facts;
    checkLengths(providerOf(world, project), project.request, storyboard, clips);
    for (const { still } of stills) checkStill(still, storyboard.scenes.length + 1);
    for (const { scene } of clips) checkClipScene(scene, storyboard.scenes.length);
    // What is refused is refused before any file is stored.
    editStoryboard(facts, edit, commands.context());
    const placed = {
      stills: await storeStills(world, project, stills, mode, signal),
      clips: await storeClips(world, project, clips, mode, signal),
    };
    return (now, context) => editStoryboard(now, edit, context, placed);
  }

  /** Checks or stores a file. Returns the decision that puts it in place. */
  async function decideFile(
    facts: ProjectFacts,
    edit: OwnFileEdit,
    mode: ImageMode,
    signal: AbortSignal,
  ): Promise<Decision> {
    const { project } = facts;
    checkRevision(facts, edit.revision);
    if ("still" in edit) {
      checkStillPlace(plan(facts), edit.still);
      const [placed] = await storeStills(world, project, [edit], mode, signal);
      return (now, context) =>
        placed === undefined ? unchanged(now) : putStill(now, placed.still, placed.file, context);
    }
    if ("clip" in edit) {
      checkClipPlace(plan(facts), edit.scene);
      const [placed] = await storeClips(world, project, [edit], mode, signal);
      return (now, context) => (placed === undefined ? unchanged(now) : putClip(now, placed, context));
    }
    const { reference, picture } = edit;
    checkReferencePlace(facts, reference, picture !== null);
    const file = picture && (await storeReferenceImage(world, project.id, picture, mode, signal));
    return (now, context) => putReference(now, reference, file, context);
  }

  return {
    /** What is current, stale and missing, and what resume would buy. */
    forecast: async (id: ProjectId): Promise<Forecast> => priced(planned(await repository.facts(id))),
    /** The forecast after an edit; writes nothing. @throws as editStoryboard does */
    async forecastEdit(id: ProjectId, edit: StoryboardEdit, signal: AbortSignal): Promise<Forecast> {
      const facts = await repository.facts(id);
      return priced(commands.preview(facts, await decideEdit(facts, edit, "check", signal)));
    },
    /** Replaces the storyboard. @throws VidpipeError project.conflict before there is one, input.invalid when a scene cannot be filmed so */
    async editStoryboard(id: ProjectId, edit: StoryboardEdit, signal: AbortSignal): Promise<ProjectView> {
      return commands.execute(id, await decideEdit(await repository.facts(id), edit, "store", signal));
    },
    /** What a retake buys, and the cap it would set; of the film's own pieces nothing is in it. @throws as retake does */
    async quoteRetake(id: ProjectId, wanted: Retake): Promise<Offer> {
      return retaken(await commands.drivable(id), wanted, commands.context()).offer;
    },
    /** Orders further takes; the key of the request is settled with them. @throws VidpipeError project.conflict, input.invalid, money.over_budget */
    async retake(id: ProjectId, wanted: RetakeOrder, key?: HeldKey): Promise<ProjectView> {
      const decide: Acceptance = (now, context) => retaken(now, wanted, context);
      return commands.accept((take) => commands.execute(id, take(decide), key));
    },
    /** Every take of every step, oldest first. */
    async takes(id: ProjectId): Promise<readonly TakeView[]> {
      const facts = await repository.facts(id);
      return takesOf(facts, plan(facts));
    },
    /** Selects a finished take for its place. @throws VidpipeError input.invalid when there is none of that number */
    pick: (id: ProjectId, choice: TakeChoice): Promise<ProjectView> =>
      commands.execute(id, (facts, context) => pick(facts, choice, context)),
    /** Gives a file that comes in a private place while it is used. @throws VidpipeError storage.full, storage.io */
    receive: <T>(use: (path: string) => Promise<T>): Promise<T> =>
      world.artifacts.borrow({ name: "upload", extension: "bin" }, use),
    /** Replaces a keyframe, a scene's clip or a reference with the user's own file. @throws VidpipeError input.invalid, input.too_large, project.conflict, project.not_found */
    async setFile(id: ProjectId, edit: OwnFileEdit, signal: AbortSignal): Promise<ProjectView> {
      const decide = await decideFile(await commands.drivable(id), edit, "store", signal);
      return commands.execute(id, (now, context) => {
        checkRevision(now, edit.revision);
        return decide(now, context);
      });
    },
    /** The forecast after that; stores nothing. @throws as setFile does */
    async forecastFile(id: ProjectId, edit: OwnFileEdit, signal: AbortSignal): Promise<Forecast> {
      const facts = await repository.facts(id);
      return priced(commands.preview(facts, await decideFile(facts, edit, "check", signal)));
    },
    /** The references of the film. */
    async cast(id: ProjectId): Promise<CastView> {
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
    /** The image of a reference. @throws VidpipeError project.not_found */
    async reference(id: ProjectId, place: ReferencePlace): Promise<StoredPiece> {
      const { project, artifacts } = await repository.facts(id);
      const { references = [] } = project.direction;
      const wanted = references[indexOf(references, place)]?.artifact?.id;
      const artifact = artifacts.find((row) => row.id === wanted);
      if (artifact === undefined) throw new VidpipeError("project.not_found", `project ${id} has no such picture`);
      return { artifact, path: world.artifacts.pathOf(artifact.key) };
    },
    /** Replaces all references. @throws VidpipeError input.invalid, input.too_large */
    async setReferences(
      id: ProjectId,
      references: readonly ReferenceInput[],
      signal: AbortSignal,
    ): Promise<ProjectView> {
      const stored = await storeReferences(world, (await repository.facts(id)).project, references, "store", signal);
      return commands.execute(id, (now, context) => setReferences(now, stored, context));
    },
    /** Every revision of the film, oldest first. */
    history: (id: ProjectId): Promise<readonly Revision[]> => repository.revisions(id),
    /** Restores an earlier revision; its files are reused. @throws VidpipeError input.invalid when there is none of that number */
    async revert(id: ProjectId, revision: number): Promise<ProjectView> {
      const to = (await repository.revisions(id)).find((known) => known.revision === revision);
      if (to === undefined) throw invalidInput("revision", `there is no revision ${revision}`);
      return commands.execute(id, (facts, context) => revert(facts, to, context));
    },
  };
}

function checkRetake({ takes, prompt }: Retake): void {
  if (!Number.isInteger(takes) || takes < 1 || takes > MAX_TAKES)
    throw invalidInput("takes", `takes must be a whole number from 1 to ${MAX_TAKES}`);
  if (prompt !== undefined && (prompt.trim() === "" || prompt.length > 4_000))
    throw invalidInput("prompt", "the prompt of a retake must have 1 to 4,000 characters");
}
