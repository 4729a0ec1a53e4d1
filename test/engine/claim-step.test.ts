import { describe, expect, test } from "bun:test";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import { StepId } from "../../src/domain/ids.ts";
import type { Quote, SubmitState } from "../../src/domain/money.ts";
import type { Project } from "../../src/domain/project.ts";
import { retake } from "../../src/editing/retake.ts";
import { resume } from "../../src/editing/run-control.ts";
import { claimStep, type QuoteFor } from "../../src/engine/claim-step.ts";
import type { Policy } from "../../src/engine/policy.ts";
import {
  after,
  context,
  type FilmAt,
  filmAt,
  filmDone,
  NOW_MS,
  stepIn,
  withStep,
  withSubmit,
} from "../support/facts.ts";
import { POLICY } from "../support/test-app.ts";

const priced = (usd: number): Quote => ({ usd, quantity: 8, unit: "second", model: "video-1", asOf: "2026-11-22" });
const priceOf =
  (usd: number): QuoteFor =>
  () =>
    priced(usd);
const free: QuoteFor = () => undefined;

const claimed = ({ facts, step }: FilmAt, quoteOf: QuoteFor, policy: Partial<Policy> = {}): ProjectFacts =>
  after(facts, claimStep(facts, step.id, quoteOf, { ...POLICY, ...policy }, context));

/** A clip that nobody has ordered yet. */
const firstOrder = (changes: Partial<Project>): FilmAt => filmAt("clip", changes);

/** A further take of the clip of a finished film. */
function furtherTake(changes: Partial<Project>): FilmAt {
  const film = filmDone();
  const facts = { ...film, project: { ...film.project, ...changes } };
  const ordered = after(facts, retake(facts, { kind: "clip", position: 0, takes: 1 }, context).changes);
  const step = ordered.steps.find(({ kind, status }) => kind === "clip" && status === "queued");
  if (step === undefined) throw new Error("no further take");
  return { facts: ordered, step };
}

/** A clip that was held by a cap of nothing and is let go by its user with another cap. */
function resumed({ maxCostUsd, ...changes }: Partial<Project>): FilmAt {
  const { facts, step } = filmAt("clip", { ...changes, maxCostUsd: 0 });
  const held = claimed({ facts, step }, priceOf(1));
  if (held.project.hold?.reason !== "budget") throw new Error("not held");
  const cap = maxCostUsd == null ? {} : { maxCostUsd };
  const lifted = maxCostUsd === null ? { ...held, project: { ...held.project, maxCostUsd } } : held;
  return { facts: after(lifted, resume(lifted, cap, context).changes), step };
}

const ORDERS = [
  ["a first order", firstOrder],
  ["a further take", furtherTake],
  ["a resumed order", resumed],
] as const;

/** Committed before, price of the next call, cap; US dollars. */
const EDGES = [
  [0, 2, 2, "bought"],
  [0, 2.000001, 2, "held"],
  [1, 1, 2, "bought"],
  [1, 1.000001, 2, "held"],
  [1.9, 0.1, 2, "bought"],
  [1.9, 0.100001, 2, "held"],
  [0.1, 0.2, 0.3, "bought"],
  [2, 0, 2, "bought"],
  [3, 0.000001, 2, "held"],
  [0, 1, 0, "held"],
  [0, 0.000001, 0.000001, "bought"],
] as const;

/** Whether the call was written down as bought, or its project held and nothing begun. */
function expectFate(facts: ProjectFacts, { step }: FilmAt, usd: number, fate: "bought" | "held"): void {
  const now = stepIn(facts, step.id);
  const intents = facts.submits.filter(({ state, stepId }) => state === "intent" && stepId === step.id);
  if (fate === "bought") {
    expect([now.status, facts.project.hold, intents.map((intent) => intent.usd)]).toEqual(["running", null, [usd]]);
  } else {
    expect([now.status, now.attempts, facts.project.hold?.reason, facts.project.status, intents]).toEqual([
      "queued",
      step.attempts,
      "budget",
      "held",
      [],
    ]);
  }
}

describe.each(ORDERS)("%s", (_, order) => {
  test.each(EDGES)("with $%p committed and $%p to pay under a project's cap of $%p is %s", (spent, usd, cap, fate) => {
    const film = order({ maxCostUsd: cap });
    const facts = withSubmit(film, "spent", { usd: spent });
    expectFate(claimed({ ...film, facts }, priceOf(usd)), film, usd, fate);
  });

  test.each(EDGES)("with $%p committed and $%p to pay under a day's cap of $%p is %s", (today, usd, cap, fate) => {
    const film = order({ maxCostUsd: null });
    const facts = { ...film.facts, committedTodayUsd: today };
    expectFate(claimed({ ...film, facts }, priceOf(usd), { maxCostPerDayUsd: cap }), film, usd, fate);
  });

  test("without a cap is bought at any price", () => {
    const film = order({ maxCostUsd: null });
    const facts = { ...withSubmit(film, "spent", { usd: 1e6 }), committedTodayUsd: 1e6 };
    expectFate(claimed({ ...film, facts }, priceOf(1e6)), film, 1e6, "bought");
  });
});

describe("against a cap", () => {
  test.each([
    ["intent", "held"],
    ["open", "held"],
    ["spent", "held"],
    ["unknown", "held"],
    ["released", "bought"],
  ] as const satisfies readonly (readonly [SubmitState, string])[])(
    "a call that is %s: the next is %s",
    (state, fate) => {
      const film = filmAt("clip", { maxCostUsd: 1.5 });
      // The other call is of another step, so that the counts below are of this one's.
      const [other] = film.facts.steps;
      if (other === undefined) throw new Error("no other step");
      const facts = withSubmit({ ...film, step: other }, state);
      expectFate(claimed({ ...film, facts }, priceOf(1)), film, 1, fate);
    },
  );

  test("the tighter of both counts, and the message names it with its figures", () => {
    const film = filmAt("clip", { maxCostUsd: 2 });
    const facts = { ...withSubmit(film, "spent"), committedTodayUsd: 5 };
    const messageOf = (policy: Partial<Policy>, usd: number) =>
      claimed({ ...film, facts }, priceOf(usd), policy).project.hold?.message;
    expect(messageOf({ maxCostPerDayUsd: 5.5 }, 1.5)).toBe(
      "the next call costs $1.50, $1.00 of the $2.00 cap is committed: resume with a higher --max-cost",
    );
    expect(messageOf({ maxCostPerDayUsd: 5.5 }, 1)).toBe(
      "the next call costs $1.00, $5.00 of today's $5.50 (pipeline.max_cost_per_day_usd) is committed: resume after midnight UTC or raise it",
    );
    expect(messageOf({ maxCostPerDayUsd: 6 }, 1)).toBeUndefined();
  });

  test("free work is never held", () => {
    const film = filmAt("clip", { maxCostUsd: 0 });
    const facts = claimed(film, free, { maxCostPerDayUsd: 0 });
    expect([stepIn(facts, film.step.id).status, facts.project.hold, facts.submits]).toEqual(["running", null, []]);
  });
});

describe("a claim", () => {
  test("writes the price down before the call, to the millionth, with what is bought", () => {
    const film = filmAt("clip");
    const { submits } = claimed(film, priceOf(1.23456789));
    expect(submits).toEqual([
      {
        id: submits[0]?.id ?? expect.unreachable(),
        projectId: film.facts.project.id,
        stepId: film.step.id,
        attempt: 1,
        state: "intent",
        usd: 1.234568,
        quantity: 8,
        unit: "second",
        model: "video-1",
        operationName: null,
        createdAtMs: NOW_MS,
        updatedAtMs: NOW_MS,
      },
    ]);
  });

  test("numbers the paid calls of its own step only", () => {
    const film = filmAt("clip");
    const [other] = film.facts.steps;
    if (other === undefined) throw new Error("no other step");
    const once = withSubmit(film, "released");
    const twice = withSubmit({ facts: once, step: other }, "spent");
    const facts = withSubmit({ facts: twice, step: other }, "spent", { attempt: 2 });
    expect(claimed({ ...film, facts }, priceOf(1)).submits.map(({ attempt }) => attempt)).toEqual([1, 1, 2, 2]);
  });

  test("counts tries, keeps the first start and clears the last failure", () => {
    const { facts, step } = filmAt("clip");
    const failure = { code: "provider.unreachable", message: "gone" } as const;
    const again = withStep(facts, step.id, { attempts: 2, startedAtMs: 5, failure });
    const at = (film: ProjectFacts) => stepIn(claimed({ facts: film, step }, priceOf(1)), step.id);
    expect(at(facts)).toMatchObject({ attempts: 1, startedAtMs: NOW_MS, failure: null });
    expect(at(again)).toMatchObject({ attempts: 3, startedAtMs: 5, failure: null });
  });

  test("of a saved operation counts as no try and costs nothing, whatever the caps", () => {
    const { facts, step } = filmAt("clip", { maxCostUsd: 0 });
    const waiting = withStep(facts, step.id, { status: "waiting", attempts: 2 });
    const now = claimed({ facts: waiting, step }, priceOf(1), { maxCostPerDayUsd: 0 });
    expect([stepIn(now, step.id).status, stepIn(now, step.id).attempts, now.submits]).toEqual(["running", 2, []]);
  });

  test.each(["running", "ambiguous", "refused", "failed", "cancelled", "skipped", "done"] as const)(
    "of a step that is %s changes nothing",
    (status) => {
      const { facts, step } = filmAt("clip");
      expect(claimStep(withStep(facts, step.id, { status }), step.id, priceOf(1), POLICY, context)).toEqual([]);
    },
  );

  test("of a step that is not there changes nothing", () => {
    const { facts } = filmAt("clip");
    const unknown = StepId.parse("01900000-0000-7000-9000-000000000000");
    expect(claimStep(facts, unknown, priceOf(1), POLICY, context)).toEqual([]);
  });

  const budget = { reason: "budget", message: "over" } as const;
  const disk = { reason: "disk", message: "full" } as const;
  test.each([
    ["a running project", {}, "running", "running"],
    ["a cancelled project", { cancelled: true }, "queued", "waiting"],
    ["a project over its budget", { hold: budget }, "queued", "running"],
    ["a project without room", { hold: disk }, "queued", "waiting"],
  ] as const)("in %s", (_, changes, queued, waiting) => {
    const { facts, step } = filmAt("clip");
    const project = { ...facts.project, ...changes };
    const statusFrom = (status: "queued" | "waiting") =>
      stepIn(claimed({ facts: withStep({ ...facts, project }, step.id, { status }), step }, priceOf(1)), step.id)
        .status;
    expect([statusFrom("queued"), statusFrom("waiting")]).toEqual([queued, waiting]);
  });
});
