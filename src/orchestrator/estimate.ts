import type { ProjectFacts } from "../domain/facts.ts";
import { ArtifactId } from "../domain/ids.ts";
import { type Estimate, type EstimateLine, type Quote, roundUsd } from "../domain/money.ts";
import type { Casting, ProjectRequest } from "../domain/project.ts";
import type { ArtifactRef, StepOrder } from "../domain/step.ts";

import { type PlannedStep, plan } from "./plan.ts";

/** Scenes a storyboard usually has when nobody says how many. */
const usualScenes = 5;

/** The price of one order; undefined when it is free. */
type QuoteOf = (order: StepOrder) => Quote | undefined;

/** What a film will buy and for how much, before anything is bought. Pure. */
export function estimate(request: ProjectRequest, casting: Casting, quoteOf: QuoteOf): Estimate {
  const scenes = request.sceneCount ?? Math.min(usualScenes, request.maxScenes);
  const lines = linesFor(scenes, request, casting, quoteOf);
  const most = request.sceneCount ?? request.maxScenes;
  return {
    provider: casting.provider,
    scenes,
    scenesAreGiven: request.sceneCount !== null,
    maxScenes: most,
    lines,
    totalUsd: totalOf(lines),
    mostUsd: totalOf(linesFor(most, request, casting, quoteOf)),
  };
}

const totalOf = (lines: readonly EstimateLine[]): number => roundUsd(lines.reduce((sum, line) => sum + line.usd, 0));

function linesFor(scenes: number, request: ProjectRequest, casting: Casting, quoteOf: QuoteOf): EstimateLine[] {
  const { storyboard, firstStill, nextStill, clip } = sampleOrders(request, casting, scenes);
  return [
    lineOf("storyboard", casting.textModel, [storyboard], quoteOf),
    lineOf("keyframes", casting.imageModel, [firstStill, ...Array<StepOrder>(scenes).fill(nextStill)], quoteOf),
    lineOf("clips", casting.videoModel, Array<StepOrder>(scenes).fill(clip), quoteOf),
  ];
}

function lineOf(
  stage: EstimateLine["stage"],
  model: string,
  orders: readonly StepOrder[],
  quoteOf: QuoteOf,
): EstimateLine {
  const quotes = orders.flatMap((order) => quoteOf(order) ?? []);
  const [first] = quotes;
  return {
    stage,
    model,
    pieces: orders.length,
    quantity: first === undefined ? orders.length : quotes.reduce((sum, quote) => sum + quote.quantity, 0),
    unit: first?.unit ?? "call",
    usd: roundUsd(quotes.reduce((sum, quote) => sum + quote.usd, 0)),
    asOf: first?.asOf ?? null,
  };
}

const nobody: ArtifactRef = { id: ArtifactId.parse("00000000-0000-7000-8000-000000000000"), sha256: "" };

/** One order of each kind; a price depends on their parameters, not on their words. */
function sampleOrders(request: ProjectRequest, casting: Casting, sceneCount: number) {
  const { prompt, style, aspectRatio, clipDurationSeconds, maxScenes, seed } = request;
  const note = { sceneIndex: 0, sceneCount, description: "", motion: "", style };
  const still = { kind: "keyframe" as const, model: casting.imageModel, prompt: "", aspectRatio, seed, note };
  return {
    storyboard: {
      kind: "storyboard" as const,
      model: casting.textModel,
      prompt,
      style,
      aspectRatio,
      clipDurationSeconds,
      sceneCount: request.sceneCount,
      maxScenes,
      seed,
    },
    firstStill: { ...still, previous: null },
    nextStill: { ...still, previous: nobody },
    clip: {
      kind: "clip" as const,
      model: casting.videoModel,
      prompt: "",
      aspectRatio,
      durationSeconds: clipDurationSeconds,
      seed,
      start: nobody,
      end: nobody,
      note,
    },
  };
}

/** Steps that need no further purchase: made, left out, or already with the provider. */
const isCovered = ({ step }: PlannedStep): boolean =>
  step !== null && (step.status === "done" || step.status === "skipped" || step.operation !== null);

/** What is still to be bought for a project as it stands; an estimate of the whole while there is no storyboard. Pure. */
export function estimateRest(facts: ProjectFacts, quoteOf: QuoteOf): Estimate {
  const { request, casting } = facts.project;
  const { storyboard, steps, missingScenes } = plan(facts);
  if (storyboard === null) return estimate(request, casting, quoteOf);
  const scenes = storyboard.scenes.length;
  const { nextStill, clip } = sampleOrders(request, casting, scenes);
  const covered = (kind: PlannedStep["kind"]) => steps.filter((step) => step.kind === kind && isCovered(step)).length;
  const unmade = missingScenes.filter((scene) => !steps.some((s) => s.kind === "clip" && s.position === scene)).length;
  const stills = Math.max(0, scenes + 1 - covered("keyframe"));
  const clips = Math.max(0, scenes - unmade - covered("clip"));
  const lines = [
    lineOf("keyframes", casting.imageModel, Array<StepOrder>(stills).fill(nextStill), quoteOf),
    lineOf("clips", casting.videoModel, Array<StepOrder>(clips).fill(clip), quoteOf),
  ].filter((line) => line.pieces > 0);
  const totalUsd = totalOf(lines);
  return {
    provider: casting.provider,
    scenes,
    scenesAreGiven: true,
    maxScenes: scenes,
    lines,
    totalUsd,
    mostUsd: totalUsd,
  };
}
