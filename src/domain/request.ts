import type { z } from "zod";
import { invalidInput, type VidpipeError } from "./errors.ts";
import { ProjectRequest } from "./project.ts";
import { CrossfadeSeconds, type Transition } from "./transition.ts";

/** What a face may leave out; the configuration's defaults fill it in. Values are still unchecked. */
export type RequestInput = { readonly prompt: unknown } & {
  readonly [K in Exclude<keyof ProjectRequest, "prompt" | "maxScenes">]?: unknown;
};

/** Values from the configuration for what a request leaves out. */
export type RequestDefaults = Pick<
  ProjectRequest,
  "style" | "aspectRatio" | "clipDurationSeconds" | "maxScenes" | "crossfadeSeconds"
>;

/** Field names as users of the CLI and the API know them. */
const PUBLIC_NAMES = {
  prompt: "prompt",
  style: "style",
  aspectRatio: "aspect_ratio",
  clipDurationSeconds: "clip_duration",
  sceneCount: "scenes",
  maxScenes: "max_scenes",
  seed: "seed",
  crossfadeSeconds: "crossfade",
} as const satisfies Record<keyof ProjectRequest, string>;

const publicName = (field: PropertyKey | undefined): string =>
  field !== undefined && Object.hasOwn(PUBLIC_NAMES, field)
    ? PUBLIC_NAMES[ProjectRequest.keyof().parse(field)]
    : String(field ?? "request");

/** A checked request. @throws VidpipeError input.invalid naming the field and what is allowed */
export function parseRequest(input: RequestInput, defaults: RequestDefaults): ProjectRequest {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const parsed = ProjectRequest.safeParse({ sceneCount: null, seed: null, ...defaults, ...given });
  if (!parsed.success) throw invalid(parsed.error);
  const request = parsed.data;
  if (request.sceneCount !== null && request.sceneCount > request.maxScenes)
    throw invalidInput(
      "scenes",
      `scenes must be ${request.maxScenes} or less (pipeline.max_scenes), got ${request.sceneCount}`,
    );
  const setting = "crossfadeSeconds" in given ? undefined : "pipeline.crossfade_seconds";
  checkCrossfade(request.crossfadeSeconds, request.clipDurationSeconds, setting);
  return request;
}

/** A checked crossfade length in seconds. @throws VidpipeError input.invalid */
export function parseCrossfade(value: unknown): number {
  const parsed = CrossfadeSeconds.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error, PUBLIC_NAMES.crossfadeSeconds);
}

function invalid({ issues: [issue] }: z.ZodError, field = publicName(issue?.path[0])): VidpipeError {
  return invalidInput(field, `${field} ${issue?.message ?? "is not valid"}`);
}

const hundredths = (seconds: number): number => Math.floor(seconds * 100) / 100;

/**
 * `setting` is the key of the configuration that it comes from, if it does.
 * @throws VidpipeError input.invalid when the crossfade is longer than half the shortest clip
 */
export function checkCrossfade(crossfadeSeconds: number, shortestClipSeconds: number, setting?: string): void {
  const limit = shortestClipSeconds / 2;
  const from = setting === undefined ? "" : ` (${setting})`;
  const fault = `crossfade of ${crossfadeSeconds} s${from} is longer than half the shortest clip: at most ${hundredths(limit)} s`;
  if (crossfadeSeconds > limit) throw invalidInput("crossfade", fault);
}

/**
 * Checks the transition from each clip into the next against both: `transitions` has one a join and `lengths` one a
 * clip, in seconds. @throws VidpipeError input.invalid when one is longer than half of either clip
 */
export function checkTransitions(transitions: readonly Transition[], lengths: readonly number[]): void {
  transitions.forEach(({ kind, seconds }, left) => {
    const limit = Math.min(...lengths.slice(left, left + 2)) / 2;
    if (seconds > limit)
      throw invalidInput(
        `storyboard.scenes.${left}.transition`,
        `${kind} of ${seconds} s from clip ${left + 1} to ${left + 2} is longer than half of one of them: at most ${hundredths(limit)} s`,
      );
  });
}
