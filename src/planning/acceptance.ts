import { VidpipeError } from "../domain/errors.ts";
import type { Change, ProjectFacts } from "../domain/facts.ts";
import { committedUsd, roundUsd, spendOf, usdText } from "../domain/money.ts";
import type { Offer, Price } from "../domain/price.ts";
import type { Step } from "../domain/step.ts";
import type { Pricing } from "./calls-left.ts";
import type { Decided } from "./consequences.ts";
import type { PlannedFacts } from "./plan.ts";
import { costOfStep, priceOf, stepsBeside } from "./price.ts";
import { statusOf } from "./project-status.ts";
import { isRetake, reservedUsd } from "./reservations.ts";

/** The limits under which a price is accepted, US dollars. */
export interface Limits {
  /** What the user gave with this command; undefined: nothing. */
  readonly givenUsd?: number | undefined;
  /**
   * The cap that was shown to the user, who agreed to no more; it takes nothing from a cap that was accepted before.
   * Undefined: nobody was shown one.
   */
  readonly shownUsd?: number | undefined;
  /** `pipeline.max_cost_usd`; null is none. */
  readonly settingUsd: number | null;
}

/**
 * What a price is accepted for: everything that going on will buy, or only the takes that are ordered with it. The
 * second leaves the film the room that was accepted for it, and gives it none.
 */
export type Accepts = "the film" | "the takes";

/**
 * The price of what a decision leads to, and the cap that accepting it sets: what is committed and the most of what is
 * still to be bought, never less than the cap before and never more than the limits. So going on inside an accepted
 * price raises nothing, however often. Pure.
 */
export function offerOf(
  now: PlannedFacts,
  before: ProjectFacts,
  accepts: Accepts,
  limits: Limits,
  pricing: Pricing,
): Offer {
  const { facts } = now;
  const { price, filmUsd } = priced(now, pricing);
  const committed = committedUsd(spendOf(facts.submits));
  const reserved = reservedUsd(facts);
  const former = facts.project.maxCostUsd;
  const acceptedUsd = former === null ? filmUsd : Math.max(0, former - committed - reservedUsd(before));
  const roomUsd = accepts === "the film" ? filmUsd : Math.min(filmUsd, acceptedUsd);
  const wanted = Math.max(former ?? 0, committed + reserved + roomUsd);
  const shownUsd = Math.max(former ?? 0, limits.shownUsd ?? wanted);
  const capUsd = roundUsd(Math.min(wanted, shownUsd, limits.givenUsd ?? wanted, limits.settingUsd ?? wanted));
  const neededUsd = roundUsd(committed + reserved + filmUsd);
  const isShort = accepts === "the film" && capUsd < neededUsd;
  return {
    price,
    capUsd,
    formerCapUsd: former,
    committedUsd: committed,
    notices: [...(pricing.notices ?? []), ...(isShort ? [shortNotice(capUsd, neededUsd, limits)] : [])],
  };
}

/** A limit of the configuration is named: resuming does not go beyond it. */
function shortNotice(capUsd: number, neededUsd: number, { settingUsd }: Limits): string {
  const isSetting = settingUsd !== null && roundUsd(settingUsd) === capUsd;
  const [name, way] = isSetting ? [" (pipeline.max_cost_usd)", "; raise that setting for more"] : ["", ""];
  return `the cap of ${usdText(capUsd)}${name} is less than the ${usdText(neededUsd)} the film can come to: it is held before it goes beyond the cap${way}`;
}

/** The price, and how much of its most is not kept for single takes. */
function priced(now: PlannedFacts, pricing: Pricing): { readonly price: Price; readonly filmUsd: number } {
  const price = priceOf(now, pricing);
  const takes = stepsBeside(now).filter((step) => step.reservedUsd > 0);
  const ofTakes = takes.reduce((sum, step) => sum + costOfStep(now.facts, step, pricing).mostUsd, 0);
  return { price, filmUsd: roundUsd(Math.max(0, price.mostUsd - ofTakes)) };
}

/** A decision with the cap that goes with its price, to be written in one transaction. */
export interface Accepted extends Decided {
  readonly offer: Offer;
}

/**
 * Accepts the price of what a decision leads to: what its takes may cost is reserved for them, and the cap is set. A
 * decision that changes nothing stays one. Pure.
 * @throws VidpipeError money.over_budget when there is no room for takes under the limits, or their price is not the one
 * that was shown any more
 */
export function acceptPrice(
  before: ProjectFacts,
  decided: Decided,
  accepts: Accepts,
  limits: Limits,
  pricing: Pricing,
): Accepted {
  const kept = withReservations(decided, pricing);
  const offer = offerOf(kept, before, accepts, limits, pricing);
  if (decided.changes.length === 0) return { ...decided, offer };
  if (accepts === "the takes") {
    const today = offerOf(kept, before, accepts, { ...limits, shownUsd: undefined }, pricing);
    if (today.capUsd > offer.capUsd) throw dearer(today, offer);
    checkRoom(kept.facts, offer);
  }
  const { capUsd } = offer;
  if (capUsd === offer.formerCapUsd) return { ...kept, offer };
  const { facts } = kept;
  return {
    changes: [...kept.changes, { type: "project", patch: { maxCostUsd: capUsd } }],
    facts: { ...facts, project: { ...facts.project, maxCostUsd: capUsd } },
    plan: kept.plan,
    offer,
  };
}

/** Takes are paid from what is kept for them, whatever holds the film: they are not ordered at a price nobody saw. */
const dearer = (today: Offer, shown: Offer): VidpipeError =>
  new VidpipeError(
    "money.over_budget",
    `with these takes the film can come to ${usdText(today.capUsd)} now, more than the ${usdText(shown.capUsd)} that was shown: nothing was ordered; run the command again to see the new price`,
  );

function checkRoom(facts: ProjectFacts, { capUsd, committedUsd: committed }: Offer): void {
  const needed = roundUsd(committed + reservedUsd(facts));
  if (needed <= capUsd) return;
  throw new VidpipeError(
    "money.over_budget",
    `with these takes the film can come to ${usdText(needed)}, and its cap cannot be more than ${usdText(capUsd)} (pipeline.max_cost_usd): nothing was ordered; raise that or ask for fewer takes`,
  );
}

/** The decision with what each take that it orders, or begins again, may still cost in all. */
function withReservations(decided: Decided, pricing: Pricing): Decided {
  const { facts, plan } = decided;
  const begun = new Set<string>(decided.changes.flatMap(begunBy));
  const needs = new Map<string, number>(
    facts.steps
      .filter((step) => begun.has(step.id) && isRetake(step))
      .map((step) => [step.id, needOf(facts, step, pricing)]),
  );
  if (needs.size === 0) return decided;
  const changes = decided.changes.map((change): Change => {
    const need = needs.get(begunBy(change)[0] ?? "");
    if (need === undefined) return change;
    if (change.type === "add_step") return { ...change, step: { ...change.step, reservedUsd: need } };
    return change.type === "advance" ? { ...change, patch: { ...change.patch, reservedUsd: need } } : change;
  });
  const steps = facts.steps.map((step) => ({ ...step, reservedUsd: needs.get(step.id) ?? step.reservedUsd }));
  // Takes that have money of their own go on under a budget hold: the status knows them only now.
  const standing = statusOf({ ...facts, steps }, plan);
  const { status, message } = facts.project;
  const isSame = standing.status === status && standing.message === message;
  const told: readonly Change[] = isSame ? [] : [{ type: "project", patch: standing }];
  return {
    changes: [...changes, ...told],
    facts: { ...facts, steps, project: { ...facts.project, ...standing } },
    plan,
  };
}

/** The step that a change adds, or begins again. */
function begunBy(change: Change): readonly string[] {
  if (change.type === "add_step") return [change.step.id];
  return change.type === "advance" && change.event === "redo" ? [change.stepId] : [];
}

function needOf(facts: ProjectFacts, step: Step, pricing: Pricing): number {
  const spent = committedUsd(spendOf(facts.submits.filter(({ stepId }) => stepId === step.id)));
  return roundUsd(spent + costOfStep(facts, step, pricing).mostUsd);
}
