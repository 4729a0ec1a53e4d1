import type { Revision } from "../domain/direction.ts";
import type { Change, ProjectEvent, ProjectFacts } from "../domain/facts.ts";
import type { ProjectId, ProjectIdPrefix } from "../domain/ids.ts";
import type { Project } from "../domain/project.ts";
import type { ProjectRecord } from "../domain/project-record.ts";
import type { Artifact, Step } from "../domain/step.ts";
import type { Finding } from "./media.ts";
import type { ProcessIdentity } from "./runtime.ts";
import type {
  Backup,
  FilmChange,
  HeldKey,
  IdempotencyStore,
  ListFilter,
  Metrics,
  Outbox,
  ProjectHead,
  ProjectListItem,
  Search,
  SearchPage,
  StatusRow,
  Trash,
} from "./server.ts";

/** The topic of the finding about what is kept beside the rows. */
export const COUNTS = "counts and search";

/** A due step with what the scheduler needs to select work. */
export type DueStep = Pick<Step, "id" | "projectId" | "kind" | "position" | "status" | "dueAtMs"> & {
  /** Concurrency lane: provider, model and kind. */
  readonly lane: string;
};

/**
 * What is recorded. Every method is exactly one transaction; who drives a project is in `Leases`.
 * Failures are VidpipeError with a `storage.*` or `project.*` code.
 */
export interface Repository {
  /**
   * Writes a new project, its first steps and the files given with it, driven by `owner`. `webhookUrl` gets a message
   * whenever it settles. `key` is settled with it. @throws VidpipeError run.lease_lost when the key cannot be
   */
  create(
    project: Project,
    steps: readonly Step[],
    owner: string,
    webhookUrl?: string | null,
    artifacts?: readonly Artifact[],
    key?: HeldKey,
  ): Promise<void>;
  /**
   * Writes a whole project that was made elsewhere, without a driver and without a webhook.
   * @throws VidpipeError project.conflict when it, or any of its rows, is recorded already, also in the trash
   */
  admit(record: ProjectRecord): Promise<void>;
  /** @throws VidpipeError project.not_found */
  facts(id: ProjectId): Promise<ProjectFacts>;
  /** A project's cached status: cheap enough to be read all the time. @throws VidpipeError project.not_found */
  status(id: ProjectId): Promise<StatusRow>;
  /** At most `limit` ids that start with the prefix. */
  findByPrefix(prefix: ProjectIdPrefix, limit: number): Promise<readonly ProjectId[]>;
  /** Newest first. Without a limit all of them: then use `heads` with one, in slices. */
  list(filter: ListFilter): Promise<readonly ProjectListItem[]>;
  /** The same with less about each. */
  heads(filter: ListFilter): Promise<readonly ProjectHead[]>;
  /** The films whose words fit a text; several short transactions. */
  search(search: Search): Promise<SearchPage>;
  /** The number of the newest change of the list; 0 when nothing ever was in it. Cheap enough to be asked all the time. */
  lastChange(): Promise<number>;
  /** Projects of the list that changed after a change, in the order of their newest changes. */
  changes(after: number, limit: number): Promise<readonly FilmChange[]>;
  /**
   * Reads the facts, asks `decide` (pure, synchronous) for changes and writes them with their events.
   * `fence` names the epoch of the caller's lease: under another one nothing is written. `key` is settled with them, also
   * where nothing changes. @throws VidpipeError run.lease_lost under another epoch, or when the key cannot be settled
   * Returns the facts as written.
   */
  change(
    id: ProjectId,
    fence: { readonly epoch: number } | null,
    decide: (facts: ProjectFacts) => readonly Change[],
    key?: HeldKey,
  ): Promise<ProjectFacts>;
  /**
   * Calls `act` with what is recorded of a project, null when nothing is, while no process can write to the database: it
   * must be quick. It is not called for a project in the trash. Returns what it returned.
   */
  standstill<T>(id: ProjectId, act: (facts: ProjectFacts | null) => T): Promise<T | undefined>;
  /** Steps of `owner`'s projects that are due, and those now under way (running or waiting), per lane. */
  work(owner: string, nowMs: number): Promise<Work>;
  events(id: ProjectId, afterSeq: number, limit: number): Promise<readonly ProjectEvent[]>;
  /** Every revision of a project, oldest first; the first is how it was made. */
  revisions(id: ProjectId): Promise<readonly Revision[]>;
  /** How many projects there are in each status; cheap. */
  countProjects(): Promise<Metrics["projects"]>;
  /** Counts and sums over everything, for monitoring. */
  metrics(): Promise<Metrics>;
  /** Integrity and schema, for `doctor`; walks over everything. */
  inspect(): Promise<readonly Finding[]>;
  /** Counts anew what is kept beside the rows for lists, searches and metrics; walks over everything. */
  recount(): Promise<void>;
  /** When everything was last read and found whole, epoch ms; null when that is not known. */
  checkedAtMs(): Promise<number | null>;
  /**
   * Reads everything in the background, while the event loop goes on. Returns what is damaged, in a few words; null when
   * nothing is. @throws VidpipeError storage.io, run.interrupted
   */
  check(signal: AbortSignal): Promise<string | null>;
  /**
   * Copies everything recorded to a file, as of one transaction; projects in the copy have no driver.
   * The file is whole or untouched; what a dead backup left beside it is removed, `owner` tells which processes live.
   * @throws VidpipeError input.invalid when one is there and `replace` is false
   */
  backUp(destination: string, options: { readonly replace: boolean; readonly owner: ProcessIdentity }): Promise<Backup>;
  readonly trash: Trash;
  readonly keys: IdempotencyStore;
  readonly outbox: Outbox;
  close(): void;
}

/** The steps of one owner's projects that are due or under way. */
export interface Work {
  readonly due: readonly DueStep[];
  /** Steps under way: running, or waiting for an operation. */
  readonly active: readonly DueStep[];
  /** Earliest due time after now, epoch ms; null when nothing waits for a time. */
  readonly nextDueAtMs: number | null;
}
