import { expect, test } from "bun:test";
import { choosable, takeJson, takesWords, takeTable } from "../../src/cli/output/takes.ts";
import { ArtifactId } from "../../src/domain/ids.ts";
import type { Artifact } from "../../src/domain/step.ts";
import { plan } from "../../src/planning/plan.ts";
import { takesOf } from "../../src/planning/takes.ts";
import { filmAt, withStep, withSubmit } from "../support/facts.ts";

const still = filmAt("keyframe");
const answer: Artifact = {
  id: ArtifactId.parse("01900000-0000-7000-8000-00000000aaaa"),
  projectId: still.facts.project.id,
  stepId: still.step.id,
  role: "answer",
  position: 0,
  key: "film/keyframe-00-0123456789ab.png",
  sha256: "a".repeat(64),
  bytes: 9,
  mediaType: "image/png",
  media: null,
  createdAtMs: 0,
};
const held = withStep({ ...still.facts, artifacts: [answer] }, still.step.id, { status: "rejected" });
const facts = [{ resultId: answer.id }, { reason: "no picture came" }].reduce(
  (before, changes, place) =>
    withSubmit({ facts: before, step: still.step }, "spent", {
      usd: 0.067,
      attempt: place + 1,
      verdict: "rejected",
      reason: "it is square",
      ...changes,
    }),
  held,
);
const [take] = choosable(takesOf(facts, plan(facts)));
if (take === undefined) throw new Error("no take");
const sink = { isTerminal: false, columns: () => 200, isColored: false, write: () => {} };

test("a rejected answer stands below its take, with its price, the reason and its file", () => {
  const [, own, ...answers] = takeTable([take], "/films", sink)
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  expect(own?.slice(0, 5)).toEqual(["1", "start keyframe", "1", "*", "rejected"]);
  expect(answers.map((cells) => cells.slice(-2))).toEqual([
    ["$0.07", "rejected: it is square: /films/film/keyframe-00-0123456789ab.png"],
    ["$0.07", "rejected: no picture came"],
  ]);
});

test("programs get them with the take", () => {
  expect(takeJson(take, "/films")).toMatchObject({
    usd: 0.134,
    path: null,
    rejected: [
      { reason: "it is square", usd: 0.067, path: "/films/film/keyframe-00-0123456789ab.png", sha256: "a".repeat(64) },
      { reason: "no picture came", usd: 0.067, path: null, sha256: null },
    ],
  });
});

test("one take and several agree in number", () => {
  expect([[2], [2, 3], [2, 3, 4]].map(takesWords)).toEqual(["take 2", "takes 2 and 3", "takes 2, 3 and 4"]);
});
