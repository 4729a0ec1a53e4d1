import type { Config } from "../../config/load.ts";
import { VidpipeError } from "../../domain/errors.ts";
import type { Estimate, EstimateLine } from "../../domain/money.ts";
import type { CliContext } from "../context.ts";
import type { FilmOptions } from "../input/options.ts";
import { say } from "../output/notices.ts";
import { counted, dollars, pad, plain } from "../output/text.ts";

const NOUNS = { storyboard: "call", keyframes: "keyframe", clips: "clip" } as const satisfies Record<
  EstimateLine["stage"],
  string
>;

function quantityOf({ stage, pieces, quantity, unit }: EstimateLine): string {
  if (stage === "storyboard" && quantity > pieces) return `up to ${counted(quantity, "call")}`;
  const base = counted(pieces, NOUNS[stage]);
  return unit === "second" ? `${base}, ${counted(quantity, "second")}` : base;
}

/** An estimate for people: quantities, prices, and the dates of the prices. */
export function estimateLines(estimate: Estimate): string[] {
  const { provider, scenes, scenesAreGiven, maxScenes, lines, totalUsd, mostUsd, notices } = estimate;
  const open = scenesAreGiven ? "" : ` (the storyboard decides, up to ${maxScenes})`;
  const rows = lines.map((line) =>
    [
      `  ${pad(line.stage, 11)}`,
      pad(quantityOf(line), 22),
      pad(plain(line.model), 28),
      line.asOf === null ? "free" : dollars(line.usd),
    ].join(" "),
  );
  const dates = [...new Set(lines.flatMap((line) => line.asOf ?? []))];
  const most = mostUsd > totalUsd ? `, at most ${dollars(mostUsd)} for ${counted(maxScenes, "scene")}` : "";
  const total =
    dates.length === 0
      ? "  total       free"
      : `  total       ${dollars(totalUsd)}${most}, before retries; prices as of ${dates.join(" and ")}`;
  return [
    `estimate for ${counted(scenes, "scene")}${open}, made by ${plain(provider)}:`,
    ...rows,
    total,
    ...notices.map((notice) => `  note: ${plain(notice)}`),
  ];
}

/** An estimate for programs. Amounts are US dollars. */
export const estimateJson = (estimate: Estimate) => ({
  type: "estimate",
  provider: estimate.provider,
  scenes: estimate.scenes,
  scenes_are_given: estimate.scenesAreGiven,
  max_scenes: estimate.maxScenes,
  lines: estimate.lines.map(({ asOf, ...line }) => ({ ...line, as_of: asOf })),
  total_usd: estimate.totalUsd,
  most_usd: estimate.mostUsd,
  notices: estimate.notices,
});

/** The consent that the flags and the settings give. */
export const consentOf = (config: Config, yes: boolean | undefined, film: FilmOptions): Consent => ({
  yes: yes === true,
  aboveUsd: config.pipeline.confirmAboveUsd,
  talks: film.talks,
});

/** When to ask before money is spent. */
export interface Consent {
  /** The user has agreed in advance. */
  readonly yes: boolean;
  /** Estimates up to this amount need no question, US dollars. */
  readonly aboveUsd: number;
  /** People read what happens. */
  readonly talks: boolean;
}

/**
 * Shows the estimate and, on a terminal, asks when it is above the configured amount.
 * @throws VidpipeError money.not_confirmed when the answer is not yes
 */
export const agreeToSpend = (context: CliContext, estimate: Estimate, consent: Consent): Promise<void> =>
  agreeToPrice(context, estimateLines(estimate), estimate.totalUsd, consent);

/** The same for a price with its own lines. @throws VidpipeError money.not_confirmed */
export async function agreeToPrice(
  context: CliContext,
  lines: readonly string[],
  totalUsd: number,
  consent: Consent,
): Promise<void> {
  const { stdin, stderr } = context;
  if (totalUsd === 0) return;
  const asks = !consent.yes && totalUsd > consent.aboveUsd && stdin.isTerminal && stderr.isTerminal;
  if (consent.talks || asks) for (const line of lines) say(context, line);
  if (!asks) return;
  stderr.write(`Spend about ${dollars(totalUsd)}? [y/N] `);
  const answer = await readLine(stdin.chunks());
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new VidpipeError("money.not_confirmed", "nothing was bought; use --yes to skip the question");
}

/** The first line of a stream, without its end; at most what the first read returns. */
async function readLine(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const chunk of chunks) return new TextDecoder().decode(chunk).split("\n", 1)[0] ?? "";
  return "";
}
