import type { MadeKind } from "../domain/direction.ts";
import type { StillType } from "../domain/media.ts";
import type { Quote } from "../domain/money.ts";
import type { ModelSelection, ProjectRequest } from "../domain/project.ts";
import type { ClipOrder, KeyframeOrder, StepOrder, StoryboardOrder } from "../domain/step.ts";
import type { Storyboard } from "../domain/storyboard.ts";

/** A keyframe as it came from a provider. */
export interface StillImage {
  readonly bytes: Uint8Array;
  readonly mediaType: StillType;
}

/** What a call answered, as it came. It is kept before anybody looks at it; reading it is a pure function of the provider. */
export interface PaidAnswer {
  readonly bytes: Uint8Array;
  /** IANA media type, e.g. `application/json`. */
  readonly mediaType: string;
}

/** What an answer says to its provider. */
export type Reading<Content> =
  | { readonly kind: "content"; readonly content: Content }
  /** It was answered and is of no use. */
  | {
      readonly kind: "unusable";
      /** What is wrong with it, for the user and for the model that is asked again. */
      readonly reason: string;
      /** It was cut off at the limit it was given. */
      readonly truncated?: boolean;
    }
  /** Refused by the safety filter; `charged` is false only where the provider says so. */
  | { readonly kind: "refused"; readonly reason: string; readonly charged: boolean };

/** What was wrong with the answer before. */
export interface Complaint {
  readonly words: string;
  readonly truncated: boolean;
}

/** The state of a provider's long-running job. */
export type ClipCheck =
  | { readonly kind: "running" }
  /** Finished: `save` writes the whole clip to a path as it came, and may be called again after a failure. */
  | { readonly kind: "ready"; readonly save: (path: string, signal: AbortSignal) => Promise<void> }
  /** Refused by the safety filter; `charged` is false only where the provider says so. */
  | { readonly kind: "refused"; readonly reason: string; readonly charged: boolean }
  /** The job ended without a clip and will never have one. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryable: boolean; readonly charged: boolean };

/** How fast a model may be asked. */
export interface Pace {
  /** Starts per minute that the service allows; null: no limit is known. */
  readonly requestsPerMinute: number | null;
  /** Most calls under way at once; null: as many as the configuration allows. */
  readonly callsAtOnce: number | null;
}

/** A model that can make pieces of a film. */
export interface ModelFit {
  /** The name that orders carry. */
  readonly model: string;
  readonly kind: MadeKind;
}

/** What a film asks of a model. */
export interface ModelNeeds {
  readonly aspectRatio: string;
  /** Of every clip, seconds. */
  readonly durationsSeconds: readonly number[];
  /** Pictures that a still is drawn after, without the still before it. */
  readonly references: number;
}

/** A service that makes storyboards, keyframes and clips. Failures are VidpipeError with a `provider.*` code. */
export interface ModelProvider {
  readonly name: string;
  /** What people read; the name unless given. */
  readonly label?: string;
  /** True when everything happens on this machine and costs nothing. */
  readonly local: boolean;
  /**
   * Checks a request against the models and freezes which ones the project uses.
   * @throws VidpipeError input.invalid naming what is allowed, provider.model_unavailable naming a successor
   */
  selectModels(request: ProjectRequest): ModelSelection;
  /**
   * A model by the name that a user typed, where it can make what is left of a film that froze these. Absent: there are
   * no others. Pure but for the clock's day.
   * @throws VidpipeError input.invalid, provider.model_unavailable naming what to use instead
   */
  fitModel?(name: string, models: ModelSelection, needs: ModelNeeds): ModelFit;
  /** Models that `fitModel` takes instead of another one, the likeliest first. Absent: none. Never throws. */
  modelsFor?(current: ModelFit, models: ModelSelection, needs: ModelNeeds): readonly string[];
  /** The pace of one of its models; absent: no limits of its own. Pure. */
  paceOf?(model: string): Pace;
  /**
   * What will soon be different for these models, as plain sentences: one that retires, a price that changes. Absent
   * where nothing ever does. Pure but for the clock's day.
   */
  noticesFor?(models: ModelSelection): readonly string[];
  /**
   * Asks the service, free of charge, whether it takes the login and serves each of these models. Absent where there is
   * nobody to ask. @throws VidpipeError provider.* with all that it refused, joined
   */
  checkAccess?(models: ModelSelection, signal: AbortSignal): Promise<void>;
  /**
   * The most that one call for this order costs today; undefined when it is free. A storyboard that is asked for again
   * after an answer that was cut off may cost more. Pure but for the clock's day.
   * @throws VidpipeError provider.model_unavailable when no price is known today
   */
  quote(order: StepOrder, models: ModelSelection, complaint?: Complaint | null): Quote | undefined;
  /**
   * What the service's own count in an answer comes to at the day's prices, US dollars; null where it does not tell
   * exactly. Absent where it never does. Pure; never throws.
   */
  billedOf?(order: StepOrder, models: ModelSelection, answer: PaidAnswer): number | null;
  /**
   * Changes whenever the login may be another one: a file of it was written, a variable was set. Cheap, never throws, holds
   * no secret. Absent where there is no login.
   */
  loginStamp?(): string;
  /** One paid call. Sends once, never again by itself, like the other two. */
  writeStoryboard(
    order: StoryboardOrder,
    models: ModelSelection,
    complaint: Complaint | null,
    signal: AbortSignal,
  ): Promise<PaidAnswer>;
  /** The storyboard in an answer, with any number of scenes. Pure; never throws for a bad answer. */
  readStoryboard(order: StoryboardOrder, answer: PaidAnswer): Reading<Storyboard>;
  /** One paid call. `references` in the order of the order's. @throws VidpipeError provider.refused by the safety filter */
  drawKeyframe(
    order: KeyframeOrder,
    models: ModelSelection,
    previous: StillImage | null,
    signal: AbortSignal,
    references?: readonly StillImage[],
  ): Promise<PaidAnswer>;
  /** The picture in an answer, of any shape. Pure; never throws for a bad answer. */
  readKeyframe(order: KeyframeOrder, answer: PaidAnswer): Reading<StillImage>;
  /** One paid call that begins a job; `submitId` marks it on the service's side where that is possible. */
  startClip(
    order: ClipOrder,
    models: ModelSelection,
    stills: { readonly start: StillImage; readonly end: StillImage },
    signal: AbortSignal,
    submitId: string | null,
  ): Promise<PaidAnswer>;
  /** The operation's name in the answer to `startClip`, to be committed before the first check. Pure. */
  readOperation(order: ClipOrder, models: ModelSelection, submitId: string | null, answer: PaidAnswer): Reading<string>;
  /**
   * Asks whether a submit whose answer was lost made its clip after all. Free. Returns an operation name for
   * `checkClip`, or null when there is nothing (yet). Absent where the service keeps no list of operations.
   */
  recoverClip?(submitId: string, order: ClipOrder, models: ModelSelection, signal: AbortSignal): Promise<string | null>;
  /** Free, any number of times, from any process. */
  checkClip(
    operationName: string,
    order: ClipOrder,
    models: ModelSelection,
    stills: { readonly startPath: string; readonly endPath: string },
    signal: AbortSignal,
  ): Promise<ClipCheck>;
}
