import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { Price } from "../domain/price.ts";
import type { ResumeOptions } from "../domain/project.ts";
import type { Step } from "../domain/step.ts";
import type { ProjectView } from "../domain/view.ts";
import { resume } from "../editing/run-control.ts";
import type { ChangeFeed } from "../engine/change-feed.ts";
import type { Policy } from "../engine/policy.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { Accepted } from "../planning/acceptance.ts";
import { type Decided, type DecisionContext, unchanged } from "../planning/consequences.ts";
import { type PlannedFacts, planned } from "../planning/plan.ts";
import { priceOf } from "../planning/price.ts";
import { viewOf } from "../planning/project-view.ts";
import type { HeldKey } from "../ports/server.ts";
import type { World } from "../ports/world.ts";
import { fitOf, modelsInstead, pricingOf } from "./pricing.ts";

/** What a user's command changes; pure. No changes: nothing is to be done. */
export type Decision = (facts: ProjectFacts, context: DecisionContext) => Decided;

/** A decision that accepts a price. */
export type Acceptance = (facts: ProjectFacts, context: DecisionContext) => Accepted;

/** A function that is asked once for each argument, as JSON tells them apart. */
function remembered<Asked, Told>(ask: (asked: Asked) => Told): (asked: Asked) => Told {
  const known = new Map<string, { readonly told: Told }>();
  return (asked) => {
    const key = JSON.stringify(asked);
    const { told } = known.get(key) ?? { told: ask(asked) };
    known.set(key, { told });
    return told;
  };
}

/** Statuses in which nothing is to be bought. */
const ENDED: readonly ProjectView["status"][] = ["complete", "failed", "cancelled"];

/** How a user's command reaches a project and the process that drives it. */
export type Commands = ReturnType<typeof createCommands>;

export function createCommands(
  world: Pick<World, "repository" | "leases" | "artifacts" | "clock" | "random" | "providers">,
  scheduler: Scheduler,
  feed: ChangeFeed,
  { onAmbiguous, refusal }: Pick<Policy, "onAmbiguous" | "refusal">,
  seamThreshold = 0,
) {
  const { repository, leases, artifacts, clock, random } = world;
  const context = (): DecisionContext => ({ nowMs: clock.now(), id: () => random.id() });

  /** What people see of a project. */
  const view = ({ facts, plan }: PlannedFacts): ProjectView =>
    unlessRefused(
      viewOf(facts, plan, artifacts.pathOf, scheduler.progressOf, seamThreshold, {
        ofPiece: (step) => nextCallUsd(facts, step),
        // Many pieces may wait for the same.
        ofWay: remembered((choice) => resumedUsd(facts, choice)),
        modelsFor: remembered((kind) => modelsInstead(facts, kind, world)),
      }),
    );

  /** A view that says so where the film cannot go on here, whatever else it waits for. */
  function unlessRefused(shown: ProjectView): ProjectView {
    const refused = refusal?.(shown.models.provider);
    if (!refused || ENDED.includes(shown.status)) return shown;
    const { waiting, ...resting } = shown;
    return {
      ...resting,
      waits: [{ reason: "not_adopted", message: refused.message, usd: null, ways: [] }, ...shown.waits],
    };
  }

  /** What buying a step's piece once more costs today; null where its provider or the price is not known. */
  function nextCallUsd({ project: { models } }: ProjectFacts, { order, failure }: Step): number | null {
    const complaint = failure?.code === "provider.truncated" ? { words: failure.message, truncated: true } : null;
    try {
      const provider = world.providers.get(models.provider);
      return provider === undefined ? null : (provider.quote(order, models, complaint)?.usd ?? 0);
    } catch {
      return null; // a view is shown whatever the prices are; who buys is told
    }
  }

  /** The most that going on with these options can cost today; null where that is not known, or not possible. */
  function resumedUsd(facts: ProjectFacts, choice: ResumeOptions): number | null {
    try {
      const now = resume(facts, choice, context(), fitOf(facts, choice.model, world));
      return priceOf(now, pricingOf(now.facts, world, { onAmbiguous })).mostUsd;
    } catch {
      return null; // as above
    }
  }

  /** Takes a project over when no live process drives it and this one may; true when this process drives it now. */
  async function drive(id: ProjectId): Promise<boolean> {
    if (!(await scheduler.mayDrive(id))) return false;
    const epoch = await leases.acquire(id);
    if (epoch === undefined) {
      scheduler.standBy(id);
      return false;
    }
    await scheduler.acquire(id, epoch);
    return true;
  }

  /** Tells the scheduler and everybody who watches that a project changed. */
  function changed(id: ProjectId): void {
    scheduler.wake();
    feed.publish(id);
  }

  /**
   * Writes a decision down and nothing else. Returns the facts as they are now. Times may differ a little between what
   * was decided and what was written; no plan depends on them. The key of the request is settled with it.
   * @throws VidpipeError run.lease_lost when the key cannot be settled
   */
  async function write(id: ProjectId, decide: Decision, key?: HeldKey): Promise<PlannedFacts> {
    let decided: Decided | undefined;
    const facts = await repository.change(
      id,
      null,
      (now) => {
        decided = decide(now, context());
        return decided.changes;
      },
      key,
    );
    return decided === undefined ? planned(facts) : { facts, plan: decided.plan };
  }

  /** The failure of a command that answers open questions, with the ways on where it is refused. */
  function withWays(thrown: unknown, facts: ProjectFacts): unknown {
    const { code, message, field, facts: told } = asVidpipeError(thrown);
    if (code !== "project.conflict") return thrown;
    const ways = view(planned(facts)).waits.flatMap((wait) => wait.ways);
    const distinct = [...new Map(ways.map((way) => [way.command, way])).values()];
    return new VidpipeError(code, message, { facts: told, ...(field !== undefined && { field }), ways: distinct });
  }

  /** Decides about open questions. @throws VidpipeError with the ways on where that is refused */
  function answer<D extends Decided>(facts: ProjectFacts, decide: (now: ProjectFacts, given: DecisionContext) => D): D {
    try {
      return decide(facts, context());
    } catch (thrown) {
      throw withWays(thrown, facts);
    }
  }

  /** What is recorded of a project that this process may drive. @throws VidpipeError storage.not_adopted, project.not_found */
  async function drivable(id: ProjectId): Promise<ProjectFacts> {
    const facts = await repository.facts(id);
    scheduler.requireDrivable(facts.project.models.provider);
    return facts;
  }

  return {
    answer,
    /** Carries out a command that accepts a price; the view says which one was written. */
    async accept(run: (take: (decide: Acceptance) => Decision) => Promise<ProjectView>): Promise<ProjectView> {
      let price: Price | undefined;
      const view = await run((decide) => (facts, context) => {
        price = undefined;
        const accepted = decide(facts, context);
        price = accepted.offer.price;
        return accepted;
      });
      return price === undefined ? view : { ...view, accepted: price };
    },
    context,
    view,
    drivable,
    drive,
    changed,
    write,
    /** The facts as a decision would leave them; writes nothing. */
    preview: (facts: ProjectFacts, decide: Decision): PlannedFacts => decide(facts, context()),
    /**
     * Refuses what the decision refuses before anything is touched, then writes it down and drives the project.
     * Written first: an edit cancels queued steps, and a driver that came before it would begin them.
     */
    async execute(id: ProjectId, decide: Decision, key?: HeldKey): Promise<ProjectView> {
      const before = decide(await drivable(id), context());
      if (before.changes.length === 0 && key === undefined) return view(before);
      const now = await write(id, decide, key);
      await drive(id);
      changed(id);
      return view(now);
    },
    /**
     * The same for a command that answers the open questions of a project. Driven first: what a dead process left
     * running becomes one of these questions only when a new driver recovers it, and the command is to answer that too.
     * Where it does not, nobody gave a wrong command: the project is shown with its question.
     */
    async resume(id: ProjectId, decide: Decision, key?: HeldKey): Promise<ProjectView> {
      answer(await drivable(id), decide);
      await drive(id);
      const now = await write(id, decide, key).catch((thrown: unknown) => {
        if (asVidpipeError(thrown).code !== "project.conflict") throw thrown;
        return write(id, (facts) => unchanged(facts), key);
      });
      changed(id);
      return view(now);
    },
  };
}
