import { describe, expect, test } from "bun:test";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { SubmitState } from "../../src/domain/money.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import type { Step, Submit } from "../../src/domain/step.ts";
import { commandsOf } from "../../src/domain/way.ts";
import { resume } from "../../src/editing/run-control.ts";
import { concludeStep } from "../../src/engine/conclude-step.ts";
import { withConsequences } from "../../src/planning/consequences.ts";
import { plan } from "../../src/planning/plan.ts";
import { statusOf } from "../../src/planning/project-status.ts";
import { viewOf } from "../../src/planning/project-view.ts";
import { isMadeFromKept, nextPurchase } from "../../src/planning/purchases.ts";
import {
  after,
  context,
  filmAt,
  filmDone,
  running,
  stepIn,
  withAnswer,
  withStep,
  withSubmit,
} from "../support/facts.ts";
import { POLICY } from "../support/test-app.ts";
import { waysOf } from "../support/ways.ts";

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
    return waysOf({ waits: waitsOf(rejected) }).includes("--use-rejected");
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

const dayMs = 86_400_000;
const operation = { name: "operations/1", submittedAtMs: 0, polls: 9 };
const unreachable = { code: "provider.unreachable" as const, message: "no such operation" };
const waitsOf = (facts: ProjectFacts) => viewOf(facts, plan(facts), (key) => key).waits;
const resumedWith = (facts: ProjectFacts, options: ResumeOptions) =>
  after(facts, resume(facts, options, context).changes);
const statusNow = (facts: ProjectFacts): ProjectFacts => withConsequences(facts, [], context).facts;

describe("a rejected clip whose operation has ended without a file", () => {
  const film = filmAt("clip");
  const { facts: answered, answer } = withAnswer(film);
  const bought = { replyId: answer, operationName: operation.name, verdict: "rejected", reason: "code 13" } as const;
  const facts = statusNow(
    withStep(withSubmit({ ...film, facts: answered }, "spent", bought), film.step.id, { status: "rejected" }),
  );

  test("is not looked at again, since there is nothing to look at", () => {
    expect(isMadeFromKept(facts, film.step)).toBe(false);
    // It is asked about again, and nothing is bought.
    expect(nextPurchase(facts, film.step, "ask")).toBeNull();
    const forked = statusNow({ ...facts, submits: [] });
    expect(() => resume(forked, {}, context)).toThrow("waits for your choice");
    expect(() => resume(forked, { useRejected: true }, context)).toThrow("waits for your choice");
  });

  test("is bought again, or left out, on the user's word", () => {
    const again = resumedWith(facts, { retryRejected: true });
    expect(stepIn(again, film.step.id)).toMatchObject({ status: "queued", approvals: 1 });
    expect(nextPurchase(again, stepIn(again, film.step.id), "ask")).toBe("approval");
    expect(stepIn(resumedWith(facts, { skipBlocked: true }), film.step.id).status).toBe("skipped");
  });

  test("is looked at again where a file of it is kept, or its reply was not understood", () => {
    for (const change of [{ resultId: answer }, { operationName: null }]) {
      const other = { ...facts, submits: facts.submits.map((submit) => ({ ...submit, ...change })) };
      expect(stepIn(resumedWith(other, {}), film.step.id).status).toBe("queued");
    }
  });
});

describe("a clip that hangs on an operation that is gone", () => {
  const hung = (changes: Partial<Step>, ageMs: number) => {
    const film = filmAt("clip");
    const opened = withSubmit(film, "open", { operationName: operation.name });
    const facts = withStep(opened, film.step.id, { operation, failure: unreachable, ...changes });
    const cancelled = changes.status === "cancelled";
    return { facts: { ...facts, project: { ...facts.project, cancelled, updatedAtMs: ageMs } }, id: film.step.id };
  };

  test.each(["failed", "cancelled"] as const)("and is %s is looked at, bought again or left out", (status) => {
    const { facts, id } = hung({ status }, dayMs + 1);
    const again = resumedWith(facts, { retryRejected: true });
    expect(stepIn(again, id)).toMatchObject({ status: "queued", operation: null, approvals: 1 });
    expect(again.submits.map(({ state }) => state)).toEqual(["unknown"]);
    expect(nextPurchase(again, stepIn(again, id), "ask")).toBe("approval");
    expect(stepIn(resumedWith(facts, { skipBlocked: true }), id).status).toBe("skipped");
    expect(stepIn(resumedWith(facts, {}), id)).toMatchObject({ status: "waiting", operation });
    const ways = ["", " --retry-rejected", " --skip-blocked"].map((way) => `vidpipe resume ${facts.project.id}${way}`);
    expect(commandsOf(waitsOf(facts)[0]?.ways ?? [])).toEqual(ways);
  });

  test.each([
    ["is not a day old", { status: "cancelled" }, dayMs],
    ["is not a day old", { status: "failed" }, dayMs],
    ["was looked at without a failure", { status: "cancelled", failure: null }, 9 * dayMs],
  ] as const)("is waited for again where it %s (%j), whatever else is bought", (_, changes, ageMs) => {
    const { facts, id } = hung(changes, ageMs);
    const ways =
      changes.status === "cancelled" ? [{ retryRejected: true }, { skipBlocked: true }] : [{ retryRejected: true }];
    for (const options of ways)
      expect(stepIn(resumedWith(facts, options), id)).toMatchObject({ status: "waiting", operation, approvals: 0 });
    const told = waitsOf(facts).map(({ reason, ways }) => [reason, ...ways.map(({ action }) => action)]);
    expect(told).toEqual(changes.status === "failed" ? [["failed", "look_again", "skip"]] : []);
  });

  test("and whose file is kept is checked again", () => {
    const { facts, id } = hung({ status: "failed" }, 9 * dayMs);
    const { facts: kept, answer } = withAnswer({ facts, step: stepIn(facts, id) });
    const withFile = { ...kept, submits: kept.submits.map((submit) => ({ ...submit, resultId: answer })) };
    expect(stepIn(resumedWith(withFile, { retryRejected: true }), id)).toMatchObject({ operation, approvals: 0 });
  });

  test("and was left out is looked at when it is taken up again", () => {
    const { facts, id } = hung({ status: "skipped" }, dayMs);
    expect(stepIn(resumedWith(facts, { retrySkipped: true }), id)).toMatchObject({ status: "queued", operation });
  });
});

describe("a step that failed after it was charged", () => {
  const failed = (code: "provider.refused" | "media.ffmpeg_failed", bought: Partial<Submit>, state: SubmitState) => {
    const film = filmAt("keyframe");
    const { facts, answer } = withAnswer(film);
    const charged = withSubmit({ ...film, facts }, state, { replyId: answer, ...bought });
    return {
      facts: withStep(charged, film.step.id, { status: "failed", failure: { code, message: "no" } }),
      ...film.step,
    };
  };
  const refused = { verdict: "rejected", reason: "refused" } as const;

  test.each([
    ["refused", "provider.refused", refused, { retryRefused: true }],
    ["rejected", "media.ffmpeg_failed", refused, { retryRejected: true }],
    ["rejected", "media.ffmpeg_failed", { replyId: null }, { retryRejected: true }],
  ] as const)("is asked about as %s (%s, %j)", (reason, code, bought, options) => {
    const { facts, id } = failed(code, bought, "spent");
    const [wait] = waitsOf(facts);
    const way = `vidpipe resume ${facts.project.id} --retry-${reason}`;
    expect([wait?.reason, wait?.ways[0]?.command]).toEqual([reason, way]);
    const again = resumedWith(facts, options);
    expect(stepIn(again, id)).toMatchObject({ status: "queued", approvals: 1 });
    expect(nextPurchase(again, stepIn(again, id), "ask")).toBe("approval");
  });

  test.each([
    ["was not charged", "provider.refused", refused, "released"],
    ["has an answer that was not judged", "media.ffmpeg_failed", {}, "spent"],
  ] as const)("asks for nothing where it %s", (_, code, bought, state) => {
    const { facts, id } = failed(code, bought, state);
    const told = waitsOf(facts).map(({ reason, ways }) => [reason, ...ways.map(({ action }) => action)]);
    expect(told).toEqual([["failed", "try_again", "skip"]]);
    const again = resumedWith(facts, { retryRefused: true, retryRejected: true });
    expect(stepIn(again, id)).toMatchObject({ status: "queued", approvals: 0 });
  });
});

test.each([
  ["refused", { retryRefused: true }],
  ["skipped", { retrySkipped: true }],
] as const)("a retake that is %s is taken up again, and the film stays as it is", (status, options) => {
  const facts = filmDone();
  const clip = facts.steps.find(({ kind }) => kind === "clip");
  if (clip?.order.kind !== "clip") throw new Error("no clip");
  const order = { ...clip.order, variant: 1 };
  const take: Step = { ...clip, id: stepIdOf(facts), take: 2, inputKey: "another", order, status, result: null };
  const film = { ...facts, steps: [...facts.steps, take] };
  expect(stepIn(resumedWith(film, options), take.id).status).toBe("queued");
  expect(waitsOf(film).map(({ reason }) => reason)).toEqual(status === "refused" ? ["refused"] : []);
});

test.each([
  ["clip", "every scene was skipped: there is nothing to stitch"],
  ["storyboard", "the storyboard was skipped: there is nothing to film"],
] as const)("a film whose %s was skipped says how it goes on", (kind, words) => {
  const film = filmAt(kind);
  const facts = statusNow(withStep(film.facts, film.step.id, { status: "skipped" }));
  const { id, message } = facts.project;
  expect(message).toBe(`${words}; what was skipped can be taken up again`);
  expect(waitsOf(facts)).toMatchObject([{ reason: "skipped", message, usd: null }]);
  expect(waitsOf(facts)[0]?.ways).toEqual([
    {
      action: "take_up_again",
      command: `vidpipe resume ${id} --retry-skipped`,
      request: { method: "POST", path: `/api/projects/${id}/resume`, body: { retry_skipped: true } },
      usd: null,
    },
    {
      action: "cancel",
      command: `vidpipe cancel ${id}`,
      request: { method: "POST", path: `/api/projects/${id}/cancel`, body: {} },
      usd: 0,
    },
  ]);
});

test.each([
  [true, "crop", 0],
  [undefined, null, 1],
] as const)(
  "with both words, what is kept and usable (%p) is used for nothing; else it is bought",
  (usable, fit, approvals) => {
    const film = filmAt("keyframe");
    const { facts, answer } = withAnswer(film);
    const failure = { code: "provider.bad_answer", message: "square", ...(usable && { usable }) } as const;
    const rejected = withStep(facts, film.step.id, { status: "rejected", failure });
    const bought = withSubmit({ ...film, facts: rejected }, "spent", { replyId: answer, verdict: "rejected" });
    const now = resume(bought, { useRejected: true, retryRejected: true }, context).facts;
    expect(stepIn(now, film.step.id)).toMatchObject({ status: "queued", fit, approvals });
  },
);
