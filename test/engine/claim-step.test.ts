import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import { StepId } from "../../src/domain/ids.ts";
import type { Quote, SubmitState } from "../../src/domain/money.ts";
import type { Project } from "../../src/domain/project.ts";
import type { Step, Submit } from "../../src/domain/step.ts";
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
  withAnswer,
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
  // What accepting a price would set.
  const lifted = maxCostUsd === undefined ? held : { ...held, project: { ...held.project, maxCostUsd } };
  return { facts: after(lifted, resume(lifted, {}, context).changes), step };
}

/** The film with a paid call of another piece. */
function withOther(film: FilmAt, state: SubmitState, changes: Partial<Submit> = {}): ProjectFacts {
  const [other] = film.facts.steps;
  if (other === undefined) throw new Error("no other step");
  return withSubmit({ ...film, step: other }, state, changes);
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
  // The status is that of a take which is still to be made.
  const takesGoOn = facts.steps.some(({ status, reservedUsd }) => status === "queued" && reservedUsd > 0);
  const intents = facts.submits.filter(({ state, stepId }) => state === "intent" && stepId === step.id);
  if (fate === "bought") {
    expect([now.status, facts.project.hold, intents.map((intent) => intent.usd)]).toEqual(["running", null, [usd]]);
  } else {
    expect([
      now.status,
      now.attempts,
      facts.project.hold?.reason,
      takesGoOn || facts.project.status === "held",
      intents,
    ]).toEqual(["queued", step.attempts, "budget", true, []]);
  }
}

describe.each(ORDERS)("%s", (_, order) => {
  test.each(EDGES)("with $%p committed and $%p to pay under a project's cap of $%p is %s", (spent, usd, cap, fate) => {
    const film = order({ maxCostUsd: cap });
    const facts = withOther(film, "spent", { usd: spent });
    expectFate(claimed({ ...film, facts }, priceOf(usd)), film, usd, fate);
  });

  test.each(EDGES)("with $%p committed and $%p to pay under a day's cap of $%p is %s", (today, usd, cap, fate) => {
    const film = order({ maxCostUsd: null });
    const facts = { ...film.facts, committedTodayUsd: today };
    const now = claimed({ ...film, facts }, priceOf(usd), { maxCostPerDayUsd: cap });
    if (fate === "bought") return expectFate(now, film, usd, fate);
    // Put off, not held: it goes on by itself at midnight UTC.
    expect(stepIn(now, film.step.id)).toMatchObject({
      status: "queued",
      attempts: film.step.attempts,
      dueAtMs: Math.ceil(NOW_MS / 86_400_000) * 86_400_000,
      failure: { code: "money.day_cap" },
    });
    expect([now.project.hold, now.submits.filter(({ stepId }) => stepId === film.step.id)]).toEqual([null, []]);
  });

  test("without a cap is bought at any price", () => {
    const film = order({ maxCostUsd: null });
    const facts = { ...withOther(film, "spent", { usd: 1e6 }), committedTodayUsd: 1e6 };
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
      const facts = withOther(film, state);
      expectFate(claimed({ ...film, facts }, priceOf(1)), film, 1, fate);
    },
  );

  test("the film's is looked at first, and each message names its figures", () => {
    const film = filmAt("clip", { maxCostUsd: 2 });
    const facts = { ...withOther(film, "spent"), committedTodayUsd: 5 };
    const at = (policy: Partial<Policy>, usd: number) => claimed({ ...film, facts }, priceOf(usd), policy);
    expect(at({ maxCostPerDayUsd: 5.5 }, 1.5).project.hold?.message).toBe(
      "the next call costs $1.50; of the cap of $2.00, $1.00 is committed: nothing was bought; resume to see and agree to the new price (pipeline.max_cost_usd is the most that can be agreed to)",
    );
    const putOff = at({ maxCostPerDayUsd: 5.5 }, 1);
    const message =
      "$5.00 of today's $5.50 (pipeline.max_cost_per_day_usd) is committed and the next call costs $1.00: it goes on by itself at 00:00 UTC";
    expect([stepIn(putOff, film.step.id).failure?.message, putOff.project.message]).toEqual([message, message]);
    expect(stepIn(at({ maxCostPerDayUsd: 0.5 }, 1), film.step.id).failure?.message).toContain("raise it");
    expect(stepIn(at({ maxCostPerDayUsd: 1 }, 1), film.step.id).failure?.message).toContain("goes on by itself");
    expect(stepIn(at({ maxCostPerDayUsd: 6 }, 1), film.step.id).status).toBe("running");
  });

  describe("that keeps some for a take that was ordered", () => {
    const cap = 2;
    const reserved = (usd: number) => {
      const film = furtherTake({ maxCostUsd: cap });
      return { ...film, facts: withStep(film.facts, film.step.id, { reservedUsd: usd }) };
    };
    /** The film's own next piece beside it. */
    function ownPiece({ facts }: FilmAt): FilmAt {
      const own = facts.steps.find(({ kind }) => kind === "keyframe");
      if (own === undefined) throw new Error("no keyframe");
      return { facts: withStep(facts, own.id, { status: "queued" }), step: own };
    }

    test.each([
      [1.5, 0.5, "bought"],
      [1.5, 0.500001, "held"],
      [0, 2, "bought"],
    ] as const)("$%p of $2: a piece of the film for $%p is %s", (usd, price, fate) => {
      const own = ownPiece(reserved(usd));
      expectFate(claimed(own, priceOf(price)), own, price, fate);
    });

    test("the take draws on it, also while the film is held over its budget", () => {
      const film = reserved(1.5);
      const hold = { reason: "budget", message: "over" } as const;
      const facts = { ...film.facts, project: { ...film.facts.project, hold } };
      const now = claimed({ ...film, facts }, priceOf(1.5));
      expect([stepIn(now, film.step.id).status, now.project.hold]).toEqual(["running", hold]);
    });

    test("a take that does not fit any more gives its money up and waits with the film", () => {
      const film = reserved(1.5);
      const now = claimed(film, priceOf(2.5));
      const { status, reservedUsd } = stepIn(now, film.step.id);
      expect([status, reservedUsd, now.project.hold?.reason, now.project.status]).toEqual([
        "queued",
        0,
        "budget",
        "held",
      ]);
    });

    test("what the take has spent is not kept any more", () => {
      const film = reserved(1.5);
      const spent = withSubmit(film, "spent", { usd: 1 });
      const own = ownPiece({ ...film, facts: spent });
      expectFate(claimed(own, priceOf(0.5)), own, 0.5, "bought");
      expectFate(claimed(own, priceOf(0.500001)), own, 0.500001, "held");
    });
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
        because: "first",
        state: "intent",
        usd: 1.234568,
        quantity: 8,
        unit: "second",
        model: "video-1",
        operationName: null,
        billedUsd: null,
        replyId: null,
        resultId: null,
        verdict: null,
        reason: null,
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

  test.each(["running", "ambiguous", "refused", "rejected", "failed", "cancelled", "skipped", "done"] as const)(
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

describe("a piece that was paid for before", () => {
  const UNKNOWN = { state: "unknown", because: "first" } as const;
  const REPEATED = { state: "unknown", because: "repeat" } as const;
  const REJECTED = { state: "spent", because: "first", verdict: "rejected", reason: "it is square" } as const;
  const RELEASED = { state: "released", because: "first" } as const;

  // What was bought before, what the user said, and why the next call is allowed; else what the step waits for.
  test.each([
    ["keyframe", [], {}, "ask", "first"],
    ["keyframe", [RELEASED, RELEASED], {}, "ask", "first"],
    ["keyframe", [UNKNOWN], {}, "ask", "repeat"],
    ["keyframe", [UNKNOWN], {}, "skip", "repeat"],
    ["keyframe", [UNKNOWN, RELEASED], {}, "ask", "repeat"],
    ["keyframe", [UNKNOWN, REPEATED], {}, "retry", "ambiguous"],
    // Rows of 2.0.0 all say "first".
    ["keyframe", [UNKNOWN, UNKNOWN], {}, "ask", "ambiguous"],
    ["keyframe", [UNKNOWN, UNKNOWN, UNKNOWN], {}, "ask", "ambiguous"],
    ["keyframe", [UNKNOWN, REPEATED], { approvals: 1 }, "ask", "approval"],
    ["keyframe", [REJECTED], {}, "retry", "rejected"],
    ["keyframe", [REJECTED], { approvals: 1 }, "ask", "approval"],
    ["keyframe", [REJECTED, { ...REJECTED, because: "approval" }], { approvals: 1 }, "ask", "rejected"],
    ["keyframe", [REJECTED, { ...RELEASED, because: "approval" }], { approvals: 1 }, "ask", "approval"],
    ["keyframe", [REJECTED, { ...UNKNOWN, because: "approval" }], { approvals: 1 }, "ask", "repeat"],
    ["clip", [UNKNOWN], {}, "ask", "ambiguous"],
    // It was left out when its answer was lost; it is wanted after all.
    ["clip", [UNKNOWN], {}, "skip", "ambiguous"],
    ["clip", [UNKNOWN], {}, "retry", "repeat"],
    ["clip", [UNKNOWN, REPEATED], {}, "retry", "ambiguous"],
    ["clip", [UNKNOWN], { approvals: 1 }, "ask", "approval"],
    ["clip", [REJECTED], {}, "retry", "rejected"],
    ["storyboard", [UNKNOWN], {}, "ask", "repeat"],
    ["storyboard", [UNKNOWN, REPEATED], {}, "ask", "ambiguous"],
    ["storyboard", [REJECTED], {}, "ask", "complaint"],
    ["storyboard", [REJECTED, { ...REJECTED, because: "complaint" }], {}, "ask", "complaint"],
    ["storyboard", [REJECTED, { ...UNKNOWN, because: "complaint" }], {}, "ask", "repeat"],
    ["storyboard", [UNKNOWN, { ...REJECTED, because: "repeat" }], {}, "ask", "complaint"],
    ["storyboard", [REJECTED, { ...REJECTED, because: "complaint" }, REJECTED], {}, "ask", "rejected"],
    ["storyboard", [REJECTED, REJECTED, REJECTED], { approvals: 1 }, "ask", "approval"],
  ] as const)("%s after %j, %j, on_ambiguous %s: %s", (kind, calls, changes, onAmbiguous, expected) => {
    const film = filmAt(kind);
    const before = calls.reduce(
      (facts, { state, ...call }, place) => withSubmit({ ...film, facts }, state, { attempt: place + 1, ...call }),
      withStep(film.facts, film.step.id, changes),
    );
    const now = claimed({ ...film, facts: before }, priceOf(1), { onAmbiguous });
    const isBought = now.submits.length > calls.length;
    expect(isBought ? now.submits.at(-1)?.because : stepIn(now, film.step.id).status).toBe(expected);
    if (isBought) expect(stepIn(now, film.step.id).status).toBe("running");
  });

  describe("and whose answer is kept", () => {
    const kept = (kind: "keyframe" | "clip" | "storyboard", call: Partial<Submit>, changes: Partial<Step> = {}) => {
      const film = filmAt(kind);
      const { facts, answer } = withAnswer(film);
      const changed = withStep(facts, film.step.id, changes);
      return {
        ...film,
        facts: withSubmit({ ...film, facts: changed }, call.state ?? "spent", { replyId: answer, ...call }),
      };
    };

    test.each([
      ["keyframe", { state: "intent" }, {}, 1],
      ["keyframe", { state: "spent" }, {}, 1],
      ["keyframe", { state: "spent", verdict: "rejected" }, {}, 1],
      ["keyframe", { state: "spent", verdict: "rejected" }, { approvals: 1 }, 2],
      ["clip", { state: "intent" }, {}, 1],
      ["storyboard", { state: "spent" }, {}, 1],
      ["storyboard", { state: "spent", verdict: "rejected" }, {}, 2],
    ] as const)("%s, %j, %j: it has %p paid calls", (kind, call, changes, calls) => {
      const film = kept(kind, call, changes);
      const now = claimed(film, priceOf(1));
      expect([stepIn(now, film.step.id).status, now.submits.length]).toEqual(["running", calls]);
    });

    test("needs no cap to be looked at", () => {
      const film = kept("keyframe", { state: "spent" });
      const facts = { ...film.facts, project: { ...film.facts.project, maxCostUsd: 0 } };
      const now = claimed({ ...film, facts }, priceOf(1), { maxCostPerDayUsd: 0 });
      expect([stepIn(now, film.step.id).status, now.project.hold]).toEqual(["running", null]);
    });

    test("in a fork, which has no calls of its own, is used too; bought only when its user says so", () => {
      const film = filmAt("keyframe");
      const { facts } = withAnswer(film);
      expect(claimed({ ...film, facts }, priceOf(1)).submits).toEqual([]);
      const agreed = withStep(facts, film.step.id, { approvals: 1 });
      expect(claimed({ ...film, facts: agreed }, priceOf(1)).submits.map(({ because }) => because)).toEqual([
        "approval",
      ]);
    });
  });

  test("at another place of the film counts as the same piece", () => {
    const film = filmAt("keyframe");
    const twin = { ...film.step, id: StepId.parse("01900000-0000-7000-9000-000000000001"), position: 7 };
    const facts = withSubmit({ facts: { ...film.facts, steps: [...film.facts.steps, twin] }, step: twin }, "spent");
    expect(stepIn(claimed({ ...film, facts }, priceOf(1)), film.step.id).status).toBe("rejected");
  });
});

test("a complaint's price is asked for with what was wrong", () => {
  const film = filmAt("storyboard");
  // Whatever happened since: a lost call, a wait for the next day, a resume.
  const rejected = withSubmit(film, "spent", { verdict: "cut_off", reason: "it has 7 scenes" });
  const facts = withSubmit({ ...film, facts: rejected }, "unknown", { attempt: 2, because: "complaint" });
  const asked: unknown[] = [];
  claimed({ ...film, facts }, (_order, _models, complaint) => {
    asked.push(complaint);
    return priced(1);
  });
  expect(asked).toEqual([{ words: "it has 7 scenes", truncated: true }]);
});

test("a step whose model has no price today waits for its user and says why; nothing is bought", () => {
  const film = filmAt("clip");
  const unpriced: QuoteFor = () => {
    throw new VidpipeError("provider.model_unavailable", "the price is not known: use another model");
  };
  const now = claimed(film, unpriced);
  const { status, failure } = stepIn(now, film.step.id);
  expect([status, failure?.code, now.submits, now.project.status]).toEqual([
    "gone",
    "provider.model_unavailable",
    [],
    "held",
  ]);
});

test("a kept answer is read although its model has no price today", () => {
  const film = filmAt("keyframe");
  const { facts, answer } = withAnswer(film);
  const kept = withSubmit({ ...film, facts }, "spent", { replyId: answer });
  const unpriced: QuoteFor = () => {
    throw new VidpipeError("provider.model_unavailable", "gone");
  };
  expect(stepIn(claimed({ ...film, facts: kept }, unpriced), film.step.id).status).toBe("running");
});

test("a fault in a price is nobody's answer", () => {
  const film = filmAt("clip");
  for (const fault of [new TypeError("oops"), new VidpipeError("config.invalid", "oops")])
    expect(() =>
      claimed(film, () => {
        throw fault;
      }),
    ).toThrow("oops");
});

test("only a storyboard is told what was wrong before", () => {
  const film = filmAt("keyframe");
  const rejected = withSubmit(film, "spent", { verdict: "rejected", reason: "it is square" });
  const asked: unknown[] = [];
  claimed({ ...film, facts: withStep(rejected, film.step.id, { approvals: 1 }) }, (_order, _models, complaint) => {
    asked.push(complaint);
    return priced(1);
  });
  claimed(filmAt("storyboard"), (_order, _models, complaint) => {
    asked.push(complaint);
    return priced(1);
  });
  expect(asked).toEqual([null, null]);
});

test("a project that is not this process's to drive is left as it is: nothing is bought, polled or made for nothing", () => {
  const refusal = (provider: string) =>
    provider === "scripted" ? null : new VidpipeError("storage.not_adopted", "not known as yours");
  const { facts, step } = firstOrder({ maxCostUsd: 10 });
  const strange = { ...facts, project: { ...facts.project, models: { ...facts.project.models, provider: "dear" } } };
  const waiting = withStep(strange, step.id, { status: "waiting" });
  const policy = { ...POLICY, refusal };
  for (const [there, quoteOf] of [
    [strange, priceOf(1)],
    [strange, free],
    [waiting, free],
  ] as const)
    expect(claimStep(there, step.id, quoteOf, policy, context)).toEqual([]);
  const own = { ...facts, project: { ...facts.project, models: { ...facts.project.models, provider: "scripted" } } };
  expect(claimStep(own, step.id, priceOf(1), policy, context)).not.toEqual([]);
});
