import { describe, expect, test } from "bun:test";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { StepStatus } from "../../src/domain/lifecycle.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import type { Step } from "../../src/domain/step.ts";
import { resume } from "../../src/editing/run-control.ts";
import { plan } from "../../src/planning/plan.ts";
import { after, context, filmAt, filmDone, stepIn, withStep, withSubmit } from "../support/facts.ts";

const CLIPS = { kind: "clip", model: "video-2" } as const;
const withModel = (facts: ProjectFacts, options: ResumeOptions = {}, fit: Parameters<typeof resume>[3] = CLIPS) =>
  after(facts, resume(facts, { model: fit?.model ?? "", ...options }, context, fit).changes);
const clipOf = (facts: ProjectFacts) => plan(facts).steps.find(({ kind }) => kind === "clip");

/** A film whose clip stands so, and what its place becomes with another model. */
function changed(status: StepStatus, options: ResumeOptions = {}, more: Partial<Step> = {}, isBought = true) {
  const film = filmAt("clip");
  const bought = isBought ? withSubmit(film, "spent") : film.facts;
  const before = withStep(bought, film.step.id, { status, ...more });
  const facts = withModel({ ...before, project: { ...before.project, status: "held" } }, options);
  return { former: film.step, now: clipOf(facts), facts };
}

describe("with another model", () => {
  test.each([
    ["ambiguous", {}, {}],
    ["refused", {}, {}],
    ["rejected", {}, {}],
    ["skipped", {}, {}],
    ["waiting", {}, { operation: { name: "o", submittedAtMs: 0, polls: 1 } }],
    ["failed", {}, { operation: { name: "o", submittedAtMs: 0, polls: 1 } }],
  ] as const)("a clip that is %s keeps its place", (status, options, more) => {
    const { former, now } = changed(status, options, more);
    expect([now?.step?.id, now?.order.kind === "clip" && now.order.model]).toEqual([former.id, "video-2"]);
  });

  test.each([
    ["gone", {}, true],
    ["queued", {}, false],
    ["failed", {}, false],
    ["refused", { retryRefused: true }, true],
    ["ambiguous", { retryAmbiguous: true }, true],
    ["skipped", { retrySkipped: true }, true],
  ] as const)("a clip that is %s (%j) is made by it", (status, options, isBought) => {
    const { former, now, facts } = changed(status, options, {}, isBought);
    expect(now?.step?.id).not.toBe(former.id);
    expect(now?.step).toMatchObject({ status: "queued", order: { model: "video-2" }, approvals: 0 });
    expect(facts.project).toMatchObject({ revision: 1, direction: { models: { clip: "video-2" } } });
    expect(facts.project.models.videoModel).toBe("video-1");
  });

  test("a finished film has nothing to make", () => {
    expect(() => withModel(filmDone())).toThrow("there is nothing to resume");
  });

  test("named once more, a clip of the former model that is gone meanwhile is made by it", () => {
    const { former, facts } = changed("waiting", {}, { operation: { name: "o", submittedAtMs: 0, polls: 1 } });
    const gone = withStep(facts, former.id, { status: "gone" });
    const again = withModel({ ...gone, project: { ...gone.project, status: "held" } });
    expect(clipOf(again)?.step).toMatchObject({ status: "queued", order: { model: "video-2" } });
    expect(stepIn(again, former.id).status).toBe("gone");
  });

  test("stills that are there stay, and so do the clips between them", () => {
    const film = filmAt("clip");
    const facts = withModel(film.facts, {}, { kind: "keyframe", model: "image-2" });
    const steps = plan(facts).steps.filter(({ kind }) => kind === "keyframe");
    expect(steps.map(({ step, order }) => [step?.status, order.kind === "keyframe" && order.model])).toEqual([
      ["done", "image-2"],
      ["done", "image-2"],
    ]);
    expect(clipOf(facts)?.step?.id).toBe(film.step.id);
  });

  test("a pinned take stays pinned", () => {
    const film = filmAt("clip");
    const still = film.facts.steps.find(({ kind }) => kind === "keyframe");
    const pin = { kind: "keyframe" as const, position: 0, stepId: still?.id ?? film.step.id, inputKey: null };
    const { project } = film.facts;
    const pinned = { ...film.facts, project: { ...project, direction: { ...project.direction, picks: [pin] } } };
    const { direction } = withModel(pinned, {}, { kind: "keyframe", model: "image-2" }).project;
    expect(direction.picks.filter(({ position }) => position === 0)).toEqual([pin]);
  });

  test("a storyboard that is written is not written again", () => {
    expect(() => withModel(filmAt("clip").facts, {}, { kind: "storyboard", model: "text-2" })).toThrow(
      "its storyboard is written already",
    );
    const film = filmAt("storyboard");
    const gone = withStep(film.facts, film.step.id, { status: "gone" });
    const [first] = plan(withModel(gone, {}, { kind: "storyboard", model: "text-2" })).steps;
    expect(first?.step).toMatchObject({ status: "queued", order: { model: "text-2" } });
  });

  test.each([
    ["running", {}, false],
    ["ambiguous", {}, false],
    ["rejected", {}, false],
    ["ambiguous", { retryAmbiguous: true }, true],
    ["rejected", { retryRejected: true }, true],
  ] as const)("a storyboard that is %s (%j) is not bought a second time unasked", (status, options, isMade) => {
    const film = filmAt("storyboard");
    const before = withStep(withSubmit(film, status === "running" ? "intent" : "spent"), film.step.id, { status });
    const ask = () => withModel(before, options, { kind: "storyboard", model: "text-2" });
    if (!isMade) return expect(ask).toThrow("its storyboard was ordered already");
    expect(plan(ask()).steps[0]?.step).toMatchObject({ status: "queued", order: { model: "text-2" } });
  });
});
