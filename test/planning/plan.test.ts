import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { NO_DIRECTION } from "../../src/domain/direction.ts";
import { applyChanges, type Change, type ProjectFacts } from "../../src/domain/facts.ts";
import { ArtifactId, ProjectId } from "../../src/domain/ids.ts";
import type { Project } from "../../src/domain/project.ts";
import type { Artifact, Step } from "../../src/domain/step.ts";
import { withConsequences } from "../../src/planning/consequences.ts";
import { plan } from "../../src/planning/plan.ts";
import { statusOf } from "../../src/planning/project-status.ts";
import { storyboardOf } from "../support/scripted-provider.ts";

const context = () => ({ nowMs: 1_000, id: () => Bun.randomUUIDv7() });

function newProject(): ProjectFacts {
  const project: Project = {
    id: ProjectId.parse(Bun.randomUUIDv7()),
    request: {
      prompt: "A cat.",
      style: "cinematic",
      aspectRatio: "16:9",
      clipDurationSeconds: 6,
      sceneCount: null,
      maxScenes: 15,
      seed: null,
      crossfadeSeconds: 0,
    },
    models: { provider: "p", textModel: "t", imageModel: "i", videoModel: "v", options: {} },
    maxCostUsd: null,
    hold: null,
    cancelled: false,
    until: "film",
    direction: NO_DIRECTION,
    revision: 0,
    status: "pending",
    message: null,
    epoch: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
  return { project, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
}

/** The facts after a decision; what it says they and their plan will be is what its changes lead to. */
function decided(facts: ProjectFacts, changes: readonly Change[]): ProjectFacts {
  const decision = withConsequences(facts, changes, context());
  const after = applyChanges(facts, decision.changes, 1_000);
  expect(decision.facts).toEqual(after);
  expect(decision.plan).toEqual(plan(after));
  return after;
}

/** Finishes a queued step as its kind does. */
function finish(facts: ProjectFacts, step: Step, scenes: number): ProjectFacts {
  const claim: Change = { type: "advance", stepId: step.id, event: "claim" };
  if (step.kind === "storyboard") {
    const result = { kind: "storyboard" as const, storyboard: storyboardOf({ prompt: "A cat." }, scenes) };
    return decided(facts, [claim, { type: "advance", stepId: step.id, event: "finish", patch: { result } }]);
  }
  const artifact: Artifact = {
    id: ArtifactId.parse(Bun.randomUUIDv7()),
    projectId: facts.project.id,
    stepId: step.id,
    role: step.kind === "keyframe" ? "keyframe" : step.kind === "clip" ? "clip" : "final",
    position: step.position,
    key: `k/${step.kind}-${step.position}.png`,
    sha256: new Bun.CryptoHasher("sha256").update(step.inputKey).digest("hex"),
    bytes: 1,
    mediaType: "image/png",
    media: null,
    createdAtMs: 0,
  };
  const result = { kind: "artifact" as const, artifactId: artifact.id, report: null };
  return decided(facts, [
    { type: "add_artifact", artifact },
    claim,
    { type: "advance", stepId: step.id, event: "finish", patch: { result } },
  ]);
}

const queued = (facts: ProjectFacts): Step[] => facts.steps.filter((step) => step.status === "queued");

/** Finishes queued steps in the order the numbers pick until none is left. */
function run(start: ProjectFacts, scenes: number, picks: readonly number[]): ProjectFacts {
  let facts = start;
  for (let turn = 0; turn < 500; turn++) {
    const due = queued(facts);
    const step = due[(picks[turn % Math.max(1, picks.length)] ?? 0) % Math.max(1, due.length)];
    if (step === undefined) return facts;
    facts = finish(facts, step, scenes);
  }
  throw new Error("never ends");
}

const scenesAndPicks = [
  fc.integer({ min: 1, max: 12 }),
  fc.array(fc.nat(50), { minLength: 1, maxLength: 40 }),
] as const;

describe("plan", () => {
  test("ends complete in any order of work, with each step planned once", () => {
    fc.assert(
      fc.property(...scenesAndPicks, (scenes, picks) => {
        const facts = run(decided(newProject(), []), scenes, picks);
        expect(statusOf(facts, plan(facts)).status).toBe("complete");
        expect(facts.steps.map((step) => step.kind).filter((kind) => kind === "keyframe")).toHaveLength(scenes + 1);
        expect(facts.steps).toHaveLength(1 + (scenes + 1) + scenes + 1);
        expect(new Set(facts.steps.map((step) => step.inputKey)).size).toBe(facts.steps.length);
      }),
      { numRuns: 60 },
    );
  }, 0);

  test("of a finished film asks for nothing more", () => {
    const facts = run(decided(newProject(), []), 4, [0]);
    expect(withConsequences(facts, [], context()).changes).toEqual([]);
  });

  test("orders a clip as soon as its own two stills exist", () => {
    let facts = decided(newProject(), []);
    for (const kind of ["storyboard", "keyframe", "keyframe"] as const) {
      const step = queued(facts).find((s) => s.kind === kind);
      if (step === undefined) throw new Error(`no ${kind} due`);
      facts = finish(facts, step, 8);
    }
    expect(queued(facts).map((step) => [step.kind, step.position])).toEqual([
      ["keyframe", 2],
      ["clip", 0],
    ]);
  });

  test("makes only the stitch again when the crossfade changes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.double({ min: 0.1, max: 2, noNaN: true }), (scenes, crossfade) => {
        const facts = run(decided(newProject(), []), scenes, [0]);
        const change = { note: "", direction: NO_DIRECTION, crossfadeSeconds: crossfade };
        const changed = decided(facts, [{ type: "direct", ...change }]);
        expect(queued(changed).map((step) => step.kind)).toEqual(["stitch"]);
      }),
      { numRuns: 30 },
    );
  }, 0);

  test("keys work on content: the same bytes under another row id change nothing", () => {
    const facts = run(decided(newProject(), []), 3, [0]);
    const renamed = facts.artifacts.map((artifact) => ({ ...artifact, key: `${artifact.key}x` }));
    expect(plan({ ...facts, artifacts: renamed }).steps.every((planned) => planned.step !== null)).toBe(true);
  });

  test("names the earliest unfinished stage while clips overlap stills", () => {
    let facts = decided(newProject(), []);
    const seen = new Set<string>();
    for (let step = queued(facts).at(-1); step !== undefined; step = queued(facts).at(-1)) {
      seen.add(statusOf(facts, plan(facts)).status);
      facts = finish(facts, step, 3);
    }
    expect([...seen]).toEqual(["pending", "keyframing", "video_gen", "stitching"]);
  });
});
