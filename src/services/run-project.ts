import type { ProjectId } from "../domain/ids.ts";
import type { Estimate } from "../domain/money.ts";
import type { ResumeOptions } from "../domain/project.ts";
import { parseCrossfade } from "../domain/request.ts";
import type { BoundaryFrame } from "../domain/transition.ts";
import type { ProjectView } from "../domain/view.ts";
import { cancel, type Restitch, restitch, resume } from "../editing/run-control.ts";
import { reconcileSubmits } from "../engine/reconcile-submits.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import { explainStitch } from "../engine/steps/stitch.ts";
import type { World } from "../ports/world.ts";
import type { Commands } from "./commands.ts";
import { restOf } from "./create-project.ts";
import { checkSignal } from "./interrupt.ts";

/** Use cases that start and stop the work on projects. */
export interface ProjectRuns {
  /** Goes on where the project stopped. @throws VidpipeError project.conflict when there is nothing to resume */
  resume(id: ProjectId, options: ResumeOptions, signal: AbortSignal): Promise<ProjectView>;
  /** What `resume` with these options would still buy. @throws VidpipeError as resume does */
  estimateResume(id: ProjectId, options?: ResumeOptions): Promise<Estimate>;
  /** Stops it and keeps everything. @throws VidpipeError project.conflict when it has ended */
  cancel(id: ProjectId): Promise<ProjectView>;
  /**
   * Joins the clips again; a boundary frame that is not given stays as before.
   * @throws VidpipeError project.conflict, input.invalid (crossfade too long)
   */
  restitch(
    id: ProjectId,
    crossfadeSeconds: unknown,
    boundaryFrame: BoundaryFrame | undefined,
    signal: AbortSignal,
  ): Promise<ProjectView>;
  /** How the clips would be joined and why, as rows with a head; makes nothing. @throws as restitch does */
  explainStitch(
    id: ProjectId,
    crossfadeSeconds: unknown,
    boundaryFrame: BoundaryFrame | undefined,
    signal: AbortSignal,
  ): Promise<readonly (readonly string[])[]>;
  /** Acquires every project that a dead process left unfinished, now and from now on. Returns how many there are now. */
  recover(signal: AbortSignal): Promise<number>;
  /** Stops starting work, lets short steps finish within the grace time, releases the leases. */
  stop(): Promise<void>;
}

const nothingChanged = "nothing was changed";

export interface ProjectRunsDeps {
  readonly world: World;
  readonly commands: Commands;
  readonly scheduler: Scheduler;
}

export function createProjectRuns({ world, commands, scheduler }: ProjectRunsDeps): ProjectRuns {
  const { repository, leases, artifacts, media } = world;

  /** @throws VidpipeError input.invalid */
  const restitchOf = (crossfade: unknown, boundaryFrame: BoundaryFrame | undefined): Restitch => ({
    crossfadeSeconds: parseCrossfade(crossfade),
    boundaryFrame,
  });

  return {
    async resume(id, options, signal) {
      await media.require(signal);
      await reconcileSubmits(id, world, commands.context, signal);
      checkSignal(signal, nothingChanged);
      return commands.resume(id, (now, context) => resume(now, options, context));
    },
    async estimateResume(id, options = {}) {
      const facts = await repository.facts(id);
      const resumed = commands.preview(facts, (now, context) => resume(now, options, context));
      return restOf(resumed, world);
    },
    async cancel(id) {
      const cancelled = await commands.write(id, cancel);
      scheduler.abort(id);
      commands.changed(id);
      return commands.view(cancelled);
    },
    async restitch(id, crossfade, boundaryFrame, signal) {
      const wanted = restitchOf(crossfade, boundaryFrame);
      await media.require(signal);
      checkSignal(signal, nothingChanged);
      return commands.execute(id, (now, context) => restitch(now, wanted, context));
    },
    async explainStitch(id, crossfade, boundaryFrame, signal) {
      const wanted = restitchOf(crossfade, boundaryFrame);
      const facts = await repository.facts(id);
      const restitched = commands.preview(facts, (now, context) => restitch(now, wanted, context));
      return explainStitch(restitched, world, signal);
    },
    async recover(signal) {
      await artifacts.sweep();
      checkSignal(signal, nothingChanged);
      const acquired = await leases.acquireOrphans();
      for (const { id, epoch } of acquired) scheduler.adopt(id, epoch);
      scheduler.standBy();
      return acquired.length;
    },
    stop: () => scheduler.stop(),
  };
}
