import { reaches, type Until } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import { type Estimate, type EstimateLine, type Quote, roundUsd } from "../domain/money.ts";
import type { ModelSelection, Project, ProjectRequest } from "../domain/project.ts";
import type { Step, StepOrder } from "../domain/step.ts";
import { forecast } from "./forecast.ts";
import type { Plan } from "./plan.ts";
import { type QuoteOf, unmadeRef } from "./step-orders.ts";

/** Scenes that a storyboard usually has when the request does not say how many. */
const usualScenes = 5;

/** What a film will buy, as far as it is to go, before anything is bought; US dollars. Pure. */
export function estimate({ request, models, until }: Project, quoteOf: QuoteOf): Estimate {
  const scenes = request.sceneCount ?? Math.min(usualScenes, request.maxScenes);
  const wanted = (count: number) => reached(linesFor(count, request, models, quoteOf), until);
  const lines = wanted(scenes);
  const most = request.sceneCount ?? request.maxScenes;
  return {
    provider: models.provider,
    scenes,
    scenesAreGiven: request.sceneCount !== null,
    maxScenes: most,
    lines,
    totalUsd: totalOf(lines),
    mostUsd: totalOf(wanted(most)),
  };
}

const totalOf = (lines: readonly EstimateLine[]): number => roundUsd(lines.reduce((sum, line) => sum + line.usd, 0));

const KINDS = { storyboard: "storyboard", keyframes: "keyframe", clips: "clip" } as const satisfies Record<
  EstimateLine["stage"],
  StepKind
>;

/** What is bought before the user is to approve. */
const reached = (lines: readonly EstimateLine[], until: Until): EstimateLine[] =>
  lines.filter(({ stage }) => reaches(until, KINDS[stage]));

function linesFor(scenes: number, request: ProjectRequest, models: ModelSelection, quoteOf: QuoteOf): EstimateLine[] {
  const { storyboard, firstStill, nextStill, clip } = sampleOrders(request, models, scenes);
  const quoted = (orders: readonly StepOrder[]) => orders.flatMap((order) => quoteOf(order) ?? []);
  const stills = quoted([firstStill, ...Array<StepOrder>(scenes).fill(nextStill)]);
  return [
    lineOf("storyboard", models.textModel, 1, quoted([storyboard])),
    lineOf("keyframes", models.imageModel, scenes + 1, stills),
    lineOf("clips", models.videoModel, scenes, quoted(Array<StepOrder>(scenes).fill(clip))),
  ];
}

function lineOf(stage: EstimateLine["stage"], model: string, pieces: number, quotes: readonly Quote[]): EstimateLine {
  const [first] = quotes;
  return {
    stage,
    model,
    pieces,
    quantity: first === undefined ? pieces : quotes.reduce((sum, quote) => sum + quote.quantity, 0),
    unit: first?.unit ?? "call",
    usd: roundUsd(quotes.reduce((sum, quote) => sum + quote.usd, 0)),
    asOf: first?.asOf ?? null,
  };
}

/** One order of each kind; a price depends on their parameters, not on their words. */
function sampleOrders(request: ProjectRequest, models: ModelSelection, sceneCount: number) {
  const { prompt, style, aspectRatio, clipDurationSeconds, maxScenes, seed } = request;
  const asked = { prompt, style, aspectRatio, clipDurationSeconds, sceneCount: request.sceneCount, maxScenes, seed };
  const note = { sceneIndex: 0, sceneCount, description: "", motion: "", style };
  const still = { kind: "keyframe" as const, model: models.imageModel, prompt: "", aspectRatio, seed, note };
  return {
    storyboard: { kind: "storyboard" as const, model: models.textModel, ...asked },
    firstStill: { ...still, previous: null },
    nextStill: { ...still, previous: unmadeRef },
    clip: {
      kind: "clip" as const,
      model: models.videoModel,
      prompt: "",
      aspectRatio,
      durationSeconds: clipDurationSeconds,
      seed,
      start: unmadeRef,
      end: unmadeRef,
      note,
    },
  };
}

/** Queued steps beside the film. */
function queuedBeside(facts: ProjectFacts, { steps }: Plan): Step[] {
  const inFilm = new Set(steps.map(({ step }) => step?.id));
  return facts.steps.filter(({ id, status }) => status === "queued" && !inFilm.has(id));
}

/**
 * What is still to be bought for a project, as far as it is to go, US dollars; an estimate of the whole while there is
 * no storyboard. Pure.
 */
export function estimateRest(facts: ProjectFacts, current: Plan, quoteOf: QuoteOf): Estimate {
  const { models, until } = facts.project;
  const { lines: pieces, complete } = forecast(facts, current, quoteOf);
  if (!complete) return estimate(facts.project, quoteOf);
  const scenes = pieces.filter(({ kind }) => kind === "clip").length;
  const beside = queuedBeside(facts, current);
  const lineOfStage = (stage: EstimateLine["stage"], model: string): EstimateLine => {
    const kind = KINDS[stage];
    const due = pieces.filter((piece) => piece.kind === kind && piece.toMake && reaches(until, kind));
    const takes = beside.filter((step) => step.kind === kind);
    const quotes = [...due.map(({ quote }) => quote ?? []), ...takes.map(({ order }) => quoteOf(order) ?? [])];
    return lineOf(stage, model, quotes.length, quotes.flat());
  };
  const stages = [lineOfStage("keyframes", models.imageModel), lineOfStage("clips", models.videoModel)];
  const lines = stages.filter(({ pieces }) => pieces > 0);
  const totalUsd = totalOf(lines);
  const provider = models.provider;
  return { provider, scenes, scenesAreGiven: true, maxScenes: scenes, lines, totalUsd, mostUsd: totalUsd };
}
