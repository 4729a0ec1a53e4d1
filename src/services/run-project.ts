import type { ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { Offer } from "../domain/price.ts";
import type { ResumeOptions } from "../domain/project.ts";
import { parseCrossfade } from "../domain/request.ts";
import type { BoundaryFrame } from "../domain/transition.ts";
import type { ProjectView } from "../domain/view.ts";
import { cancel, type Restitch, restitch, resume } from "../editing/run-control.ts";
import { reconcileSubmits } from "../engine/reconcile-submits.ts";
import { explainStitch } from "../engine/steps/stitch.ts";
import { type Accepted, acceptPrice } from "../planning/acceptance.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import type { HeldKey } from "../ports/server.ts";
import type { ProjectCreationDeps } from "./create-project.ts";
import { checkSignal } from "./interrupt.ts";
import { fitOf, pricingOf } from "./pricing.ts";

const nothingChanged = "nothing was changed";

/** @throws VidpipeError input.invalid */
const restitchOf = (crossfade: unknown, boundaryFrame: BoundaryFrame | undefined): Restitch => ({
  crossfadeSeconds: parseCrossfade(crossfade),
  boundaryFrame,
});

/** Use cases that start and stop the work on projects. The key of a request is settled with what it asks for. */
export function createProjectRuns({
  world,
  commands,
  scheduler,
  policy,
  maxCostUsd: settingUsd,
}: Pick<ProjectCreationDeps, "world" | "commands" | "scheduler" | "policy" | "maxCostUsd">) {
  const { repository, leases, artifacts, media } = world;

  /** What `resume` changes, with the price that it accepts. */
  function resumed(facts: ProjectFacts, options: ResumeOptions, context: DecisionContext): Accepted {
    const decided = resume(facts, options, context, fitOf(facts, options.model, world));
    const limits = { givenUsd: options.maxCostUsd, shownUsd: options.shownUsd, settingUsd };
    return acceptPrice(facts, decided, "the film", limits, pricingOf(facts, world, policy));
  }

  return {
    /**
     * Goes on where the project stopped, and accepts the price of what is left: inside a price that was accepted before
     * the cap stays. @throws VidpipeError project.conflict when there is nothing to resume
     */
    async resume(id: ProjectId, options: ResumeOptions, signal: AbortSignal, key?: HeldKey): Promise<ProjectView> {
      await commands.drivable(id);
      await media.require(signal);
      await reconcileSubmits(id, world, commands.context, signal);
      checkSignal(signal, nothingChanged);
      return commands.accept((take) =>
        commands.resume(
          id,
          take((now, context) => resumed(now, options, context)),
          key,
        ),
      );
    },
    /** What `resume` with these options would still buy, and the cap it would set. @throws VidpipeError as resume does */
    async estimateResume(id: ProjectId, options: ResumeOptions = {}): Promise<Offer> {
      const decide = (now: ProjectFacts, context: DecisionContext) => resumed(now, options, context);
      return commands.answer(await commands.drivable(id), decide).offer;
    },
    /** Stops it and keeps everything. @throws VidpipeError project.conflict when it has ended */
    async cancel(id: ProjectId): Promise<ProjectView> {
      const cancelled = await commands.write(id, cancel);
      scheduler.abort(id);
      commands.changed(id);
      return commands.view(cancelled);
    },
    /**
     * Joins the clips again; a boundary frame that is not given stays as before.
     * @throws VidpipeError project.conflict, input.invalid (crossfade too long)
     */
    async restitch(
      id: ProjectId,
      crossfadeSeconds: unknown,
      boundaryFrame: BoundaryFrame | undefined,
      signal: AbortSignal,
      key?: HeldKey,
    ): Promise<ProjectView> {
      const wanted = restitchOf(crossfadeSeconds, boundaryFrame);
      await media.require(signal);
      checkSignal(signal, nothingChanged);
      return commands.execute(id, (now, context) => restitch(now, wanted, context), key);
    },
    /** How the clips would be joined and why, as rows with a head; makes nothing. @throws as restitch does */
    async explainStitch(
      id: ProjectId,
      crossfadeSeconds: unknown,
      boundaryFrame: BoundaryFrame | undefined,
      signal: AbortSignal,
    ): Promise<readonly (readonly string[])[]> {
      const wanted = restitchOf(crossfadeSeconds, boundaryFrame);
      const facts = await repository.facts(id);
      const restitched = commands.preview(facts, (now, context) => restitch(now, wanted, context));
      return explainStitch(restitched, world, signal);
    },
    /** Acquires every project that a dead process left unfinished, now and from now on. Returns how many there are now. */
    async recover(signal: AbortSignal): Promise<number> {
      await artifacts.sweep();
      checkSignal(signal, nothingChanged);
      // Where some may not be driven, those that may are found one by one.
      const acquired = policy.refusal === null ? await leases.acquireOrphans() : [];
      for (const { id, epoch } of acquired) scheduler.adopt(id, epoch);
      scheduler.standBy();
      return acquired.length;
    },
    /** Stops starting work, lets short steps finish within the grace time, releases the leases. */
    stop: () => scheduler.stop(),
  };
}
