import { dirname, resolve } from "node:path";
import type { Config } from "../../config/load.ts";
import { asVidpipeError, VidpipeError } from "../../domain/errors.ts";
import type { Estimate } from "../../domain/money.ts";
import { roundUsd } from "../../domain/money.ts";
import type { RequestInput } from "../../domain/request.ts";
import { sharesOf } from "../../domain/shares.ts";
import { type BatchItem, readBatch } from "../../formats/batch.ts";
import type { CreateOptions } from "../../services/create-project.ts";
import type { ProjectService } from "../../services/projects.ts";
import type { CliContext } from "../context.ts";
import { readStoryboardFile, refuseFile } from "../input/storyboard-source.ts";
import { readText } from "../input/text-source.ts";
import { usageError } from "../input/usage-errors.ts";
import { writeJson } from "../output/json.ts";
import { counted, dollars, pad, plain } from "../output/text.ts";
import { type Entry, runAll } from "./batch-run.ts";
import type { FilmOptions } from "./follow.ts";
import { interruptible } from "./interrupt.ts";
import { withApp } from "./session.ts";
import { agreeToPrice, type Consent, estimateJson } from "./spend-approval.ts";

/** A list of films to make and how. */
export interface BatchRequest {
  readonly file: string;
  /** What the flags say for films that do not say it themselves. */
  readonly request: Omit<RequestInput, "prompt">;
  /** Most that all films together may cost, US dollars. */
  readonly maxCostUsd: number | undefined;
  readonly until: Pick<CreateOptions, "until">;
  readonly dryRun: boolean;
  readonly consent: Consent;
  readonly options: FilmOptions;
}

/** @throws VidpipeError input.invalid when words of one film stand beside a list of them */
export function checkBatchWords(args: Readonly<Record<string, unknown>>): void {
  const words = ["prompt", "file", "storyboard", "output", "reference", "cast", "start-image"];
  const single = words.find((name) => args[name] !== undefined);
  if (single === undefined) return;
  const name = single === "prompt" ? "a prompt" : `--${single}`;
  throw usageError(`--batch makes the films of a list: it takes no ${name.replace("a ", "")}`, "generate");
}

async function entryOf(context: CliContext, item: BatchItem, { file, request, until }: BatchRequest): Promise<Entry> {
  const { prompt, style, scenes, clip_duration, aspect_ratio, seed, crossfade, provider, line } = item;
  const path = item.storyboard === undefined ? undefined : resolve(dirname(file), item.storyboard);
  const source = path === undefined ? undefined : await readStoryboardFile(context, path, "storyboard");
  return {
    input: {
      prompt: prompt ?? source?.storyboard.title ?? "",
      style: style ?? request.style,
      sceneCount: scenes ?? request.sceneCount,
      clipDurationSeconds: clip_duration ?? request.clipDurationSeconds,
      aspectRatio: aspect_ratio ?? request.aspectRatio,
      seed: seed ?? request.seed,
      crossfadeSeconds: crossfade ?? request.crossfadeSeconds,
    },
    create: {
      ...until,
      ...(provider === undefined || provider === "auto" ? {} : { provider }),
      ...source,
    },
    line,
  };
}

async function readEntries(context: CliContext, request: BatchRequest): Promise<Entry[]> {
  const { file } = request;
  const name = file === "-" ? "standard input" : file;
  const text = await readText(context, file, { what: "the list of films", flag: "--batch" });
  const { items, problems } = readBatch(text, name);
  if (items === null) throw refuseFile(context, name, problems);
  const entries: Entry[] = [];
  for (const item of items) entries.push(await entryOf(context, item, request));
  return entries;
}

/** Everything is checked before anything is made. @throws VidpipeError input.invalid and as Service.admit */
async function admitAll(
  context: CliContext,
  service: ProjectService,
  entries: readonly Entry[],
  file: string,
  signal: AbortSignal,
): Promise<Estimate[]> {
  const estimates: Estimate[] = [];
  const problems: { line: number | undefined; message: string }[] = [];
  for (const [place, { input, create, line }] of entries.entries()) {
    try {
      estimates.push(await service.admit(input, create, signal));
    } catch (thrown) {
      const failure = asVidpipeError(thrown);
      if (failure.code !== "input.invalid") throw failure;
      problems.push({ line, message: `film ${place + 1}: ${failure.message}` });
    }
  }
  if (problems.length > 0) throw refuseFile(context, file, problems);
  return estimates;
}

const totalOf = (estimates: readonly Estimate[]): number =>
  roundUsd(estimates.reduce((sum, { totalUsd }) => sum + totalUsd, 0));

/** The films with what each may spend: its share, and no more than the settings allow any film. @throws VidpipeError money.over_budget when the cap is below the estimates */
function capped(
  entries: readonly Entry[],
  estimates: readonly Estimate[],
  maxCostUsd: number | undefined,
  eachUsd: number | null,
): Entry[] {
  if (maxCostUsd === undefined) return [...entries];
  const shares = sharesOf(
    maxCostUsd,
    estimates.map(({ totalUsd }) => totalUsd),
  );
  if (shares === undefined)
    throw new VidpipeError(
      "money.over_budget",
      `the films need about ${dollars(totalOf(estimates))}, more than --max-cost ${dollars(maxCostUsd)}: nothing was made`,
    );
  const most = eachUsd ?? Number.POSITIVE_INFINITY;
  return entries.map((entry, place) => ({
    ...entry,
    create: { ...entry.create, maxCostUsd: Math.min(shares[place] ?? 0, most) },
  }));
}

function batchLines(entries: readonly Entry[], estimates: readonly Estimate[]): string[] {
  const rows = estimates.map(({ scenes, scenesAreGiven, provider, totalUsd }, place) =>
    [
      `  ${pad(String(place + 1), 4)}`,
      pad(`${scenesAreGiven ? "" : "about "}${counted(scenes, "scene")}`, 16),
      pad(plain(provider), 10),
      pad(totalUsd === 0 ? "free" : dollars(totalUsd), 10),
      plain(entries[place]?.input.prompt ?? "").slice(0, 60),
    ].join(" "),
  );
  const total = totalOf(estimates);
  const sum = total === 0 ? "free" : `${dollars(total)}, before retries`;
  return [`estimate for ${counted(entries.length, "film")}:`, ...rows, `  total ${sum}`];
}

function showBatch(
  context: CliContext,
  entries: readonly Entry[],
  estimates: readonly Estimate[],
  json: boolean,
): void {
  if (json) {
    for (const [item, estimate] of estimates.entries()) writeJson(context.stdout, { item, ...estimateJson(estimate) });
    writeJson(context.stdout, { type: "batch_estimate", films: entries.length, total_usd: totalOf(estimates) });
  } else context.stdout.write(`${batchLines(entries, estimates).join("\n")}\n`);
}

/** Makes every film of a list, or none when one of them could not be made. Returns the exit code. */
export async function makeBatch(context: CliContext, config: Config, request: BatchRequest): Promise<number> {
  const entries = await readEntries(context, request);
  return withApp(context, config, async ({ service }) => {
    const { options, consent } = request;
    const estimates = await interruptible(context, (signal) =>
      admitAll(context, service, entries, request.file, signal),
    );
    const films = capped(entries, estimates, request.maxCostUsd, config.pipeline.maxCostUsd);
    if (request.dryRun) {
      showBatch(context, entries, estimates, options.json);
      return 0;
    }
    await agreeToPrice(context, batchLines(entries, estimates), totalOf(estimates), consent);
    return runAll(context, service, films, options);
  });
}
