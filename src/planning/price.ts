import { type MadeKind, reaches } from "../domain/direction.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { StepKind } from "../domain/lifecycle.ts";
import { type Quote, roundUsd } from "../domain/money.ts";
import type { Price, PriceLine } from "../domain/price.ts";
import { modelOf, type Project } from "../domain/project.ts";
import type { Step, StepOrder } from "../domain/step.ts";
import { allCalls, callsLeft, mostOf, type Pricing } from "./calls-left.ts";
import { piecesOf } from "./pieces.ts";
import type { PlannedFacts } from "./plan.ts";
import { clipsAndStillsOf } from "./sample-orders.ts";

/** What an image or video model is told: as long as it usually is, and as hardly ever; characters. */
const TEXTS = { usual: "x".repeat(1_500), most: "x".repeat(6_000) } as const;

/** Scenes that a storyboard usually has when the request does not say how many. */
const usualScenes = 5;

/**
 * What a price is of: what goes on without another word, steps beside the film among it, or every piece that the film
 * lacks, those among them that wait for the user's word.
 */
type Scope = "going on" | "whole film";

/**
 * What is still to be bought of a film, as far as it is to go: the one price that an estimate, a plan, `resume`, a
 * retake, an edit and the cap are read from. Steps beside the film that are under way count too. While there is no
 * storyboard, stills and clips are those of a usual number of scenes, and at most of the largest. US dollars. Pure.
 */
export function priceOf(now: PlannedFacts, pricing: Pricing, scope: Scope = "going on"): Price {
  const { project } = now.facts;
  const { storyboard } = now.plan;
  const written = storyboard?.scenes.length;
  const counts =
    written === undefined ? scenesOf(project) : { scenes: written, scenesAreGiven: true, maxScenes: written };
  const beside = scope === "whole film" ? [] : stepsBeside(now).map((step) => costOfStep(now.facts, step, pricing));
  const known = [...filmCosts(now, pricing, scope), ...beside];
  const sampled = (count: number, text: string) =>
    storyboard === null ? sampledCosts(project, count, text, pricing) : [];
  const costs = [...known, ...sampled(counts.scenes, TEXTS.usual)];
  const dearest = [...known, ...sampled(counts.maxScenes, TEXTS.most)];
  return summed(project, counts, costs, dearest);
}

/** The price of some recorded steps alone. Pure. */
export function priceOfSteps(now: PlannedFacts, steps: readonly Step[], pricing: Pricing): Price {
  const costs = steps.map((step) => costOfStep(now.facts, step, pricing));
  const scenes = now.plan.storyboard?.scenes.length ?? 0;
  return summed(now.facts.project, { scenes, scenesAreGiven: true, maxScenes: scenes }, costs, costs);
}

function summed(
  project: Project,
  scenes: Pick<Price, "scenes" | "scenesAreGiven" | "maxScenes">,
  costs: readonly Cost[],
  dearest: readonly Cost[],
): Price {
  const lines = STAGES.flatMap((stage) => lineOf(stage, project, costs, dearest));
  return {
    provider: project.models.provider,
    ...scenes,
    lines,
    totalUsd: roundUsd(lines.reduce((sum, { usd }) => sum + usd, 0)),
    mostUsd: roundUsd(lines.reduce((sum, { mostUsd }) => sum + mostUsd, 0)),
  };
}

const scenesOf = ({ request }: Project) => ({
  scenes: request.sceneCount ?? Math.min(usualScenes, request.maxScenes),
  scenesAreGiven: request.sceneCount !== null,
  maxScenes: request.sceneCount ?? request.maxScenes,
});

/** What one piece costs. */
interface Cost {
  readonly kind: StepKind;
  /** Whether a call is due for it. */
  readonly isDue: boolean;
  /** Of that call; null: it is free, or none is due. */
  readonly quote: Quote | null;
  readonly mostUsd: number;
}

/** The pieces of the film that going on would buy. */
function filmCosts({ facts, plan }: PlannedFacts, pricing: Pricing, scope: Scope): Cost[] {
  const { until } = facts.project;
  return piecesOf(facts, plan, pricing)
    .filter(({ kind, asks }) => reaches(until, kind) && (!asks || scope === "whole film"))
    .map(({ kind, isDue, quote, mostUsd }) => ({ kind, isDue, quote, mostUsd }));
}

/** Steps beside the film: further takes that the user ordered, and what an edit left under way. */
export function stepsBeside({ facts, plan }: PlannedFacts): Step[] {
  const inFilm = new Set(plan.steps.map(({ step }) => step?.id));
  const moves = ({ status }: Step) => status === "queued" || status === "running" || status === "waiting";
  return facts.steps.filter((step) => moves(step) && !inFilm.has(step.id));
}

/** What is still to be bought for a recorded step. */
export function costOfStep(facts: ProjectFacts, step: Step, { quoteOf, onAmbiguous }: Pricing): Cost {
  const calls = callsLeft(facts, step, onAmbiguous);
  const quote = calls.isDue ? quoteOf(step.order) : undefined;
  return { kind: step.kind, isDue: calls.isDue, quote: quote ?? null, mostUsd: mostOf(step.order, calls, quoteOf) };
}

/** Stills and clips of a film whose storyboard is not written, as far as it is to go. */
function sampledCosts(project: Project, scenes: number, text: string, { quoteOf, onAmbiguous }: Pricing): Cost[] {
  return clipsAndStillsOf(project, scenes, text)
    .filter(({ kind }) => reaches(project.until, kind))
    .map((order: StepOrder): Cost => {
      const mostUsd = mostOf(order, allCalls(order.kind, onAmbiguous), quoteOf);
      return { kind: order.kind, isDue: true, quote: quoteOf(order) ?? null, mostUsd };
    });
}

const STAGES = ["storyboard", "keyframes", "clips"] as const satisfies readonly PriceLine["stage"][];
const KINDS = { storyboard: "storyboard", keyframes: "keyframe", clips: "clip" } as const satisfies Record<
  PriceLine["stage"],
  MadeKind
>;

/** None where nothing of the stage is bought. */
function lineOf(
  stage: PriceLine["stage"],
  project: Project,
  costs: readonly Cost[],
  dearest: readonly Cost[],
): PriceLine[] {
  const ofStage = ({ kind }: Cost) => kind === KINDS[stage];
  const due = costs.filter((cost) => ofStage(cost) && cost.isDue);
  const mostUsd = roundUsd(dearest.filter(ofStage).reduce((sum, cost) => sum + cost.mostUsd, 0));
  if (due.length === 0 && mostUsd === 0) return [];
  const quotes = due.flatMap(({ quote }) => quote ?? []);
  const [first] = quotes;
  return [
    {
      stage,
      model: first?.model ?? modelOf(project, KINDS[stage]),
      pieces: due.length,
      quantity: first === undefined ? due.length : quotes.reduce((sum, quote) => sum + quote.quantity, 0),
      unit: first?.unit ?? "call",
      usd: roundUsd(quotes.reduce((sum, quote) => sum + quote.usd, 0)),
      mostUsd,
      asOf: first?.asOf ?? null,
    },
  ];
}
