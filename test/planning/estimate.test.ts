import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { NO_DIRECTION, type Reference } from "../../src/domain/direction.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import { ArtifactId, ProjectId } from "../../src/domain/ids.ts";
import { centsUp, type Estimate, type Quote } from "../../src/domain/money.ts";
import { type Project, UNBEGUN } from "../../src/domain/project.ts";
import type { StepOrder } from "../../src/domain/step.ts";
import { estimateRest } from "../../src/planning/estimate.ts";
import { plan } from "../../src/planning/plan.ts";

const artifact = { id: ArtifactId.parse("0196f0a0-0000-7000-8000-000000000000"), sha256: "0" };

function filmOf(sceneCount: number | null, references: readonly Reference[] = []): ProjectFacts {
  const project: Project = {
    ...UNBEGUN,
    id: ProjectId.parse("0196f0a0-0000-7000-8000-000000000001"),
    request: {
      prompt: "A cat.",
      style: "cinematic",
      aspectRatio: "16:9",
      clipDurationSeconds: 6,
      sceneCount,
      maxScenes: 15,
      seed: null,
      crossfadeSeconds: 0,
    },
    models: { provider: "p", textModel: "t", imageModel: "i", videoModel: "v", options: {}, mostReferences: 13 },
    maxCostUsd: null,
    until: "film",
    direction: { ...NO_DIRECTION, references: [...references] },
    createdAtMs: 0,
    updatedAtMs: 0,
  };
  return { project, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
}

const quoteOf =
  (usd: (order: StepOrder) => number) =>
  (order: StepOrder): Quote => ({ usd: usd(order), quantity: 1, unit: "call", model: "m", asOf: "2026-11-30" });
const estimateOf = (facts: ProjectFacts, usd: (order: StepOrder) => number): Estimate =>
  estimateRest(facts, plan(facts), quoteOf(usd));
const written = (usd: number) => Number(usd.toFixed(2));

describe("an estimate", () => {
  test("is written with parts that add up to the total, and is never below the price", () => {
    const price = fc.integer({ min: 0, max: 3_000_000 }).map((millionths) => millionths / 1e6);
    const prices = fc.record({ storyboard: price, keyframe: price, clip: price });
    const scenes = fc.option(fc.integer({ min: 1, max: 15 }));
    fc.assert(
      fc.property(prices, scenes, (usd, sceneCount) => {
        const of = ({ kind }: StepOrder) => (kind === "animatic" || kind === "stitch" ? 0 : usd[kind]);
        const { lines, totalUsd, mostUsd, scenes: count } = estimateOf(filmOf(sceneCount), of);
        const sum = lines.reduce((cents, line) => cents + Math.round(written(line.usd) * 100), 0);
        expect(Math.round(written(totalUsd) * 100)).toBe(sum);
        for (const line of lines) expect(line.usd).toBe(written(line.usd));
        const exact = usd.storyboard + (count + 1) * usd.keyframe + count * usd.clip;
        expect(totalUsd).toBeGreaterThanOrEqual(exact - 1e-9);
        expect(totalUsd).toBeLessThan(exact + 0.03 + 1e-9);
        expect(mostUsd).toBeGreaterThanOrEqual(totalUsd);
      }),
    );
  });

  test("counts the reference pictures, and of them only pictures", () => {
    const shown = (references: readonly Reference[]) =>
      estimateOf(filmOf(2, references), (order) =>
        order.kind === "keyframe" ? 1 + (order.references?.length ?? 0) : 0,
      ).totalUsd;
    const mika: Reference = { name: "Mika", artifact };
    expect(shown([])).toBe(3);
    expect(shown([mika, { name: null, artifact }, { name: "Harbour", artifact: null, description: "Old." }])).toBe(9);
    expect(shown(Array<Reference>(20).fill(mika))).toBe(3 + 3 * 13);
  });

  test("asks the storyboard's price of the order that will be sent", () => {
    const facts = filmOf(null);
    const told = { ...NO_DIRECTION, told: [{ name: "Mika", description: "A black cat." }] };
    const film = { ...facts, project: { ...facts.project, direction: told } };
    const usd = (order: StepOrder) => (order.kind === "storyboard" ? (order.cast?.length ?? 0) : 0);
    expect(estimateOf(film, usd).totalUsd).toBe(1);
  });

  test("takes usual words for the price and long ones for the most", () => {
    const usd = (order: StepOrder) =>
      order.kind === "keyframe" || order.kind === "clip" ? order.prompt.length / 100 : 0;
    const { totalUsd, mostUsd } = estimateOf(filmOf(1), usd);
    expect([totalUsd, mostUsd]).toEqual([3 * 15, 3 * 60]);
  });
});

test.each([
  [0, 0],
  [0.07, 0.07],
  [0.070001, 0.08],
  [0.0000001, 0],
  [1.005, 1.01],
  [2.1, 2.1],
  [0.29, 0.29],
])("%d is %d in whole cents", (usd, cents) => {
  expect(centsUp(usd)).toBe(cents);
});
