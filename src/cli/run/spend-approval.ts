import type { Config } from "../../config/load.ts";
import { VidpipeError } from "../../domain/errors.ts";
import { type Offer, offerFields, type PriceLine, payableUsd, raisesCap } from "../../domain/price.ts";
import type { CliContext } from "../context.ts";
import type { FilmOptions } from "../input/options.ts";
import { canAsk, saysYes } from "../input/question.ts";
import { say } from "../output/notices.ts";
import { counted, exactDollars, pad, plain } from "../output/text.ts";

const NOUNS = { storyboard: "call", keyframes: "keyframe", clips: "clip" } as const satisfies Record<
  PriceLine["stage"],
  string
>;

function quantityOf({ stage, pieces, quantity, unit }: PriceLine): string {
  const base = counted(pieces, NOUNS[stage]);
  return unit === "second" ? `${base}, ${counted(quantity, "second")}` : base;
}

const priceOfLine = ({ usd, mostUsd, asOf }: PriceLine): string => {
  if (asOf === null && mostUsd === 0) return "free";
  return mostUsd > usd ? `${pad(exactDollars(usd), 9)} at most ${exactDollars(mostUsd)}` : exactDollars(usd);
};

/** A price in one sentence: what it is if every call succeeds at the first try, and the most you pay. */
export const priceSentence = (offer: Offer): string => wordsOf([offer]);

/** An estimate for people: quantities, prices, and the dates of the prices. The lines add up to the price and the most. */
export function estimateLines(offer: Offer): string[] {
  const { provider, scenes, scenesAreGiven, maxScenes, lines, mostUsd } = offer.price;
  const open = scenesAreGiven ? "" : ` (the storyboard decides, up to ${maxScenes})`;
  const rows = lines.map((line) =>
    [`  ${pad(line.stage, 11)}`, pad(quantityOf(line), 22), pad(plain(line.model), 28), priceOfLine(line)].join(" "),
  );
  const dates = [...new Set(lines.flatMap((line) => line.asOf ?? []))];
  const dated = dates.length === 0 ? "" : `; prices as of ${dates.join(" and ")}`;
  return [
    `estimate for ${counted(scenes, "scene")}${open}, made by ${plain(provider)}:`,
    ...rows,
    mostUsd === 0 ? "  free" : `  ${priceSentence(offer)}${dated}`,
    ...offer.notices.map((notice) => `  ${plain(notice)}`),
  ];
}

/** An estimate for programs, by the names of the API. Amounts are US dollars. */
export const estimateJson = (offer: Offer) => ({ type: "estimate", ...offerFields(offer) });

/** When to ask before money is spent. */
export interface Consent {
  /** The user has agreed in advance. */
  readonly yes: boolean;
  /** The user named the most to be spent: by flag, environment, or a configuration file that was named. */
  readonly isCapped: boolean;
  /** The command takes a cap as a flag. */
  readonly takesCap: boolean;
  /** The most that needs no question, US dollars. */
  readonly aboveUsd: number;
  /** People read what happens. */
  readonly talks: boolean;
}

const CAP_SETTING = "pipeline.max_cost_usd";

/**
 * The consent that the flags and the settings give. A cap in a file that was merely found in the current folder lowers
 * what is spent, and is nobody's word. `cap` is what the flag says; absent where the command has none.
 */
export function consentOf(
  config: Config,
  yes: boolean | undefined,
  film: Pick<FilmOptions, "talks">,
  cap?: { readonly maxCostUsd?: number },
): Consent {
  const setting = config.settings.find(({ key }) => key === CAP_SETTING);
  const isNamed = setting !== undefined && setting.value !== null && !setting.isFound;
  return {
    yes: yes === true,
    isCapped: isNamed || cap?.maxCostUsd !== undefined,
    takesCap: cap !== undefined,
    aboveUsd: config.pipeline.confirmAboveUsd,
    talks: film.talks,
  };
}

/** What the user was shown, for the command that spends: between the two the film and its prices may change. */
export interface Shown {
  /** The cap of the offer, US dollars. */
  readonly shownUsd: number;
}

/**
 * Shows the price of going on with a film and gets the user's word where it is more than was agreed to before.
 * @throws VidpipeError money.not_confirmed when it is not given
 */
export async function agreeToSpend(context: CliContext, offer: Offer, consent: Consent): Promise<Shown> {
  await agreeToPrice(context, { lines: estimateLines(offer), offers: [offer], isNews: raisesCap(offer) }, consent);
  return { shownUsd: offer.capUsd };
}

/** A price with its own lines; of several films together where there are several offers. */
export interface Asked {
  readonly lines: readonly string[];
  readonly offers: readonly Offer[];
  /** False: it is inside a price that the user agreed to before. */
  readonly isNews: boolean;
}

const sum = (amounts: readonly number[]): number => amounts.reduce((total, usd) => total + usd, 0);

/**
 * Shows a price and gets the user's word for it: asked on a terminal, else given beforehand.
 * @throws VidpipeError money.not_confirmed
 */
export async function agreeToPrice(context: CliContext, asked: Asked, consent: Consent): Promise<void> {
  const { lines, offers, isNews } = asked;
  if (offers.every(({ price }) => price.mostUsd === 0)) return;
  const needsWord = isNews && !consent.yes && sum(offers.map(payableUsd)) > consent.aboveUsd;
  const isTerminal = canAsk(context);
  if (consent.talks || (needsWord && isTerminal)) for (const line of lines) say(context, line);
  if (!needsWord) return;
  if (isTerminal) await ask(context, wordsOf(offers));
  else if (!consent.isCapped) throw notConfirmed(wordsOf(offers), consent);
}

const wordsOf = (offers: readonly Offer[]): string =>
  `price ${exactDollars(sum(offers.map(({ price }) => price.totalUsd)))}, you pay at most ${exactDollars(sum(offers.map(payableUsd)))}`;

/** @throws VidpipeError money.not_confirmed when the answer is not yes */
async function ask(context: CliContext, words: string): Promise<void> {
  if (await saysYes(context, `${words}. Go on?`)) return;
  throw new VidpipeError("money.not_confirmed", "nothing was bought; use --yes to skip the question");
}

function notConfirmed(words: string, { aboveUsd, takesCap }: Consent): VidpipeError {
  const ways = takesCap ? "--yes, or set a limit with --max-cost USD" : "--yes";
  return new VidpipeError(
    "money.not_confirmed",
    `${words}: that is more than pipeline.confirm_above_usd (${exactDollars(aboveUsd)}), so nothing was bought; agree with ${ways}`,
  );
}
