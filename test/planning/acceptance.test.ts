import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import { advanced, applyChanges, type Change, type ProjectFacts } from "../../src/domain/facts.ts";
import { ArtifactId, SubmitId } from "../../src/domain/ids.ts";
import { committedUsd, type Quote, roundUsd, type SubmitState, spendOf } from "../../src/domain/money.ts";
import type { ResumeOptions } from "../../src/domain/project.ts";
import type { Artifact, Step, StepOrder } from "../../src/domain/step.ts";
import { editStoryboard } from "../../src/editing/edit-storyboard.ts";
import { retake } from "../../src/editing/retake.ts";
import { resume } from "../../src/editing/run-control.ts";
import { type Accepted, acceptPrice, type Limits, offerOf } from "../../src/planning/acceptance.ts";
import type { Pricing } from "../../src/planning/calls-left.ts";
import { withConsequences } from "../../src/planning/consequences.ts";
import { plan, planned } from "../../src/planning/plan.ts";
import { nextPurchase, type OnAmbiguous } from "../../src/planning/purchases.ts";
import { openReservation, reservedUsd, roomFor } from "../../src/planning/reservations.ts";
import { createRandom } from "../sim/random.ts";
import { context, filmAt, filmDone, withStep, withSubmit } from "../support/facts.ts";
import { storyboardOf } from "../support/scripted-provider.ts";

const prices = { storyboard: 0.01, keyframe: 0.1, clip: 1 } as const;
const quoteOf = (order: StepOrder): Quote | undefined =>
  order.kind === "stitch" || order.kind === "animatic"
    ? undefined
    : { usd: prices[order.kind], quantity: 1, unit: "call", model: order.model, asOf: "2026-12-01" };
const pricing = (onAmbiguous: OnAmbiguous = "ask"): Pricing => ({ quoteOf, onAmbiguous });
const none: Limits = { settingUsd: null };

const committed = ({ submits }: ProjectFacts) => committedUsd(spendOf(submits));
const resumed = (facts: ProjectFacts, options: ResumeOptions = {}, limits = none): Accepted =>
  acceptPrice(facts, resume(facts, options, context), "the film", limits, pricing());
const retaken = (facts: ProjectFacts, takes = 1, limits = none): Accepted =>
  acceptPrice(
    facts,
    retake(facts, { kind: "clip", position: 0, takes }, context),
    "the takes",
    limits,
    pricing("retry"),
  );
/** A film whose first clip is due, with a cap and something spent. */
function film(maxCostUsd: number | null, spentUsd: number): ProjectFacts {
  const at = filmAt("clip", { maxCostUsd, hold: { reason: "budget", message: "over" } });
  const [first = at.step] = at.facts.steps;
  return spentUsd === 0 ? at.facts : withSubmit({ facts: at.facts, step: first }, "spent", { usd: spentUsd });
}

describe("accepting the price of a film", () => {
  // The clip that is left costs $1.
  test.each<[string, number | null, number, Limits, number]>([
    ["is what is committed and the most of the rest", null, 0.5, none, 1.5],
    ["raises a cap that is too low", 1, 0.5, none, 1.5],
    ["leaves a cap that is enough", 2, 0.5, none, 2],
    ["never goes beyond what was given", null, 0.5, { ...none, givenUsd: 1.2 }, 1.2],
    ["gives no more than is needed where more was given", null, 0.5, { ...none, givenUsd: 9 }, 1.5],
    ["never goes beyond what was shown", 0.2, 0.5, { ...none, shownUsd: 0.7 }, 0.7],
    ["takes nothing from a cap that somebody accepted since", 2, 0.5, { ...none, shownUsd: 0.7 }, 2],
    ["never goes beyond the setting", 9, 0.5, { settingUsd: 1.1 }, 1.1],
    ["of nothing committed", null, 0, none, 1],
  ])("%s", (_name, cap, spent, limits, wanted) => {
    const { offer, facts, changes } = resumed(film(cap, spent), {}, limits);
    expect([offer.capUsd, facts.project.maxCostUsd]).toEqual([wanted, wanted]);
    expect(
      applyChanges(
        film(cap, spent),
        changes.filter(({ type }) => type === "project"),
        0,
      ).project.maxCostUsd,
    ).toBe(wanted);
    expect(offer.notices).toHaveLength(wanted < roundUsd(spent + 1) ? 1 : 0);
  });

  test("names the setting where that is the limit: resuming does not go beyond it", () => {
    const notices = (limits: Limits) => resumed(film(null, 0.5), {}, limits).offer.notices;
    expect(notices({ settingUsd: 1.1 })).toEqual([
      "the cap of $1.10 (pipeline.max_cost_usd) is less than the $1.50 the film can come to: it is held before it goes beyond the cap; raise that setting for more",
    ]);
    expect(notices({ givenUsd: 1.1, settingUsd: 2 })[0]).toEndWith("it is held before it goes beyond the cap");
  });

  test("again and again raises nothing", () => {
    let facts = resumed(film(0.2, 0.5)).facts;
    for (let turn = 0; turn < 5; turn++) {
      facts = resumed({ ...facts, project: { ...facts.project, status: "held" } }).facts;
      expect(facts.project.maxCostUsd).toBe(1.5);
    }
  });

  test("counts what the user says is bought again", () => {
    const { facts, step } = filmAt("clip", { maxCostUsd: 1 });
    const lost = withSubmit({ facts: withStep(facts, step.id, { status: "ambiguous" }), step }, "unknown", {
      because: "first",
    });
    const held = { ...lost, project: { ...lost.project, status: "held" as const } };
    expect(() => resumed(held)).toThrow("waits for your choice");
    const { facts: after, offer } = resumed(held, { retryAmbiguous: true });
    expect([offer.capUsd, after.steps.find(({ id }) => id === step.id)?.approvals]).toEqual([2, 1]);
    expect(resumed(held, { skipBlocked: true }).offer.capUsd).toBe(1);
  });
});

describe("accepting the price of takes", () => {
  test("keeps their most for them: a clip and its repeat, $2", () => {
    const { facts, offer } = retaken(film(null, 0));
    const [take] = facts.steps.filter(({ reservedUsd: usd }) => usd > 0);
    expect([take?.reservedUsd, offer.capUsd, reservedUsd(facts)]).toEqual([2, 4, 2]);
  });

  test.each<[string, number, number, number]>([
    // The film had $0.30 left of its own and still has.
    ["leaves a film over its budget the room it had", 0.8, 0.5, 2.8],
    ["gives it none where it had none", 0.5, 0.5, 2.5],
    ["takes what the film no longer needs", 9, 0.5, 9],
  ])("%s", (_name, cap, spent, wanted) => {
    const before = film(cap, spent);
    const { facts, offer } = retaken(before);
    expect(offer.capUsd).toBe(wanted);
    const clip = facts.steps.find(({ kind, reservedUsd: usd }) => kind === "clip" && usd === 0);
    const take = facts.steps.find(({ reservedUsd: usd }) => usd > 0);
    if (clip === undefined || take === undefined) throw new Error("no steps");
    expect(roomFor(facts, clip)).toBe(roundUsd(wanted - spent - 2));
    expect(roomFor(facts, take)).toBe(roundUsd(wanted - spent));
  });

  test("is refused where no limit leaves room, and nothing is ordered", () => {
    expect(() => retaken(film(1, 0.5), 1, { settingUsd: 2 })).toThrow("pipeline.max_cost_usd");
  });

  test("a finished film's takes do not add up to more than they may cost", () => {
    let facts = filmDone();
    facts = { ...facts, project: { ...facts.project, maxCostUsd: 0 } };
    for (const wanted of [2, 4, 6]) {
      facts = retaken(facts).facts;
      expect(facts.project.maxCostUsd).toBe(wanted);
    }
  });

  test("orders none at a price that nobody saw", () => {
    const seen = retaken(film(null, 0)).offer.capUsd;
    const under = (shownUsd: number) => () => retaken(film(null, 0), 1, { ...none, shownUsd });
    expect(under(seen)().offer.capUsd).toBe(seen);
    expect(under(seen - 0.01)).toThrow("nothing was ordered; run the command again");
  });

  test.each<[Step["status"], number]>([
    ["queued", 2],
    ["ambiguous", 2],
    ["rejected", 2],
    ["done", 0],
    ["skipped", 0],
    ["cancelled", 0],
    ["failed", 0],
  ])("of a take that is %s $%d are kept", (status, usd) => {
    const { facts } = retaken(film(null, 0));
    const take = facts.steps.find((step) => step.reservedUsd > 0);
    if (take === undefined) throw new Error("no take");
    expect(openReservation(facts, { ...take, status })).toBe(usd);
  });
});

/** A film that is made by a model of the engine: it buys what the plan, the policy and the room allow. */
class Making {
  facts: ProjectFacts;
  /** Most that was accepted, as the acts said it. */
  accepted = 0;
  private rows = 0;

  constructor(
    private readonly random: () => number,
    private readonly policy: OnAmbiguous,
    /** Whether the user sometimes gives less than the most. */
    private readonly limits: boolean,
  ) {
    const maxCostUsd = limits ? roundUsd(random() * 2) : undefined;
    const { facts } = filmAt("storyboard");
    const offer = offerOf(planned(facts), facts, "the film", { ...none, givenUsd: maxCostUsd }, pricing(policy));
    this.facts = { ...facts, project: { ...facts.project, maxCostUsd: offer.capUsd } };
    this.accepted = offer.capUsd;
  }

  private id = () => `01900000-0000-7000-9000-${String(++this.rows).padStart(12, "0")}`;
  private write(changes: readonly Change[]) {
    this.facts = withConsequences(this.facts, changes, context).facts;
  }

  accept(decide: () => Accepted) {
    try {
      const { facts, offer } = decide();
      this.facts = facts;
      this.accepted = offer.capUsd;
    } catch (thrown) {
      // Refused: nothing changed.
      if (!(thrown instanceof VidpipeError)) throw thrown;
    }
  }

  /** One step of the engine. */
  turn() {
    const { project } = this.facts;
    if (project.cancelled) return;
    const due = this.facts.steps.filter(
      ({ status, reservedUsd: own }) => status === "queued" && (project.hold === null || own > 0),
    );
    const step = due[Math.floor(this.random() * due.length)];
    if (step === undefined) return;
    const quote = quoteOf(step.order);
    if (quote === undefined) return this.end(step, null, "finish");
    const because = nextPurchase(this.facts, step, this.policy);
    if (because === null) return this.write([advanced(step.id, "doubt")]);
    const room = roomFor(this.facts, step);
    if (room !== null && quote.usd > room)
      return this.write([{ type: "project", patch: { hold: { reason: "budget", message: "over" } } }]);
    const submit = SubmitId.parse(this.id());
    const paid = withSubmit({ facts: this.facts, step }, "intent", { id: submit, because, usd: quote.usd });
    this.write([advanced(step.id, "claim"), { type: "add_submit", submit: paid.submits.at(-1) ?? never() }]);
    this.check(step);
    const end = this.random();
    if (end < 0.6) this.end(step, submit, "finish");
    else if (end < 0.8) this.write([settled(submit, "unknown"), advanced(step.id, "retry")]);
    else if (end < 0.9) this.write([settled(submit, "released"), advanced(step.id, "retry")]);
    else this.write([settled(submit, "spent"), advanced(step.id, "reject")]);
  }

  /** After a purchase: it was inside the cap, and not of what is kept for takes. */
  private check(bought: Step) {
    const { facts } = this;
    const cap = facts.project.maxCostUsd ?? never();
    expect(committed(facts)).toBeLessThanOrEqual(cap);
    if (bought.reservedUsd === 0) expect(roundUsd(cap - committed(facts))).toBeGreaterThanOrEqual(reservedUsd(facts));
  }

  private end(step: Step, submit: SubmitId | null, event: "finish") {
    if (submit === null) this.write([advanced(step.id, "claim")]);
    const paid = submit === null ? [] : [settled(submit, "spent")];
    if (step.kind === "storyboard") {
      const storyboard = storyboardOf({ prompt: "A cat." }, 1);
      return this.write([...paid, advanced(step.id, event, { result: { kind: "storyboard", storyboard } })]);
    }
    const artifact: Artifact = {
      id: ArtifactId.parse(this.id()),
      projectId: this.facts.project.id,
      stepId: step.id,
      role: step.kind === "keyframe" ? "keyframe" : step.kind === "clip" ? "clip" : "final",
      position: step.position,
      key: `${this.facts.project.id}/${this.rows}.png`,
      sha256: new Bun.CryptoHasher("sha256").update(step.inputKey).digest("hex"),
      bytes: 1,
      mediaType: "image/png",
      media: null,
      createdAtMs: 0,
    };
    const result = { kind: "artifact" as const, artifactId: artifact.id, report: null };
    this.write([...paid, { type: "add_artifact", artifact }, advanced(step.id, event, { result })]);
  }

  /** One act of the user. */
  act() {
    const kind = this.random();
    if (kind < 0.5) this.resume();
    else if (kind < 0.75) this.retake();
    else this.edit();
  }

  private flag = () => this.random() < 0.5;

  private resume() {
    const options: ResumeOptions = {
      retryAmbiguous: this.flag(),
      retryRejected: this.flag(),
      skipBlocked: this.flag(),
      retrySkipped: this.flag(),
      ...(this.limits && this.random() < 0.2 && { maxCostUsd: roundUsd(this.random() * 6) }),
    };
    const limits = { ...none, givenUsd: options.maxCostUsd };
    const { facts } = this;
    this.accept(() => acceptPrice(facts, resume(facts, options, context), "the film", limits, pricing(this.policy)));
  }

  private retake() {
    const kind = this.flag() ? ("clip" as const) : ("keyframe" as const);
    const wanted = { kind, position: 0, takes: this.flag() ? 1 : 2 };
    const { facts } = this;
    this.accept(() => acceptPrice(facts, retake(facts, wanted, context), "the takes", none, pricing(this.policy)));
  }

  private edit() {
    const { storyboard } = plan(this.facts);
    if (storyboard === null) return;
    const { scenes } = this.flag() ? storyboardOf({ prompt: "A cat." }, 2) : storyboard;
    const text = { ...storyboard, scenes: scenes.map((scene) => ({ ...scene, description: `${this.random()}` })) };
    this.facts = editStoryboard(this.facts, { storyboard: text, patch: this.flag() }, context).facts;
  }
}

const never = (): never => {
  throw new Error("no paid call");
};
const settled = (submitId: SubmitId, state: SubmitState): Change => ({
  type: "settle_submit",
  submitId,
  state,
  ...(state === "spent" && { patch: { verdict: "rejected" as const } }),
});

/** Sixty turns of a film, three in four of them the engine's. Every time: the cap is what was accepted. */
function live(making: Making, random: () => number, isEnough: boolean) {
  const seen = { held: 0, reserved: 0 };
  for (let turn = 0; turn < 60; turn++) {
    if (random() < 0.8) making.turn();
    else making.act();
    const { facts, accepted } = making;
    // What a take did not use goes off the cap again; nothing but the user puts anything on it.
    expect(facts.project.maxCostUsd).toBeLessThanOrEqual(accepted);
    // The most is enough for everything that may happen without another word.
    if (isEnough) expect(facts.project.hold).toBeNull();
    seen.held += facts.project.hold === null ? 0 : 1;
    seen.reserved += reservedUsd(facts) > 0 ? 1 : 0;
  }
  return seen;
}

test("whatever its user does and whatever is lost, the cap is what was accepted and no more is committed", () => {
  const all = { held: 0, reserved: 0 };
  for (let seed = 0; seed < 90; seed++) {
    const random = createRandom(seed).next;
    const isEnough = seed % 3 !== 0;
    const making = new Making(random, seed % 2 === 0 ? "ask" : "retry", !isEnough);
    const seen = live(making, random, isEnough);
    all.held += seen.held;
    all.reserved += seen.reserved;
  }
  expect(Math.min(all.held, all.reserved)).toBeGreaterThan(50);
});

describe("money that was kept for a take", () => {
  const take = (status: Step["status"], maxCostUsd: number | null) => {
    const { facts, step } = filmAt("clip", { maxCostUsd });
    const kept = withSubmit({ facts: withStep(facts, step.id, { status, reservedUsd: 2 }), step }, "spent", {
      usd: 0.5,
    });
    return { facts: kept, step };
  };

  test.each([
    ["running", "fail", 5, 3.5],
    ["running", "cancel", 5, 3.5],
    ["ambiguous", "skip", 5, 3.5],
    ["rejected", "skip", 5, 3.5],
    // Lowered meanwhile: never below what is committed.
    ["running", "fail", 1, 0.5],
    ["running", "fail", 0.2, 0.2],
    ["running", "fail", null, null],
  ] as const)("goes off the cap when it is %s and %ss: of %p stays %p", (status, event, cap, after) => {
    const { facts, step } = take(status, cap);
    const now = withConsequences(facts, [advanced(step.id, event)], context).facts;
    expect([now.steps.find(({ id }) => id === step.id)?.reservedUsd, now.project.maxCostUsd]).toEqual([0, after]);
  });

  test.each([
    ["running", "lose"],
    ["running", "doubt"],
    ["rejected", "redo"],
  ] as const)("stays while it is %s and %ss", (status, event) => {
    const { facts, step } = take(status, 5);
    const now = withConsequences(facts, [advanced(step.id, event)], context).facts;
    expect([now.steps.find(({ id }) => id === step.id)?.reservedUsd, now.project.maxCostUsd]).toEqual([2, 5]);
  });
});
