import { describe, expect, test } from "bun:test";
import { type FailureCode, type FailureDetails, VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { StepKind } from "../../src/domain/lifecycle.ts";
import type { Operation, Submit } from "../../src/domain/step.ts";
import { concludeStep, type StepOutcome } from "../../src/engine/conclude-step.ts";
import type { CallPhase } from "../../src/engine/paid-call.ts";
import type { Policy } from "../../src/engine/policy.ts";
import type { MadeFile, Outcome } from "../../src/engine/steps/outcome.ts";
import { plan } from "../../src/planning/plan.ts";
import { viewOf } from "../../src/planning/project-view.ts";
import {
  after,
  context,
  type FilmAt,
  filmAt,
  NOW_MS,
  running,
  stepIn,
  withAnswer,
  withStep,
  withSubmit,
} from "../support/facts.ts";
import { storyboardOf } from "../support/scripted-provider.ts";
import { POLICY } from "../support/test-app.ts";
import { waysOf } from "../support/ways.ts";

/** In these tests a first back-off is 1,500 ms, a second one 3,000 ms, and a look comes after 15,000 ms. */
const RANDOM = 0.5;

function concluded(
  { facts, step }: FilmAt,
  ending: StepOutcome,
  policy: Partial<Policy> = {},
  lane: { readonly laneWaitMs?: number } = {},
) {
  const engineContext = { ...context, random: RANDOM, policy: { ...POLICY, ...policy }, ...lane };
  const now = after(facts, concludeStep(facts, step.id, ending, engineContext));
  return { facts: now, step: stepIn(now, step.id), submit: lastSubmit(now) };
}

const waysIn = (facts: ProjectFacts): string[] => waysOf(viewOf(facts, plan(facts), (key) => key));

const lastSubmit = ({ submits }: ProjectFacts): Submit | undefined => submits.at(-1);
const outcome = (made: Outcome): StepOutcome => ({ kind: "outcome", outcome: made });
const failed = (code: FailureCode, phase: CallPhase, details: FailureDetails = {}): StepOutcome => ({
  kind: "failure",
  failure: new VidpipeError(code, "no luck", details),
  phase,
});

const operation: Operation = { name: "operations/1", submittedAtMs: 5, polls: 3 };
const collecting = (attempts = 1): FilmAt => running("clip", { attempts, operation }, "open");
const cancelled = ({ facts, step }: FilmAt): FilmAt => ({
  facts: { ...facts, project: { ...facts.project, cancelled: true } },
  step,
});

describe("a refusal", () => {
  // Where the provider charged, the same words are never bought a second time without the user.
  test.each([
    ["charged", 1, "hold", "refused", "spent"],
    ["charged", 1, "skip", "skipped", "spent"],
    ["charged", 1, "fail", "failed", "spent"],
    ["charged", 2, "hold", "refused", "spent"],
    ["free", 1, "hold", "queued", "released"],
    ["free", 1, "skip", "queued", "released"],
    ["free", 1, "fail", "queued", "released"],
    ["free", 2, "hold", "refused", "released"],
    ["free", 2, "skip", "skipped", "released"],
    ["free", 2, "fail", "failed", "released"],
    ["free", 3, "hold", "refused", "released"],
  ] as const)("that was %s, at try %p, with on_refused %s: %s, %s", (cost, attempts, onRefused, status, state) => {
    const refusal: Outcome = { kind: "refused", reason: "a face", charged: cost === "charged" };
    const { step, submit } = concluded(collecting(attempts), outcome(refusal), { onRefused });
    expect([step.status, step.attempts, step.operation, submit?.state]).toEqual([status, attempts, null, state]);
    expect(step.failure).toEqual({ code: "provider.refused", message: "refused by the safety filter: a face" });
  });

  test("that is read again in a kept answer is asked about: leaving the piece out again would lead nowhere", () => {
    const { facts, step: at } = running("keyframe");
    const submits = facts.submits.map((submit) => ({ ...submit, state: "spent" as const }));
    const refusal: Outcome = { kind: "refused", reason: "a face", charged: true };
    const { step } = concluded({ facts: { ...facts, submits }, step: at }, outcome(refusal), { onRefused: "skip" });
    expect(step.status).toBe("refused");
  });

  test("that was free is tried again after one back-off", () => {
    const { step } = concluded(collecting(), outcome({ kind: "refused", reason: "a face", charged: false }));
    expect(step.dueAtMs).toBe(NOW_MS + 1_500);
  });

  // Thrown by a call that answers at once; charged unless it says otherwise.
  test.each([
    [undefined, "refused", "spent"],
    [true, "refused", "spent"],
    [false, "queued", "released"],
  ] as const)("that is thrown with charged %p: %s, %s", (charged, status, state) => {
    const facts = charged === undefined ? {} : { charged };
    const ended = concluded(running("keyframe"), failed("provider.refused", "sent", { facts }));
    expect([ended.step.status, ended.submit?.state]).toEqual([status, state]);
  });
});

describe("an operation that ended without a clip", () => {
  test.each([
    // What may have been charged is bought again by nobody but the user.
    ["charged", "retryable", 1, "rejected", "spent"],
    ["charged", "retryable", 5, "rejected", "spent"],
    ["charged", "final", 1, "rejected", "spent"],
    ["free", "retryable", 1, "queued", "released"],
    ["free", "retryable", 4, "queued", "released"],
    ["free", "retryable", 5, "failed", "released"],
    ["free", "retryable", 6, "failed", "released"],
    ["free", "final", 1, "failed", "released"],
  ] as const)("%s and %s, at try %p of 5: %s, %s", (cost, kind, attempts, status, state) => {
    const charged = cost === "charged";
    const ended: Outcome = { kind: "ended", reason: "code 14", retryable: kind === "retryable", charged };
    const { step, submit } = concluded(collecting(attempts), outcome(ended));
    const reason = "the provider gave up: code 14";
    expect([step.status, step.operation, submit?.state]).toEqual([status, null, state]);
    expect(submit).toMatchObject({ verdict: "rejected", reason });
    expect(step.failure).toEqual(
      charged
        ? {
            code: "provider.bad_answer",
            message: `${reason}; it counts as charged and nothing is bought again unasked`,
          }
        : { code: "provider.failed", message: reason },
    );
  });

  test("is tried again after the back-off of its try", () => {
    const ended: Outcome = { kind: "ended", reason: "code 14", retryable: true, charged: false };
    expect(concluded(collecting(2), outcome(ended)).step.dueAtMs).toBe(NOW_MS + 3_000);
  });
});

describe("a paid call that failed", () => {
  test.each([
    ["clip", "unsent", "provider.unreachable", "queued", "released"],
    ["clip", "unsent", "provider.unclear", "queued", "released"],
    ["clip", "unsent", "provider.truncated", "failed", "released"],
    ["clip", "unsent", "provider.billing", "failed", "released"],
    ["clip", "unsent", "internal", "failed", "released"],
    ["clip", "sent", "provider.unreachable", "queued", "released"],
    ["clip", "sent", "provider.quota", "queued", "released"],
    ["clip", "sent", "provider.billing", "failed", "released"],
    ["clip", "sent", "provider.unclear", "ambiguous", "unknown"],
    ["clip", "sent", "internal", "ambiguous", "unknown"],
    ["clip", "sent", "provider.bad_answer", "rejected", "spent"],
    // Answered, and the answer is nowhere: it could not be stored.
    ["clip", "answered", "storage.io", "rejected", "spent"],
    ["clip", "answered", "internal", "rejected", "spent"],
    ["keyframe", "unsent", "provider.unclear", "queued", "released"],
    ["keyframe", "sent", "provider.unreachable", "queued", "released"],
    ["keyframe", "sent", "provider.unclear", "queued", "unknown"],
    ["keyframe", "sent", "provider.truncated", "rejected", "spent"],
    ["keyframe", "sent", "internal", "ambiguous", "unknown"],
    ["keyframe", "answered", "storage.busy", "rejected", "spent"],
    ["storyboard", "sent", "provider.unclear", "queued", "unknown"],
    ["storyboard", "sent", "provider.bad_answer", "queued", "spent"],
  ] as const satisfies readonly (readonly [StepKind, CallPhase, FailureCode, string, string])[])(
    "%s, %s, %s: %s, %s",
    (kind, phase, code, status, state) => {
      const { step, submit } = concluded(running(kind), failed(code, phase));
      expect([step.status, submit?.state]).toEqual([status, state]);
    },
  );

  test.each([
    [1, undefined, 1_500],
    [2, undefined, 3_000],
    [1, 20_000, 21_000],
  ])("at try %p is tried again in time, and no sooner than it was asked (%p ms): %p ms", (attempts, asked, ms) => {
    const details = asked === undefined ? {} : { retryAfterMs: asked };
    const { step } = concluded(running("keyframe", { attempts }), failed("provider.overloaded", "sent", details));
    expect([step.status, step.dueAtMs]).toEqual(["queued", NOW_MS + ms]);
  });

  test.each([
    [4, "queued"],
    [5, "failed"],
    [6, "failed"],
  ] as const)("for the %pth time of 5 is %s", (attempts, status) => {
    const { step } = concluded(running("keyframe", { attempts }), failed("provider.failed", "sent"));
    expect([step.status, step.failure]).toEqual([status, { code: "provider.failed", message: "no luck" }]);
  });

  test.each(["provider.quota", "provider.quota_day", "provider.overloaded", "provider.unreachable"] as const)(
    "of %s waits as long as its lane, is no try, and ends where the user said so",
    (code) => {
      const film = running("keyframe", { attempts: 3 });
      const { step } = concluded(film, failed(code, "sent"), {}, { laneWaitMs: 250_000 });
      expect([step.status, step.attempts, step.dueAtMs]).toEqual(["queued", 2, NOW_MS + 250_000]);
      const limited = { waitMaxAttempts: 4 };
      expect(concluded(film, failed(code, "sent"), limited).step).toMatchObject({ status: "queued", attempts: 3 });
      const last = running("keyframe", { attempts: 4 });
      expect(concluded(last, failed(code, "sent"), limited).step.status).toBe("failed");
    },
  );

  test("of a refused login ends the step, or waits where the process waits for another one", () => {
    const film = running("keyframe", { attempts: 3 });
    expect(concluded(film, failed("provider.bad_key", "sent")).step.status).toBe("failed");
    const { step } = concluded(film, failed("provider.bad_key", "sent"), { awaitsLogin: true });
    expect([step.status, step.attempts]).toEqual(["queued", 2]);
  });

  test("and is free has nothing to account for, and nothing to doubt", () => {
    const free = concluded(running("clip", {}, null), failed("provider.unclear", "sent"));
    expect([free.step.status, free.submit]).toEqual(["queued", undefined]);
  });

  test.each([
    ["ask", 1, "ambiguous"],
    ["ask", 5, "ambiguous"],
    // One repeat, however few free tries were made before.
    ["retry", 1, "queued"],
    ["retry", 6, "queued"],
    ["skip", 1, "skipped"],
  ] as const)(
    "without an answer, with on_ambiguous %s at try %p of 5: %s, and its price counts",
    (policy, n, status) => {
      const clip = running("clip", { attempts: n, dueAtMs: NOW_MS + 9_000 });
      const { step, submit } = concluded(clip, failed("provider.unclear", "sent"), { onAmbiguous: policy });
      expect([step.status, submit?.state]).toEqual([status, "unknown"]);
      expect(step.failure?.message).toContain("the order was sent and its answer was lost (no luck); it may have been");
    },
  );

  test.each(["keyframe", "storyboard"] as const)(
    "without an answer, a %s is bought again after its back-off",
    (kind) => {
      const { step } = concluded(running(kind, { attempts: 2 }), failed("provider.unclear", "sent"));
      expect([step.status, step.dueAtMs]).toEqual(["queued", NOW_MS + 3_000]);
    },
  );

  test.each([
    ["keyframe", "ask", "ambiguous"],
    // Leaving out a still leaves out two scenes, and without a storyboard there is no film: these are asked about.
    ["keyframe", "skip", "ambiguous"],
    ["storyboard", "skip", "ambiguous"],
    ["clip", "retry", "ambiguous"],
  ] as const)("without an answer, repeated once before: %s, on_ambiguous %s: %s", (kind, onAmbiguous, status) => {
    const { facts, step } = running(kind, {}, null);
    const once = withSubmit({ facts, step }, "unknown");
    const twice = withSubmit({ facts: once, step }, "intent", { attempt: 2, because: "repeat" });
    const ended = concluded({ facts: twice, step }, failed("provider.unclear", "sent"), { onAmbiguous });
    expect([ended.step.status, ended.facts.submits.map(({ state }) => state)]).toEqual([
      status,
      ["unknown", "unknown"],
    ]);
    expect(waysIn(ended.facts)).toEqual(["--retry-ambiguous", ...(kind === "storyboard" ? [] : ["--skip-blocked"])]);
  });
});

/** A running step whose call was answered, with the answer kept. */
function answered(kind: "keyframe" | "clip" | "storyboard", call: Partial<Submit> = {}, attempts = 1): FilmAt {
  const film = running(kind, { attempts }, null);
  const { facts, answer } = withAnswer(film);
  return { ...film, facts: withSubmit({ ...film, facts }, call.state ?? "intent", { replyId: answer, ...call }) };
}

describe("an answer that is kept", () => {
  test.each([
    ["keyframe", "media.ffmpeg_failed", 1, "queued"],
    ["keyframe", "media.ffmpeg_failed", 4, "queued"],
    ["keyframe", "media.ffmpeg_failed", 5, "failed"],
    ["keyframe", "media.ffmpeg_missing", 1, "failed"],
    ["keyframe", "storage.io", 1, "queued"],
    ["keyframe", "internal", 1, "failed"],
    ["storyboard", "internal", 1, "failed"],
  ] as const)(
    "of a %s that could not be checked (%s) at try %p of 5: %s, and it is spent once",
    (kind, code, n, status) => {
      const { step, submit, facts } = concluded(answered(kind, {}, n), failed(code, "answered"));
      expect([step.status, submit?.state, submit?.verdict, facts.submits.length]).toEqual([status, "spent", null, 1]);
    },
  );

  test("that was paid for before is only noted about: its call stays spent", () => {
    const waiting: Outcome = { kind: "waiting", operationName: "operations/9" };
    const opened = concluded(answered("clip", { state: "spent" }), outcome(waiting));
    expect([opened.step.status, opened.submit?.state, opened.submit?.operationName]).toEqual([
      "waiting",
      "spent",
      "operations/9",
    ]);
    const unchecked = concluded(answered("keyframe", { state: "spent" }), failed("media.ffmpeg_failed", "answered"));
    expect([unchecked.step.status, unchecked.submit?.updatedAtMs]).toEqual(["queued", 0]);
  });

  test.each(["keyframe", "storyboard"] as const)("of a %s whose file is gone is asked about", (kind) => {
    const { step, submit, facts } = concluded(
      answered(kind, { state: "spent" }),
      failed("provider.bad_answer", "answered"),
    );
    // Nothing that a model could be told of: a storyboard is not asked for again either.
    expect([step.status, submit?.verdict]).toEqual(["rejected", null]);
    expect(step.failure?.message).toBe("it was paid for and its answer is not there (no luck)");
    expect(waysIn(facts)).toEqual(["--retry-rejected", ...(kind === "storyboard" ? [] : ["--skip-blocked"])]);
  });

  test("that was judged before its file was lost stays judged, and says both", () => {
    const judged = answered("keyframe", { state: "spent", verdict: "rejected", reason: "it is 1024x1024" });
    const once = concluded(judged, failed("provider.bad_answer", "answered"));
    expect(once.submit).toMatchObject({ verdict: "rejected", reason: "it is 1024x1024; no luck" });
    const runs = withStep(once.facts, judged.step.id, { status: "running" });
    const twice = concluded({ facts: runs, step: judged.step }, failed("provider.bad_answer", "answered"));
    expect(twice.submit?.reason).toBe("it is 1024x1024; no luck");
  });

  test("on a full disk waits for room, and its call stays as it is", () => {
    const { facts, step, submit } = concluded(answered("keyframe"), failed("storage.full", "answered"));
    expect([step.status, submit?.state, facts.project.hold?.reason]).toEqual(["queued", "intent", "disk"]);
  });

  test.each(["keyframe", "clip", "storyboard"] as const)(
    "of a %s that was stopped before it was looked at stays",
    (kind) => {
      const { step, submit } = concluded(answered(kind), { kind: "stopped", phase: "answered" });
      expect([step.status, submit?.state]).toEqual(["queued", "intent"]);
    },
  );
});

describe("an answer that is of no use", () => {
  const unusable = (more: Partial<Extract<Outcome, { kind: "unusable" }>> = {}): StepOutcome =>
    outcome({ kind: "unusable", reason: "it is no picture", ...more });
  const square: MadeFile = {
    file: { key: "p/keyframe-00-0123456789ab.png", sha256: "ab", bytes: 7 },
    role: "answer",
    mediaType: "image/png",
    media: null,
    report: null,
  };

  test("of a keyframe is asked about, and its price is spent", () => {
    const { step, submit, facts } = concluded(answered("keyframe"), unusable());
    expect([step.status, submit?.state, facts.project.status]).toEqual(["rejected", "spent", "held"]);
    expect(submit).toMatchObject({ verdict: "rejected", reason: "it is no picture" });
    expect(step.failure?.code).toBe("provider.bad_answer");
    expect(step.failure).not.toHaveProperty("usable");
    expect(step.failure?.message).toBe("it is no picture; it was paid for and nothing is bought again unasked");
    expect(waysIn(facts)).toEqual(["--retry-rejected", "--skip-blocked"]);
  });

  test("but whole is kept beside it, to be seen and used", () => {
    const { step, submit, facts } = concluded(answered("keyframe"), unusable({ made: square }));
    const shown = facts.artifacts.find(({ id }) => id === submit?.resultId);
    expect(shown).toMatchObject({ role: "answer", key: square.file.key, stepId: step.id });
    expect(waysIn(facts)).toEqual(["--use-rejected", "--retry-rejected", "--skip-blocked"]);
    expect(step.failure?.usable).toBe(true);
    expect(step.result).toBeNull();
  });

  test.each([
    [1, "queued"],
    [2, "queued"],
    [3, "rejected"],
  ] as const)("of a storyboard's call %p of 3: %s", (calls, status) => {
    let film = answered("storyboard", { state: "spent", verdict: "rejected", reason: "before" });
    for (let call = 2; call <= calls; call++)
      film = {
        ...film,
        facts: withSubmit(film, call === calls ? "intent" : "spent", {
          attempt: call,
          because: "complaint",
          verdict: call === calls ? null : "rejected",
        }),
      };
    if (calls === 1) film = answered("storyboard");
    const { step, submit } = concluded(film, unusable({ truncated: true }));
    expect([step.status, submit?.state, step.failure?.code]).toEqual([status, "spent", "provider.truncated"]);
    if (status === "queued") expect(step).toMatchObject({ attempts: 0, dueAtMs: NOW_MS });
  });

  test("of a storyboard is never offered to be left out", () => {
    const film = answered("storyboard", { because: "approval" });
    const { step, facts } = concluded(film, unusable({ isUsable: true }));
    expect(step.status).toBe("rejected");
    expect(waysIn(facts)).toEqual(["--use-rejected", "--retry-rejected"]);
  });
});

describe("a clip's file that is of no use", () => {
  /** A clip whose operation is done and whose file was fetched `times` times, always the same or always another one. */
  function fetched(times: number, isSame: boolean, attempts = 1): FilmAt {
    const film = collecting(attempts);
    const rows = Array.from({ length: times }, (_, nth) => {
      const { facts } = withAnswer(film);
      const row = facts.artifacts.at(-1) ?? expect.unreachable();
      return { ...row, key: `p/clip-01-${isSame ? 0 : nth}.mp4`, mediaType: "video/mp4" as const };
    });
    const submits = film.facts.submits.map((submit) => ({ ...submit, resultId: rows.at(-1)?.id ?? null }));
    return { ...film, facts: { ...film.facts, artifacts: [...film.facts.artifacts, ...rows], submits } };
  }

  test.each([
    [1, true, 1, "waiting", "open"],
    [2, false, 2, "waiting", "open"],
    // The same bytes came twice: no third look will change them.
    [2, true, 2, "rejected", "spent"],
    [1, true, 3, "waiting", "open"],
    [1, true, 4, "rejected", "spent"],
  ] as const)("fetched %p times, the same: %p, at try %p of 5: %s, %s", (times, isSame, attempts, status, state) => {
    const ended = concluded(fetched(times, isSame, attempts), outcome({ kind: "unusable", reason: "it is cut off" }));
    expect([ended.step.status, ended.submit?.state, ended.submit?.verdict]).toEqual([status, state, "rejected"]);
    if (status === "waiting") expect(ended.step).toMatchObject({ operation, attempts: attempts + 1 });
    else expect(ended.step.operation).toBeNull();
  });

  test("of a call that is accounted for is fetched again all the same", () => {
    const film = fetched(1, true);
    const submits = film.facts.submits.map((submit) => ({ ...submit, state: "spent" as const }));
    const ended = concluded(
      { ...film, facts: { ...film.facts, submits } },
      outcome({ kind: "unusable", reason: "cut off" }),
    );
    expect([ended.step.status, ended.submit?.state, ended.submit?.verdict]).toEqual(["waiting", "spent", "rejected"]);
  });

  test("is fetched again after the back-off of its try", () => {
    const { step } = concluded(fetched(1, true), outcome({ kind: "unusable", reason: "it is cut off" }));
    expect([step.dueAtMs, step.failure?.code]).toEqual([NOW_MS + 3_000, "media.invalid"]);
  });

  test("and was only looked at again is not fetched: there is nobody to ask", () => {
    const film = fetched(1, true);
    const facts = withStep(film.facts, film.step.id, { operation: null });
    const ended = concluded({ ...film, facts }, outcome({ kind: "unusable", reason: "it is cut off", isUsable: true }));
    expect(ended.step.status).toBe("rejected");
    expect(waysIn(ended.facts)).toEqual(["--use-rejected", "--retry-rejected", "--skip-blocked"]);
  });
});

describe("a retake whose price was kept for it", () => {
  const made: Outcome = {
    kind: "made",
    made: {
      file: { key: "p/a-0.mp4", sha256: "ab", bytes: 7 },
      role: "clip",
      mediaType: "video/mp4",
      media: null,
      report: null,
    },
  };
  test("gives back what it did not use when it is done", () => {
    const film = running("clip", { operation, reservedUsd: 2 }, "open");
    const facts = { ...film.facts, project: { ...film.facts.project, maxCostUsd: 5 } };
    const now = concluded({ ...film, facts }, outcome(made));
    expect([now.step.reservedUsd, now.facts.project.maxCostUsd]).toEqual([0, 4]);
  });

  test.each([
    // Kept for it, spent by it, the cap before and after.
    [1.5, 1, 5, 4.5],
    [1, 1, 5, 5],
    [1, 2, 5, 5],
    [0, 1, 5, 5],
    [2, 1, null, null],
  ])("of $%p has spent $%p: the cap of %p is %p then", (reservedUsd, usd, maxCostUsd, after) => {
    const film = running("clip", { operation, reservedUsd }, "open", { usd });
    const facts = { ...film.facts, project: { ...film.facts.project, maxCostUsd } };
    const now = concluded({ ...film, facts }, outcome(made));
    expect([now.step.reservedUsd, now.facts.project.maxCostUsd]).toEqual([0, after]);
  });

  test("keeps it until it is done", () => {
    const film = running("clip", { operation, reservedUsd: 2 }, "open");
    const facts = { ...film.facts, project: { ...film.facts.project, maxCostUsd: 5 } };
    const now = concluded({ ...film, facts }, outcome({ kind: "waiting" }));
    expect([now.step.reservedUsd, now.facts.project.maxCostUsd]).toEqual([2, 5]);
  });
});

describe("a storyboard", () => {
  test("is done when it is written, and its call is spent", () => {
    const storyboard = storyboardOf({ prompt: "A cat." }, 1);
    const { step, submit } = concluded(running("storyboard"), outcome({ kind: "written", storyboard }));
    expect(step).toMatchObject({ status: "done", finishedAtMs: NOW_MS, failure: null });
    expect(submit).toMatchObject({ state: "spent", verdict: "used", usd: 1 });
  });
});

describe("a look at an operation that failed", () => {
  test.each([
    ["provider.unreachable", 1, "waiting", 1],
    ["provider.unreachable", 99, "waiting", 99],
    ["provider.unclear", 1, "waiting", 1],
    ["provider.quota", 5, "waiting", 5],
    ["media.invalid", 1, "waiting", 2],
    ["media.invalid", 3, "waiting", 4],
    ["media.invalid", 4, "failed", 4],
    ["storage.io", 3, "waiting", 4],
    ["storage.io", 4, "failed", 4],
    ["storage.damaged", 1, "failed", 1],
    ["provider.bad_key", 1, "failed", 1],
    ["internal", 1, "failed", 1],
  ] as const)("with %s at try %p of 5: %s, tries %p; what was bought stays open", (code, attempts, status, tries) => {
    const { step, submit } = concluded(collecting(attempts), failed(code, "unsent"));
    expect([step.status, step.attempts, step.operation?.name, submit?.state]).toEqual([
      status,
      tries,
      "operations/1",
      "open",
    ]);
    expect(step.failure).toEqual({ code, message: "no luck" });
  });

  test.each([
    [undefined, 15_000],
    [10_000, 15_000],
    [40_000, 41_000],
  ])("is looked at again at the usual pace, and no sooner than asked (%p ms): %p ms", (asked, ms) => {
    const details = asked === undefined ? {} : { retryAfterMs: asked };
    const { step } = concluded(collecting(), failed("provider.quota", "unsent", details));
    expect([step.dueAtMs, step.operation?.polls]).toEqual([NOW_MS + ms, 4]);
  });

  test("waits as long as its lane, and for a login where the process waits for another one", () => {
    const film = collecting(3);
    const { step } = concluded(film, failed("provider.quota", "unsent"), {}, { laneWaitMs: 250_000 });
    expect(step).toMatchObject({ status: "waiting", attempts: 3, dueAtMs: NOW_MS + 250_000 });
    const refused = failed("provider.bad_key", "unsent");
    expect(concluded(film, refused, { awaitsLogin: true }).step).toMatchObject({ status: "waiting", attempts: 3 });
  });

  test("is not looked at sooner than a first try would be made again, however often it was looked at", () => {
    const { step } = concluded(collecting(3), failed("provider.unreachable", "unsent"), { retryBaseMs: 24_000 });
    expect(step.dueAtMs).toBe(NOW_MS + 18_000);
  });

  test("that is overdue from the next look on slows down", () => {
    const film = running("clip", { operation: { ...operation, polls: 39 } }, "open");
    expect(concluded(film, failed("provider.unreachable", "unsent")).step.dueAtMs).toBe(NOW_MS + 60_000);
  });
});

describe("an operation that goes on", () => {
  test("is written down with its name, and is looked at in time", () => {
    const { step, submit } = concluded(running("clip"), outcome({ kind: "waiting", operationName: "operations/9" }));
    expect([step.status, step.dueAtMs, step.failure]).toEqual(["waiting", NOW_MS + 15_000, null]);
    expect(step.operation).toEqual({ name: "operations/9", submittedAtMs: NOW_MS, polls: 0 });
    expect(submit).toMatchObject({ state: "open", operationName: "operations/9", usd: 1 });
  });

  test("keeps its name, and every look is counted", () => {
    const { step, submit } = concluded(collecting(), outcome({ kind: "waiting" }));
    expect(step.operation).toEqual({ name: "operations/1", submittedAtMs: 5, polls: 4 });
    expect([step.status, step.dueAtMs, submit?.state]).toEqual(["waiting", NOW_MS + 15_000, "open"]);
  });

  test("that costs nothing is looked at at once, then at the usual pace", () => {
    const first = concluded(running("clip", {}, null), outcome({ kind: "waiting", operationName: "local" }));
    expect([first.step.status, first.step.dueAtMs]).toEqual(["waiting", NOW_MS]);
    const later = concluded(running("clip", { operation }, null), outcome({ kind: "waiting" }));
    expect(later.step.dueAtMs).toBe(NOW_MS + 15_000);
  });

  test("of a cancelled project is written down all the same, and nobody looks after it", () => {
    const film = cancelled(running("clip"));
    const { step, submit } = concluded(film, outcome({ kind: "waiting", operationName: "operations/9" }));
    expect([step.status, step.operation?.name, submit?.state, submit?.operationName]).toEqual([
      "cancelled",
      "operations/9",
      "open",
      "operations/9",
    ]);
  });
});

describe("a step that was stopped", () => {
  test.each([
    ["clip", "unsent", "queued", "released"],
    ["clip", "sent", "ambiguous", "unknown"],
    // Answered, and not stored before the process ended.
    ["clip", "answered", "rejected", "spent"],
    ["keyframe", "unsent", "queued", "released"],
    ["keyframe", "sent", "queued", "unknown"],
    ["keyframe", "answered", "rejected", "spent"],
  ] as const)("%s, %s: %s, %s", (kind, phase, status, state) => {
    const { step, submit } = concluded(running(kind, { attempts: 2 }), { kind: "stopped", phase });
    const isBack = status === "queued";
    expect([step.status, submit?.state]).toEqual([status, state]);
    if (phase === "unsent") expect(step.attempts).toBe(1);
    if (isBack) expect(step.dueAtMs).toBe(NOW_MS);
  });

  test.each([
    [0, 0],
    [1, 0],
    [3, 2],
  ])("after %p tries has had %p", (attempts, left) => {
    const { step } = concluded(running("keyframe", { attempts }), { kind: "stopped", phase: "unsent" });
    expect(step.attempts).toBe(left);
  });

  test("that is free is in no doubt", () => {
    const { step } = concluded(running("clip", {}, null), { kind: "stopped", phase: "sent" });
    expect(step.status).toBe("queued");
  });

  test("with its project is cancelled; a clip that may have been bought is in doubt", () => {
    const stop = (kind: StepKind, phase: CallPhase) =>
      concluded(cancelled(running(kind)), { kind: "stopped", phase }).step.status;
    expect([stop("keyframe", "unsent"), stop("clip", "unsent"), stop("clip", "sent")]).toEqual([
      "cancelled",
      "cancelled",
      "ambiguous",
    ]);
  });

  test("while it collected keeps what it collects", () => {
    const stopped: StepOutcome = { kind: "stopped", phase: "unsent" };
    const { step, submit } = concluded(collecting(3), stopped);
    expect(step).toMatchObject({ status: "waiting", dueAtMs: NOW_MS, attempts: 3, operation });
    expect(submit?.state).toBe("open");
    const ended = concluded(cancelled(collecting()), stopped);
    expect([ended.step.status, ended.step.operation, ended.submit?.state]).toEqual(["cancelled", operation, "open"]);
  });

  test.each([
    ["unsent", "queued", "released"],
    ["sent", "ambiguous", "unknown"],
    ["answered", "rejected", "spent"],
  ] as const)("by a full disk, %s: %s, %s, and the project is held", (phase, status, state) => {
    const { facts, step, submit } = concluded(running("clip"), failed("storage.full", phase));
    expect([step.status, submit?.state, facts.project.hold, facts.project.status]).toEqual([
      status,
      state,
      { reason: "disk", message: "no luck: make room, then resume" },
      "held",
    ]);
  });
});

describe("what was made", () => {
  const made: Outcome = {
    kind: "made",
    made: {
      file: { key: "p/clip-01-0123456789ab.mp4", sha256: "ab", bytes: 7 },
      role: "clip",
      mediaType: "video/mp4",
      media: null,
      report: { seam: 1 },
    },
  };

  test("is written down with its file, and its price is spent", () => {
    const { facts, step, submit } = concluded(collecting(), outcome(made));
    const artifact = facts.artifacts.at(-1);
    expect(artifact).toMatchObject({ stepId: step.id, key: "p/clip-01-0123456789ab.mp4", bytes: 7, role: "clip" });
    expect(step).toMatchObject({ status: "done", finishedAtMs: NOW_MS, failure: null });
    expect(step.result).toEqual({
      kind: "artifact",
      artifactId: artifact?.id ?? expect.unreachable(),
      report: { seam: 1 },
    });
    expect(submit).toMatchObject({ state: "spent", usd: 1 });
  });

  test("leaves calls that are accounted for as they are", () => {
    for (const state of ["released", "spent"] as const) {
      const { submit } = concluded(running("clip", { operation }, state), outcome(made));
      expect(submit?.state).toBe(state);
    }
  });

  // Given up as lost, and found since: what its answer says of the charge counts.
  test.each([
    [{ kind: "written", storyboard: storyboardOf({ prompt: "A cat." }, 1) }, "done", "spent"],
    [{ kind: "refused", reason: "a face", charged: false }, "queued", "released"],
    [{ kind: "refused", reason: "a face", charged: true }, "refused", "spent"],
  ] as const satisfies readonly (readonly [Outcome, string, string])[])(
    "of a call in doubt settles it: %j",
    (said, status, state) => {
      const { step, submit } = concluded(answered("storyboard", { state: "unknown" }), outcome(said));
      expect([step.status, submit?.state]).toEqual([status, state]);
    },
  );

  test("settles the call of its own step, not another one's", () => {
    const { facts, step } = running("clip", { operation }, "open");
    const [other] = facts.steps;
    if (other === undefined) throw new Error("no other step");
    const both = withSubmit({ facts, step: other }, "intent");
    const now = concluded({ facts: both, step }, outcome(made));
    expect(now.facts.submits.map(({ state }) => state)).toEqual(["spent", "intent"]);
  });
});

test.each(["queued", "waiting", "ambiguous", "refused", "rejected", "failed", "cancelled", "skipped", "done"] as const)(
  "the ending of a step that is %s meanwhile changes nothing",
  (status) => {
    const { facts, step } = filmAt("clip");
    const now = withStep(facts, step.id, { status });
    const ending = outcome({ kind: "refused", reason: "no", charged: true });
    expect(concludeStep(now, step.id, ending, { ...context, random: RANDOM, policy: POLICY })).toEqual([]);
  },
);
