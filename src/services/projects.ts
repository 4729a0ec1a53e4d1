import { firstDirection, type Until, withBoundary } from "../domain/direction.ts";
import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { ProjectEvent, ProjectFacts } from "../domain/facts.ts";
import { ProjectId, ProjectIdPrefix } from "../domain/ids.ts";
import type { Estimate } from "../domain/money.ts";
import { type Project, type ResumeOptions, UNBEGUN } from "../domain/project.ts";
import { parseCrossfade, parseRequest, type RequestDefaults, type RequestInput } from "../domain/request.ts";
import type { Submit } from "../domain/step.ts";
import type { Storyboard } from "../domain/storyboard.ts";
import type { BoundaryFrame } from "../domain/transition.ts";
import type { ProjectView, WatchTick } from "../domain/view.ts";
import { checkLengths } from "../editing/edit-storyboard.ts";
import { cancel, restitch, resume } from "../editing/run-control.ts";
import type { ReferenceInput, StillInput } from "../editing/user-images.ts";
import { checkStill } from "../editing/user-stills.ts";
import type { ChangeFeed } from "../engine/change-feed.ts";
import { explainStitch } from "../engine/explain-stitch.ts";
import type { Policy } from "../engine/policy.ts";
import { reconcileSubmits } from "../engine/reconcile-submits.ts";
import type { Scheduler } from "../engine/scheduler-types.ts";
import { watch } from "../engine/watch.ts";
import { estimateRest } from "../planning/estimate.ts";
import { type PlannedFacts, planned } from "../planning/plan.ts";
import { type ProviderOptions, providerOptionsOf } from "../planning/provider-options.ts";
import type { Finding } from "../ports/media.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { ListFilter, ProjectListItem, StatusRow } from "../ports/server.ts";
import type { World } from "../ports/world.ts";
import type { Commands } from "./commands.ts";
import { recordProject } from "./create-project.ts";
import { diskFinding } from "./disk-space.ts";
import { storeUserImages } from "./image-intake.ts";

export interface CreateOptions {
  readonly provider?: string;
  readonly maxCostUsd?: number | null;
  /** Told whenever the project settles; instead of the configured one. */
  readonly webhookUrl?: string;
  /** An id chosen beforehand: a project that has it already is what is answered, so that trying again makes no other. */
  readonly id?: ProjectId;
  /** How far to go before somebody approves; to the film unless given. */
  readonly until?: Until;
  /** Films this one instead of asking a text model. */
  readonly storyboard?: Storyboard;
  /** Pictures of who and what is in the film. */
  readonly references?: readonly ReferenceInput[];
  /** Stills of the user's own, instead of drawn ones; those after the first need a storyboard. */
  readonly stills?: readonly StillInput[];
}

/**
 * Everything a person can do with vidpipe, as the faces call it.
 * Failures are VidpipeError; `FAILURES` says which HTTP status and exit code each has.
 */
export interface ProjectService {
  /** Checks the request, writes the project down and starts it in this process. */
  create(input: RequestInput, options?: CreateOptions): Promise<ProjectView>;
  /** What a request would buy; makes nothing and needs no credentials beyond the choice of provider. */
  estimate(input: RequestInput, options?: CreateOptions): Estimate;
  /** What a new film may be: the configured defaults, and which clip lengths each provider takes. */
  choices(): ProviderOptions;
  /** Refuses what `create` would refuse; makes nothing. Returns the estimate. @throws VidpipeError as create does */
  admit(input: RequestInput, options?: CreateOptions): Promise<Estimate>;
  /** What `resume` with these options would still buy. @throws VidpipeError as resume does */
  estimateResume(id: ProjectId, options?: ResumeOptions): Promise<Estimate>;
  /** Every paid call of a project, oldest first. */
  ledger(id: ProjectId): Promise<readonly Submit[]>;
  /** The id that starts with what was typed. @throws VidpipeError project.not_found, project.ambiguous_id, input.invalid */
  resolve(typed: string): Promise<ProjectId>;
  get(id: ProjectId): Promise<ProjectView>;
  /** How it stands in a word; cheap. @throws VidpipeError project.not_found */
  status(id: ProjectId): Promise<StatusRow>;
  list(filter?: ListFilter): Promise<readonly ProjectListItem[]>;
  /** Goes on where the project stopped. @throws VidpipeError project.conflict when there is nothing to resume */
  resume(id: ProjectId, options?: ResumeOptions): Promise<ProjectView>;
  /** Stops it and keeps everything. @throws VidpipeError project.conflict when it has ended */
  cancel(id: ProjectId): Promise<ProjectView>;
  /** Joins the clips again; a boundary frame that is not given stays as before. @throws VidpipeError project.conflict, input.invalid (crossfade too long) */
  restitch(id: ProjectId, crossfadeSeconds: unknown, boundaryFrame?: BoundaryFrame): Promise<ProjectView>;
  /** How the clips would be joined and why, as rows with a head; makes nothing. @throws as restitch does */
  explainStitch(
    id: ProjectId,
    crossfadeSeconds: unknown,
    boundaryFrame?: BoundaryFrame,
  ): Promise<readonly (readonly string[])[]>;
  /** A tick at once, then one after every change, until the project is settled or the signal aborts. */
  watch(id: ProjectId, signal: AbortSignal, afterSeq?: number): AsyncIterable<WatchTick>;
  events(id: ProjectId, afterSeq: number, limit: number): Promise<readonly ProjectEvent[]>;
  /** Calls `listener` after every change that this process makes, until the returned function is called. */
  subscribe(id: ProjectId, listener: () => void): () => void;
  /** Path of the finished film. @throws VidpipeError project.conflict before it is complete */
  finalPath(id: ProjectId): Promise<string>;
  /** Copies the finished film; the destination is whole or untouched. */
  exportFinal(id: ProjectId, destination: string): Promise<void>;
  /** Checks that `exportFinal` could write there, before anything is made. @throws VidpipeError input.invalid */
  checkDestination(destination: string): Promise<void>;
  /** Takes up every project a dead process left unfinished. Returns how many. */
  recover(): Promise<number>;
  doctor(signal: AbortSignal): Promise<readonly Finding[]>;
  /** Stops starting work, lets short steps finish within the grace time, gives up the leases. */
  stop(): Promise<void>;
}

export interface ProjectServiceDeps {
  readonly world: World;
  readonly commands: Commands;
  readonly scheduler: Scheduler;
  readonly feed: ChangeFeed;
  readonly policy: Policy;
  readonly defaults: RequestDefaults;
  /** Which frames new films leave out at hard cuts; none unless given. */
  readonly boundaryFrame?: BoundaryFrame;
  /** How far projects go before somebody approves when they do not say; to the film unless given. */
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
  /** What `doctor` says of the providers' credentials. */
  readonly inspectProviders: () => readonly Finding[];
}

/** Ids shown when a prefix fits several projects. */
const shownMatches = 5;

export function createProjectService(deps: ProjectServiceDeps): ProjectService {
  const { world, scheduler, feed, policy } = deps;
  const { context, view, execute, preview, write, changed } = deps.commands;
  const { repository, leases, artifacts, clock, random, media } = world;

  async function create(input: RequestInput, options: CreateOptions = {}): Promise<ProjectView> {
    const made = options.id === undefined ? undefined : await found(options.id);
    return made ?? createNew(input, options);
  }

  const found = (id: ProjectId): Promise<ProjectView | undefined> =>
    repository.facts(id).then(
      (facts) => view(planned(facts)),
      (thrown: unknown) => {
        if (asVidpipeError(thrown).code === "project.not_found") return undefined;
        throw thrown;
      },
    );

  /** The project a request asks for, with nothing of it made. @throws VidpipeError input.invalid */
  function draft(input: RequestInput, options: CreateOptions): ProjectFacts {
    const { storyboard = null, stills = [], references = [] } = options;
    const sceneCount = storyboard?.scenes.length ?? input.sceneCount;
    const request = parseRequest({ ...input, sceneCount }, deps.defaults);
    const provider = deps.chooseProvider(options.provider);
    const models = provider.selectModels(request);
    if (storyboard !== null) checkLengths(provider, request, storyboard);
    for (const { still } of stills) checkStill(still, (storyboard?.scenes.length ?? 0) + 1);
    const nowMs = clock.now();
    const project: Project = {
      id: options.id ?? ProjectId.parse(random.id()),
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
  async function checkedDraft(input: RequestInput, options: CreateOptions): Promise<ProjectFacts> {
    const facts = draft(input, options);
    deps.requireCredentials(deps.chooseProvider(options.provider));
    const webhookUrl = options.webhookUrl ?? deps.webhookUrl ?? null;
    if (webhookUrl !== null) deps.checkWebhook?.(webhookUrl);
    await media.require(new AbortController().signal);
    await checkRoom();
    return facts;
  }

  async function createNew(input: RequestInput, options: CreateOptions): Promise<ProjectView> {
    const { project: drafted } = await checkedDraft(input, options);
    const brought = await storeUserImages(world, drafted, options, "keep");
    const webhookUrl = options.webhookUrl ?? deps.webhookUrl ?? null;
    const begun = await recordProject(world, drafted, brought, webhookUrl, context());
    const { project } = begun.facts;
    scheduler.drive(project.id, project.epoch);
    return view(begun);
  }

  /** What is still to be bought, as far as the project is to go. */
  function rest({ facts, plan: current }: PlannedFacts): Estimate {
    const { models } = facts.project;
    const provider = deps.chooseProvider(models.provider);
    return estimateRest(facts, current, (order) => provider.quote(order, models));
  }

  async function checkRoom(): Promise<void> {
    if ((await artifacts.freeBytes()) >= policy.freeFloorBytes) return;
    throw new VidpipeError("storage.full", "the disk is almost full: nothing was made; make room, then try again");
  }

  async function resolve(typed: string): Promise<ProjectId> {
    const prefix = ProjectIdPrefix.safeParse(typed);
    if (!prefix.success) throw new VidpipeError("input.invalid", prefix.error.issues[0]?.message ?? "not a project id");
    const found = await repository.findByPrefix(prefix.data, shownMatches);
    const [only] = found;
    if (only === undefined)
      throw new VidpipeError("project.not_found", `no project ${prefix.data}: 'vidpipe list' shows all of them`);
    if (found.length > 1)
      throw new VidpipeError("project.ambiguous_id", `${prefix.data} fits several projects: ${found.join(", ")}`);
    return only;
  }

  async function resumeProject(id: ProjectId, options: ResumeOptions = {}): Promise<ProjectView> {
    await media.require(new AbortController().signal);
    await reconcileSubmits(id, world, context, new AbortController().signal);
    return deps.commands.resume(id, (now, at) => resume(now, options, at));
  }

  async function finalKey(id: ProjectId): Promise<string> {
    const { final, status } = view(planned(await repository.facts(id)));
    if (final !== null && status === "complete") return final.key;
    throw new VidpipeError("project.conflict", `project ${id} is ${status}: its film is not finished`);
  }

  return {
    create,
    estimate: (input, options = {}) => rest(planned(draft(input, options))),
    choices: () => providerOptionsOf(world.providers.values(), deps.defaults),
    async admit(input, options = {}) {
      const facts = await checkedDraft(input, options);
      await storeUserImages(world, facts.project, options, "look");
      return rest(planned(facts));
    },
    async estimateResume(id, options = {}) {
      const facts = await repository.facts(id);
      return rest(preview(facts, (now, at) => resume(now, options, at)));
    },
    ledger: async (id) => (await repository.facts(id)).submits,
    resolve,
    get: async (id) => view(planned(await repository.facts(id))),
    status: (id) => repository.status(id),
    list: (filter = {}) => repository.list(filter),
    resume: resumeProject,
    async cancel(id) {
      const cancelled = await write(id, cancel);
      scheduler.abort(id);
      changed(id);
      return view(cancelled);
    },
    async restitch(id, crossfade, boundaryFrame) {
      const wanted = { crossfadeSeconds: parseCrossfade(crossfade), boundaryFrame };
      await media.require(new AbortController().signal);
      return execute(id, (facts, at) => restitch(facts, wanted, at));
    },
    async explainStitch(id, crossfade, boundaryFrame) {
      const wanted = { crossfadeSeconds: parseCrossfade(crossfade), boundaryFrame };
      const restitched = preview(await repository.facts(id), (now, at) => restitch(now, wanted, at));
      return explainStitch(restitched, world, new AbortController().signal);
    },
    watch: (id, signal, afterSeq = 0) => watch(id, afterSeq, signal, world, feed, (facts) => view(planned(facts))),
    events: (id, afterSeq, limit) => repository.events(id, afterSeq, limit),
    subscribe: (id, listener) => feed.subscribe(id, listener),
    finalPath: async (id) => artifacts.pathOf(await finalKey(id)),
    exportFinal: async (id, destination) => artifacts.export(await finalKey(id), destination),
    checkDestination: (destination) => artifacts.checkExport(destination),
    async recover() {
      await artifacts.sweep();
      const taken = await leases.acquireOrphans();
      for (const { id, epoch } of taken) scheduler.adopt(id, epoch);
      scheduler.standBy();
      return taken.length;
    },
    async doctor(signal) {
      return [
        ...(await media.inspect(signal)),
        ...(await repository.inspect()),
        diskFinding(await artifacts.freeBytes()),
        ...deps.inspectProviders(),
      ];
    },
    stop: () => scheduler.stop(),
  };
}
