import { reaches } from "../../src/domain/direction.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { ProjectId, StepId } from "../../src/domain/ids.ts";
import { roundUsd } from "../../src/domain/money.ts";
import type { Step, Submit } from "../../src/domain/step.ts";
import { plan, refOf } from "../../src/planning/plan.ts";
import type { Loop } from "./loop.ts";

/** What a project showed before its user let it go on. */
interface Told {
  readonly usd: number;
  readonly revision: number;
  readonly submits: ReadonlySet<string>;
}

/** Watches what a user's direction may and may not lead to. */
export interface EditingAudit {
  recorded(before: ProjectFacts | undefined, after: ProjectFacts): void;
  /** The user is about to order this many takes. */
  ordersTakes(id: ProjectId, takes: number): void;
  /** The user was told that going on costs at most this, and goes on. */
  toldPrice(facts: ProjectFacts, usd: number): void;
  /** The user says to make more than what they were told the price of: that has a price of its own. */
  ordersMore(id: ProjectId): void;
  /** The revisions whose whole film was seen, with its file. */
  filmsOf(id: ProjectId): ReadonlyMap<number, string>;
}

const isPaid = ({ kind }: Step): boolean => kind !== "stitch" && kind !== "animatic";
const isTake = ({ order }: Step): boolean => "variant" in order && order.variant !== undefined;

/** The film that stands for the direction as it is now; null while it, or any scene of it, is missing. */
export function filmOf(facts: ProjectFacts): string | null {
  const { steps, missingScenes } = plan(facts);
  const ref = refOf(
    facts,
    steps.find(({ kind }) => kind === "stitch"),
  );
  const artifact = facts.artifacts.find(({ id }) => id === ref?.id);
  return facts.project.status === "complete" && missingScenes.length === 0 ? (artifact?.key ?? null) : null;
}

export function createEditingAudit({ loop }: { readonly loop: Loop }): EditingAudit {
  const orderedTakes = new Map<ProjectId, number[]>();
  const promises = new Map<ProjectId, Told>();
  const films = new Map<ProjectId, Map<number, string>>();

  /** A revision is a change of the direction and the other way round: an edit is whole or it is not. */
  function checkRevision({ project: was }: ProjectFacts, { project: is }: ProjectFacts): void {
    const {
      request: { crossfadeSeconds: wasFade },
    } = was;
    const same = wasFade === is.request.crossfadeSeconds && Bun.deepEquals(was.direction, is.direction);
    const step = is.revision - was.revision;
    loop.must(step === 0 || step === 1, `9.7 revision ${was.revision} became ${is.revision}`);
    loop.must(step === 1 || same, "9.7 the direction changed without a revision");
  }

  /** Every take that the direction names is there, finished and stored. */
  function checkPicks({ project, steps, artifacts }: ProjectFacts): void {
    for (const { kind, position, stepId } of project.direction.picks) {
      const step = steps.find(({ id }) => id === stepId);
      const result = step?.status === "done" ? step.result : null;
      const stored = result?.kind === "artifact" && artifacts.some(({ id }) => id === result.artifactId);
      loop.must(stored, `9.7 the direction names a take of ${kind} ${position} that is ${step?.status ?? "not there"}`);
    }
  }

  /** Takes come all at once, and only those that were ordered. */
  function checkTakes(known: ReadonlySet<StepId>, { project, steps }: ProjectFacts): void {
    const fresh = steps.filter((step) => isTake(step) && !known.has(step.id)).length;
    if (fresh === 0) return;
    const ordered = orderedTakes.get(project.id) ?? [];
    const place = ordered.indexOf(fresh);
    loop.must(place >= 0, `9.7 ${fresh} takes appeared, ordered were ${ordered.join(", ") || "none"}`);
    ordered.splice(place, 1);
  }

  /** What is begun is what the film needs and the user approved, or a take that they ordered. */
  function checkBegun(before: ProjectFacts, after: ProjectFacts): void {
    const was = new Map(before.steps.map((step) => [step.id, step.status]));
    const begun = after.steps.filter((s) => s.status === "running" && was.get(s.id) === "queued" && isPaid(s));
    if (begun.every(isTake)) return;
    const needed = new Set(plan(before).steps.map(({ step }) => step?.id));
    // A kept answer is looked at whatever the film needs now: that costs nothing.
    const isBought = ({ id }: Step) => before.submits.every((s) => s.stepId !== id || s.state !== "intent");
    for (const step of begun.filter((one) => !isTake(one) && isBought(one))) {
      const what = `9.7 ${step.kind} ${step.position} take ${step.take} is begun`;
      loop.must(needed.has(step.id), `${what} although the film as directed does not need it`);
      loop.must(reaches(before.project.until, step.kind), `${what} although the user wants to look first`);
    }
    const done = new Set(before.steps.flatMap((s) => (s.status === "done" ? `${s.kind} ${s.inputKey}` : [])));
    for (const step of begun)
      loop.must(!done.has(`${step.kind} ${step.inputKey}`), `9.7 ${step.kind} ${step.position} was made already`);
  }

  /** Only the first call for each piece counts: what a provider fails and bills is nothing a forecast can know. */
  function checkPrice({ project, submits, steps }: ProjectFacts): void {
    const promise = promises.get(project.id);
    if (promise === undefined) return;
    if (promise.revision !== project.revision) return void promises.delete(project.id);
    const takes = new Set(steps.filter(isTake).map(({ id }) => id));
    const first = new Map<StepId, Submit>();
    for (const submit of submits)
      if (
        submit.because === "first" &&
        !promise.submits.has(submit.id) &&
        !takes.has(submit.stepId) &&
        !first.has(submit.stepId)
      )
        first.set(submit.stepId, submit);
    const usd = roundUsd([...first.values()].reduce((sum, submit) => sum + submit.usd, 0));
    loop.must(usd <= promise.usd, `9.7 $${usd} was spent where at most $${promise.usd} was told`);
  }

  return {
    recorded(before, after) {
      if (before !== undefined) {
        checkRevision(before, after);
        checkBegun(before, after);
      }
      checkPicks(after);
      checkTakes(new Set(before?.steps.map(({ id }) => id)), after);
      checkPrice(after);
      const { id, revision } = after.project;
      const film = filmOf(after);
      if (film !== null) films.set(id, (films.get(id) ?? new Map()).set(revision, film));
    },
    ordersTakes(id, takes) {
      orderedTakes.set(id, [...(orderedTakes.get(id) ?? []), takes]);
    },
    toldPrice({ project, submits }, usd) {
      promises.set(project.id, { usd, revision: project.revision, submits: new Set(submits.map(({ id }) => id)) });
    },
    ordersMore(id) {
      promises.delete(id);
    },
    filmsOf: (id) => films.get(id) ?? new Map(),
  };
}
