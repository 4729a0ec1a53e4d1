import type { Quote } from "./money.ts";

/** One line of a price: what a stage will buy, quantity first. Amounts are US dollars. */
export interface PriceLine {
  readonly stage: "storyboard" | "keyframes" | "clips";
  readonly model: string;
  /** How many calls, stills or clips. */
  readonly pieces: number;
  /** Units over all pieces, e.g. 30 seconds. */
  readonly quantity: number;
  readonly unit: Quote["unit"];
  /** If every call succeeds at the first try. */
  readonly usd: number;
  /** With everything that may be bought again without another word, and at the largest number of scenes. */
  readonly mostUsd: number;
  /** Date of the price, ISO 8601; null when it is free. */
  readonly asOf: string | null;
}

/** What is still to be bought of a film. Amounts are US dollars; the lines add up to the totals. */
export interface Price {
  readonly provider: string;
  /** Scenes the lines are for. */
  readonly scenes: number;
  /** False: the storyboard may settle on another number, up to `maxScenes`. */
  readonly scenesAreGiven: boolean;
  readonly maxScenes: number;
  readonly lines: readonly PriceLine[];
  /** The price: if every call succeeds at the first try. */
  readonly totalUsd: number;
  /** The most it can come to without another word of the user's. */
  readonly mostUsd: number;
}

/** A price as it is put to the user. Agreeing to it sets the film's cap. Amounts are US dollars. */
export interface Offer {
  readonly price: Price;
  /** The cap of the film once it is agreed to. */
  readonly capUsd: number;
  /** The cap until then; null: the film has none yet. */
  readonly formerCapUsd: number | null;
  /** Spent, reserved or unknown already. */
  readonly committedUsd: number;
  /** What the user should know before agreeing, one line each. */
  readonly notices: readonly string[];
}

/** What the user lets be paid by agreeing, beside what is committed already. US dollars. */
export const payableUsd = ({ price, capUsd, committedUsd }: Offer): number =>
  Math.max(0, Math.min(price.mostUsd, Math.round((capUsd - committedUsd) * 1e6) / 1e6));

/** Whether agreeing lets more be paid than was agreed to before: going on inside an accepted price asks nothing. */
export const raisesCap = ({ capUsd, formerCapUsd, price }: Offer): boolean =>
  price.mostUsd > 0 && (formerCapUsd === null || capUsd > formerCapUsd);

/** An offer for programs, by the names of the API; the CLI prints the same. Amounts are US dollars. */
export const offerFields = ({ price, capUsd, notices }: Offer) => ({
  provider: price.provider,
  scenes: price.scenes,
  scenes_are_given: price.scenesAreGiven,
  max_scenes: price.maxScenes,
  lines: price.lines.map(({ mostUsd, asOf, ...line }) => ({ ...line, most_usd: mostUsd, as_of: asOf })),
  total_usd: price.totalUsd,
  most_usd: price.mostUsd,
  max_usd: capUsd,
  notices: [...notices],
});
