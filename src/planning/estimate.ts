import { reaches, type Until } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import { centsUp, type Estimate, type EstimateLine, type Quote, roundUsd } from "../domain/money.ts";
import type { Project } from "../domain/project.ts";
import type { Step, StepOrder } from "../domain/step.ts";
import { forecast } from "./forecast.ts";
import type { Plan } from "./plan.ts";
import { type QuoteOf, storyboardOrder, unmadeRef } from "./step-orders.ts";

/** Scenes that a storyboard usually has when the request does not say how many. */
const usualScenes = 5;

/** Length of what an image or video model is told: as it usually is, and as much as it hardly ever is, in bytes. */
const TEXT_BYTES = { usual: 1_500, most: 6_000 } as const;

/** What a film will buy, as far as it is to go, before anything is bought; US dollars. Pure. */
function estimate(facts: ProjectFacts, quoteOf: QuoteOf, notices: readonly string[]): Estimate {
  const { request, models, until } = facts.project;
  const scenes = request.sceneCount ?? Math.min(usualScenes, request.maxScenes);
  const wanted = (count: number, textBytes: number) => reached(linesFor(facts, count, textBytes, quoteOf), until);
  const lines = wanted(scenes, TEXT_BYTES.usual);
  const most = request.sceneCount ?? request.maxScenes;
  return {
    provider: models.provider,
    scenes,
    scenesAreGiven: request.sceneCount !== null,
    maxScenes: most,
    lines,
    totalUsd: totalOf(lines),
    mostUsd: totalOf(wanted(most, TEXT_BYTES.most)),
    notices,
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

function linesFor(facts: ProjectFacts, scenes: number, textBytes: number, quoteOf: QuoteOf): EstimateLine[] {
  const { models } = facts.project;
  const { firstStill, nextStill, clip } = sampleOrders(facts.project, scenes, "x".repeat(textBytes));
  const quoted = (orders: readonly StepOrder[]) => orders.flatMap((order) => quoteOf(order) ?? []);
  const stills = quoted([firstStill, ...Array<StepOrder>(scenes).fill(nextStill)]);
  return [
    lineOf("storyboard", models.textModel, 1, quoted([storyboardOrder(facts)])),
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
    usd: centsUp(quotes.reduce((sum, quote) => sum + quote.usd, 0)),
    asOf: first?.asOf ?? null,
  };
}

/** Orders as the storyboard will lead to: every still shows all references, and `prompt` stands for its words. */
function sampleOrders({ request, models, direction }: Project, sceneCount: number, prompt: string) {
  const { style, aspectRatio, clipDurationSeconds, seed } = request;
  const note = { sceneIndex: 0, sceneCount, description: "", motion: "", style };
  const references = (direction.references ?? [])
    .flatMap(({ name, artifact }) => (artifact === null ? [] : { name, artifact }))
    .slice(0, models.mostReferences ?? 0);
  const still = { kind: "keyframe" as const, model: models.imageModel, prompt, aspectRatio, seed, references, note };
  return {
    firstStill: { ...still, previous: null },
    nextStill: { ...still, previous: unmadeRef },
    clip: {
      kind: "clip" as const,
      model: models.videoModel,
      prompt,
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
 * no storyboard. `notices` are the provider's. Pure.
 */
export function estimateRest(
  facts: ProjectFacts,
  current: Plan,
  quoteOf: QuoteOf,
  notices: readonly string[] = [],
): Estimate {
  const { models, until } = facts.project;
  const { lines: pieces, complete } = forecast(facts, current, quoteOf);
  if (!complete) return estimate(facts, quoteOf, notices);
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
  return { provider, scenes, scenesAreGiven: true, maxScenes: scenes, lines, totalUsd, mostUsd: totalUsd, notices };
}
