import { describe, expect, test } from "bun:test";
import type { Step } from "../../src/domain/step.ts";
import { resume } from "../../src/editing/run-control.ts";
import { concludeStep } from "../../src/engine/conclude-step.ts";
import { withConsequences } from "../../src/planning/consequences.ts";
import { plan } from "../../src/planning/plan.ts";
import { statusOf } from "../../src/planning/project-status.ts";
import { viewOf } from "../../src/planning/project-view.ts";
import { nextPurchase } from "../../src/planning/purchases.ts";
import { after, context, filmAt, running, stepIn, withAnswer, withStep, withSubmit } from "../support/facts.ts";
import { POLICY } from "../support/test-app.ts";

const engineContext = { ...context, policy: POLICY, random: 0.5 };

describe("the user's word", () => {
  test("is for one purchase, also where that needs none", () => {
    const film = filmAt("clip");
    const agreed = withStep(film.facts, film.step.id, { approvals: 1 });
    expect(nextPurchase(agreed, stepIn(agreed, film.step.id), "ask")).toBe("approval");
    const lost = withSubmit({ ...film, facts: agreed }, "unknown", { because: "approval" });
    expect(nextPurchase(lost, stepIn(lost, film.step.id), "ask")).toBeNull();
  });

  test("is for the piece, whichever of its steps it was said to", () => {
    const film = filmAt("clip");
    const twin: Step = {
      ...film.step,
      id: stepIn(film.facts, film.facts.steps[0]?.id ?? film.step.id).id,
      approvals: 1,
    };
    const before = withSubmit(film, "spent");
    const approved = withSubmit({ ...film, facts: before }, "spent", { because: "approval", attempt: 2 });
    const facts = withStep(approved, film.step.id, { approvals: 1 });
    // Said once to each: one purchase was made on it, one more may be.
    const both = { ...facts, steps: [...facts.steps.filter(({ id }) => id !== twin.id), twin] };
    expect(nextPurchase(facts, stepIn(facts, film.step.id), "ask")).toBeNull();
    expect(nextPurchase(both, stepIn(both, film.step.id), "ask")).toBe("approval");
  });

  test.each([
    ["nothing was charged: it is not counted", "released", 0],
    ["it was charged", "spent", 1],
  ] as const)("to buy a refused still again where %s", (_, state, approvals) => {
    const film = filmAt("keyframe");
    const bought = withSubmit(film, state, { verdict: "rejected" });
    const facts = withStep(bought, film.step.id, { status: "refused" });
    const resumed = after(facts, resume(facts, { retryRefused: true }, context).changes);
    expect(stepIn(resumed, film.step.id)).toMatchObject({ status: "queued", approvals });
  });
});

describe("what was paid for and is of no use", () => {
  const ways = (isUsable: boolean) => {
    const { facts, step } = running("clip", { operation: { name: "o", submittedAtMs: 0, polls: 1 }, attempts: 9 });
    const outcome = { kind: "unusable" as const, reason: "it is 2 s long", isUsable };
    const rejected = after(facts, concludeStep(facts, step.id, { kind: "outcome", outcome }, engineContext));
    const { waits } = viewOf(rejected, plan(rejected), (key) => key);
    return waits[0]?.next.some((way) => way.includes("--use-rejected"));
  };

  test("is offered for use only where it is whole", () => {
    expect(ways(true)).toBe(true);
    expect(ways(false)).toBe(false);
  });

  test("is asked about when the film goes on to its stage, not before", () => {
    const film = filmAt("keyframe");
    const rejected = withStep(film.facts, film.step.id, { status: "rejected" });
    const facts = { ...rejected, project: { ...rejected.project, until: "storyboard" as const } };
    expect(statusOf(facts, plan(facts)).status).toBe("review");
    const further = { ...facts, project: { ...facts.project, until: "film" as const } };
    expect(statusOf(further, plan(further)).status).toBe("held");
    const resumed = after(
      facts,
      resume({ ...facts, project: { ...facts.project, status: "review" } }, { retryRejected: true }, context).changes,
    );
    expect(stepIn(resumed, film.step.id).status).toBe("queued");
  });
});

test("a kept answer is looked at whatever the film needs now; a call without one is not made", () => {
  const film = filmAt("keyframe");
  const { facts, answer } = withAnswer(film);
  const stopped = { type: "project" as const, patch: { until: "nothing" as const } };
  const kept = withSubmit({ ...film, facts }, "intent", { replyId: answer });
  expect(stepIn(withConsequences(kept, [stopped], context).facts, film.step.id).status).toBe("queued");
  expect(stepIn(withConsequences(film.facts, [stopped], context).facts, film.step.id).status).toBe("cancelled");
});

test("a take beside the film that waits for the next day's money says so", () => {
  const film = filmAt("clip");
  const order = { ...film.step.order, variant: 1 };
  if (order.kind !== "clip") throw new Error("no clip");
  const failure = { code: "money.day_cap" as const, message: "it goes on by itself at 00:00 UTC" };
  const take: Step = { ...film.step, id: film.step.id, take: 2, inputKey: "another", order, failure };
  const facts = {
    ...film.facts,
    steps: [
      ...withStep(film.facts, film.step.id, { status: "ambiguous" }).steps,
      { ...take, id: stepIdOf(film.facts) },
    ],
  };
  expect(statusOf(facts, plan(facts))).toEqual({ status: "video_gen", message: failure.message });
});

/** Another id than any step of these facts has. */
function stepIdOf({ steps }: { readonly steps: readonly Step[] }): Step["id"] {
  const twin = filmAt("storyboard").step.id;
  if (steps.some(({ id }) => id === twin)) throw new Error("not another one");
  return twin;
}
