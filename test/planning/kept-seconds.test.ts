import { describe, expect, test } from "bun:test";
import type { Direction } from "../../src/domain/direction.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { StitchOrder } from "../../src/domain/step.ts";
import { plan } from "../../src/planning/plan.ts";
import { fakeClipBytes } from "../support/fake-media.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";

/** A film of three scenes of 6 s whose second clip came 8 s long. */
async function longerFilm(): Promise<ProjectFacts> {
  const bytes = fakeClipBytes({ durationSeconds: 8 });
  const ready = { kind: "ready", save: async (path: string) => void (await Bun.write(path, bytes)) } as const;
  const testApp = createTestApp(createTestStores({ verdict: (scene) => (scene === 1 ? ready : undefined) }));
  const { id } = await testApp.film();
  return testApp.repository.facts(id);
}

function stitchIn(facts: ProjectFacts): StitchOrder {
  const order = plan(facts).steps.find(({ kind }) => kind === "stitch")?.order;
  if (order?.kind !== "stitch") throw new Error("no stitch");
  return order;
}

describe("a clip that came longer than ordered", () => {
  test("is cut in the order of the film, and so in its key, where its length is known", async () => {
    const facts = await longerFilm();
    const keyOf = (some: ProjectFacts) => plan(some).steps.find(({ kind }) => kind === "stitch")?.inputKey;
    const measured = (seconds: number | null): ProjectFacts => ({
      ...facts,
      artifacts: facts.artifacts.map((artifact) => {
        if (artifact.role !== "clip" || artifact.media === null) return artifact;
        if (seconds === null) return { ...artifact, media: null };
        return {
          ...artifact,
          media: { ...artifact.media, video: { ...artifact.media.video, durationSeconds: seconds } },
        };
      }),
    });
    // What is not known is not cut.
    for (const facts of [measured(6), measured(6.5), measured(null)])
      expect(stitchIn(facts)).not.toHaveProperty("keepSeconds");
    expect(stitchIn(measured(6.51)).keepSeconds).toEqual([6, 6, 6]);
    expect(new Set([facts, measured(6), measured(6.51)].map(keyOf)).size).toBe(3);
  });

  test("counts against its own order: a take of another length that is pinned is shown as it is", async () => {
    const facts = await longerFilm();
    const pins = facts.steps.flatMap(({ kind, position, id: stepId }) =>
      kind === "clip" || kind === "keyframe" ? [{ kind, position, stepId, inputKey: null }] : [],
    );
    const direction: Direction = { ...facts.project.direction, picks: pins };
    const request = { ...facts.project.request, clipDurationSeconds: 4 };
    const shorter = { ...facts, project: { ...facts.project, direction, request } };
    const storyboard = plan(facts).storyboard;
    const edited = { ...shorter, project: { ...shorter.project, direction: { ...direction, storyboard } } };
    expect(stitchIn(edited).keepSeconds).toEqual([null, 6, null]);
  });
});
