import type { ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { ProjectView } from "../domain/view.ts";
import type { ChangeFeed } from "../engine/change-feed.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { Decided, DecisionContext } from "../planning/consequences.ts";
import { type PlannedFacts, planned } from "../planning/plan.ts";
import { viewOf } from "../planning/project-view.ts";
import type { World } from "../ports/world.ts";

/** What a user's command changes; pure. No changes: nothing is to be done. */
export type Decision = (facts: ProjectFacts, context: DecisionContext) => Decided;

/** How a user's command reaches a project and the process that drives it. */
export type Commands = ReturnType<typeof createCommands>;

export function createCommands(
  world: Pick<World, "repository" | "leases" | "artifacts" | "clock" | "random">,
  scheduler: Scheduler,
  feed: ChangeFeed,
  seamThreshold = 0,
) {
  const { repository, leases, artifacts, clock, random } = world;
  const context = (): DecisionContext => ({ nowMs: clock.now(), id: () => random.id() });

  /** What people see of a project. */
  const view = ({ facts, plan }: PlannedFacts): ProjectView =>
    viewOf(facts, plan, artifacts.pathOf, scheduler.progressOf, seamThreshold);

  /** Takes a project over when no live process drives it; true when this process drives it now. */
  async function drive(id: ProjectId): Promise<boolean> {
    const epoch = scheduler.mustWaitFor(id) ? undefined : await leases.acquire(id);
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
   * was decided and what was written; no plan depends on them.
   */
  async function write(id: ProjectId, decide: Decision): Promise<PlannedFacts> {
    let decided: Decided | undefined;
    const facts = await repository.change(id, null, (now) => {
      decided = decide(now, context());
      return decided.changes;
    });
    return decided === undefined ? planned(facts) : { facts, plan: decided.plan };
  }

  return {
    context,
    view,
    drive,
    changed,
    write,
    /** The facts as a decision would leave them; writes nothing. */
    preview: (facts: ProjectFacts, decide: Decision): PlannedFacts => decide(facts, context()),
    /**
     * Refuses what the decision refuses before anything is touched, then writes it down and drives the project.
     * Written first: an edit cancels queued steps, and a driver that came before it would begin them.
     */
    async execute(id: ProjectId, decide: Decision): Promise<ProjectView> {
      const before = decide(await repository.facts(id), context());
      if (before.changes.length === 0) return view(before);
      const now = await write(id, decide);
      await drive(id);
      changed(id);
      return view(now);
    },
    /**
     * The same for a command that answers the open questions of a project. Driven first: what a dead process left
     * running becomes one of these questions only when a new driver recovers it, and the command is to answer that too.
     */
    async resume(id: ProjectId, decide: Decision): Promise<ProjectView> {
      decide(await repository.facts(id), context());
      await drive(id);
      const now = await write(id, decide);
      changed(id);
      return view(now);
    },
  };
}
