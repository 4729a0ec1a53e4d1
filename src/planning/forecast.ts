import type { Forecast } from "../domain/forecast.ts";
import type { Pricing } from "./calls-left.ts";
import { piecesOf } from "./pieces.ts";
import type { PlannedFacts } from "./plan.ts";
import { priceOf } from "./price.ts";

/**
 * What is current, stale and missing, and the price of the whole film from here on, US dollars. A keyframe that is to be
 * made again makes everything stale that is made from it; a model that returns the same bytes would spare the rest. Pure.
 */
export function forecast({ facts, plan }: PlannedFacts, pricing: Pricing): Forecast {
  const whole = { facts: { ...facts, project: { ...facts.project, until: "film" as const } }, plan };
  const { totalUsd, mostUsd } = priceOf(whole, pricing, "whole film");
  const lines = piecesOf(facts, plan, pricing).map(({ asks: _asks, order: _order, ...line }) => line);
  return { lines, complete: plan.storyboard !== null, totalUsd, mostUsd };
}
