import { describe, expect, test } from "bun:test";
import { ArtifactId } from "../../src/domain/ids.ts";
import { SUBMIT_STATES } from "../../src/domain/money.ts";
import type { Artifact, Submit } from "../../src/domain/step.ts";
import { decimalsOf, RECEIPT_COLUMNS, receiptFields, receiptOf } from "../../src/planning/receipt.ts";
import { filmAt, filmDone, withStep, withSubmit } from "../support/facts.ts";

const still = filmAt("keyframe");
const only = (state: (typeof SUBMIT_STATES)[number], changes: Partial<Submit> = {}) =>
  receiptOf(withSubmit(still, state, changes)).lines[0];

describe("a receipt", () => {
  test("has each amount in one column, and the columns are the price", () => {
    const facts = SUBMIT_STATES.reduce(
      (before, state, place) => withSubmit({ ...still, facts: before }, state, { usd: 0.1 + place / 1e6 }),
      still.facts,
    );
    const { lines, total } = receiptOf(facts);
    for (const sums of [...lines, total])
      expect(sums.reservedUsd + sums.spentUsd + sums.unknownUsd + sums.returnedUsd).toBeCloseTo(sums.quotedUsd, 9);
    expect(total).toEqual({
      quotedUsd: 0.50001,
      reservedUsd: 0.200001,
      spentUsd: 0.100002,
      returnedUsd: 0.100003,
      unknownUsd: 0.100004,
      billedUsd: null,
    });
  });

  test("adds what the service billed where it tells, and says nothing where it does not", () => {
    const told = withSubmit(still, "spent", { billedUsd: 0 });
    expect(receiptOf(told).total.billedUsd).toBe(0);
    expect(receiptOf(withSubmit({ ...still, facts: told }, "spent", { billedUsd: 0.4 })).total.billedUsd).toBe(0.4);
  });

  test("names the piece, the take and why it was bought", () => {
    expect(only("spent", { because: "repeat" })).toMatchObject({ piece: "keyframe 1", because: "repeat" });
  });

  test.each([
    ["intent", {}, "none"],
    ["open", {}, "none"],
    ["released", {}, "none"],
    ["spent", {}, "none"],
    ["unknown", {}, "lost"],
    ["spent", { verdict: "used" }, "used"],
    ["spent", { verdict: "rejected", reason: "no picture" }, "rejected"],
    ["released", { verdict: "rejected", reason: "refused" }, "rejected"],
    ["spent", { replyId: ArtifactId.parse("01900000-0000-7000-8000-00000000ffff") }, "kept"],
    ["spent", { replyId: ArtifactId.parse("01900000-0000-7000-8000-00000000ffff"), reason: "missing" }, "gone"],
    ["spent", { reason: "it could not be stored" }, "gone"],
  ] as const)("says of a call that is %s with %o: %s", (state, changes, answer) => {
    expect(only(state, changes)?.answer).toBe(answer);
  });

  test("of an earlier release says what its steps say: a finished one used the last that was charged", () => {
    const facts = filmDone();
    const step = facts.steps.find(({ kind }) => kind === "clip");
    if (step === undefined) throw new Error("no clip");
    const twice = withSubmit({ facts: withSubmit({ facts, step }, "spent"), step }, "spent", { attempt: 2 });
    expect(receiptOf(twice).lines.map(({ answer }) => answer)).toEqual(["none", "used"]);
    const failed = withStep(twice, step.id, { status: "failed" });
    expect(receiptOf(failed).lines.map(({ answer }) => answer)).toEqual(["none", "none"]);
  });

  test("finds what is kept of an answer", () => {
    const id = ArtifactId.parse("01900000-0000-7000-8000-00000000eeee");
    const reply = { id, role: "answer", key: "a/answer-b.json" } as Artifact;
    const facts = withSubmit(still, "spent", { replyId: id, resultId: id });
    const [line] = receiptOf({ ...facts, artifacts: [...facts.artifacts, reply] }).lines;
    expect([line?.reply, line?.result]).toEqual([reply, reply]);
  });

  test("has the same fields in every face", () => {
    const line = only("spent");
    if (line === undefined) throw new Error("no line");
    const names = Object.keys(receiptFields(line)).filter((name) => name !== "usd");
    expect(new Set<string>(names)).toEqual(new Set<string>(RECEIPT_COLUMNS));
  });
});

test.each([
  [[], 2],
  [[1, 0.5, 0.25], 2],
  [[0.067, 0.1], 3],
  [[0.0415], 4],
  [[0.041002], 6],
])("amounts %j are exact in %i decimals", (amounts, decimals) => {
  expect(decimalsOf(amounts)).toBe(decimals);
});
