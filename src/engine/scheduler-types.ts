import type { ProjectId, StepId } from "../domain/ids.ts";

/** Runs the due steps of the projects this process drives. */
export interface Scheduler {
  /** Starts looking after a new project that this process owns under this epoch. */
  drive(id: ProjectId, epoch: number): void;
  /**
   * Looks after a project that this process has just acquired: puts right what its last driver left running, then
   * drives it. When the database fails meanwhile that is tried again; the project is never owned and left alone.
   */
  acquire(id: ProjectId, epoch: number): Promise<void>;
  /** The same, in the background: what is left running is put right in turn. */
  adopt(id: ProjectId, epoch: number): void;
  /** Takes a project over as soon as the process that drives it is gone; without an id every such project. */
  standBy(id?: ProjectId): void;
  /** Stops the project's running steps; what they were is written down by them. */
  abort(id: ProjectId): void;
  /** Looks for due work now. */
  wake(): void;
  /** How far a running step is, 0..1, where it says so. */
  progressOf(stepId: StepId): number | undefined;
  /** Lanes that a model asked to slow down. */
  slowLanes(): readonly string[];
  /** Starts nothing more, lets paid calls answer within the grace time, gives up the leases. */
  stop(): Promise<void>;
}
