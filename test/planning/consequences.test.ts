import { expect, test } from "bun:test";
import { applyChanges, type Change, type ProjectFacts } from "../../src/domain/facts.ts";
import type { Step } from "../../src/domain/step.ts";
import { editStoryboard } from "../../src/editing/edit-storyboard.ts";
import { resume } from "../../src/editing/run-control.ts";
import { recoverSteps } from "../../src/engine/recover-steps.ts";
import { plan } from "../../src/planning/plan.ts";
import { createTestApp, createTestStores, POLICY } from "../support/test-app.ts";

const context = { nowMs: Date.UTC(2026, 10, 22), id: () => Bun.randomUUIDv7() };
const after = (facts: ProjectFacts, changes: readonly Change[]) => applyChanges(facts, changes, context.nowMs);

async function filmed(): Promise<ProjectFacts> {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat at night.", 2);
  return testApp.repository.facts(id);
}

const isClip = ({ kind }: Step): boolean => kind === "clip";
/** The same film, its clips in another state and not joined. */
const withClips = (facts: ProjectFacts, change: Partial<Step>): ProjectFacts => ({
  ...facts,
  project: { ...facts.project, status: "video_gen" },
  steps: facts.steps
    .filter(({ kind }) => kind !== "stitch")
    .map((step) => (isClip(step) ? { ...step, result: null, operation: null, ...change } : step)),
});
const clipsOf = (facts: ProjectFacts) => facts.steps.filter(isClip).map(({ status }) => status);

test("a clip that an edit made useless is not ordered again when the process that made it is gone", async () => {
  const facts = withClips(await filmed(), { status: "running" });
  const storyboard = plan(facts).storyboard;
  if (storyboard === null) throw new Error("no storyboard");
  const shorter = { ...storyboard, scenes: storyboard.scenes.slice(0, 1) };
  const edited = after(facts, editStoryboard(facts, { storyboard: shorter, patch: false }, context).changes);
  expect(clipsOf(edited)).toEqual(["running", "running"]);
  expect(clipsOf(after(edited, recoverSteps(edited, new Map(), POLICY, context)))).toEqual(["queued", "cancelled"]);
});

test("resume until an earlier stage leaves the clips after it alone, stopped or queued", async () => {
  for (const status of ["cancelled", "queued"] as const) {
    const facts = withClips(await filmed(), { status });
    const resumed = after(facts, resume(facts, { until: "keyframes" }, context).changes);
    expect([resumed.project.status, ...clipsOf(resumed)]).toEqual(["review", "cancelled", "cancelled"]);
    const further = after(resumed, resume(resumed, {}, context).changes);
    expect(clipsOf(further)).toEqual(["queued", "queued"]);
  }
});

test("a clip that was ordered where its scene was before is collected, not ordered again where the scene is now", async () => {
  const facts = withClips(await filmed(), { status: "cancelled" });
  const [first, second] = facts.steps.filter(isClip);
  if (first === undefined || second === undefined) throw new Error("no clips");
  const operation = { name: "operations/9", submittedAtMs: 1, polls: 1 };
  // The first clip as if it had been ordered for the second place.
  const moved = facts.steps
    .filter((step) => step !== second)
    .map((step) =>
      step === first ? { ...second, position: 0, take: 9, operation, status: "cancelled" as const } : step,
    );
  const resumed = after({ ...facts, steps: moved }, resume({ ...facts, steps: moved }, {}, context).changes);
  expect(resumed.steps.filter(({ inputKey }) => inputKey === second.inputKey).map(({ status }) => status)).toEqual([
    "waiting",
  ]);
});

test("a still that was skipped stays skipped when another place makes the same", async () => {
  const facts = await filmed();
  const [, second, third] = facts.steps.filter(({ kind }) => kind === "keyframe");
  if (second === undefined || third === undefined) throw new Error("no stills");
  const steps = facts.steps.map((step) => {
    if (step === second) return { ...step, status: "skipped" as const, result: null };
    return step === third ? { ...step, inputKey: second.inputKey } : step;
  });
  const stills = plan({ ...facts, steps }).steps.filter(({ kind }) => kind === "keyframe");
  expect(stills[1]?.step?.status).toBe("skipped");
});

/** A film of two scenes whose second clip the user was asked about, with its first scene taken out. */
async function withoutFirstScene(status: "ambiguous" | "refused" | "skipped"): Promise<ProjectFacts> {
  const done = await filmed();
  const second = done.steps.filter(isClip).at(-1);
  const board = plan(done).storyboard;
  if (second === undefined || board === null) throw new Error("no clip");
  // The stills as they are: only the clip's place is new.
  const stills = done.steps.filter(({ kind }) => kind === "keyframe").map(({ id, inputKey }) => ({ id, inputKey }));
  const picks = [0, 1].map((position) => ({
    kind: "keyframe" as const,
    position,
    stepId: stills[position + 1]?.id ?? second.id,
    inputKey: null,
  }));
  const scenes = board.scenes.slice(1).map((scene) => ({ ...scene, sceneIndex: 0 }));
  const steps = done.steps
    .filter(({ kind }) => kind !== "stitch")
    .map((step) => (step === second ? { ...step, status, result: null, operation: null } : step));
  const project = { ...done.project, status: "held" as const };
  const facts = { ...done, project: { ...project, direction: { ...project.direction, picks } }, steps };
  return after(facts, [
    {
      type: "direct",
      note: "one scene",
      direction: { ...facts.project.direction, storyboard: { ...board, scenes } },
      crossfadeSeconds: 0,
    },
  ]);
}

test("a clip that the user leaves out is not ordered because its scene has moved", async () => {
  const facts = await withoutFirstScene("ambiguous");
  const resumed = after(facts, resume(facts, { skipBlocked: true }, context).changes);
  expect(clipsOf(resumed)).toEqual(["done", "skipped"]);
  expect(plan(resumed).missingScenes).toEqual([0]);
});

test("a clip in doubt is ordered again on the user's word where its scene is now", async () => {
  const facts = await withoutFirstScene("ambiguous");
  const resumed = after(facts, resume(facts, { retryAmbiguous: true }, context).changes);
  expect(clipsOf(resumed)).toEqual(["done", "queued"]);
});

test("a refused clip waits for the user's choice where its scene is now", async () => {
  const facts = await withoutFirstScene("refused");
  expect(() => resume(facts, {}, context)).toThrow("waits for your choice");
  const again = after(facts, resume(facts, { retryRefused: true }, context).changes);
  expect(clipsOf(again)).toEqual(["done", "queued"]);
});

test("a still that the user left out stands for one place only", async () => {
  const facts = await filmed();
  const board = plan(facts).storyboard;
  if (board === null) throw new Error("no storyboard");
  const [scene] = board.scenes;
  const scenes = scene === undefined ? [] : [0, 1].map((sceneIndex) => ({ ...scene, sceneIndex }));
  const alike = after(
    facts,
    editStoryboard(facts, { storyboard: { ...board, scenes }, patch: false }, context).changes,
  );
  const steps = alike.steps.map((step) =>
    step.kind === "keyframe" && step.position === 1 ? { ...step, status: "skipped" as const, result: null } : step,
  );
  const stills = plan({ ...alike, steps }).steps.filter(({ kind }) => kind === "keyframe");
  expect(stills[2]?.inputKey).toBe(stills[1]?.inputKey ?? "");
  expect(stills.map(({ step }) => step?.status ?? null)).toEqual(["done", "skipped", null]);
});
