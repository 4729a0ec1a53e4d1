import { describe, expect, test } from "bun:test";
import { type FailureCode, VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import type { Step } from "../../src/domain/step.ts";
import { resume } from "../../src/editing/run-control.ts";
import { concludeStep, type StepOutcome } from "../../src/engine/conclude-step.ts";
import type { Policy } from "../../src/engine/policy.ts";
import { nextPurchase } from "../../src/planning/purchases.ts";
import { receiptOf } from "../../src/planning/receipt.ts";
import { after, context, type FilmAt, filmAt, stepIn, withStep, withSubmit } from "../support/facts.ts";
import { POLICY } from "../support/test-app.ts";

const operation = { name: "operations/1", submittedAtMs: 0, polls: 1 };

/** A clip that is being looked at. */
function looking(missing?: number): FilmAt {
  const film = filmAt("clip");
  const opened = withSubmit(film, "open", { operationName: operation.name });
  const at = { ...operation, ...(missing !== undefined && { missing }) };
  return { facts: withStep(opened, film.step.id, { status: "running", operation: at, attempts: 4 }), step: film.step };
}

function concluded({ facts, step }: FilmAt, ending: StepOutcome, policy: Partial<Policy> = {}) {
  const engineContext = { ...context, policy: { ...POLICY, ...policy }, random: 0.5 };
  const now = after(facts, concludeStep(facts, step.id, ending, engineContext));
  return { facts: now, step: stepIn(now, step.id), submit: now.submits.at(-1) };
}

const failed = (code: FailureCode, charged: boolean): StepOutcome => ({
  kind: "failure",
  failure: new VidpipeError(code, "not found", { facts: { charged } }),
  phase: "unsent",
});
const running: StepOutcome = { kind: "outcome", outcome: { kind: "waiting" } };
const lastLook = POLICY.retryMaxAttempts - 1;

describe("an operation that the provider does not know", () => {
  test("is looked at again until every look in a row said so", () => {
    let film = looking();
    for (let look = 1; look <= lastLook; look++) {
      const { facts, step, submit } = concluded(film, failed("provider.gone", false));
      expect([step.status, step.operation?.missing, submit?.state]).toEqual(["waiting", look, "open"]);
      film = { facts: withStep(facts, step.id, { status: "running" }), step };
    }
    expect(concluded(film, running).step.operation).not.toHaveProperty("missing");
    expect(concluded(film, failed("provider.unreachable", false)).step.operation?.missing).toBe(lastLook);
    expect(concluded(film, failed("provider.gone", false)).step.status).toBe("gone");
  });

  test.each([
    ["ask", false, "gone", "unknown"],
    ["ask", true, "gone", "spent"],
    // Its user said what is to be done about an answer that was lost; a clip that was made is no such answer.
    ["retry", false, "queued", "unknown"],
    ["retry", true, "gone", "spent"],
    ["skip", false, "skipped", "unknown"],
    ["skip", true, "gone", "spent"],
  ] as const)(
    "on_ambiguous %s, charged for certain %p: is %s and counts as %s",
    (onAmbiguous, charged, status, state) => {
      const { step, submit, facts } = concluded(looking(lastLook), failed("provider.gone", charged), { onAmbiguous });
      expect([step.status, submit?.state, submit?.reason]).toEqual([status, state, "not found"]);
      expect(step.operation).toEqual(status === "queued" ? null : operation);
      expect(receiptOf(facts).lines.at(-1)?.answer).toBe("gone");
    },
  );

  test("of a cancelled film is not bought again", () => {
    const { facts, step } = looking(lastLook);
    const cancelled = { ...facts, project: { ...facts.project, cancelled: true } };
    const policy = { onAmbiguous: "retry" } as const;
    expect(concluded({ facts: cancelled, step }, failed("provider.gone", false), policy).step.status).toBe("gone");
  });
});

const resumed = (facts: ProjectFacts, options: ResumeOptions): ProjectFacts =>
  after(facts, resume(facts, options, context).changes);

describe("a clip that is gone", () => {
  const { facts, step } = concluded(looking(lastLook), failed("provider.gone", false));
  const now = (options: ResumeOptions): Step => stepIn(resumed(facts, options), step.id);

  test("holds its film", () => {
    expect([facts.project.status, facts.project.message]).toEqual(["held", "clip of scene 1: not found"]);
  });

  test("is looked at again for nothing, bought again on the user's word, or left out", () => {
    expect(now({})).toMatchObject({ status: "waiting", operation, approvals: 0, attempts: 0 });
    expect(nextPurchase(resumed(facts, {}), now({}), "ask")).toBeNull();
    expect(now({ retryRejected: true, retryAmbiguous: true })).toMatchObject({ status: "waiting", approvals: 0 });
    const bought = now({ retryGone: true });
    expect(bought).toMatchObject({ status: "queued", operation: null, approvals: 1 });
    expect(nextPurchase(resumed(facts, { retryGone: true }), bought, "ask")).toBe("approval");
    expect(now({ skipBlocked: true }).status).toBe("skipped");
  });

  test("that turns up at another look is used, and is what was paid for", () => {
    const again = withStep(resumed(facts, {}), step.id, { status: "running" });
    const refused = { kind: "refused", reason: "no", charged: true } as const;
    const ended = concluded({ facts: again, step }, { kind: "outcome", outcome: refused });
    expect([ended.submit?.state, ended.facts.submits.length]).toEqual(["spent", 1]);
  });
});

describe("a model that is not offered any more", () => {
  const film = filmAt("keyframe");
  const begun = withStep(withSubmit(film, "intent"), film.step.id, { status: "running", attempts: 1 });
  const { facts, step, submit } = concluded({ ...film, facts: begun }, failed("provider.model_unavailable", false));

  test("costs nothing and holds the film", () => {
    expect([step.status, submit?.state, facts.project.status]).toEqual(["gone", "released", "held"]);
  });

  test.each([{}, { retryGone: true }])("is asked again without an approval that would last (%j)", (options) => {
    const again = resumed(facts, options);
    expect(stepIn(again, step.id)).toMatchObject({ status: "queued", approvals: 0 });
    expect(nextPurchase(again, stepIn(again, step.id), "ask")).toBe("first");
  });

  test("and failed a step of an earlier release has the same ways", () => {
    const former = withStep(facts, step.id, { status: "failed" });
    expect(stepIn(resumed(former, { retryGone: true }), step.id).status).toBe("queued");
    expect(stepIn(resumed(former, { skipBlocked: true }), step.id).status).toBe("skipped");
  });
});
