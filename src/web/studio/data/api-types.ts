/** Answers of the HTTP API, field by field as they are sent. Amounts are US dollars, durations seconds. */

export type ProjectStatus =
  | "pending"
  | "storyboarding"
  | "keyframing"
  | "video_gen"
  | "stitching"
  | "complete"
  | "review"
  | "held"
  | "failed"
  | "cancelled";

export type StepKind = "storyboard" | "keyframe" | "animatic" | "clip" | "stitch";
export type StepStatus =
  | "queued"
  | "running"
  | "waiting"
  | "ambiguous"
  | "refused"
  | "failed"
  | "cancelled"
  | "skipped"
  | "done";

export type Aspect = "16:9" | "9:16" | "1:1";

export interface ListItem {
  readonly project_id: string;
  readonly prompt: string;
  readonly status: ProjectStatus;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A film in a page of the list. */
export interface ListedFilm extends ListItem {
  /** A thumbnail of the first still; null until there is one. */
  readonly poster_url: string | null;
  /** Null until there is a storyboard. */
  readonly title: string | null;
  /** Null until the film is finished. */
  readonly duration_seconds: number | null;
}

export interface SceneState {
  readonly scene_index: number;
  readonly description: string;
  readonly status: string;
  readonly has_start_keyframe: boolean;
  readonly has_end_keyframe: boolean;
  readonly has_clip: boolean;
  readonly clip_status: string | null;
}

export interface Wait {
  readonly reason: string;
  readonly message: string;
  readonly next: readonly string[];
}

/** How well the film goes through one still, where one scene ends and the next begins; 0..1, 1 is the same picture. */
export interface Seam {
  /** The still, counted from 0: 0 opens the film. */
  readonly position: number;
  /** The last frame before it, against the still; null where it was not measured, like the two below. */
  readonly before: number | null;
  /** The first frame after it, against the still. */
  readonly after: number | null;
  readonly between: number | null;
  /** The lowest of them. */
  readonly score: number;
  /** Below the server's threshold. */
  readonly bad: boolean;
  /** What to make again: the worse of the two clips, its scene counted from 0; null where the seam is good. */
  readonly retake: { readonly scene: number; readonly piece: "clip" } | null;
}

export interface Project extends ListItem {
  readonly style: string;
  readonly aspect_ratio: Aspect;
  readonly scene_count: number;
  readonly scenes: readonly SceneState[];
  readonly error_message: string | null;
  readonly title: string | null;
  readonly clip_duration: number;
  readonly crossfade: number;
  readonly seed: number | null;
  readonly provider: string;
  readonly waits: readonly Wait[];
  /** 0-based. */
  readonly missing_scenes: readonly number[];
  readonly seams: readonly Seam[];
  readonly cost: {
    readonly spent_usd: number;
    readonly reserved_usd: number;
    readonly unknown_usd: number;
    readonly max_usd: number | null;
  };
  /** How far it goes before somebody approves. */
  readonly until: Until | "nothing";
  /** How many times it was directed anew. */
  readonly revision: number;
  /** The newest animatic: the stills as a timed film. */
  readonly animatic: { readonly url: string; readonly duration_seconds: number } | null;
  readonly film: {
    readonly download_url: string;
    readonly duration_seconds: number;
    readonly bytes: number;
    /** When each scene that it shows begins; null for films whose stitch did not say. */
    readonly scene_starts: readonly number[] | null;
  } | null;
}

/** Ways from one scene into the next, as the server names them. */
export const TRANSITION_KINDS = [
  "cut",
  "crossfade",
  "dip",
  "fadewhite",
  "dissolve",
  "smoothleft",
  "smoothright",
  "slideright",
  "circleopen",
  "circleclose",
] as const;

/** Seconds in which both scenes are seen; a cut takes none. */
export interface Transition {
  readonly kind: (typeof TRANSITION_KINDS)[number];
  readonly seconds: number;
}

export interface StoryScene {
  readonly scene_index: number;
  readonly description: string;
  readonly start_frame_prompt: string;
  readonly end_frame_prompt: string;
  readonly motion_prompt: string;
  readonly transition_notes: string;
  readonly characters: readonly string[];
  /** Seconds; null: as long as the film's clips are. */
  readonly duration: number | null;
  /** Into the next scene; null: as the film's crossfade says. */
  readonly transition: Transition | null;
}

export interface Storyboard {
  readonly title: string;
  readonly style_guide: {
    readonly visual_style: string;
    readonly color_palette: string;
    readonly camera_style: string;
  };
  readonly characters: readonly {
    readonly name: string;
    readonly physical_description: string;
    readonly clothing_description: string;
  }[];
  readonly scenes: readonly StoryScene[];
}

export interface EstimateLine {
  readonly stage: "storyboard" | "keyframes" | "clips";
  readonly model: string;
  readonly pieces: number;
  readonly quantity: number;
  readonly unit: "call" | "image" | "second";
  readonly usd: number;
  /** Date of the price; null when it is free. */
  readonly as_of: string | null;
}

export interface Estimate {
  readonly provider: string;
  readonly scenes: number;
  readonly scenes_are_given: boolean;
  readonly max_scenes: number;
  readonly lines: readonly EstimateLine[];
  readonly total_usd: number;
  readonly most_usd: number;
}

/** What a new film may be. */
export interface ProviderOptions {
  readonly defaults: {
    readonly style: string;
    readonly aspect_ratio: Aspect;
    readonly clip_duration: number;
    readonly crossfade: number;
    readonly max_scenes: number;
  };
  readonly providers: readonly {
    readonly name: string;
    /** Names it had before, which old films keep. */
    readonly aliases: readonly string[];
    /** What people read. */
    readonly label: string;
    readonly local: boolean;
    readonly clip_durations: readonly number[];
  }[];
}

/** What a film is made from; what is left out comes from the server's configuration. */
export interface FilmRequest {
  /** May be left out beside a storyboard. */
  readonly prompt?: string;
  /** Films this one; whether it is one, the server says. */
  readonly storyboard?: object;
  readonly style?: string;
  readonly aspect_ratio?: Aspect;
  readonly clip_duration?: number;
  readonly scenes?: number;
  readonly crossfade?: number;
  readonly seed?: number;
  readonly provider?: string;
  readonly max_cost?: number;
  readonly until?: Until;
}

/** Where a film can stop for somebody to approve. */
export type Until = "storyboard" | "keyframes" | "animatic" | "clips" | "film";

export interface ResumeChoice {
  readonly until?: Until;
  readonly max_cost?: number;
  readonly retry_ambiguous?: boolean;
  readonly retry_refused?: boolean;
  readonly skip_blocked?: boolean;
}

export interface Accepted {
  readonly project_id: string;
  readonly status: ProjectStatus;
}

/** A film in the bin. */
export interface Discarded {
  readonly restorable_until: string;
}

/** Statuses in which nothing happens until somebody acts. */
const SETTLED: readonly ProjectStatus[] = ["complete", "review", "held", "failed", "cancelled"];
export const isSettled = (status: ProjectStatus): boolean => SETTLED.includes(status);
