import type { ProjectId } from "../domain/ids.ts";
import type { Repository } from "./repository.ts";
import type { OwnProcess } from "./runtime.ts";

/** A project that this process drives from now on. */
export interface Lease {
  readonly id: ProjectId;
  /** The project's fencing token: what is written under an older one is refused with run.lease_lost. */
  readonly epoch: number;
}

/**
 * Which process drives a project: at most one, by a lease that it renews while it lives. The adapter belongs to one
 * process and reads the clock itself. Every method is one transaction. Failures are VidpipeError with a `storage.*` or
 * `project.*` code.
 */
export interface Leases {
  /**
   * Acquires a project's lease for this process unless a live process holds it. Returns the epoch, or undefined where
   * it is held. A process that exists but has been silent for longer than its lease holds it until it was found silent
   * for 10 s: ask again. A lease that this process has already keeps its epoch. @throws VidpipeError project.not_found
   */
  acquire(id: ProjectId): Promise<number | undefined>;
  /** Acquires every unsettled project without a live driver, in one transaction; oldest first. */
  acquireOrphans(): Promise<readonly Lease[]>;
  /** Gives up every lease of this process (or one), so that other processes may acquire it at once. */
  release(id?: ProjectId): Promise<void>;
  /** Records that this process is alive. Returns the projects it still drives. */
  renew(): Promise<readonly ProjectId[]>;
  /** The process that drives a project, dead or alive; null when it has none. @throws VidpipeError project.not_found */
  driver(id: ProjectId): Promise<string | null>;
  /** Unsettled projects without a live driver, oldest first. */
  orphans(): Promise<readonly ProjectId[]>;
}

/** One database: what is recorded, and the leases on it. */
export interface ProjectDatabase extends Repository {
  /** The leases as the process `owner` sees them, by its clock. */
  leasesOf(process: OwnProcess): Leases;
}
