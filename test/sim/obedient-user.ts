import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import type { Environment } from "./environment.ts";
import type { Ways } from "./ways.ts";

/** Answers without a new choice after which a film that nothing goes wrong with any more counts as a dead end. */
const mostRounds = 8;

/** A user who knows nothing but what the product says, and has the money for it. */
export interface ObedientUser {
  /**
   * One of the ways that a stopped film offers, of a film that stands the same another one each time. When nothing goes
   * wrong any more and all of them only lead round in circles, that is the end of the run: a dead end (law 9.8).
   */
  choose(facts: ProjectFacts): ResumeOptions;
}

/** How a film stands, as far as its user's choices go. */
const standingOf = ({ project, steps, submits }: ProjectFacts): string =>
  JSON.stringify([
    project.status,
    project.hold?.reason,
    project.revision,
    submits.length,
    steps.map(({ kind, position, take, status, approvals }) => [kind, position, take, status, approvals]),
  ]);

const money: ResumeOptions = { maxCostUsd: 100 };

export function createObedientUser({ random, loop, faults }: Environment, ways: Pick<Ways, "offered">): ObedientUser {
  const own = random.fork("obeys");
  const tried = new Map<string, Set<string>>();
  /** Answers since something was chosen for the first time, by project. */
  const rounds = new Map<string, number>();

  return {
    choose(facts) {
      const { id, status, message } = facts.project;
      const isCalm = faults.isCalm();
      // What was cancelled offers nothing by itself: it is an end, and goes on when its user says so.
      const offered = status === "cancelled" ? [{}] : ways.offered(facts);
      if (isCalm) loop.must(offered.length > 0, `9.8 a dead end: ${status} (${message}), and nothing is offered`);
      const standing = `${id} ${isCalm} ${standingOf(facts)}`;
      const known = tried.get(standing) ?? new Set<string>();
      tried.set(standing, known);
      const left = offered.filter((options) => !known.has(JSON.stringify(options)));
      const round = left.length > 0 || !isCalm ? 0 : (rounds.get(id) ?? 0) + 1;
      rounds.set(id, round);
      loop.must(round <= mostRounds, `9.8 a dead end: all that is offered leads back to ${status} (${message})`);
      const options = own.pick(left.length > 0 ? left : [{}, ...offered]);
      known.add(JSON.stringify(options));
      return { ...options, ...money };
    },
  };
}
