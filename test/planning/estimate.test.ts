import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { NO_DIRECTION, type Reference } from "../../src/domain/direction.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import { ArtifactId, ProjectId } from "../../src/domain/ids.ts";
import type { Quote } from "../../src/domain/money.ts";
import type { Price } from "../../src/domain/price.ts";
import { type Project, UNBEGUN } from "../../src/domain/project.ts";
import type { StepOrder } from "../../src/domain/step.ts";
import { planned } from "../../src/planning/plan.ts";
import { priceOf } from "../../src/planning/price.ts";

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
const estimateOf = (facts: ProjectFacts, usd: (order: StepOrder) => number): Price =>
  priceOf(planned(facts), { quoteOf: quoteOf(usd), onAmbiguous: "ask" });
const millionths = (usd: number) => Math.round(usd * 1e6);

describe("an estimate", () => {
  test("has parts that add up to the price and to the most", () => {
    const price = fc.integer({ min: 0, max: 3_000_000 }).map((millionths) => millionths / 1e6);
    const prices = fc.record({ storyboard: price, keyframe: price, clip: price });
    const scenes = fc.option(fc.integer({ min: 1, max: 15 }));
    fc.assert(
      fc.property(prices, scenes, (usd, sceneCount) => {
        const of = ({ kind }: StepOrder) => (kind === "animatic" || kind === "stitch" ? 0 : usd[kind]);
        const { lines, totalUsd, mostUsd, scenes: count } = estimateOf(filmOf(sceneCount), of);
        const sum = (of: readonly number[]) => of.reduce((total, part) => total + millionths(part), 0);
        expect(millionths(totalUsd)).toBe(sum(lines.map((line) => line.usd)));
        expect(millionths(mostUsd)).toBe(sum(lines.map((line) => line.mostUsd)));
        const exact = usd.storyboard + (count + 1) * usd.keyframe + count * usd.clip;
        expect(totalUsd).toBeCloseTo(exact, 5);
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
    // Each still may be bought once more.
    expect([totalUsd, mostUsd]).toEqual([3 * 15, 5 * 60]);
  });
});
