/** What a model makes. */
export const MODEL_KINDS = ["text", "image", "video"] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** What a million tokens cost, US dollars. Thinking counts as output. */
export interface TokenPrice {
  readonly inputUsd: number;
  readonly outputUsd: number;
}

/** What a request for a picture or a clip costs beside what it makes, which has a price of its own. */
export interface RequestPrice extends TokenPrice {
  /** Input tokens of one picture that is shown to the model. */
  readonly pictureTokens: number;
  /** Output tokens allowed for thinking that cannot be turned off. */
  readonly thinkingTokens: number;
}

/** What one unit costs on the days from `from` to `to`. A price that changes on a known day is two of these. Amounts are US dollars. */
export type Price = {
  /** First day of this price, ISO 8601, UTC. */
  readonly from: string;
  /** Last day of this price, ISO 8601, UTC; absent where no end is known. */
  readonly to?: string;
  readonly source: string;
  /** Day the source was read, ISO 8601; null for a price that is the user's own word. */
  readonly asOf: string | null;
} & (
  | {
      readonly per: "second" | "image";
      /** By size. */
      readonly usd: Readonly<Record<string, number>>;
      /** Absent where the picture or the clip is all that is charged. */
      readonly request?: RequestPrice;
    }
  | (TokenPrice & {
      readonly per: "million_tokens";
      /** The price of all tokens of a call with more input than `inputTokens`; absent where length does not matter. */
      readonly above?: TokenPrice & { readonly inputTokens: number };
    })
);

/** How long a model answers on one of the ways it is reached. */
export interface Availability {
  /** First day it no longer answers, ISO 8601; null: no date is known. */
  readonly retiresOn: string | null;
}

/** What every vendor's models have: what they make, within which limits, at which pace and price, and how long. */
export interface Model {
  readonly id: string;
  readonly kind: ModelKind;
  readonly aliases: readonly string[];
  /** By the vendor's names of the ways it is reached; one that is missing never had it. Most vendors have one way. */
  readonly modes: Readonly<Partial<Record<string, Availability>>>;
  /** Clip lengths between a first and a last frame, whole seconds, ascending; empty for other kinds. */
  readonly durationsSeconds: readonly number[];
  readonly aspectRatios: readonly string[];
  /** Picture sizes by the vendor's names, the default first; empty for text. */
  readonly sizes: readonly string[];
  readonly audio: boolean;
  readonly lastFrame: boolean;
  /** Most reference pictures in one request, the still before among them. */
  readonly referenceImages: number;
  readonly seed: boolean;
  /** Requests per minute that the vendor allows by default; null where only the account's console says. */
  readonly requestsPerMinute: number | null;
  /** Ascending by `from`; empty when no price is known. On a day of none of them the price is not known either. */
  readonly prices: readonly Price[];
  /** What to use instead once it is gone. */
  readonly successor: string | null;
}

/** A vendor's models as vidpipe knows them. A vendor adds what its calls need to `Model`. */
export interface Vendor<M extends Model = Model> {
  readonly models: readonly M[];
  /** What people call the ways that models are reached. */
  readonly modeNames: Readonly<Record<string, string>>;
  /** What a project gets when the configuration names no model. */
  readonly defaults: Readonly<Record<ModelKind, string>>;
  /** Whole families that are gone, by the start of their ids. */
  readonly retiredFamilies: readonly { readonly prefix: string; readonly since: string | null }[];
}
