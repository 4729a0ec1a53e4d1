import fc from "fast-check";
import type { Route } from "../support/google-fake/faults.ts";
import type { GoogleFake } from "../support/google-fake/google-fake.ts";

/** When to kill. Delays are ms. */
export type DecisionContext =
  /** So long after the start. */
  | { readonly at: "time"; readonly delayMs: number }
  /** So long after the next request of a kind has arrived: the answer may or may not have been written down. */
  | { readonly at: "request"; readonly route: Route; readonly delayMs: number }
  /** After an order was sent and before its answer: `made` says whether the clip is being made and billed. */
  | { readonly at: "unanswered"; readonly made: boolean; readonly delayMs: number };

const routes: Route[] = ["text", "image", "image", "submit", "submit", "submit", "poll", "file", "download"];

/** Dense around orders: half of the moments are within milliseconds of one. */
const moments: fc.Arbitrary<DecisionContext> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ at: fc.constant("time" as const), delayMs: fc.nat(2_000) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      at: fc.constant("request" as const),
      route: fc.constantFrom(...routes),
      delayMs: fc.nat(30),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ at: fc.constant("unanswered" as const), made: fc.boolean(), delayMs: fc.nat(10) }),
  },
);

/** So many moments; the same for the same seed. */
export const drawMoments = (count: number, seed: number): DecisionContext[] =>
  fc.sample(moments, { numRuns: count, seed });

export const nameOf = (moment: DecisionContext): string => {
  switch (moment.at) {
    case "time":
      return "any time";
    case "request":
      return `after a ${moment.route} request`;
    case "unanswered":
      return moment.made ? "order billed, answer withheld" : "order sent, never read";
  }
};

/** Prepares the fake, and resolves when the moment has come. */
export async function moment(when: DecisionContext, fake: GoogleFake, signal: AbortSignal): Promise<void> {
  const route = routeOf(when);
  if (route !== null) {
    const seen = fake.requests.filter((request) => request.route === route).length;
    if (when.at === "unanswered") fake.script({ on: "submit", fault: when.made ? "execute_and_hang" : "hang" });
    await fake.arrived(route, seen + 1);
  }
  if (!signal.aborted) await Bun.sleep(when.delayMs);
}

/** The request a moment waits for; null: none. */
export const routeOf = (when: DecisionContext): Route | null => {
  switch (when.at) {
    case "time":
      return null;
    case "request":
      return when.route;
    case "unanswered":
      return "submit";
  }
};
