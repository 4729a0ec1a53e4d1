import { asVidpipeError } from "../../domain/errors.ts";
import { isSettled } from "../../domain/lifecycle.ts";
import type { RequestInput } from "../../domain/request.ts";
import type { ProjectView } from "../../domain/view.ts";
import type { CreateOptions } from "../../services/create-project.ts";
import type { ProjectService } from "../../services/projects.ts";
import type { CliContext } from "../context.ts";
import { projectJson, writeJson } from "../output/json.ts";
import { say } from "../output/notices.ts";
import { counted, plain } from "../output/text.ts";
import { type FilmOptions, resumeCommand } from "./follow.ts";
import { INTERRUPTED, listenForInterrupt } from "./interrupt.ts";
import { exitCodeOf } from "./run-film.ts";

/** One film of a list, ready to be created. */
export interface Entry {
  readonly input: RequestInput & { readonly prompt: string };
  readonly create: CreateOptions;
  /** Where it stands in its file, from 1. */
  readonly line: number | undefined;
}

interface Batch {
  readonly context: CliContext;
  readonly service: ProjectService;
  readonly options: FilmOptions;
  readonly count: number;
}

/** Creates all films. When one cannot be created after all, those before it are cancelled: all or nothing. */
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
    if (created.length > 0) say(context, `${counted(created.length, "film")} begun before that: cancelled`);
    throw asVidpipeError(thrown);
  }
  return created;
}

/** Follows one film and says every new word of its status. Returns the last that was seen of it. */
async function followOne(batch: Batch, item: number, begun: ProjectView, signal: AbortSignal): Promise<ProjectView> {
  const { context, service, options, count } = batch;
  let last = begun;
  let said = "";
  for await (const { project } of service.watch(begun.id, signal)) {
    last = project;
    const isNews = project.status !== said && !isSettled(project.status);
    said = project.status;
    if (isNews && !options.json && !options.quiet) say(context, `[${item + 1}/${count}] ${project.status}`);
  }
  return last;
}

/** One film's result: its path on stdout, or why there is none on stderr. */
function tell({ context, options, count }: Batch, item: number, view: ProjectView): void {
  const path = view.status === "complete" ? (view.final?.path ?? null) : null;
  if (options.json) {
    writeJson(context.stdout, { type: "result", item, ...projectJson(view), path, exit_code: codeOf(view) });
  } else if (path !== null) {
    context.stdout.write(`${path}\n`);
  } else {
    const why = view.message === null ? "" : `: ${plain(view.message)}`;
    say(context, `[${item + 1}/${count}] ${view.status}${why}`);
    say(context, `  ${resumeCommand(view.id, options)}`);
  }
}

const codeOf = (view: ProjectView): number => (isSettled(view.status) ? exitCodeOf(view) : INTERRUPTED);

/** The worst of all: a failure, then what waits for the user, then done. */
const worstOf = (codes: readonly number[]): number => {
  if (codes.includes(INTERRUPTED)) return INTERRUPTED;
  return codes.includes(1) ? 1 : Math.max(0, ...codes);
};

/** Makes all films side by side and tells each result as it comes. Returns the exit code. */
export async function runAll(
  context: CliContext,
  service: ProjectService,
  entries: readonly Entry[],
  options: FilmOptions,
): Promise<number> {
  const batch = { context, service, options, count: entries.length };
  const interrupt = listenForInterrupt(context);
  try {
    const begun = await createAll(batch, entries, interrupt.signal);
    const views = await Promise.all(
      begun.map(async (view, item) => {
        const last = await followOne(batch, item, view, interrupt.signal);
        if (isSettled(last.status)) tell(batch, item, last);
        return last;
      }),
    );
    const left = views.filter(({ status }) => !isSettled(status));
    if (left.length > 0) await stopAll(batch, views);
    const done = views.filter(({ status }) => status === "complete").length;
    if (!options.json && !options.quiet) say(context, `${done} of ${counted(views.length, "film")} complete`);
    return worstOf(views.map(codeOf));
  } finally {
    interrupt.dispose();
  }
}

async function stopAll(batch: Batch, views: readonly ProjectView[]): Promise<void> {
  const { context, service, options } = batch;
  if (!options.quiet) say(context, "stopping; press Ctrl-C again to stop at once");
  await service.stop();
  for (const [item, view] of views.entries()) if (!isSettled(view.status)) tell(batch, item, view);
}
