import { roundUsd } from "../../domain/money.ts";
import type { Price, RequestPrice, TokenPrice } from "../catalog/models.ts";

/** Where a price is from, and the days it holds: since before the first release unless given. */
interface Dated {
  readonly from?: string;
  readonly to?: string;
  readonly source?: string;
  /** Day the source was read. */
  readonly asOf?: string;
}

const GEMINI_PRICES = "ai.google.dev/gemini-api/docs/pricing";
const VERTEX_PRICES = "cloud.google.com/vertex-ai/generative-ai/pricing";

const dated = ({ from = "2026-01-01", to, source = GEMINI_PRICES, asOf = "2026-11-22" }: Dated) => ({
  from,
  ...(to === undefined ? {} : { to }),
  source,
  asOf,
});

/** For rows that were read again when the table was last checked. */
export const CHECKED = { asOf: "2026-11-30" } as const satisfies Dated;

/** A text model's price a million tokens; `above` is the price of calls with more input than that. */
export const tokens = (
  inputUsd: number,
  outputUsd: number,
  on: Dated = {},
  above?: TokenPrice & { readonly inputTokens: number },
): Price => ({
  per: "million_tokens",
  inputUsd,
  outputUsd,
  ...(above === undefined ? {} : { above }),
  ...dated(on),
});

/** The price of a picture by size, from its output tokens at a price a million, and of the request that asks for it. */
export const picture = (
  usdPerMillion: number,
  sizeTokens: Readonly<Record<string, number>>,
  asked: RequestPrice,
  on: Dated = {},
): Price => ({
  per: "image",
  usd: Object.fromEntries(
    Object.entries(sizeTokens).map(([size, count]) => [size, roundUsd((count * usdPerMillion) / 1e6)]),
  ),
  request: asked,
  ...dated(on),
});

/** One price of a picture by size, whatever the request. */
export const perImage = (usd: Readonly<Record<string, number>>): Price[] => [{ per: "image", usd, ...dated({}) }];

/** One price of a second by size, on Vertex AI's page unless it says otherwise. */
export const perSecond = (
  usd: Readonly<Record<string, number>>,
  on: Dated = { source: VERTEX_PRICES },
  asked?: RequestPrice,
): Price[] => [{ per: "second", usd, ...(asked === undefined ? {} : { request: asked }), ...dated(on) }];

/**
 * Thinking that is allowed for, in tokens. At the level "minimal" Google promises "close to no thinking" and no number;
 * users are charged for none (discuss.ai.google.dev, topic 145830). Where it cannot be set no number is known either:
 * both are assumptions on the safe side.
 */
export const THINKING_TOKENS = { minimal: 128, fixed: 512 } as const;

/** Input tokens of a picture that is shown: what the largest of these models counts. Google's price page, 2026-10-09. */
const PICTURE_TOKENS = 1_120;

/** What a request costs beside what it makes, US dollars a million tokens in and out. */
export const request = (inputUsd: number, outputUsd: number, thinkingTokens: number): RequestPrice => ({
  inputUsd,
  outputUsd,
  pictureTokens: PICTURE_TOKENS,
  thinkingTokens,
});
