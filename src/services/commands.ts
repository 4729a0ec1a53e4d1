import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { ProjectView } from "../domain/view.ts";
import type { ChangeFeed } from "../engine/change-feed.ts";
import type { Scheduler } from "../engine/scheduler-types.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import { viewOf } from "../planning/project-view.ts";
import type { World } from "../ports/world.ts";

/** What the user's word changes; pure. No changes: nothing is to be done. */
export type Decision = (facts: ProjectFacts, context: DecisionContext) => readonly Change[];

/** How the user's word reaches a project and the process that drives it. */
export interface Commands {
  context(): DecisionContext;
  look(facts: ProjectFacts): ProjectView;
  /** Takes a project over when nobody live drives it; true when this process drives it now. */
  drive(id: ProjectId): Promise<boolean>;
  /** Refuses what the decision refuses before anything is touched, then writes it down and drives the project. */
  execute(id: ProjectId, decide: Decision): Promise<ProjectView>;
  /** The facts as a decision would leave them; writes nothing. */
  preview(facts: ProjectFacts, decide: Decision): ProjectFacts;
  /** Tells the scheduler and everybody who watches. */
  changed(id: ProjectId): void;
}

export function createCommands(
  world: Pick<World, "repository" | "artifacts" | "clock" | "owner" | "random">,
  scheduler: Scheduler,
  feed: ChangeFeed,
  seamThreshold = 0,
): Commands {
  const { repository, artifacts, clock, owner, random } = world;
  const context = (): DecisionContext => ({ nowMs: clock.now(), id: () => random.id() });
  const look = (facts: ProjectFacts): ProjectView =>
    viewOf(facts, artifacts.pathOf, scheduler.progressOf, seamThreshold);

  async function drive(id: ProjectId): Promise<boolean> {
    const epoch = await repository.acquire(id, owner.self, owner.isLive, clock.sinceBoot());
    if (epoch === undefined) {
      scheduler.standBy(id);
      return false;
    }
    await scheduler.acquire(id, epoch);
    return true;
  }

  function changed(id: ProjectId): void {
    scheduler.wake();
    feed.publish(id);
  }

  return {
    context,
    look,
    drive,
    changed,
    preview: (facts, decide) => applyChanges(facts, decide(facts, context()), clock.now()),
    async execute(id, decide) {
      const before = await repository.facts(id);
      if (decide(before, context()).length === 0) return look(before);
      // Written down first: a driver that came before it would begin what the user's word stops.
      const facts = await repository.change(id, null, (now) => decide(now, context()));
      await drive(id);
      changed(id);
      return look(facts);
    },
  };
}
