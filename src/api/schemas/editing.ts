/** Bodies and answers of the editing routes. */
import { z } from "zod";
import { type Revision, reaches, type Until } from "../../domain/direction.ts";
import { type Forecast, type ForecastLine, PIECE_STATES } from "../../domain/forecast.ts";
import type { ProjectId } from "../../domain/ids.ts";
import { STEP_KINDS, type StepKind } from "../../domain/lifecycle.ts";
import { roundUsd } from "../../domain/money.ts";
import type { Offer } from "../../domain/price.ts";
import { ProjectRequest } from "../../domain/project.ts";
import type { ProjectView } from "../../domain/view.ts";
import type { TakeChoice } from "../../editing/edit-storyboard.ts";
import { MAX_TAKES, type Retake } from "../../editing/retake.ts";
import type { Gallery } from "../../services/assets.ts";
import { withoutPaths } from "../error-response.ts";
import { TakeAnswer, takeAnswer, takeUrlOf } from "./assets.ts";
import { UntilWord } from "./requests.ts";
import { Status, Timestamp, timestamp } from "./responses.ts";
import { SceneEdit, StoryboardBody } from "./storyboard.ts";

/** The number of a revision. */
const Revised = z
  .int()
  .min(0)
  .meta({ examples: [0] });

/** `PATCH storyboard`: a whole storyboard, or changes of some scenes. */
export const EditBody = z
  .strictObject({
    storyboard: StoryboardBody.exactOptional(),
    scenes: z.array(SceneEdit).min(1, "is empty").max(100, "has more than 100 edits").exactOptional(),
    /** Keep every other keyframe and clip, even where its neighbour changes. */
    patch: z.boolean("must be true or false").default(false),
    /** Only preview what would have to be made, and its price. */
    dry_run: z.boolean("must be true or false").default(false),
    /** The revision that was edited: 409 when the project was changed since. */
    revision: Revised.exactOptional(),
  })
  .refine(({ storyboard, scenes }) => (storyboard === undefined) !== (scenes === undefined), {
    path: ["scenes"],
    message: "or storyboard is needed, and only one of them",
  })
  .meta({ id: "Edit" });

const Piece = z.enum(["start", "end", "clip"]);
const SceneNumber = z
  .int()
  .min(0)
  .meta({ examples: [0] });

/** `POST retakes`. */
export const RetakeBody = z
  .strictObject({
    scene: SceneNumber,
    piece: Piece,
    /** How many new takes. */
    takes: z
      .int()
      .min(1)
      .max(MAX_TAKES)
      .meta({ examples: [2] })
      .default(1),
    /** Instead of the storyboard's prompt. */
    prompt: z
      .string("must be text")
      .trim()
      .min(1, "is empty")
      .max(4_000, "is longer than 4,000 characters")
      .meta({ examples: ["A red lantern in fog"] })
      .exactOptional(),
    seed: ProjectRequest.shape.seed
      .unwrap()
      .meta({ examples: [42] })
      .exactOptional(),
    /** Instead of the project's model. */
    model: z
      .string("must be text")
      .min(1, "is empty")
      .max(100, "is longer than 100 characters")
      .meta({ examples: ["a model of the project's provider"] })
      .exactOptional(),
    /** Only tell what it would cost. */
    dry_run: z.boolean("must be true or false").default(false),
  })
  .meta({ id: "Retake" });

/** `POST picks`: the take that the film uses. */
export const PickBody = z
  .strictObject({
    scene: SceneNumber,
    piece: Piece,
    take: z
      .int()
      .min(1)
      .meta({ examples: [1] }),
  })
  .meta({ id: "Pick" });

/** `POST revert`. */
export const RevertBody = z.strictObject({ revision: Revised }).meta({ id: "Revert" });

export const PlanLineAnswer = z
  .strictObject({
    kind: z.enum(STEP_KINDS),
    /** Keyframe 0..N, clip (= scene) 0..N-1; 0 for storyboard and stitch. */
    position: z.int(),
    /** `current`: made from the present inputs; `kept`: pinned; `stale`: its inputs changed since. */
    state: z.enum(PIECE_STATES),
    /** Whether resuming makes it. */
    to_make: z.boolean(),
    /** Why it is not current; null when it is. */
    reason: z.string().nullable(),
    /** What making it costs at the first attempt; 0 where nothing is bought. */
    usd: z.number(),
    /** The most it can still come to. */
    most_usd: z.number(),
    /** null where nothing is bought, like the next three fields. */
    quantity: z.number().nullable(),
    unit: z.string().nullable(),
    model: z.string().nullable(),
    as_of: z.string().nullable(),
  })
  .meta({ id: "PlanLine" });

/** What is current, stale and missing, and what resuming would make and buy. Amounts are US dollars. */
export const PlanAnswer = z
  .strictObject({
    project_id: z.string(),
    status: Status,
    revision: z.int(),
    /** False until the storyboard has fixed the number of scenes: until then the totals are of a usual film. */
    complete: z.boolean(),
    /** The price of the whole film from here on, if every call succeeds at the first attempt. */
    total_usd: z.number(),
    /** The most it can come to. */
    most_usd: z.number(),
    /** In the order in which they are made. */
    lines: z.array(PlanLineAnswer),
    /** Where `resume` can stop, nearest first, and what it buys until then. */
    next: z.array(z.strictObject({ until: UntilWord, pieces: z.int(), usd: z.number(), most_usd: z.number() })),
  })
  .meta({ id: "Plan" });

/** The plan after the edit; with `dry_run` nothing was written. */
export const EditAnswer = PlanAnswer.extend({ dry_run: z.boolean() }).meta({ id: "Edited" });

export const RetakeQuoteAnswer = z
  .strictObject({
    project_id: z.string(),
    takes: z.int(),
    /** The same as `total_usd`. */
    usd: z.number(),
    /** The price if every call succeeds at the first attempt. */
    total_usd: z.number(),
    /** The most these takes can come to: it is kept for them. */
    most_usd: z.number(),
    /** The film's spending cap once they are ordered. */
    max_usd: z.number(),
  })
  .meta({ id: "RetakeQuote" });

/** Every take of every keyframe and clip, oldest first. */
export const TakesAnswer = z
  .strictObject({
    project_id: z.string(),
    takes: z.array(TakeAnswer.extend({ kind: z.enum(["keyframe", "clip"]), position: z.int() })),
  })
  .meta({ id: "Takes" });

/** The revisions of the project, oldest first. */
export const HistoryAnswer = z
  .strictObject({
    project_id: z.string(),
    /** The current one. */
    revision: z.int(),
    revisions: z.array(z.strictObject({ revision: z.int(), at: Timestamp, note: z.string() })),
  })
  .meta({ id: "History" });

/** A scene's piece by its place in the film: the end keyframe of a scene is the next one's start. */
const placeOf = ({ scene, piece }: Pick<z.output<typeof PickBody>, "scene" | "piece">) => ({
  kind: piece === "clip" ? ("clip" as const) : ("keyframe" as const),
  position: piece === "end" ? scene + 1 : scene,
});

export const retakeOf = (body: z.output<typeof RetakeBody>): Retake => ({
  ...placeOf(body),
  takes: body.takes,
  ...(body.prompt !== undefined && { prompt: body.prompt }),
  ...(body.seed !== undefined && { seed: body.seed }),
  ...(body.model !== undefined && { model: body.model }),
});

export const choiceOf = (body: z.output<typeof PickBody>): TakeChoice => ({ ...placeOf(body), take: body.take });

export const retakeQuoteAnswer = (
  id: ProjectId,
  takes: number,
  { price, capUsd }: Offer,
): z.infer<typeof RetakeQuoteAnswer> => ({
  project_id: id,
  takes,
  usd: price.totalUsd,
  total_usd: price.totalUsd,
  most_usd: price.mostUsd,
  max_usd: capUsd,
});

export const planAnswer = (
  { id, status, revision }: Pick<ProjectView, "id" | "status" | "revision">,
  forecast: Forecast,
): z.infer<typeof PlanAnswer> => ({
  project_id: id,
  status,
  revision,
  complete: forecast.complete,
  total_usd: forecast.totalUsd,
  most_usd: forecast.mostUsd,
  lines: forecast.lines.map(lineAnswer),
  next: nextOf(forecast.lines),
});

const lineAnswer = ({ kind, position, state, toMake, reason, quote, mostUsd }: ForecastLine) => ({
  kind,
  position,
  state,
  to_make: toMake,
  reason: reason && withoutPaths(reason),
  usd: quote?.usd ?? 0,
  most_usd: mostUsd,
  quantity: quote?.quantity ?? null,
  unit: quote?.unit ?? null,
  model: quote?.model ?? null,
  as_of: quote?.asOf ?? null,
});

/** Stops that make more than the one before them. */
function nextOf(lines: readonly ForecastLine[]): z.infer<typeof PlanAnswer>["next"] {
  const upTo = (until: Until) => lines.filter(({ kind, toMake }) => toMake && reaches(until, kind));
  const stops = UntilWord.options.map((until) => {
    const due = upTo(until);
    const usd = roundUsd(due.reduce((sum, { quote }) => sum + (quote?.usd ?? 0), 0));
    return { until, pieces: due.length, usd, most_usd: roundUsd(due.reduce((sum, line) => sum + line.mostUsd, 0)) };
  });
  return stops.filter(({ pieces }, place) => pieces > (stops[place - 1]?.pieces ?? 0));
}

export function takesAnswer(gallery: Gallery): z.infer<typeof TakesAnswer> {
  const { project, takes } = gallery;
  return {
    project_id: project.id,
    takes: takes.flatMap((take) => {
      const { kind, position } = take.step;
      if (!isPiece(kind)) return [];
      const url = takeUrlOf(project.id, kind, position, project.scenes.length);
      return [{ kind, position, ...takeAnswer(take, url) }];
    }),
  };
}

const isPiece = (kind: StepKind): kind is "keyframe" | "clip" => kind === "keyframe" || kind === "clip";

export const historyAnswer = (id: ProjectId, revisions: readonly Revision[]): z.infer<typeof HistoryAnswer> => ({
  project_id: id,
  revision: revisions.at(-1)?.revision ?? 0,
  revisions: revisions.map(({ revision, atMs, note }) => ({ revision, at: timestamp(atMs), note })),
});
