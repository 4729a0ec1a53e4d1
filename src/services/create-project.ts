import { firstDirection, type Until, withBoundary } from "../domain/direction.ts";
import { VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { ProjectId } from "../domain/ids.ts";
import type { Estimate } from "../domain/money.ts";
import { type Project, UNBEGUN } from "../domain/project.ts";
import { parseRequest, type RequestDefaults, type RequestInput } from "../domain/request.ts";
import type { Storyboard } from "../domain/storyboard.ts";
import type { BoundaryFrame } from "../domain/transition.ts";
import type { ProjectView } from "../domain/view.ts";
import { checkLengths } from "../editing/edit-storyboard.ts";
import { newProject } from "../editing/new-project.ts";
import type { ReferenceInput, StillInput, UserImages } from "../editing/user-images.ts";
import { checkStill } from "../editing/user-stills.ts";
import type { Policy } from "../engine/policy.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import { estimateRest } from "../planning/estimate.ts";
import { type PlannedFacts, planned } from "../planning/plan.ts";
import { type ProviderOptions, providerOptionsOf } from "../planning/provider-options.ts";
import { unmadeRef } from "../planning/step-orders.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { HeldKey } from "../ports/server.ts";
import { providerOf, type World } from "../ports/world.ts";
import type { Commands } from "./commands.ts";
import { storeUserImages } from "./image-intake.ts";

/** What a new project may bring besides its request. */
export interface CreateOptions {
  /** The configured one unless given. */
  readonly provider?: string;
  /** US dollars; null is no cap, left out the configured one. */
  readonly maxCostUsd?: number | null;
  /** Gets a message whenever the project settles; instead of the configured one. */
  readonly webhookUrl?: string;
  /** How far to go before the user approves; to the film unless given. */
  readonly until?: Until;
  /** Filmed instead of asking a text model for one. */
  readonly storyboard?: Storyboard;
  /** Images of characters, places and products in the film. */
  readonly references?: readonly ReferenceInput[];
  /** The user's own keyframes, instead of drawn ones; those after the first need a storyboard. */
  readonly stills?: readonly StillInput[];
}

export interface ProjectCreationDeps {
  readonly world: World;
  readonly commands: Commands;
  readonly scheduler: Scheduler;
  readonly policy: Policy;
  readonly defaults: RequestDefaults;
  /** Which frames new films leave out at hard cuts; none unless given. */
  readonly boundaryFrame?: BoundaryFrame;
  /** How far projects go before the user approves when they do not say; to the film unless given. */
  readonly until?: Until;
  /** Caps every project that does not bring its own, US dollars; null is none. */
  readonly maxCostUsd: number | null;
  /** Webhook of projects that do not bring their own; undefined is none. */
  readonly webhookUrl?: string | null;
  /** Whether messages may be sent to a URL. @throws VidpipeError input.invalid */
  readonly checkWebhook?: (url: string) => void;
  /** The provider for a name, or the configured one. @throws VidpipeError input.invalid */
  readonly chooseProvider: (name: string | undefined) => ModelProvider;
  /** @throws VidpipeError provider.not_configured when it cannot be used yet */
  readonly requireCredentials: (provider: ModelProvider) => void;
}

/** What is still to be bought for a project, as far as it is to go. @throws VidpipeError provider.not_configured */
export function restOf({ facts, plan }: PlannedFacts, world: Pick<World, "providers">): Estimate {
  const { models } = facts.project;
  const provider = providerOf(world, facts.project);
  const notices = provider.noticesFor?.(models) ?? [];
  return estimateRest(facts, plan, (order) => provider.quote(order, models), notices);
}

/** A draft with pictures of its references that are not stored yet: their price counts. */
function withPictures(facts: ProjectFacts, { references = [] }: CreateOptions): ProjectFacts {
  if (references.length === 0) return facts;
  const shown = references.map(({ bytes, from: _, ...words }) => ({
    ...words,
    artifact: bytes === null ? null : unmadeRef,
  }));
  const direction = { ...facts.project.direction, references: shown };
  return { ...facts, project: { ...facts.project, direction } };
}

/** Use cases of projects that do not exist yet. */
export function createProjectCreation(deps: ProjectCreationDeps) {
  const { world, commands, chooseProvider } = deps;
  const { artifacts, clock, random, media } = world;
  const webhookOf = (options: CreateOptions): string | null => options.webhookUrl ?? deps.webhookUrl ?? null;

  /** The project a request asks for; nothing of it is made. @throws VidpipeError input.invalid */
  function draft(input: RequestInput, options: CreateOptions, id = ProjectId.parse(random.id())): ProjectFacts {
    const { storyboard = null, stills = [], references = [] } = options;
    const sceneCount = storyboard?.scenes.length ?? input.sceneCount;
    const request = parseRequest({ ...input, sceneCount }, deps.defaults);
    const provider = chooseProvider(options.provider);
    const models = provider.selectModels(request);
    if (storyboard !== null) checkLengths(provider, request, storyboard);
    for (const { still } of stills) checkStill(still, (storyboard?.scenes.length ?? 0) + 1);
    const nowMs = clock.now();
    const project: Project = {
      id,
      request,
      models,
      maxCostUsd: options.maxCostUsd === undefined ? deps.maxCostUsd : options.maxCostUsd,
      ...UNBEGUN,
      until: options.until ?? deps.until ?? "film",
      direction: withBoundary(firstDirection(storyboard, references), deps.boundaryFrame ?? "keep"),
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    return { project, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
  }

  /** A draft that can be made here and now. */
  async function checkedDraft(
    input: RequestInput,
    options: CreateOptions,
    signal: AbortSignal,
    id?: ProjectId,
  ): Promise<ProjectFacts> {
    const facts = draft(input, options, id);
    deps.requireCredentials(chooseProvider(options.provider));
    const webhookUrl = webhookOf(options);
    if (webhookUrl !== null) deps.checkWebhook?.(webhookUrl);
    await media.require(signal);
    if ((await artifacts.freeBytes()) < deps.policy.freeFloorBytes)
      throw new VidpipeError("storage.full", "the disk is almost full: nothing was made; make room, then try again");
    return facts;
  }

  return {
    /**
     * Checks the request, records the project and starts it in this process. Aborted before it is recorded nothing stays.
     * With the key of the request, which is settled with it, the project gets the key's id.
     * @throws VidpipeError input.invalid, provider.not_configured, media.ffmpeg_missing, storage.full
     */
    async create(
      input: RequestInput,
      options: CreateOptions,
      signal: AbortSignal,
      key?: HeldKey,
    ): Promise<ProjectView> {
      const { project: drafted } = await checkedDraft(input, options, signal, key?.projectId);
      const images = await storeUserImages(world, drafted, options, "store", signal);
      const begun = await recordProject(world, drafted, images, webhookOf(options), commands.context(), key);
      const { project } = begun.facts;
      deps.scheduler.drive(project.id, project.epoch);
      return commands.view(begun);
    },
    /** What a request would buy; makes nothing and needs no credentials. @throws VidpipeError input.invalid */
    estimate: (input: RequestInput, options: CreateOptions = {}): Estimate =>
      restOf(planned(withPictures(draft(input, options), options)), world),
    /** What a new film may be: the configured defaults, and which clip lengths each provider takes. */
    choices: (): ProviderOptions => providerOptionsOf(world.providers, deps.defaults),
    /** Refuses what `create` would refuse and makes nothing. Returns the estimate. @throws VidpipeError as create does */
    async admit(input: RequestInput, options: CreateOptions, signal: AbortSignal): Promise<Estimate> {
      const facts = await checkedDraft(input, options, signal);
      await storeUserImages(world, facts.project, options, "check", signal);
      return restOf(planned(withPictures(facts, options)), world);
    },
  };
}

/**
 * Records a new project whose images are stored. Where that fails the images are removed again.
 * @throws VidpipeError input.invalid when nothing would be made from them, storage.*
 */
async function recordProject(
  { repository, artifacts, owner }: World,
  drafted: Project,
  images: UserImages,
  webhookUrl: string | null,
  context: DecisionContext,
  key: HeldKey | undefined,
): Promise<PlannedFacts> {
  try {
    const begun = newProject(drafted, images, context);
    const { facts } = begun;
    await repository.create(facts.project, facts.steps, owner.self, webhookUrl, facts.artifacts, key);
    return begun;
  } catch (thrown) {
    await removeUnrecorded(drafted.id).catch(() => {}); // the first failure is the one to report
    throw thrown;
  }

  /** Not where rows were written after all, or by another call under the same id. */
  async function removeUnrecorded(id: ProjectId): Promise<void> {
    const isUnrecorded = await repository.standstill(id, (facts) => facts === null);
    if (isUnrecorded === true) await artifacts.discard(id);
  }
}
