import { join } from "node:path";
import { SLOT_KINDS } from "../../domain/direction.ts";
import { listOfAll } from "../../domain/settings.ts";
import type { RejectedAnswer, TakeView } from "../../planning/takes.ts";
import type { Sink } from "../context.ts";
import { table } from "./tables.ts";
import { dollars } from "./text.ts";

/** Whether a take belongs to a scene, counted from 0. A keyframe belongs to the scene it ends and the one it begins. */
export const isOfScene = ({ step: { kind, position } }: TakeView, scene: number): boolean =>
  position === scene || (kind === "keyframe" && position === scene + 1);

/** Takes of keyframes and clips, in the order of the film. */
export const choosable = (takes: readonly TakeView[]): TakeView[] =>
  takes
    .filter(({ step }) => SLOT_KINDS.some((kind) => kind === step.kind))
    .toSorted((a, b) => order(a) - order(b) || a.step.take - b.step.take);

/** A scene's first keyframe, its clip, its last keyframe, then the next scene's clip. */
const order = ({ step: { kind, position } }: TakeView): number => 2 * position + (kind === "clip" ? 1 : 0);

/** The scene of a piece, counted from 1, and the piece's name in it. */
function placeOf({ step: { kind, position } }: TakeView): readonly [string, string] {
  if (kind === "clip") return [String(position + 1), "clip"];
  return position === 0 ? ["1", "start keyframe"] : [String(position), "end keyframe"];
}

const variantOf = ({ step: { order: made } }: TakeView) => ({
  model: "model" in made ? made.model : null,
  seed: "seed" in made ? made.seed : null,
  prompt: "prompt" in made ? made.prompt : null,
});

/** Absolute path of a take's file in the films folder; null until it exists. */
export const fileOf = ({ artifact }: Pick<TakeView, "artifact">, films: string): string | null =>
  artifact === null ? null : join(films, artifact.key);

/** `takes` for people: what was rejected stands below its take, with its file and the reason. */
export function takeTable(takes: readonly TakeView[], films: string, sink: Sink): string {
  const rows = takes.flatMap((take) => [
    [
      ...placeOf(take),
      String(take.step.take),
      take.selected ? "*" : "",
      take.step.status,
      String(variantOf(take).seed ?? "-"),
      dollars(take.usd),
      variantOf(take).model ?? "-",
      fileOf(take, films) ?? take.step.failure?.message ?? "-",
    ],
    ...take.rejected.map((answer) => [
      ...placeOf(take),
      String(take.step.take),
      "",
      "answer",
      "",
      dollars(answer.usd),
      "",
      `rejected: ${answer.reason}${answer.artifact === null ? "" : `: ${fileOf(answer, films)}`}`,
    ]),
  ]);
  return table([["SCENE", "PIECE", "TAKE", "IN", "STATUS", "SEED", "COST", "MODEL", "FILE"], ...rows], sink);
}

const rejectedJson = (answer: RejectedAnswer, films: string) => ({
  submit_id: answer.submitId,
  reason: answer.reason,
  usd: answer.usd,
  path: fileOf(answer, films),
  sha256: answer.artifact?.sha256 ?? null,
});

/** One take for programs. Scenes and positions count from 0, amounts are US dollars. */
export const takeJson = (take: TakeView, films: string) => ({
  type: "take",
  kind: take.step.kind,
  position: take.step.position,
  take: take.step.take,
  status: take.step.status,
  selected: take.selected,
  ...variantOf(take),
  usd: take.usd,
  path: fileOf(take, films),
  sha256: take.artifact?.sha256 ?? null,
  message: take.step.failure?.message ?? null,
  rejected: take.rejected.map((answer) => rejectedJson(answer, films)),
});

/** "take 2", "takes 2 and 3" */
export const takesWords = (numbers: readonly number[]): string =>
  `${numbers.length === 1 ? "take" : "takes"} ${listOfAll(numbers.map(String))}`;
