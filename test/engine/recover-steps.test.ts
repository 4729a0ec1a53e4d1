import { describe, expect, test } from "bun:test";
import { StepId } from "../../src/domain/ids.ts";
import type { Operation, StepFailure } from "../../src/domain/step.ts";
import { lateOperation, recoverSteps } from "../../src/engine/recover-steps.ts";
import { bringForward } from "../../src/planning/waiting.ts";
import { after, context, filmAt, NOW_MS, running, stepIn, withAnswer, withStep, withSubmit } from "../support/facts.ts";
import { POLICY } from "../support/test-app.ts";

const operation: Operation = { name: "operations/1", submittedAtMs: 5, polls: 3 };
const hourMs = 3_600_000;

describe("a step that a dead process left running", () => {
  test.each([
    ["clip", "intent", "ask", 1, "ambiguous", "unknown"],
    ["clip", "intent", "skip", 1, "skipped", "unknown"],
    ["clip", "intent", "retry", 4, "queued", "unknown"],
    ["clip", "intent", "retry", 5, "queued", "unknown"],
    ["keyframe", "intent", "ask", 1, "queued", "unknown"],
    ["storyboard", "intent", "skip", 1, "queued", "unknown"],
    // Accounted for already: there is nothing to doubt.
    ["clip", "spent", "ask", 1, "queued", "spent"],
    ["clip", "released", "ask", 1, "queued", "released"],
    ["clip", null, "ask", 1, "queued", undefined],
    ["stitch", null, "ask", 1, "queued", undefined],
  ] as const)(
    "%s, its call %p, on_ambiguous %s, try %p of 5: %s, %p",
    (kind, call, policy, attempts, status, state) => {
      const { facts, step } = running(kind, { attempts, dueAtMs: NOW_MS - 5 }, call);
      const now = after(facts, recoverSteps(facts, new Map(), { ...POLICY, onAmbiguous: policy }, context));
      expect([stepIn(now, step.id).status, now.submits.at(-1)?.state]).toEqual([status, state]);
      if (status === "queued") expect(stepIn(now, step.id)).toMatchObject({ dueAtMs: NOW_MS, attempts });
    },
  );

  test("with a saved operation is looked at again at once; its call stays open and its tries are as they were", () => {
    const { facts, step } = running("clip", { operation, attempts: 2 }, "open");
    const now = after(facts, recoverSteps(facts, new Map(), POLICY, context));
    expect(stepIn(now, step.id)).toMatchObject({ status: "waiting", dueAtMs: NOW_MS, operation, attempts: 2 });
    expect(now.submits.map(({ state }) => state)).toEqual(["open"]);
  });

  describe("whose answer was stored", () => {
    const file = { key: "p/answer-1-0123456789ab.json", sha256: "ab", bytes: 7, mediaType: "application/json" };
    const found = ({ facts }: ReturnType<typeof filmAt>) => {
      const [submit] = facts.submits;
      return submit === undefined ? new Map() : new Map([[submit.id, file]]);
    };

    test.each(["clip", "keyframe", "storyboard"] as const)("before its row: a %s is made from it", (kind) => {
      const film = running(kind, {}, "intent");
      const now = after(film.facts, recoverSteps(film.facts, found(film), POLICY, context));
      const [submit] = now.submits;
      expect([stepIn(now, film.step.id).status, submit?.state]).toEqual(["queued", "intent"]);
      expect(now.artifacts.find(({ id }) => id === submit?.replyId)).toMatchObject({ role: "answer", ...file });
    });

    test.each(["clip", "keyframe"] as const)("with its row: a %s is made from it", (kind) => {
      const film = running(kind, {}, null);
      const { facts, answer } = withAnswer(film);
      const kept = withSubmit({ ...film, facts }, "intent", { replyId: answer });
      const now = after(kept, recoverSteps(kept, new Map(), POLICY, context));
      expect([stepIn(now, film.step.id).status, now.submits[0]?.state]).toEqual(["queued", "intent"]);
    });

    test("and given up as lost before it was found is taken up again without anybody's word", () => {
      const film = running("clip", { status: "ambiguous" }, "unknown");
      const now = after(film.facts, recoverSteps(film.facts, found(film), POLICY, context));
      expect([stepIn(now, film.step.id).status, now.submits[0]?.state]).toEqual(["queued", "unknown"]);
    });
  });

  test.each([
    ["keyframe", "repeat", "ambiguous"],
    ["storyboard", "repeat", "ambiguous"],
    ["keyframe", "approval", "queued"],
  ] as const)("%s, whose call was a %s: %s", (kind, because, status) => {
    const film = running(kind, { approvals: because === "approval" ? 1 : 0 }, null);
    const once = withSubmit(film, "unknown");
    const facts = withSubmit({ ...film, facts: once }, "intent", { attempt: 2, because });
    const now = after(facts, recoverSteps(facts, new Map(), POLICY, context));
    expect(stepIn(now, film.step.id).status).toBe(status);
  });

  test("is the only one that is touched", () => {
    for (const status of ["queued", "waiting", "ambiguous", "refused", "failed", "cancelled", "done"] as const) {
      const film = filmAt("clip");
      const facts = withSubmit({ ...film, facts: withStep(film.facts, film.step.id, { status }) }, "intent");
      const changes = recoverSteps(facts, new Map(), POLICY, context).filter(
        (change) => change.type === "settle_submit" || (change.type === "advance" && change.stepId === film.step.id),
      );
      expect([status, changes]).toEqual([status, []]);
    }
  });
});

describe("due times that a clock set back left in the future", () => {
  test.each([
    ["queued", 1_001, NOW_MS],
    ["waiting", 1_001, NOW_MS],
    ["queued", 1_000, 1_000],
    ["waiting", 1_000, 1_000],
    ["running", 9_999, 9_999],
    ["failed", 9_999, 9_999],
  ] as const)("%s, due at %p with 1000 as the latest: %p", (status, dueAtMs, expected) => {
    const { facts, step } = filmAt("clip");
    const at = withStep(facts, step.id, { status, dueAtMs, attempts: 2 });
    const now = stepIn(
      after(
        at,
        bringForward(at, () => 1_000 - NOW_MS, context),
      ),
      step.id,
    );
    expect(now).toMatchObject({ status, dueAtMs: expected, attempts: 2 });
  });

  /** In how many ms a clip that is due in so many is due after a takeover. */
  const dueAfter = (
    ms: number,
    change: (film: ReturnType<typeof filmAt>) => ReturnType<typeof filmAt>["facts"],
    failure: StepFailure | null = null,
  ) => {
    const film = filmAt("clip");
    const dueAtMs = NOW_MS + ms;
    const facts = withStep(change(film), film.step.id, { dueAtMs, status: "waiting", operation, failure });
    const now = stepIn(after(facts, recoverSteps(facts, new Map(), POLICY, context)), film.step.id);
    return now.dueAtMs - NOW_MS;
  };

  test("a wait of up to two hours is believed where nothing says that the clock was set back", () => {
    const waits = [2 * hourMs, 2 * hourMs + 1].map((ms) => dueAfter(ms, ({ facts }) => facts));
    expect(waits).toEqual([2 * hourMs, 0]);
  });

  test.each(["provider.quota_day", "money.day_cap"] as const)(
    "after %s a wait of up to 26 hours is believed",
    (code) => {
      const failure = { code, message: "tomorrow" };
      const waits = [26 * hourMs, 26 * hourMs + 1].map((ms) => dueAfter(ms, ({ facts }) => facts, failure));
      expect(waits).toEqual([26 * hourMs, 0]);
    },
  );

  const later = NOW_MS + 1;
  test.each([
    ["a project", ({ facts }) => ({ ...facts, project: { ...facts.project, updatedAtMs: later } })],
    ["a step that was made", ({ facts, step }) => withStep(facts, step.id, { createdAtMs: later })],
    ["a step that was begun", ({ facts, step }) => withStep(facts, step.id, { startedAtMs: later })],
    ["a step that was finished", ({ facts, step }) => withStep(facts, step.id, { finishedAtMs: later })],
    ["a file", ({ facts }) => ({ ...facts, artifacts: facts.artifacts.map((a) => ({ ...a, createdAtMs: later })) })],
    ["a paid call", (film) => withSubmit(film, "spent", { updatedAtMs: later })],
  ] as const satisfies readonly (readonly [string, Parameters<typeof dueAfter>[1]])[])(
    "%s from the future: every wait is taken back",
    (_, change) => {
      expect([dueAfter(hourMs, change), dueAfter(1, change)]).toEqual([0, 0]);
    },
  );

  test("what happened just now is not from the future", () => {
    const change: Parameters<typeof dueAfter>[1] = ({ facts, step }) =>
      withStep(facts, step.id, { createdAtMs: NOW_MS, startedAtMs: NOW_MS, finishedAtMs: NOW_MS });
    expect(dueAfter(hourMs, change)).toBe(hourMs);
  });
});

describe("an operation's name that comes late", () => {
  test.each([
    ["ambiguous", "waiting", "open"],
    ["failed", "waiting", "open"],
    ["cancelled", "waiting", "open"],
    ["queued", "queued", "spent"],
    ["running", "running", "spent"],
    ["refused", "refused", "spent"],
    ["skipped", "skipped", "spent"],
    ["done", "done", "spent"],
  ] as const)("to a step that is %s: it is %s, the call is %s and keeps the name", (status, expected, state) => {
    const { facts, step } = running("clip", { status, operation: null }, "unknown");
    const [submit] = facts.submits;
    const now = after(facts, lateOperation(facts, step.id, submit?.id, "operations/9", context));
    expect(stepIn(now, step.id).status).toBe(expected);
    expect(now.submits[0]).toMatchObject({ state, operationName: "operations/9", usd: 1 });
    if (expected === "waiting")
      expect(stepIn(now, step.id)).toMatchObject({
        operation: { name: "operations/9", submittedAtMs: NOW_MS, polls: 0 },
        dueAtMs: NOW_MS,
        failure: null,
      });
  });

  test("to a step that has another operation is a cost and nothing else", () => {
    const { facts, step } = running("clip", { status: "failed", operation }, "unknown");
    const now = after(facts, lateOperation(facts, step.id, facts.submits[0]?.id, "operations/9", context));
    expect([stepIn(now, step.id).status, stepIn(now, step.id).operation]).toEqual(["failed", operation]);
    expect(now.submits[0]).toMatchObject({ state: "spent", operationName: "operations/9" });
  });

  test("to a cancelled project is kept, and nobody looks after it", () => {
    const { facts, step } = running("clip", { status: "ambiguous" }, "unknown");
    const cancelled = { ...facts, project: { ...facts.project, cancelled: true } };
    const now = after(cancelled, lateOperation(cancelled, step.id, facts.submits[0]?.id, "operations/9", context));
    expect([stepIn(now, step.id).status, stepIn(now, step.id).operation?.name, now.submits[0]?.state]).toEqual([
      "cancelled",
      "operations/9",
      "open",
    ]);
  });

  test("of a step that is gone is a cost all the same; without a paid call there is nothing to count", () => {
    const { facts } = running("clip", { status: "ambiguous" }, "unknown");
    const gone = StepId.parse("01900000-0000-7000-9000-000000000000");
    const now = after(facts, lateOperation(facts, gone, facts.submits[0]?.id, "operations/9", context));
    expect(now.submits[0]).toMatchObject({ state: "spent", operationName: "operations/9" });
    const free = running("clip", { status: "ambiguous" }, null);
    const taken = after(free.facts, lateOperation(free.facts, free.step.id, undefined, "local", context));
    expect([stepIn(taken, free.step.id).status, taken.submits]).toEqual(["waiting", []]);
  });
});
