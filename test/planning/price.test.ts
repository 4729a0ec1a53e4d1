import { describe, expect, test } from "bun:test";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { PurchaseReason, Quote, SubmitState } from "../../src/domain/money.ts";
import type { Project } from "../../src/domain/project.ts";
import type { KeyframeOrder, Step, StepOrder, Submit } from "../../src/domain/step.ts";
import { callsLeft, type Pricing } from "../../src/planning/calls-left.ts";
import { forecast } from "../../src/planning/forecast.ts";
import { planned } from "../../src/planning/plan.ts";
import { priceOf } from "../../src/planning/price.ts";
import { mostCallsOf, type OnAmbiguous } from "../../src/planning/purchases.ts";
import { filmAt, filmDone, withStep, withSubmit } from "../support/facts.ts";

const shown = ({ previous, references = [] }: KeyframeOrder) => references.length + (previous === null ? 0 : 1);
/** A storyboard costs a cent, two after a cut-off answer; a still 10 cents and a tenth more for each picture; a clip 20 cents a second. */
const quoteOf: Pricing["quoteOf"] = (order: StepOrder, complaint): Quote | undefined => {
  const at = (usd: number, quantity = 1, unit: Quote["unit"] = "call") => ({
    usd,
    quantity,
    unit,
    model: order.kind,
    asOf: "2026-12-01",
  });
  if (order.kind === "storyboard") return at(complaint?.truncated === true ? 0.02 : 0.01);
  if (order.kind === "keyframe") return at(0.1 + 0.01 * shown(order), 1, "image");
  return order.kind === "clip" ? at(0.2 * order.durationSeconds, order.durationSeconds, "second") : undefined;
};
const pricing = (onAmbiguous: OnAmbiguous = "ask"): Pricing => ({ quoteOf, onAmbiguous });

/** A new film of 6 s clips that nobody has begun. */
function newFilm(changes: Partial<Project> = {}, scenes: number | null = 2, maxScenes = 15): ProjectFacts {
  const { project } = filmAt("storyboard").facts;
  const request = { ...project.request, sceneCount: scenes, maxScenes };
  return { project: { ...project, request, ...changes }, steps: [], artifacts: [], submits: [], committedTodayUsd: 0 };
}

const amounts = (facts: ProjectFacts, how = pricing()) => {
  const { totalUsd, mostUsd } = priceOf(planned(facts), how);
  return [totalUsd, mostUsd];
};

describe("the price of a new film", () => {
  // 1 storyboard, stills 0.10 + 0.11 + 0.11, clips 2 x 1.20; at most three storyboard calls and each still twice.
  test.each<[string, ProjectFacts, Pricing, number, number]>([
    ["of two scenes", newFilm(), pricing(), 2.73, 3.09],
    ["whose lost clips are bought again", newFilm(), pricing("retry"), 2.73, 5.49],
    ["up to its storyboard", newFilm({ until: "storyboard" }), pricing(), 0.01, 0.05],
    ["up to its stills", newFilm({ until: "keyframes" }), pricing(), 0.33, 0.69],
    ["of as many scenes as the story needs", newFilm({}, null, 7), pricing(), 6.66, 10.19],
    ["of no more scenes than allowed", newFilm({}, null, 1), pricing(), 1.42, 1.67],
  ])("%s", (_name, facts, how, total, most) => {
    expect(amounts(facts, how)).toEqual([total, most]);
  });

  test("counts every reference that a still may show, as many as the model takes", () => {
    const reference = (name: string) => ({ name, artifact: { id: filmDone().artifacts[0]?.id, sha256: name } });
    const { project } = newFilm({ until: "keyframes" });
    const references = [reference("a"), reference("b"), reference("c")] as NonNullable<
      Project["direction"]["references"]
    >;
    const referred = { ...project, direction: { ...project.direction, references } };
    const facts = (most: number): ProjectFacts => ({
      ...newFilm(),
      project: { ...referred, models: { ...referred.models, mostReferences: most } },
    });
    expect(amounts(facts(2))).toEqual([0.39, 0.81]);
    expect(amounts(facts(0))).toEqual([0.33, 0.69]);
  });

  test("is the sum of its lines, to the millionth", () => {
    for (let scenes = 1; scenes <= 100; scenes++) {
      const odd: Pricing = {
        onAmbiguous: "retry",
        quoteOf: (order) => {
          const quote = quoteOf(order);
          return quote && { ...quote, usd: quote.usd / 7 };
        },
      };
      const { lines, totalUsd, mostUsd } = priceOf(planned(newFilm({}, null, scenes)), odd);
      const sum = (of: readonly number[]) => of.reduce((total, usd) => total + Math.round(usd * 1e6), 0);
      expect(sum(lines.map(({ usd }) => usd))).toBe(Math.round(totalUsd * 1e6));
      expect(sum(lines.map(({ mostUsd: most }) => most))).toBe(Math.round(mostUsd * 1e6));
      expect(mostUsd).toBeGreaterThanOrEqual(totalUsd);
    }
  });
});

/** The last of some purchases of a piece. */
type Bought = readonly [SubmitState, PurchaseReason, Submit["verdict"]?];

const bought = (kind: "storyboard" | "keyframe" | "clip", purchases: readonly Bought[], change: Partial<Step> = {}) => {
  const { facts, step } = filmAt(kind);
  const after = purchases.reduce(
    (now, [state, because, verdict = null]) => withSubmit({ facts: now, step }, state, { because, verdict, usd: 0 }),
    withStep(facts, step.id, change),
  );
  return { facts: after, step: { ...step, ...change } };
};

describe("the calls that are left for a piece", () => {
  test.each<["storyboard" | "keyframe" | "clip", OnAmbiguous, readonly Bought[], Partial<Step>, number, boolean]>([
    ["storyboard", "ask", [], {}, 3, true],
    ["keyframe", "ask", [], {}, 2, true],
    ["clip", "ask", [], {}, 1, true],
    ["clip", "retry", [], {}, 2, true],
    // Under way: only what may follow it is left.
    ["keyframe", "ask", [["intent", "first"]], { status: "running" }, 1, false],
    ["clip", "ask", [["open", "first"]], { status: "waiting" }, 0, false],
    ["clip", "retry", [["open", "first"]], { status: "waiting" }, 1, false],
    // Lost once, and once more.
    ["keyframe", "ask", [["unknown", "first"]], {}, 1, true],
    [
      "keyframe",
      "ask",
      [
        ["unknown", "first"],
        ["unknown", "repeat"],
      ],
      {},
      0,
      false,
    ],
    ["clip", "ask", [["unknown", "first"]], {}, 0, false],
    // The provider's word that it was free.
    ["clip", "ask", [["released", "first"]], {}, 1, true],
    // The user's word is worth one call, and what the policy adds to it.
    ["clip", "ask", [["unknown", "first"]], { approvals: 1 }, 1, true],
    ["keyframe", "ask", [["spent", "first", "rejected"]], { approvals: 1 }, 2, true],
    ["keyframe", "ask", [["spent", "first", "rejected"]], {}, 0, false],
    // Three calls in all, complaints and repeats among them.
    ["storyboard", "ask", [["spent", "first", "rejected"]], {}, 2, true],
    [
      "storyboard",
      "ask",
      [
        ["spent", "first", "rejected"],
        ["unknown", "complaint"],
      ],
      {},
      1,
      true,
    ],
    [
      "storyboard",
      "ask",
      [
        ["spent", "first", "rejected"],
        ["spent", "complaint", "rejected"],
        ["spent", "complaint", "rejected"],
      ],
      {},
      0,
      false,
    ],
    ["clip", "retry", [["spent", "first"]], { status: "done" }, 0, false],
  ])("%s, %s, after %j: %j", (kind, onAmbiguous, purchases, change, most, isDue) => {
    const { facts, step } = bought(kind, purchases, change);
    expect(callsLeft(facts, step, onAmbiguous)).toMatchObject({ most, isDue });
  });

  test("of a new piece are those of the policy", () => {
    for (const kind of ["storyboard", "keyframe", "clip"] as const)
      for (const onAmbiguous of ["ask", "retry", "skip"] as const) {
        const { facts, step } = bought(kind, []);
        expect(callsLeft(facts, step, onAmbiguous).most).toBe(mostCallsOf(kind, onAmbiguous));
      }
  });
});

describe("the price of what is left", () => {
  test("of a finished film is nothing", () => {
    expect(amounts(filmDone())).toEqual([0, 0]);
    expect(forecast(planned(filmDone()), pricing())).toMatchObject({ totalUsd: 0, mostUsd: 0, complete: true });
  });

  test("does not count a call that is under way twice: it is committed", () => {
    const { facts } = bought("keyframe", [["intent", "first"]], { status: "running" });
    // One more still and a clip; the one under way may be lost and repeated.
    expect(amounts(facts)).toEqual([1.31, 1.52]);
  });

  test("does not count a still that is made from what is kept of it: the other one is bought", () => {
    const { facts } = bought("keyframe", [["spent", "first", "rejected"]], { status: "queued", fit: "crop" });
    const { lines } = priceOf(planned(facts), pricing());
    expect(lines.find(({ stage }) => stage === "keyframes")).toMatchObject({ pieces: 1, usd: 0.11 });
  });

  test("is of what goes on by itself; a plan also tells what waits for the user's word", () => {
    const { facts } = bought("clip", [["unknown", "first"]], { status: "ambiguous" });
    expect(amounts(facts)).toEqual([0, 0]);
    expect(forecast(planned(facts), pricing())).toMatchObject({ totalUsd: 1.2, mostUsd: 1.2 });
  });

  test("a plan's lines add up to its totals", () => {
    for (const kind of ["keyframe", "clip"] as const) {
      const { lines, totalUsd, mostUsd } = forecast(planned(filmAt(kind).facts), pricing());
      expect(lines.reduce((sum, { quote }) => sum + (quote?.usd ?? 0), 0)).toBeCloseTo(totalUsd, 9);
      expect(lines.reduce((sum, line) => sum + line.mostUsd, 0)).toBeCloseTo(mostUsd, 9);
    }
  });
});
