import { describe, expect, test } from "bun:test";
import { keptAnswer, mostCallsOf, purchasesOf, repeatsOf } from "../../src/planning/purchases.ts";
import { filmAt, withAnswer, withStep, withSubmit } from "../support/facts.ts";

describe("what a policy allows without anybody's word", () => {
  test.each([
    ["storyboard", "ask", 1, 3],
    ["storyboard", "retry", 1, 3],
    ["keyframe", "ask", 1, 2],
    ["keyframe", "skip", 1, 2],
    ["keyframe", "retry", 1, 2],
    ["clip", "ask", 0, 1],
    ["clip", "skip", 0, 1],
    ["clip", "retry", 1, 2],
  ] as const)("%s, on_ambiguous %s: %p repeats, at most %p calls", (kind, onAmbiguous, repeats, calls) => {
    expect([repeatsOf(kind, onAmbiguous), mostCallsOf(kind, onAmbiguous)]).toEqual([repeats, calls]);
  });
});

test.each([
  ["intent", 1],
  ["open", 1],
  ["spent", 1],
  ["unknown", 1],
  ["released", 0],
] as const)("a call that is %s counts as %p purchases", (state, count) => {
  const film = filmAt("keyframe");
  expect(purchasesOf(withSubmit(film, state), film.step)).toHaveLength(count);
});

test("a purchase is of its own piece only: its kind and its key", () => {
  const film = filmAt("keyframe");
  const [board] = film.facts.steps;
  if (board === undefined) throw new Error("no storyboard");
  const sameKey = withStep(film.facts, board.id, { inputKey: film.step.inputKey });
  expect(purchasesOf(withSubmit({ facts: sameKey, step: board }, "spent"), film.step)).toEqual([]);
  const otherKey = withStep(film.facts, film.step.id, { inputKey: "another" });
  expect(purchasesOf(withSubmit({ ...film, facts: otherKey }, "spent"), film.step)).toEqual([]);
});

describe("what is kept of a piece", () => {
  test("is its last purchase's, not the one's before", () => {
    const film = filmAt("keyframe");
    const { facts, answer } = withAnswer(film);
    const once = withSubmit({ ...film, facts }, "spent", { replyId: answer });
    expect(keptAnswer(once, film.step)?.reply?.id).toBe(answer);
    const twice = withSubmit({ ...film, facts: once }, "unknown", { attempt: 2 });
    expect(keptAnswer(twice, film.step)).toBeUndefined();
  });

  test("is nothing where nothing was received", () => {
    const film = filmAt("keyframe");
    expect(keptAnswer(film.facts, film.step)).toBeUndefined();
    expect(keptAnswer(withSubmit(film, "spent"), film.step)).toBeUndefined();
  });

  test("may be the file alone", () => {
    const film = filmAt("clip");
    const { facts, answer } = withAnswer(film);
    const kept = keptAnswer(withSubmit({ ...film, facts }, "spent", { resultId: answer }), film.step);
    expect([kept?.reply, kept?.result?.id]).toEqual([null, answer]);
  });

  test("in a fork is told apart by its type: replies, pictures and clips; the last of each", () => {
    const film = filmAt("clip");
    const first = withAnswer(film);
    const second = withAnswer({ ...film, facts: first.facts });
    const third = withAnswer({ ...film, facts: second.facts });
    const fourth = withAnswer({ ...film, facts: third.facts });
    const types = new Map([
      [first.answer, "application/json"],
      [second.answer, "video/mp4"],
      [third.answer, "image/png"],
      [fourth.answer, "application/json"],
    ]);
    const artifacts = fourth.facts.artifacts.map((row) => ({ ...row, mediaType: types.get(row.id) ?? row.mediaType }));
    const kept = keptAnswer({ ...fourth.facts, artifacts }, film.step);
    expect([kept?.reply?.id, kept?.result?.id]).toEqual([fourth.answer, third.answer]);
    // What belongs to a call, to another step, or is no answer, does not count.
    const owned = withSubmit({ ...film, facts: { ...fourth.facts, artifacts } }, "released", {
      replyId: fourth.answer,
      resultId: third.answer,
    });
    const rest = keptAnswer(owned, film.step);
    expect([rest?.reply?.id, rest?.result?.id]).toEqual([first.answer, second.answer]);
    const made = artifacts.map((row) => ({ ...row, role: "clip" as const }));
    expect(keptAnswer({ ...fourth.facts, artifacts: made }, film.step)).toBeUndefined();
    const [board] = film.facts.steps;
    const elsewhere = artifacts.map((row) => ({ ...row, stepId: board?.id ?? row.stepId }));
    expect(keptAnswer({ ...fourth.facts, artifacts: elsewhere }, film.step)).toBeUndefined();
  });
});
