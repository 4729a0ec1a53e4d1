import type { Forecast, ForecastLine } from "../../domain/forecast.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { StepKind } from "../../domain/lifecycle.ts";
import { nameOf } from "../../domain/piece-name.ts";
import type { Sink } from "../context.ts";
import { writeJson } from "./json.ts";
import { table } from "./tables.ts";
import { counted, exactDollars } from "./text.ts";

const countOf = (lines: readonly ForecastLine[], kind: StepKind): number =>
  lines.filter((line) => line.toMake && line.kind === kind).length;

/** What has to be made, in a few words: "2 keyframes, 3 clips and the final film"; undefined for nothing. */
export function makings({ lines }: Forecast): string | undefined {
  const [stills, clips] = [countOf(lines, "keyframe"), countOf(lines, "clip")];
  const parts = [
    ...(countOf(lines, "storyboard") > 0 ? ["the storyboard"] : []),
    ...(stills > 0 ? [counted(stills, "keyframe")] : []),
    ...(countOf(lines, "animatic") > 0 ? ["the animatic"] : []),
    ...(clips > 0 ? [counted(clips, "clip")] : []),
    ...(countOf(lines, "stitch") > 0 ? ["the final film"] : []),
  ];
  const last = parts.pop();
  if (last === undefined) return undefined;
  return parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
}

/** A price and the most it can come to, as part of a sentence. */
export function priceWords(totalUsd: number, mostUsd: number): string {
  if (mostUsd === 0) return "nothing";
  return mostUsd > totalUsd ? `${exactDollars(totalUsd)}, at most ${exactDollars(mostUsd)}` : exactDollars(totalUsd);
}

/** The same after what is made for it. */
export const forPrice = ({ totalUsd, mostUsd }: Forecast): string =>
  mostUsd === 0 ? "for free" : `for ${priceWords(totalUsd, mostUsd)}`;

const priceOf = ({ toMake, quote }: ForecastLine): string => {
  if (!toMake) return "-";
  return quote === null ? "free" : exactDollars(quote.usd);
};
const mostOf = ({ mostUsd }: ForecastLine): string => (mostUsd === 0 ? "-" : exactDollars(mostUsd));

/** A forecast for people: the pieces in the order they are made. */
export function forecastTable({ lines }: Forecast, sink: Sink, only: "all" | "to make"): string {
  const shown = lines.filter(({ toMake }) => only === "all" || toMake);
  if (shown.length === 0) return "";
  const rows = shown.map((line) => [
    nameOf(line),
    line.state.replace("_", " "),
    priceOf(line),
    mostOf(line),
    line.reason ?? "",
  ]);
  return table([["PIECE", "STATE", "PRICE", "MOST", "WHY"], ...rows], sink);
}

/** The summary of a forecast: what resume would make, at what price, and the command. */
export function verdict(id: ProjectId, forecast: Forecast): string {
  const made = makings(forecast);
  if (made === undefined) return `nothing to make: project ${id} is up to date`;
  const more = forecast.complete ? "" : ", then what the storyboard needs";
  return `vidpipe resume ${id} makes ${made}${more}, ${forPrice(forecast)}`;
}

const lineJson = ({ kind, position, state, toMake, reason, quote, mostUsd }: ForecastLine) => ({
  type: "piece",
  kind,
  position,
  state,
  to_make: toMake,
  reason,
  usd: toMake ? (quote?.usd ?? 0) : null,
  most_usd: mostUsd,
  quantity: quote?.quantity ?? null,
  unit: quote?.unit ?? null,
  model: quote?.model ?? null,
});

/** A forecast for programs: a line for each piece, then one with the total. Amounts are US dollars. */
export function writeForecast(sink: Sink, id: ProjectId, forecast: Forecast, only: "all" | "to make"): void {
  for (const line of forecast.lines) if (only === "all" || line.toMake) writeJson(sink, lineJson(line));
  const pieces = forecast.lines.filter(({ toMake }) => toMake).length;
  writeJson(sink, {
    type: "plan",
    project_id: id,
    pieces,
    total_usd: forecast.totalUsd,
    most_usd: forecast.mostUsd,
    complete: forecast.complete,
    command: pieces === 0 ? null : `vidpipe resume ${id}`,
  });
}
