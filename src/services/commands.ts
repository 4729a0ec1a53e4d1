import { applyChanges, type Change, type ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { ProjectView } from "../domain/view.ts";
import type { Feed } from "../engine/change-feed.ts";
import type { Scheduler } from "../engine/scheduler-types.ts";
import type { Moment } from "../planning/consequences.ts";
import { viewOf } from "../planning/project-view.ts";
import type { World } from "../ports/world.ts";

/** What the user's word changes; pure. No changes: nothing is to be done. */
export type Decision = (facts: ProjectFacts, moment: Moment) => readonly Change[];

/** How the user's word reaches a project and the process that drives it. */
export interface Driving {
  moment(): Moment;
  look(facts: ProjectFacts): ProjectView;
  /** Takes a project over when nobody live drives it; true when this process drives it now. */
  drive(id: ProjectId): Promise<boolean>;
  /** Refuses what the decision refuses before anything is touched, then writes it down and drives the project. */
  carryOut(id: ProjectId, decide: Decision): Promise<ProjectView>;
  /** The facts as a decision would leave them; writes nothing. */
  applied(facts: ProjectFacts, decide: Decision): ProjectFacts;
  /** Tells the scheduler and everybody who watches. */
  changed(id: ProjectId): void;
}

export function createDriving(
  world: Pick<World, "repository" | "artifacts" | "clock" | "owner" | "chance">,
  scheduler: Scheduler,
  feed: Feed,
  seamThreshold = 0,
): Driving {
  const { repository, artifacts, clock, owner, chance } = world;
  const moment = (): Moment => ({ nowMs: clock.now(), id: () => chance.id() });
  const look = (facts: ProjectFacts): ProjectView =>
    viewOf(facts, artifacts.pathOf, scheduler.progressOf, seamThreshold);

  async function drive(id: ProjectId): Promise<boolean> {
    const epoch = await repository.acquire(id, owner.self, owner.isLive, clock.sinceBoot());
    if (epoch === undefined) {
      scheduler.standBy(id);
      return false;
    }
    await scheduler.take(id, epoch);
    return true;
  }

  function changed(id: ProjectId): void {
    scheduler.wake();
    feed.publish(id);
  }

  return {
    moment,
    look,
    drive,
    changed,
    applied: (facts, decide) => applyChanges(facts, decide(facts, moment()), clock.now()),
    async carryOut(id, decide) {
      const before = await repository.facts(id);
      if (decide(before, moment()).length === 0) return look(before);
      // Written down first: a driver that came before it would begin what the user's word stops.
      const facts = await repository.change(id, null, (now) => decide(now, moment()));
      await drive(id);
      changed(id);
      return look(facts);
    },
  };
}
