import { describe, expect, test } from "bun:test";
import { StepId } from "../../src/domain/ids.ts";
import {
  isMadeFromKept,
  keptAnswer,
  mostCallsOf,
  nextPurchase,
  purchasesOf,
  repeatsOf,
} from "../../src/planning/purchases.ts";
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

  test("the name of an operation that the service has forgotten is no answer to make a clip from", () => {
    const film = filmAt("clip");
    const { facts, answer } = withAnswer(film);
    const bought = (state: "open" | "unknown") =>
      withSubmit({ ...film, facts }, state, { replyId: answer, operationName: "operations/1" });
    expect(keptAnswer(bought("open"), film.step)?.reply?.id).toBe(answer);
    expect(keptAnswer(bought("unknown"), film.step)).toBeUndefined();
    expect(nextPurchase(bought("unknown"), film.step, "retry")).toBe("repeat");
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

  test("of anything but a clip is its reply: without it there is nothing to read", () => {
    const film = filmAt("keyframe");
    const { facts, answer } = withAnswer(film);
    expect(keptAnswer(withSubmit({ ...film, facts }, "spent", { resultId: answer }), film.step)).toBeUndefined();
  });

  test.each([
    ["clip", "operations/1", "rejected", false, false],
    ["clip", "operations/1", "rejected", true, true],
    ["clip", "operations/1", null, false, true],
    ["clip", null, "rejected", false, true],
    ["keyframe", "operations/1", "rejected", false, true],
  ] as const)(
    "of a %s with operation %p, judged %p, a file: %p is there: %p",
    (kind, operationName, verdict, hasFile, isThere) => {
      const film = filmAt(kind);
      const reply = withAnswer(film);
      const file = withAnswer({ ...film, facts: reply.facts });
      const call = { replyId: reply.answer, resultId: hasFile ? file.answer : null, operationName, verdict };
      const kept = keptAnswer(withSubmit({ ...film, facts: file.facts }, "spent", call), film.step);
      expect(kept !== undefined).toBe(isThere);
    },
  );

  test("in a fork is told apart by its name: replies and files; the last of each", () => {
    const film = filmAt("clip");
    const { project } = film.facts;
    let facts = film.facts;
    const ids = ["reply", "file", "file", "reply"].map((what) => {
      const added = withAnswer({ ...film, facts });
      const key = what === "file" ? `${project.id}/clip-01-0123456789ab.mp4` : null;
      facts = {
        ...added.facts,
        artifacts: added.facts.artifacts.map((row) =>
          row.id === added.answer && key !== null ? { ...row, key } : row,
        ),
      };
      return added.answer;
    });
    const kept = keptAnswer(facts, film.step);
    expect([kept?.reply?.id, kept?.result?.id]).toEqual([ids[3], ids[2]]);
    // What belongs to a call, to another step, or is no answer, does not count.
    const owned = withSubmit({ ...film, facts }, "released", { replyId: ids[3] ?? null, resultId: ids[2] ?? null });
    const rest = keptAnswer(owned, film.step);
    expect([rest?.reply?.id, rest?.result?.id]).toEqual([ids[0], ids[1]]);
    const made = facts.artifacts.map((row) => ({ ...row, role: "clip" as const }));
    expect(keptAnswer({ ...facts, artifacts: made }, film.step)).toBeUndefined();
    const [board] = film.facts.steps;
    const elsewhere = facts.artifacts.map((row) => ({ ...row, stepId: board?.id ?? row.stepId }));
    expect(keptAnswer({ ...facts, artifacts: elsewhere }, film.step)).toBeUndefined();
  });
});

test.each([
  ["spent", null, 0, true],
  ["spent", "rejected", 0, true],
  ["spent", "rejected", 1, false],
  ["intent", null, 0, true],
] as const)(
  "a keyframe whose call is %s, its answer %p, with %p words of its user, is made from what is kept: %p",
  (state, verdict, approvals, expected) => {
    const film = filmAt("keyframe");
    const { facts, answer } = withAnswer(film);
    const step = { ...film.step, approvals };
    const agreed = withStep(facts, step.id, { approvals });
    expect(isMadeFromKept(withSubmit({ ...film, facts: agreed }, state, { replyId: answer, verdict }), step)).toBe(
      expected,
    );
    expect(isMadeFromKept(agreed, film.step)).toBe(true);
    expect(isMadeFromKept(film.facts, film.step)).toBe(false);
  },
);

test("a word of the user is for the piece, wherever it was said", () => {
  const film = filmAt("keyframe");
  const [id] = withAnswer(film).facts.artifacts.slice(-1);
  const twin = { ...film.step, id: StepId.parse(String(id?.id)), position: 7, approvals: 1 };
  const facts = withSubmit({ ...film, facts: { ...film.facts, steps: [...film.facts.steps, twin] } }, "spent", {
    verdict: "rejected",
  });
  expect(nextPurchase(facts, film.step, "ask")).toBe("approval");
  const used = withSubmit({ ...film, facts }, "spent", { attempt: 2, because: "approval", verdict: "rejected" });
  expect(nextPurchase(used, film.step, "ask")).toBeNull();
});
