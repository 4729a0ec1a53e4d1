import type { ProjectId } from "../../domain/ids.ts";
import { nameOf } from "../../domain/piece-name.ts";
import type { ProjectView } from "../../domain/view.ts";
import type { Retake } from "../../editing/retake.ts";
import type { TakeView } from "../../planning/takes.ts";
import type { EditingService } from "../../services/editing.ts";
import type { CliContext } from "../context.ts";
import { writeJson } from "../output/json.ts";
import { say, warn } from "../output/notices.ts";
import { fileOf, takeJson, takesWords } from "../output/takes.ts";
import { counted, plain } from "../output/text.ts";
import type { Run } from "./run-film.ts";
import { EXIT_CODES, followToEnd, report } from "./run-film.ts";
import { agreeToPrice, type Consent, priceSentence } from "./spend-approval.ts";

/** More takes of one piece, and whether the film uses one at once. */
export interface RetakeRequest {
  readonly retake: Retake;
  /** Use the one take in the film as soon as it is made. */
  readonly pick: boolean;
}

/** Shows the price, asks where needed, and orders the takes. @throws VidpipeError as EditingService.retake, money.not_confirmed */
export async function orderRetake(
  context: CliContext,
  editing: EditingService,
  id: ProjectId,
  retake: Retake,
  consent: Consent,
): Promise<ProjectView> {
  const offer = await editing.quoteRetake(id, retake);
  const line = `${counted(retake.takes, "take")} of the ${nameOf(retake)}: ${priceSentence(offer)}`;
  await agreeToPrice(context, { lines: [line, ...offer.notices], offers: [offer], isNews: true }, consent);
  return editing.retake(id, { ...retake, shownUsd: offer.capUsd });
}

/** The command that makes the film use a take. */
function pickCommandOf(id: ProjectId, { kind, position }: Retake, take: number | "N"): string {
  const still = position === 0 ? "--scene 1 --keyframe start" : `--scene ${position} --keyframe end`;
  return `vidpipe pick ${id} ${kind === "clip" ? `--scene ${position + 1}` : still} --take ${take}`;
}

/** The project was held before the take was made. */
const isUnfinished = ({ step }: TakeView): boolean => step.status === "queued" || step.status === "waiting";
/** It may have been charged for, and only the user can say whether it is bought again. */
const isAsking = ({ step }: TakeView): boolean => ["ambiguous", "refused", "rejected", "gone"].includes(step.status);
const isDone = ({ step }: TakeView): boolean => step.status === "done";

/**
 * The ordered takes have ended: prints their files on stdout and says how to pick one, or picks. Returns the exit code:
 * that of a held film when one waits for the user's word, 1 when none could be made.
 */
export async function showRetake(
  run: Run,
  last: ProjectView,
  { retake, pick }: RetakeRequest,
  before: ReadonlySet<string>,
  films: string,
): Promise<number> {
  const { context, editing, options } = run;
  const all = await editing.takes(last.id);
  const takes = all.filter(
    ({ step }) => !before.has(step.id) && step.kind === retake.kind && step.position === retake.position,
  );
  if (takes.some(isUnfinished)) return report(run, last);
  const made = takes.filter(isDone);
  const [first] = made;
  if (pick && first !== undefined) {
    const choice = { kind: retake.kind, position: retake.position, take: first.step.take };
    return followToEnd(run, await editing.pick(last.id, choice), report);
  }
  tellTakes(run, takes, films);
  if (!options.json) sayTwins(context, made, all);
  if (made.length > 0 && options.talks) sayHowToPick(context, last.id, retake, made);
  if (takes.some(isAsking)) return EXIT_CODES.held;
  return made.length > 0 ? 0 : 1;
}

/** Prints the files of the takes on stdout, and on stderr why some were not made. */
function tellTakes({ context, options }: Run, takes: readonly TakeView[], films: string): void {
  for (const take of takes) {
    if (options.json) writeJson(context.stdout, takeJson(take, films));
    else if (isDone(take)) context.stdout.write(`${fileOf(take, films) ?? ""}\n`);
    if (!isDone(take)) say(context, whyNot(take));
  }
}

const whyNot = ({ step: { take, status, failure } }: TakeView): string =>
  `take ${take} was not made: ${plain(failure?.message ?? status)}`;

/** A deterministic provider makes the same file again unless it is asked for something else. */
function sayTwins(context: CliContext, made: readonly TakeView[], all: readonly TakeView[]): void {
  const twins = made.filter(({ step, artifact }) =>
    all.some((other) => other.step.id !== step.id && other.artifact?.sha256 === artifact?.sha256),
  );
  if (twins.length === 0) return;
  const words = takesWords(twins.map(({ step }) => step.take));
  warn(
    context,
    `${words} ${twins.length === 1 ? "is" : "are"} identical to another take: use another --seed or --prompt`,
  );
}

function sayHowToPick(context: CliContext, id: ProjectId, retake: Retake, made: readonly TakeView[]): void {
  const numbers = made.map(({ step }) => step.take);
  const [only] = numbers;
  say(context, `made ${takesWords(numbers)} of the ${nameOf(retake)}; the film did not change. Use one with:`);
  say(context, `  ${pickCommandOf(id, retake, numbers.length === 1 && only !== undefined ? only : "N")}`);
}
