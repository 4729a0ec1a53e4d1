/** The outside world on one page. Adapters live behind these; app.ts builds them, everyone else receives them. */
import type { Revision } from "./domain/direction.ts";
import type { Change, ProjectEvent, ProjectFacts } from "./domain/facts.ts";
import type { ProjectId, ProjectIdPrefix } from "./domain/ids.ts";
import type { AspectRatio, CameraMove, FrameSize, MediaInfo, StillType, StitchReport } from "./domain/media.ts";
import type { Quote } from "./domain/money.ts";
import type { Casting, Project, ProjectRequest } from "./domain/project.ts";
import type { ProjectRecord } from "./domain/record.ts";
import type { Artifact, ClipOrder, KeyframeOrder, ShotNote, Step, StepOrder, StoryboardOrder } from "./domain/step.ts";
import type { Storyboard } from "./domain/storyboard.ts";
import type { Transition } from "./domain/transition.ts";
import type { ArtifactStore, FileSlot, IncomingFile, StoredFile, StoredPiece } from "./file-ports.ts";
import type { Chance, Clock, Log, Owner } from "./machine-ports.ts";
import type { Backup, Bin, Figures, KeyBook, ListFilter, Outbox, ProjectListItem, Standing } from "./server-ports.ts";

export type {
  ArtifactStore,
  Chance,
  Clock,
  FileSlot,
  IncomingFile,
  Log,
  Owner,
  ProjectListItem,
  StoredFile,
  StoredPiece,
};

/** A still as it came from a provider. */
export interface StillImage {
  readonly bytes: Uint8Array;
  readonly mediaType: StillType;
}

/** A storyboard, and how many paid calls it took. */
export interface StoryboardAnswer {
  readonly storyboard: Storyboard;
  readonly calls: number;
}

/** What a provider says of its long-running job. */
export type ClipCheck =
  | { readonly kind: "running" }
  /** Finished: `save` writes the whole clip to a path, and may be called again after a failure. */
  | { readonly kind: "ready"; readonly save: (path: string, signal: AbortSignal) => Promise<void> }
  /** The safety filter said no; `charged` is false only where the provider says so. */
  | { readonly kind: "refused"; readonly reason: string; readonly charged: boolean }
  /** The job ended without a clip and will never have one. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryable: boolean; readonly charged: boolean };

/** A service that makes storyboards, stills and clips. Failures are VidpipeError with a `provider.*` code. */
export interface ModelProvider {
  readonly name: string;
  /** True when everything happens on this machine and costs nothing. */
  readonly local: boolean;
  /**
   * Checks a request against the models and freezes which ones the project uses.
   * @throws VidpipeError input.invalid naming what is allowed, provider.model_unavailable naming a successor
   */
  cast(request: ProjectRequest): Casting;
  /** The price of one call for this order; undefined when it is free. Pure. */
  quote(order: StepOrder, casting: Casting): Quote | undefined;
  /** May ask the model several times, up to the quoted quantity; failures carry `facts.calls` too. */
  writeStoryboard(order: StoryboardOrder, casting: Casting, signal: AbortSignal): Promise<StoryboardAnswer>;
  /** `references` in the order of the order's. @throws VidpipeError provider.refused when the safety filter said no */
  drawKeyframe(
    order: KeyframeOrder,
    casting: Casting,
    previous: StillImage | null,
    signal: AbortSignal,
    references?: readonly StillImage[],
  ): Promise<StillImage>;
  /** Paid; `submitId` marks it on the service's side where that is possible. Returns the operation's name at once; commit it before the first check. Sends once, never again by itself. */
  startClip(
    order: ClipOrder,
    casting: Casting,
    stills: { readonly start: StillImage; readonly end: StillImage },
    signal: AbortSignal,
    submitId: string | null,
  ): Promise<string>;
  /**
   * Looks whether a submit whose answer was lost made its clip after all. Free. Gives an operation name for
   * `checkClip`, or null when there is nothing (yet). Absent where the service has no place to look.
   */
  recoverClip?(submitId: string, order: ClipOrder, casting: Casting, signal: AbortSignal): Promise<string | null>;
  /** Free, any number of times, from any process. */
  checkClip(
    operationName: string,
    order: ClipOrder,
    casting: Casting,
    stills: { readonly startPath: string; readonly endPath: string },
    signal: AbortSignal,
  ): Promise<ClipCheck>;
}

/** Two stills and the camera between them, for a clip made on this machine. */
export interface ShotOrder {
  readonly startPath: string;
  readonly endPath: string;
  readonly size: FrameSize;
  readonly move: CameraMove;
  readonly durationSeconds: number;
  /** Picks the sound bed; same seed, same bytes. */
  readonly seed: number;
  /** Lower-third caption drawn over the moving picture: a PNG of the frame's size with transparency; null for none. */
  readonly captionPath: string | null;
}

/** Letters the lower third of a scene in an animatic. */
export interface Captions {
  /** A PNG of the frame's size, transparent above the strip, and the camera move that the scene's words name. */
  draw(note: ShotNote, size: FrameSize): Promise<{ readonly png: Uint8Array; readonly move: CameraMove }>;
}

/** What becomes of a clip's last frame at a hard cut; `drop_if_free` leaves it out unless something must be encoded for it. */
export type LastFrame = "keep" | "drop_if_free" | "drop";

export interface StitchRequest {
  readonly clips: readonly string[];
  /** What each clip was when it was stored, i.e. decoded in full: the copied rest of it need not be decoded again. */
  readonly storedSha256?: readonly string[];
  readonly crossfadeSeconds: number;
  /** One for each join, instead of the crossfade. */
  readonly transitions?: readonly Transition[] | undefined;
  /** What becomes of the last frame before each join that is a hard cut; kept unless given. */
  readonly lastFrames?: readonly LastFrame[] | undefined;
  /** Written into the film as its title. */
  readonly title?: string;
}

/** One picture: a still, or a frame of a clip. */
export interface Shown {
  readonly path: string;
  readonly frame: "still" | "first" | "last";
}

/** One line of `vidpipe doctor`. */
export interface Finding {
  readonly topic: string;
  readonly level: "ok" | "warn" | "fail";
  readonly message: string;
  /** What to do about it; null when ok. */
  readonly fix: string | null;
}

/** ffmpeg on this machine. Failures are VidpipeError with a `media.*` code. */
export interface MediaTool {
  /** Checks ffmpeg and ffprobe: present, version, filters, encoders. Never throws for a bad one: it is a finding. */
  inspect(signal: AbortSignal): Promise<readonly Finding[]>;
  /** @throws VidpipeError media.ffmpeg_missing or media.ffmpeg_unfit when films cannot be made here */
  require(signal: AbortSignal): Promise<void>;
  /** Measures a file and decodes all of it. @throws VidpipeError media.invalid when any of it is broken */
  verify(path: string, signal: AbortSignal): Promise<MediaInfo>;
  /** Checks that a still decodes and has about the aspect ratio; null: any. @throws VidpipeError media.invalid */
  verifyStill(path: string, aspectRatio: AspectRatio | null, signal: AbortSignal): Promise<FrameSize>;
  /** How alike two pictures are, 0..1, by structure (SSIM) at a small size; 1 is the same. @throws VidpipeError media.invalid */
  similarity(one: Shown, other: Shown, signal: AbortSignal): Promise<number>;
  /** Films a camera move from one still to the next: H.264 24 fps yuv420p with stereo AAC 48 kHz. */
  renderShot(order: ShotOrder, output: string, signal: AbortSignal): Promise<void>;
  /** How clips would be joined and why, as rows of text with a head: nothing is made. */
  explain(request: StitchRequest, signal: AbortSignal): Promise<readonly (readonly string[])[]>;
  /** Joins clips into `output`, verified before it returns; storing it makes it durable. @throws VidpipeError media.*, input.invalid, storage.damaged */
  stitch(
    request: StitchRequest,
    output: string,
    onProgress: (fraction: number) => void,
    signal: AbortSignal,
  ): Promise<StitchReport>;
}

/** A due step with what the scheduler needs to choose. */
export type DueStep = Pick<Step, "id" | "projectId" | "kind" | "position" | "status" | "dueAtMs"> & {
  /** Concurrency lane: provider, model and kind. */
  readonly lane: string;
};

/**
 * What is recorded. Every method is exactly one transaction. `sinceBootMs` is the clock's `sinceBoot`.
 * Failures are VidpipeError with a `storage.*` or `project.*` code.
 */
export interface Repository {
  /** Writes a new project, its first steps and the files brought with it, owned by `owner`. `webhookUrl` is told whenever it settles. */
  create(
    project: Project,
    steps: readonly Step[],
    owner: string,
    webhookUrl?: string | null,
    artifacts?: readonly Artifact[],
  ): Promise<void>;
  /**
   * Writes a whole project that was made elsewhere, driven by nobody and told to no webhook.
   * @throws VidpipeError project.conflict when it, or any of its rows, is recorded already, in the bin too
   */
  admit(record: ProjectRecord): Promise<void>;
  /** @throws VidpipeError project.not_found */
  facts(id: ProjectId): Promise<ProjectFacts>;
  /** How a project stands, without what it is made of: cheap enough to be asked all the time. */
  standing(id: ProjectId): Promise<Standing>;
  /** At most `limit` ids that start with the prefix. */
  findByPrefix(prefix: ProjectIdPrefix, limit: number): Promise<readonly ProjectId[]>;
  /** Newest first. */
  list(filter: ListFilter): Promise<readonly ProjectListItem[]>;
  /**
   * Reads the facts, asks `decide` (pure, synchronous) for changes and writes them with their events.
   * `fence` names the epoch the caller owns: another one stops it with run.lease_lost.
   * Returns the facts as written.
   */
  change(
    id: ProjectId,
    fence: { readonly epoch: number } | null,
    decide: (facts: ProjectFacts) => readonly Change[],
  ): Promise<ProjectFacts>;
  /**
   * Gives `act` what is recorded of a project, null when nothing is, while nobody can write anything anywhere: it must
   * be quick. It is not called for a project in the bin. Returns what it returned.
   */
  standstill<T>(id: ProjectId, act: (facts: ProjectFacts | null) => T): Promise<T | undefined>;
  /** Steps of `owner`'s projects that are due, and those now under way (running or waiting), per lane. */
  work(owner: string, nowMs: number): Promise<Work>;
  /** Makes `owner` the driver of a project nobody live drives. Returns the new epoch, or undefined when it has one. */
  acquire(
    id: ProjectId,
    owner: string,
    isLive: (owner: string) => boolean,
    sinceBootMs: number,
  ): Promise<number | undefined>;
  /** Makes `owner` the driver of every unsettled project that no live owner drives, at one stroke; oldest first. */
  acquireOrphans(
    owner: string,
    isLive: (owner: string) => boolean,
    sinceBootMs: number,
  ): Promise<readonly { readonly id: ProjectId; readonly epoch: number }[]>;
  /** Gives up every project of `owner` (or one), so that others may take it at once. */
  release(owner: string, id?: ProjectId): Promise<void>;
  /** Says that `owner` is alive. Returns the projects it still owns. */
  renew(owner: string, sinceBootMs: number): Promise<readonly ProjectId[]>;
  /** Who drives a project, if anyone. */
  driver(id: ProjectId): Promise<string | null>;
  /** Unsettled projects that no live owner drives. */
  orphans(isLive: (owner: string) => boolean, sinceBootMs: number): Promise<readonly ProjectId[]>;
  events(id: ProjectId, afterSeq: number, limit: number): Promise<readonly ProjectEvent[]>;
  /** How a project was directed, oldest first: as it was made, then every change. */
  revisions(id: ProjectId): Promise<readonly Revision[]>;
  /** How many projects there are in each status. */
  countProjects(): Promise<Figures["projects"]>;
  /** Counts and sums over everything, for monitoring. */
  figures(): Promise<Figures>;
  /** Integrity and schema, for `doctor`. */
  inspect(): Promise<readonly Finding[]>;
  /**
   * Copies everything recorded to a file, as it is at one moment; nobody drives a project in the copy.
   * The file is whole or untouched; what a backup that died left beside it is removed, `owner` says who lives.
   * @throws VidpipeError input.invalid when one is there and `replace` is false
   */
  backUp(destination: string, options: { readonly replace: boolean; readonly owner: Owner }): Promise<Backup>;
  readonly bin: Bin;
  readonly keys: KeyBook;
  readonly outbox: Outbox;
  close(): void;
}

export interface Work {
  readonly due: readonly DueStep[];
  /** Steps under way: running, or waiting for an operation. */
  readonly active: readonly DueStep[];
  /** Earliest due time after now, epoch ms; null when nothing waits for a time. */
  readonly nextDueAtMs: number | null;
}

/** Everything the core needs, as one argument. */
export interface World {
  readonly providers: ReadonlyMap<string, ModelProvider>;
  readonly media: MediaTool;
  readonly captions: Captions;
  readonly artifacts: ArtifactStore;
  readonly repository: Repository;
  readonly clock: Clock;
  readonly owner: Owner;
  readonly chance: Chance;
  readonly log: Log;
}
