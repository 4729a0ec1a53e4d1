import { basename } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { Forecast } from "../../domain/forecast.ts";
import type { ProjectId } from "../../domain/ids.ts";
import { isSettled } from "../../domain/lifecycle.ts";
import type { Storyboard } from "../../domain/storyboard.ts";
import type { PieceView, ProjectView } from "../../domain/view.ts";
import { type OwnNames, printStoryboard } from "../../formats/print-storyboard.ts";
import type { CliContext, OpenApp } from "../context.ts";
import { editText } from "../input/editor.ts";
import type { FilmOptions } from "../input/options.ts";
import { parseStoryboard, type SourcedStoryboard } from "../input/storyboard-source.ts";
import { say } from "../output/notices.ts";
import { forecastTable, forPrice, makings, writeForecast } from "../output/plan-summary.ts";
import { shellWord } from "./run-film.ts";

/** A project whose storyboard is written. */
type WrittenProject = ProjectView & { readonly storyboard: Storyboard };

/** The storyboard the user wants, and what happens to a text that was made for it. */
interface WantedStoryboard extends SourcedStoryboard {
  /** It was accepted or is not needed: the text can be removed. */
  taken?(): Promise<void>;
  /** It was rejected: prints where the text is kept. */
  refused?(): void;
}

export interface EditRequest {
  readonly options: FilmOptions;
  readonly patch: boolean;
  /** Gets the changed storyboard from the user. */
  obtain(seen: WrittenProject): Promise<WantedStoryboard>;
}

/** The comment at the top of the file. */
const headOf = (id: ProjectId): readonly string[] => [
  `The storyboard of vidpipe project ${id}`,
  "Change the text, order or number of the scenes. Lines that start with # are comments.",
  `Read it back with: vidpipe storyboard ${id} --import FILE`,
  "That costs nothing: it shows what has to be made again, and the price.",
];

/** A film's storyboard as a file. */
export const printSeen = (seen: WrittenProject): string =>
  printStoryboard(seen.storyboard, headOf(seen.id), ownNamesOf(seen));

/** File names of the keyframes and clips that are the user's own. */
function ownNamesOf({ scenes }: ProjectView): OwnNames {
  const named = (pieces: readonly (readonly [number, PieceView])[]) =>
    new Map(pieces.flatMap(([at, { own, key }]) => (own && key !== null ? [[at, basename(key)] as const] : [])));
  return {
    stills: named(
      scenes.flatMap(({ sceneIndex, start, end }) => [[sceneIndex, start] as const, [sceneIndex + 1, end] as const]),
    ),
    clips: named(scenes.map(({ sceneIndex, clip }) => [sceneIndex, clip] as const)),
  };
}

/** @throws VidpipeError project.conflict before it is written */
export async function openStoryboard({ service }: OpenApp, typed: string): Promise<WrittenProject> {
  const view = await service.get(await service.resolve(typed));
  const { id, storyboard } = view;
  if (storyboard !== null) return { ...view, storyboard };
  throw new VidpipeError("project.conflict", `project ${id} is ${view.status}: its storyboard is not written yet`);
}

/** Opens the storyboard in the user's editor. A text that cannot be used is kept. */
export async function editInEditor(context: CliContext, seen: WrittenProject): Promise<WantedStoryboard> {
  const before = printSeen(seen);
  const { path, text, discard } = await editText(context, "storyboard.yaml", before);
  const refused = () => {
    say(context, "your text is kept; fix it, then read it back with:");
    say(context, `  vidpipe storyboard ${seen.id} --import ${shellWord(path)}`);
  };
  if (text === before) return { storyboard: seen.storyboard, stills: [], clips: [], taken: discard, refused };
  try {
    // The text has no folder of its own: paths in it are relative to the current folder.
    return { ...(await parseStoryboard(context, text, path, ".")), taken: discard, refused };
  } catch (thrown) {
    refused();
    throw thrown;
  }
}

/** Says what a change makes stale, before it is applied. */
function sayConsequences(context: CliContext, seen: WrittenProject, forecast: Forecast): void {
  const made = makings(forecast);
  if (!isSettled(seen.status))
    say(context, "some steps are running: their results are kept as takes, and nothing new starts until you resume");
  context.stderr.write(forecastTable(forecast, context.stderr, "to make"));
  const waits = forecast.mostUsd === 0 ? "" : "; nothing is paid for before you resume";
  say(
    context,
    made === undefined
      ? "nothing has to be made again for this change"
      : `this change needs ${made}, ${forPrice(forecast)}${waits}`,
  );
}

/** Gets the change and forecasts it. The text is kept when the change is rejected. */
async function prepared(app: OpenApp, typed: string, { obtain, patch }: EditRequest, signal: AbortSignal) {
  const seen = await openStoryboard(app, typed);
  const wanted = await obtain(seen);
  const { storyboard, stills, clips } = wanted;
  const edit = { storyboard, patch, stills, clips };
  const isSame = stills.length + clips.length === 0 && Bun.deepEquals(seen.storyboard, storyboard);
  const kept = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      wanted.refused?.();
      throw thrown;
    }
  };
  const forecast = await kept(() => app.editing.forecastEdit(seen.id, edit, signal));
  return { seen, wanted, edit, isSame, kept, forecast };
}

/** `--dry-run`: prints what the change would make. */
export async function forecastEdit(
  context: CliContext,
  app: OpenApp,
  typed: string,
  request: EditRequest,
  signal: AbortSignal,
): Promise<number> {
  const { seen, wanted, forecast } = await prepared(app, typed, request, signal);
  await wanted.taken?.();
  if (request.options.json) writeForecast(context.stdout, seen.id, forecast, "to make");
  else {
    const made = makings(forecast);
    const sum = made === undefined ? "nothing would be made" : `would make ${made} ${forPrice(forecast)}`;
    context.stdout.write(`${forecastTable(forecast, context.stdout, "to make")}${sum}\n`);
  }
  return 0;
}

/**
 * Applies a change after saying what it makes stale. Returns undefined when nothing changed.
 * @throws VidpipeError project.conflict, input.invalid
 */
export async function applyEdit(
  context: CliContext,
  app: OpenApp,
  typed: string,
  request: EditRequest,
  signal: AbortSignal,
): Promise<ProjectView | undefined> {
  const { seen, wanted, edit, isSame, kept, forecast } = await prepared(app, typed, request, signal);
  if (isSame) {
    await wanted.taken?.();
    return void say(context, `the storyboard of project ${seen.id} did not change`);
  }
  if (request.options.talks) sayConsequences(context, seen, forecast);
  const change = { ...edit, revision: seen.revision };
  const view = await kept(() => app.editing.editStoryboard(seen.id, change, signal));
  await wanted.taken?.();
  return view;
}
