import type { LongerClip } from "./clip-length.ts";
import type { FailureCode } from "./errors.ts";
import type { ProjectEvent } from "./facts.ts";
import type { StepKind, StepStatus } from "./lifecycle.ts";
import type { Spend } from "./money.ts";
import type { Price } from "./price.ts";
import type { Hold, Project } from "./project.ts";
import type { SeamView } from "./seam.ts";
import type { Storyboard } from "./storyboard.ts";
import type { Way } from "./way.ts";

/** A still or clip of a scene as people see it. */
export interface PieceView {
  /** null: not planned yet. */
  readonly status: StepStatus | null;
  /** Path below the artifact folder; null until it is there. */
  readonly key: string | null;
  readonly message: string | null;
  /** True where the file shown was made from inputs that have changed since. */
  readonly stale: boolean;
  /** True where its user brought it. */
  readonly own: boolean;
}

export interface SceneView {
  readonly sceneIndex: number;
  readonly description: string;
  /** pending, keyframing, video_gen, complete, or what it waits for. */
  readonly status: "pending" | "keyframing" | "video_gen" | "complete" | "held" | "failed" | "skipped" | "cancelled";
  readonly start: PieceView;
  /** The same artifact as the next scene's start, except between two clips of the user's own. */
  readonly end: PieceView;
  readonly clip: PieceView;
  /** Where the clip came longer than ordered: the film shows the ordered length. Absent for any other. */
  readonly longer?: LongerClip;
}

/** Progress of one stage. */
export interface StageView {
  readonly kind: StepKind;
  readonly done: number;
  /** null while the storyboard has not said how many. */
  readonly total: number | null;
  readonly running: number;
  /** How far the piece under way is, 0..1, where this process makes it and it says so; only a stitch does. */
  readonly fraction?: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
}

/** What waits for its user: it stops the project, unless it is a take that stands beside the film. */
export interface WaitView {
  readonly reason:
    | Hold["reason"]
    | "ambiguous"
    | "refused"
    | "rejected"
    | "gone"
    | "failed"
    | "skipped"
    | "review"
    /** Nothing is bought for it here before the data are adopted, which only the command line can do: it has no ways. */
    | "not_adopted";
  readonly message: string;
  /** Price of buying its piece once more, US dollars; null where nothing is bought, or nobody knows it. */
  readonly usd: number | null;
  /** What moves it on, the cheapest first. */
  readonly ways: readonly Way[];
}

/** What a film waits for that goes on by itself. */
export interface WaitingView {
  readonly code: FailureCode;
  /** One line: what happened, that nothing is lost, and when it is tried again. */
  readonly message: string;
  /** When it is tried again, epoch ms, in the past while that is done; null: once there is another login. */
  readonly untilMs: number | null;
}

/** A project as every face shows it. */
export interface ProjectView extends Omit<Project, "hold" | "cancelled" | "direction" | "epoch"> {
  readonly waits: readonly WaitView[];
  /** Why nothing moves although it goes on by itself; absent while something does. */
  readonly waiting?: WaitingView;
  readonly storyboard: Storyboard | null;
  readonly stages: readonly StageView[];
  readonly scenes: readonly SceneView[];
  /** Scenes left out of the final film, 0-based. */
  readonly missingScenes: readonly number[];
  /** How well the clips meet, where that was measured. */
  readonly seams: readonly SeamView[];
  readonly final: {
    readonly key: string;
    readonly path: string;
    readonly bytes: number;
    readonly durationSeconds: number;
    readonly report: Readonly<Record<string, unknown>> | null;
  } | null;
  /** The newest animatic; null until one was asked for and made. */
  readonly animatic: { readonly key: string; readonly path: string; readonly durationSeconds: number } | null;
  readonly spend: Spend;
  /** What the command accepted that led here, US dollars; absent where it bought nothing. The cap is `maxCostUsd`. */
  readonly accepted?: Pick<Price, "totalUsd" | "mostUsd">;
}

/** One look at a project: how it stands, and what happened since the last look. */
export interface WatchTick {
  readonly project: ProjectView;
  readonly events: readonly ProjectEvent[];
}
