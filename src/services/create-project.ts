import { firstDirection, type Until, withBoundary } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { ProjectId } from "../domain/ids.ts";
import type { Offer } from "../domain/price.ts";
import { type Project, UNBEGUN } from "../domain/project.ts";
import { parseRequest, type RequestDefaults, type RequestInput } from "../domain/request.ts";
import type { Storyboard } from "../domain/storyboard.ts";
import type { BoundaryFrame } from "../domain/transition.ts";
import type { ProjectView } from "../domain/view.ts";
import { checkLengths } from "../editing/edit-storyboard.ts";
import { newProject, type UserFiles } from "../editing/new-project.ts";
import { checkClipScene, type PlacedClip } from "../editing/user-clips.ts";
import type { StoredImage } from "../editing/user-images.ts";
import { checkStill } from "../editing/user-stills.ts";
import type { Policy } from "../engine/policy.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import { offerOf } from "../planning/acceptance.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import type { PlannedFacts } from "../planning/plan.ts";
import { type ProviderOptions, providerOptionsOf } from "../planning/provider-options.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { HeldKey } from "../ports/server.ts";
import type { World } from "../ports/world.ts";
import type { Commands } from "./commands.ts";
import { filmNeeds } from "./film-needs.ts";
import { type OwnFiles, storeUserFiles } from "./own-files.ts";
import { pricingOf } from "./pricing.ts";

/**
 * What a new project may bring besides its request: images of what is in the film, the user's own keyframes and clips
 * among it. Keyframes after the first, and clips, need a storyboard.
 */
export interface CreateOptions extends OwnFiles {
  /** The configured one unless given. */
  readonly provider?: string;
  /** The cap is not more than this, US dollars. */
  readonly maxCostUsd?: number;
  /** The cap of the offer that the user saw: it is not more than this, US dollars. */
  readonly shownUsd?: number;
  /** Gets a message whenever the project settles; instead of the configured one. */
  readonly webhookUrl?: string;
  /** How far to go before the user approves; to the film unless given. */
  readonly until?: Until;
  /** Filmed instead of asking a text model for one. */
  readonly storyboard?: Storyboard;
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
  /** No project's cap is more than this, US dollars; null is no limit. */
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

/** Use cases of projects that do not exist yet. */
export function createProjectCreation(deps: ProjectCreationDeps) {
  const { world, commands, chooseProvider } = deps;
  const { artifacts, clock, random, media } = world;
  const { requireCredentials, checkWebhook } = deps;
  const { freeFloorBytes } = deps.policy;
  const needed = { media, artifacts, requireCredentials, checkWebhook, freeFloorBytes };
  const webhookOf = (options: CreateOptions): string | null => options.webhookUrl ?? deps.webhookUrl ?? null;

  /** The project a request asks for; nothing of it is made. @throws VidpipeError input.invalid */
  function draft(input: RequestInput, options: CreateOptions, id = ProjectId.parse(random.id())): ProjectFacts {
    const { storyboard = null, stills = [], clips = [], references = [] } = options;
    const sceneCount = storyboard?.scenes.length ?? input.sceneCount;
    const request = parseRequest({ ...input, sceneCount }, deps.defaults);
    const provider = chooseProvider(options.provider);
    const models = provider.selectModels(request);
    if (storyboard !== null) checkLengths(provider, request, storyboard, clips);
    for (const { still } of stills) checkStill(still, (storyboard?.scenes.length ?? 0) + 1);
    for (const { scene } of clips) checkClipScene(scene, storyboard?.scenes.length ?? 0);
    const nowMs = clock.now();
    const project: Project = {
      id,
      request,
      models,
      maxCostUsd: null,
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
    deps.scheduler.requireDrivable(facts.project.models.provider);
    for (const need of filmNeeds(needed, chooseProvider(options.provider), webhookOf(options)))
      await need.check(signal);
    return facts;
  }

  /** The price of a new film, and the cap that accepting it sets. */
  function offerFor(begun: PlannedFacts, { maxCostUsd, shownUsd }: CreateOptions): Offer {
    const limits = { givenUsd: maxCostUsd, shownUsd, settingUsd: deps.maxCostUsd };
    return offerOf(begun, begun.facts, "the film", limits, pricingOf(begun.facts, world, deps.policy));
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
      const files = await storeUserFiles(world, drafted, options, "store", signal);
      const offered = (begun: PlannedFacts) => offerFor(begun, options);
      const drawn = { drafted, files, webhookUrl: webhookOf(options) };
      const { begun, offer } = await recordProject(world, drawn, offered, commands.context(), key);
      const { project } = begun.facts;
      deps.scheduler.drive(project.id, project.epoch);
      return { ...commands.view(begun), accepted: offer.price };
    },
    /**
     * What a request would buy, and the cap that `create` would set for it; makes nothing, reads no image and needs no
     * credentials. @throws VidpipeError input.invalid
     */
    estimate(input: RequestInput, options: CreateOptions = {}): Offer {
      const { project } = draft(input, options);
      return offerFor(newProject(project, standInFiles(options), commands.context()), options);
    },
    /** Before a price is shown: whether a film of the configured provider may be made at all. @throws VidpipeError storage.not_adopted */
    requireDrivable: (): void => deps.scheduler.requireDrivable(chooseProvider(undefined).name),
    /** What a new film may be: the configured defaults, and which clip lengths each provider takes. */
    choices: (): ProviderOptions => providerOptionsOf(world.providers, deps.defaults),
    /** Refuses what `create` would refuse and makes nothing. Returns the estimate. @throws VidpipeError as create does */
    async admit(input: RequestInput, options: CreateOptions, signal: AbortSignal): Promise<Offer> {
      const { project } = await checkedDraft(input, options, signal);
      const files = await storeUserFiles(world, project, options, "check", signal);
      return offerFor(newProject(project, files, commands.context()), options);
    },
  };
}

/** Files as they would be stored, for a price: how many there are is all that counts. */
function standInFiles({ references = [], stills = [], clips = [] }: CreateOptions): UserFiles {
  const standIn = (bytes: Uint8Array): StoredImage => ({
    key: "",
    sha256: new Bun.CryptoHasher("sha256").update(bytes).digest("hex"),
    bytes: bytes.byteLength,
    mediaType: "image/png",
  });
  return {
    references: references.map(({ bytes, from: _, ...words }) => ({ ...words, file: bytes && standIn(bytes) })),
    stills: stills.map(({ still, picture }) => ({ still, file: standIn(picture.bytes) })),
    clips: clips.map(({ scene }) => unreadClip(scene, standIn(new Uint8Array()))),
  };
}

/** A clip that was not looked at yet: no transition is too long for it. */
function unreadClip(scene: number, file: StoredImage): PlacedClip {
  const durationSeconds = Number.POSITIVE_INFINITY;
  const frameRate = { num: 24, den: 1 };
  const video = { codec: "", profile: "", pixelFormat: "", width: 0, height: 0, frameRate, frames: 0, durationSeconds };
  return { scene, file, media: { durationSeconds, video, audio: null }, first: file, last: file };
}

/** A new project that is not recorded yet. */
interface Drawn {
  readonly drafted: Project;
  /** Stored already. */
  readonly files: UserFiles;
  readonly webhookUrl: string | null;
}

/**
 * Records a new project whose files are stored, with the cap of its price. Where that fails they are removed again.
 * @throws VidpipeError input.invalid when nothing would be made from them, storage.*
 */
async function recordProject(
  { repository, artifacts, owner }: World,
  { drafted, files, webhookUrl }: Drawn,
  offered: (begun: PlannedFacts) => Offer,
  context: DecisionContext,
  key: HeldKey | undefined,
): Promise<{ readonly begun: PlannedFacts; readonly offer: Offer }> {
  try {
    const { facts: uncapped, plan } = newProject(drafted, files, context);
    const offer = offered({ facts: uncapped, plan });
    const facts = { ...uncapped, project: { ...uncapped.project, maxCostUsd: offer.capUsd } };
    await repository.create(facts.project, facts.steps, owner.self, webhookUrl, facts.artifacts, key);
    return { begun: { facts, plan }, offer };
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
