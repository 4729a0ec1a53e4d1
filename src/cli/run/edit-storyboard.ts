import { basename } from "node:path";
import { asVidpipeError, VidpipeError } from "../../domain/errors.ts";
import type { Forecast } from "../../domain/forecast.ts";
import type { ProjectId } from "../../domain/ids.ts";
import { isSettled } from "../../domain/lifecycle.ts";
import type { Storyboard } from "../../domain/storyboard.ts";
import type { ProjectView } from "../../domain/view.ts";
import { type OwnStills, printStoryboard } from "../../formats/print-storyboard.ts";
import type { CliContext, OpenApp } from "../context.ts";
import { editText } from "../input/editor.ts";
import { parseStoryboard, type SourcedStoryboard } from "../input/storyboard-source.ts";
import { say } from "../output/notices.ts";
import { forecastTable, makings, priceWords, writeForecast } from "../output/plan-summary.ts";
import { type FilmOptions, shellWord } from "./follow.ts";

type App = Pick<OpenApp, "service" | "editing">;

/** A film's storyboard as it stands. */
export interface SeenStoryboard {
  readonly id: ProjectId;
  readonly revision: number;
  readonly view: ProjectView;
  readonly storyboard: Storyboard;
}

/** A storyboard the user wants, and what becomes of the text it was in. */
export interface WantedStoryboard extends SourcedStoryboard {
  /** It was taken over, or not needed: the text may go. */
  taken(): Promise<void>;
  /** It was refused: says where the text is. */
  refused(): void;
}

export interface EditRequest {
  readonly options: FilmOptions;
  readonly patch: boolean;
  /** Gets the changed storyboard from the user. */
  obtain(seen: SeenStoryboard): Promise<WantedStoryboard>;
}

/** What the file says before the fields. */
const headOf = (id: ProjectId): readonly string[] => [
  `The storyboard of vidpipe project ${id}`,
  "Change words, order or number of the scenes; lines that start with # say what is what.",
  `Read it back with: vidpipe storyboard ${id} --import FILE`,
  "Nothing is bought by that: it shows what would be made anew and the price.",
  "",
];

/** A film's storyboard as a file. */
export const printSeen = ({ id, storyboard, view }: SeenStoryboard): string =>
  printStoryboard(storyboard, headOf(id), ownStillsOf(view));

/** Names of the stills that the user brought. */
function ownStillsOf({ scenes }: ProjectView): OwnStills {
  const stills = scenes.flatMap(({ sceneIndex, start, end }) => [
    { still: sceneIndex, ...start },
    { still: sceneIndex + 1, ...end },
  ]);
  return new Map(stills.flatMap(({ still, own, key }) => (own && key !== null ? [[still, basename(key)]] : [])));
}

/** @throws VidpipeError project.conflict while there is none */
export async function openStoryboard({ service }: App, typed: string): Promise<SeenStoryboard> {
  const view = await service.get(await service.resolve(typed));
  const { id, revision, storyboard } = view;
  if (storyboard !== null) return { id, revision, view, storyboard };
  throw new VidpipeError("project.conflict", `project ${id} is ${view.status}: its storyboard is not written yet`);
}

/** A storyboard that was read already. */
export const typedStoryboard = async (source: SourcedStoryboard): Promise<WantedStoryboard> => ({
  ...source,
  taken: async () => {},
  refused: () => {},
});

/** Lets the user change the storyboard in their editor; a text that cannot be used is kept. */
export async function editInEditor(context: CliContext, seen: SeenStoryboard): Promise<WantedStoryboard> {
  const before = printSeen(seen);
  const { path, text, discard } = await editText(context, "storyboard.yaml", before);
  const refused = () => {
    say(context, `your text is kept: mend it, then read it back with`);
    say(context, `  vidpipe storyboard ${seen.id} --import ${shellWord(path)}`);
  };
  if (text === before) return { storyboard: seen.storyboard, stills: [], taken: discard, refused };
  try {
    // The text has no folder of its own: pictures in it count from where the command was given.
    return { ...(await parseStoryboard(context, text, path, ".")), taken: discard, refused };
  } catch (thrown) {
    refused();
    throw asVidpipeError(thrown);
  }
}

/** Says what a change makes stale, before it is made. */
function sayConsequences(context: CliContext, seen: SeenStoryboard, forecast: Forecast): void {
  const made = makings(forecast);
  if (!isSettled(seen.view.status))
    say(context, "steps are under way: what they make is kept as takes, and nothing new begins until you resume");
  context.stderr.write(forecastTable(forecast, context.stderr, "to make"));
  const waits = forecast.totalUsd === 0 ? "" : "; nothing is bought before you resume";
  say(
    context,
    made === undefined
      ? "nothing is to be made anew for it"
      : `it takes ${made}, ${priceWords(forecast.totalUsd)}${waits}`,
  );
}

/** Gets the change and forecasts it; the text is kept when that is refused. */
async function prepared(app: App, typed: string, { obtain, patch }: EditRequest, signal: AbortSignal) {
  const seen = await openStoryboard(app, typed);
  const wanted = await obtain(seen);
  const { storyboard, stills } = wanted;
  const edit = { storyboard, patch, stills };
  const isSame = stills.length === 0 && Bun.deepEquals(seen.storyboard, storyboard);
  const kept = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      wanted.refused();
      throw asVidpipeError(thrown);
    }
  };
  const forecast = await kept(() => app.editing.forecastEdit(seen.id, edit, signal));
  return { seen, wanted, edit, isSame, kept, forecast };
}

/** `--dry-run`: what the change would make is the result. */
export async function forecastEdit(
  context: CliContext,
  app: App,
  typed: string,
  request: EditRequest,
  signal: AbortSignal,
): Promise<number> {
  const { seen, wanted, forecast } = await prepared(app, typed, request, signal);
  await wanted.taken();
  if (request.options.json) writeForecast(context.stdout, seen.id, forecast, "to make");
  else {
    const made = makings(forecast);
    const sum = made === undefined ? "nothing would be made" : `would make ${made} ${priceWords(forecast.totalUsd)}`;
    context.stdout.write(`${forecastTable(forecast, context.stdout, "to make")}${sum}\n`);
  }
  return 0;
}

/** Puts a change in place after saying what it makes stale; undefined when nothing was changed. @throws VidpipeError project.conflict, input.invalid */
export async function applyEdit(
  context: CliContext,
  app: App,
  typed: string,
  request: EditRequest,
  signal: AbortSignal,
): Promise<ProjectView | undefined> {
  const { seen, wanted, edit, isSame, kept, forecast } = await prepared(app, typed, request, signal);
  if (isSame) {
    await wanted.taken();
    return void say(context, `nothing was changed in the storyboard of project ${seen.id}`);
  }
  if (!request.options.quiet && !request.options.json) sayConsequences(context, seen, forecast);
  const { revision } = seen;
  const view = await kept(() => app.editing.editStoryboard(seen.id, { ...edit, revision }, signal));
  await wanted.taken();
  return view;
}
