import { dirname, resolve } from "node:path";
import type { Config } from "../../config/load.ts";
import { asVidpipeError, VidpipeError } from "../../domain/errors.ts";
import { isSettled } from "../../domain/lifecycle.ts";
import { roundUsd } from "../../domain/money.ts";
import { type Offer, payableUsd } from "../../domain/price.ts";
import type { RequestInput } from "../../domain/request.ts";
import { sharesOf } from "../../domain/shares.ts";
import type { ProjectView } from "../../domain/view.ts";
import { type BatchItem, readBatch } from "../../formats/batch.ts";
import type { CreateOptions } from "../../services/create-project.ts";
import type { ProjectService } from "../../services/projects.ts";
import type { CliContext } from "../context.ts";
import type { FilmOptions } from "../input/options.ts";
import { readStoryboardFile, refuseFile } from "../input/storyboard-source.ts";
import { readText } from "../input/text-source.ts";
import { usageError } from "../input/usage-errors.ts";
import { printResult, projectJson, writeJson } from "../output/json.ts";
import { STOPPING, say } from "../output/notices.ts";
import { counted, cut, dollars, exactDollars, lines, pad, plain } from "../output/text.ts";
import { EXIT_CODES, exitCodeOf, resumeCommand, waitsTooLong } from "./run-film.ts";
import { INTERRUPTED, interruptible, withApp } from "./session.ts";
import { agreeToPrice, type Consent, estimateJson } from "./spend-approval.ts";

/** A list of films, and how to make them. */
export interface BatchRequest {
  readonly file: string;
  /** The flags; they apply to films that do not set the value themselves. */
  readonly request: Omit<RequestInput, "prompt">;
  /** Cap on the cost of all films together, US dollars. */
  readonly maxCostUsd?: number;
  readonly until: Pick<CreateOptions, "until">;
  readonly dryRun: boolean;
  readonly consent: Consent;
  readonly options: FilmOptions;
}

/** One film of a list, ready to be created. */
interface Entry {
  readonly input: RequestInput & { readonly prompt: string };
  readonly create: CreateOptions;
  /** Its line in the file, from 1. */
  readonly line: number | undefined;
}

/** @throws VidpipeError input.invalid when an argument for a single film is given with a list of films */
export function checkBatchWords(args: Readonly<Record<string, unknown>>): void {
  const words = ["prompt", "file", "storyboard", "output", "reference", "cast", "start-image"];
  const single = words.find((name) => args[name] !== undefined);
  if (single === undefined) return;
  const name = single === "prompt" ? "a prompt" : `--${single}`;
  throw usageError(`--batch makes all films of a list and cannot be used with ${name}`, "generate");
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

/** Checks all films before any is made. @throws VidpipeError input.invalid and as ProjectService.admit */
async function admitAll(
  context: CliContext,
  service: ProjectService,
  entries: readonly Entry[],
  file: string,
  signal: AbortSignal,
): Promise<Offer[]> {
  const offers: Offer[] = [];
  const problems: { line: number | undefined; message: string }[] = [];
  for (const [place, { input, create, line }] of entries.entries()) {
    try {
      offers.push(await service.admit(input, create, signal));
    } catch (thrown) {
      const failure = asVidpipeError(thrown);
      if (failure.code !== "input.invalid") throw failure;
      problems.push({ line, message: `film ${place + 1}: ${failure.message}` });
    }
  }
  if (problems.length > 0) throw refuseFile(context, file, problems);
  return offers;
}

const totalOf = (offers: readonly Offer[]): number =>
  roundUsd(offers.reduce((sum, { price }) => sum + price.totalUsd, 0));
const mostOf = (offers: readonly Offer[]): number =>
  roundUsd(offers.reduce((sum, offer) => sum + payableUsd(offer), 0));

/** A film of a list with its price under its cap. */
interface PricedEntry {
  readonly entry: Entry;
  readonly offer: Offer;
}

/**
 * The films with the cap of each: its share of the common cap, and never more than its price comes to at most.
 * @throws VidpipeError money.over_budget when the cap is below the estimates
 */
function capped(
  entries: readonly Entry[],
  offers: readonly Offer[],
  maxCostUsd: number | undefined,
): readonly PricedEntry[] {
  const priced = offers.flatMap((offer, place) => (entries[place] ? [{ entry: entries[place], offer }] : []));
  if (maxCostUsd === undefined) return priced;
  const shares = sharesOf(
    maxCostUsd,
    offers.map(({ price }) => price.totalUsd),
  );
  if (shares === undefined)
    throw new VidpipeError(
      "money.over_budget",
      `the films are estimated at ${dollars(totalOf(offers))}, more than --max-cost ${dollars(maxCostUsd)}: nothing was made`,
    );
  return priced.map(({ entry, offer }, place) => {
    const share = shares[place] ?? 0;
    return {
      entry: { ...entry, create: { ...entry.create, maxCostUsd: share } },
      offer: { ...offer, capUsd: Math.min(offer.capUsd, share) },
    };
  });
}

function batchLines(films: readonly PricedEntry[]): string[] {
  const rows = films.map(({ entry, offer }, place) => {
    const { scenes, scenesAreGiven, provider, totalUsd, mostUsd } = offer.price;
    return [
      `  ${pad(String(place + 1), 4)}`,
      pad(`${scenesAreGiven ? "" : "about "}${counted(scenes, "scene")}`, 16),
      pad(plain(provider), 10),
      pad(mostUsd === 0 ? "free" : exactDollars(totalUsd), 10),
      pad(mostUsd === 0 ? "" : `at most ${exactDollars(payableUsd(offer))}`, 18),
      cut(plain(entry.input.prompt), 60),
    ].join(" ");
  });
  const offers = films.map(({ offer }) => offer);
  const most = mostOf(offers);
  const sum = most === 0 ? "free" : `price ${exactDollars(totalOf(offers))}, you pay at most ${exactDollars(most)}`;
  return [`estimate for ${counted(films.length, "film")}:`, ...rows, `  ${sum}`];
}

/** Makes all films of a list, or none when one of them cannot be made. Returns the exit code. */
export async function makeBatch(context: CliContext, config: Config, request: BatchRequest): Promise<number> {
  const entries = await readEntries(context, request);
  return withApp(context, config, async ({ service }) => {
    const { options, consent } = request;
    const admitted = await interruptible(context, (signal) =>
      admitAll(context, service, entries, request.file, signal),
    );
    const films = capped(entries, admitted, request.maxCostUsd);
    const offers = films.map(({ offer }) => offer);
    if (request.dryRun) {
      if (options.json)
        for (const [item, offer] of offers.entries()) writeJson(context.stdout, { item, ...estimateJson(offer) });
      const amounts = { total_usd: totalOf(offers), most_usd: mostOf(offers) };
      const sum = { type: "batch_estimate", films: entries.length, ...amounts };
      printResult(context, options.json, sum, lines(batchLines(films)));
      return 0;
    }
    await agreeToPrice(context, { lines: batchLines(films), offers, isNews: true }, consent);
    const made = films.map(({ entry, offer }) => ({
      ...entry,
      create: { ...entry.create, shownUsd: offer.capUsd },
    }));
    return runAll({ context, service, options, count: made.length }, made);
  });
}

interface Batch {
  readonly context: CliContext;
  readonly service: ProjectService;
  readonly options: FilmOptions;
  readonly count: number;
}

/** Creates all films or none: when one cannot be created, those created before it are cancelled. */
async function createAll(
  { context, service, options }: Batch,
  entries: readonly Entry[],
  signal: AbortSignal,
): Promise<ProjectView[]> {
  const created: ProjectView[] = [];
  try {
    for (const [item, { input, create }] of entries.entries()) {
      const view = await service.create(input, create, signal);
      created.push(view);
      if (options.json)
        writeJson(context.stdout, { type: "started", item, project_id: view.id, provider: view.models.provider });
    }
  } catch (thrown) {
    for (const { id } of created) await service.cancel(id).catch(() => undefined);
    if (created.length > 0) say(context, `${counted(created.length, "film")} created before that: cancelled`);
    throw thrown;
  }
  return created;
}

/** Follows one film and prints every change of its status. Returns the last view of it. */
async function followOne(batch: Batch, item: number, begun: ProjectView, signal: AbortSignal): Promise<ProjectView> {
  const { context, service, options, count } = batch;
  let last = begun;
  let said = "";
  for await (const { project } of service.watch(begun.id, signal)) {
    last = project;
    const words = `${project.status}${project.waiting === undefined ? "" : `: ${plain(project.waiting.message)}`}`;
    const isNews = words !== said && !isSettled(project.status);
    said = words;
    if (isNews && options.talks) say(context, `[${item + 1}/${count}] ${words}`);
    if (waitsTooLong(project, context.clock.now())) break;
  }
  return last;
}

/** A film that waits for longer than a command does is left like one that waits for its user. */
const codeOf = ({ clock }: CliContext, view: ProjectView): number =>
  waitsTooLong(view, clock.now()) ? EXIT_CODES.held : exitCodeOf(view);

/** One film's result: its path on stdout, or why there is none on stderr. */
function tell({ context, options, count }: Batch, item: number, view: ProjectView): void {
  const path = view.status === "complete" ? (view.final?.path ?? null) : null;
  if (options.json) {
    writeJson(context.stdout, { type: "result", item, ...projectJson(view), path, exit_code: codeOf(context, view) });
  } else if (path !== null) {
    context.stdout.write(`${path}\n`);
  } else {
    const why = view.message === null ? "" : `: ${plain(view.message)}`;
    say(context, `[${item + 1}/${count}] ${view.status}${why}`);
    say(context, `  ${resumeCommand(view.id, options)}`);
  }
}

/** The worst exit code: interrupted, then failed, then waiting for the user, then done. */
const worstOf = (codes: readonly number[]): number => {
  if (codes.includes(INTERRUPTED)) return INTERRUPTED;
  return codes.includes(1) ? 1 : Math.max(0, ...codes);
};

/** Makes all films side by side and reports each result as it comes. Returns the exit code. */
function runAll(batch: Batch, entries: readonly Entry[]): Promise<number> {
  const { context, options } = batch;
  return interruptible(context, async (signal) => {
    const begun = await createAll(batch, entries, signal);
    const views = await Promise.all(
      begun.map(async (view, item) => {
        const last = await followOne(batch, item, view, signal);
        if (isSettled(last.status)) tell(batch, item, last);
        return last;
      }),
    );
    if (views.some(({ status }) => !isSettled(status))) await stopAll(batch, views);
    const done = views.filter(({ status }) => status === "complete").length;
    if (options.talks) say(context, `${done} of ${counted(views.length, "film")} complete`);
    return worstOf(views.map((view) => codeOf(context, view)));
  });
}

async function stopAll(batch: Batch, views: readonly ProjectView[]): Promise<void> {
  const { context, service, options } = batch;
  if (!options.quiet) say(context, STOPPING);
  await service.stop();
  for (const [item, view] of views.entries()) if (!isSettled(view.status)) tell(batch, item, view);
}
