import { z } from "zod";
import { Direction, type MadeKind, UNTIL, type Until } from "./direction.ts";
import { VidpipeError } from "./errors.ts";
import { ProjectId } from "./ids.ts";
import { PROJECT_STATUSES } from "./lifecycle.ts";
import { AspectRatio } from "./media.ts";
import { Count, EpochMs, Usd } from "./row-fields.ts";
import type { Fit, Step } from "./step.ts";
import { CrossfadeSeconds } from "./transition.ts";

/** Longest prompt or script accepted, in characters. */
export const MAX_PROMPT_CHARACTERS = 10_000;
/** Most scenes any configuration can allow. */
export const MAX_SCENES = 100;

// Control characters could drive a terminal or a log; tab and line breaks are ordinary text.
const CONTROL = /[^\P{Cc}\t\n\r]/u;

const words = (most: number, ifEmpty: string) =>
  z
    .string("must be text")
    .trim()
    .min(1, ifEmpty)
    .max(most, `is longer than ${most.toLocaleString("en-US")} characters`)
    .refine((text) => !CONTROL.test(text), "contains control characters: remove them")
    .refine((text) => text.isWellFormed(), "is not well-formed Unicode text");

/** The words a film is made from. */
export const Prompt = words(MAX_PROMPT_CHARACTERS, "is empty: describe the film in a sentence or more");

/** What a person asks for, complete and validated. Every face parses into this. */
export const ProjectRequest = z.strictObject({
  prompt: Prompt,
  style: words(200, "is empty"),
  aspectRatio: AspectRatio,
  /** Length of each clip in seconds; the provider's model says which lengths exist. */
  clipDurationSeconds: z
    .number("must be a number of seconds")
    .positive("must be more than 0 seconds")
    .max(60, "must be 60 seconds or less"),
  /** Exact number of scenes; null lets the storyboard decide within the limit. */
  sceneCount: z
    .int("must be a whole number")
    .min(1, "must be 1 or more")
    .max(MAX_SCENES, `must be ${MAX_SCENES} or less`)
    .nullable(),
  /** Most scenes the storyboard may have. */
  maxScenes: z.int().min(1).max(MAX_SCENES),
  /** Repeats a film exactly where the provider can; null leaves it open. */
  seed: z
    .int("must be a whole number")
    .min(0, "must not be negative")
    .max(4_294_967_295, "must be 4294967295 or less")
    .nullable(),
  crossfadeSeconds: CrossfadeSeconds,
});
export type ProjectRequest = z.infer<typeof ProjectRequest>;

/** Which provider and models a project uses; frozen when it is created. */
export const ModelSelection = z.strictObject({
  provider: z.string(),
  textModel: z.string(),
  imageModel: z.string(),
  videoModel: z.string(),
  /** Extra settings the provider froze, e.g. picture size; opaque to everyone else. */
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** The provider draws from the scenes' notes too, so that they count among the inputs of what it makes. */
  readsNotes: z.boolean().optional(),
  /** Most references that its image model looks at beside the still before; absent: it looks at none. */
  mostReferences: z.int().min(0).optional(),
});
export type ModelSelection = z.infer<typeof ModelSelection>;

/** Why a project waits for its user although no step does. */
export const Hold = z.strictObject({
  reason: z.enum(["budget", "disk"]),
  /** One line: what happened and what to do next. */
  message: z.string(),
});
export type Hold = Readonly<z.infer<typeof Hold>>;

/** One request and everything made for it. */
export const Project = z.strictObject({
  id: ProjectId,
  request: ProjectRequest,
  models: ModelSelection,
  /** Spending limit for this project, US dollars; null is no limit. */
  maxCostUsd: Usd.nullable(),
  hold: Hold.nullable(),
  cancelled: z.boolean(),
  /** How far it goes before its user approves. */
  until: z.enum(UNTIL),
  direction: Direction,
  /** Number of the direction, counted from 0. */
  revision: Count,
  /** Cache of `statusOf`, written in the transaction that changes its inputs. */
  status: z.enum(PROJECT_STATUSES),
  /** Why it failed or waits, in one line. */
  message: z.string().nullable(),
  /** Fencing number: raised whenever another process takes the project over. */
  epoch: Count,
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
});
export type Project = Readonly<z.infer<typeof Project>>;

const FROZEN_MODELS = { storyboard: "textModel", keyframe: "imageModel", clip: "videoModel" } as const satisfies Record<
  MadeKind,
  keyof ModelSelection
>;

/** The model that makes a project's pieces of a kind from now on. */
export const modelOf = ({ direction, models }: Pick<Project, "direction" | "models">, kind: MadeKind): string =>
  direction.models?.[kind] ?? models[FROZEN_MODELS[kind]];

/** A command that the project's status does not allow; `why` says what to do instead. */
export const conflictOf = ({ id, status }: Pick<Project, "id" | "status">, why: string): VidpipeError =>
  new VidpipeError("project.conflict", `project ${id} is ${status}: ${why}`);

/** How every project stands before its first step; a process drives it from the start, so its epoch is 1. */
export const UNBEGUN = {
  hold: null,
  cancelled: false,
  revision: 0,
  status: "pending",
  message: null,
  epoch: 1,
} as const satisfies Partial<Project>;

/**
 * Whether a step may run now. A held project buys nothing more, but what it has bought is still collected while there is
 * room for it, and a retake draws on what was kept for it alone.
 */
export const letsRun = (
  { cancelled, hold }: Pick<Project, "cancelled" | "hold">,
  { status, reservedUsd }: Pick<Step, "status" | "reservedUsd">,
): boolean => !cancelled && (hold === null || (hold.reason === "budget" && (status === "waiting" || reservedUsd > 0)));

/** How `resume` treats what waits for its user, lost retakes among it. */
export interface ResumeOptions {
  /** The cap is not more than this, US dollars. */
  readonly maxCostUsd?: number;
  /** The cap of the offer that the user saw: it is not raised beyond this, US dollars. */
  readonly shownUsd?: number;
  /** Buy again what may already have been bought. */
  readonly retryAmbiguous?: boolean;
  readonly retryRefused?: boolean;
  /** Buy again what was paid for and is of no use. */
  readonly retryRejected?: boolean;
  /** Buy again what the provider does not know any more, or try again a model that it did not offer any more. */
  readonly retryGone?: boolean;
  /** Use what came although it does not fit: a still cut to the aspect ratio, a clip, a storyboard of another length. */
  readonly useRejected?: boolean;
  /** How a still is brought to the aspect ratio that was ordered, where what came is used; cropped unless given. */
  readonly fit?: Fit;
  /** Make what was left out before. */
  readonly retrySkipped?: boolean;
  /** Leave refused, ambiguous, rejected, gone and failed scenes out of the film, and lost retakes as they are. */
  readonly skipBlocked?: boolean;
  /** Make what is not made yet with this model: one for clips, for stills or for the storyboard. */
  readonly model?: string;
  /** How far to go on; unless given to the film after a review, else as far as before. */
  readonly until?: Until;
}
