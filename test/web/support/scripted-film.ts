/** A project as the API shows it, moved along by a test, one step at a time. */
import type { Way, WayBody } from "../../../src/domain/way.ts";

export interface ScriptedFilm {
  readonly id: string;
  readonly state: FilmState;
  /** A step reaches a status; keyframes and clips follow. */
  step(kind: StepKind, position: number, status: string, message?: string): void;
  /** The whole film reaches a status. */
  status(status: string, message?: string): void;
  money(state: string, usd: number): void;
  wait(reason: string, message: string): void;
  /** The storyboard is written, with this many scenes. */
  write(scenes: number): void;
  finish(durationSeconds: number): void;
  /** Calls `listener` for every later event; the returned function ends that. */
  listen(listener: (frame: string) => void): () => void;
  /** Number of listeners. */
  readonly watchers: number;
  /** Resolves when there are no listeners. */
  unwatched(): Promise<void>;
  /** Frames of all events after a number. */
  framesAfter(seq: number): readonly string[];
}

/** The ways out of a wait for a clip, as the server names them. */
const SKIP = ["skip", "skip_blocked"] as const;
const WAYS: Readonly<Record<string, readonly (readonly [Way["action"], keyof WayBody | null])[]>> = {
  refused: [["buy_again", "retry_refused"], SKIP],
  ambiguous: [["buy_again", "retry_ambiguous"], SKIP],
  rejected: [["use_rejected", "use_rejected"], ["buy_again", "retry_rejected"], SKIP],
  gone: [["look_again", null], ["buy_again", "retry_gone"], SKIP],
};

export type StepKind = "storyboard" | "keyframe" | "clip" | "stitch";

export interface SeamJson {
  position: number;
  before: number | null;
  after: number | null;
  between: number | null;
  score: number;
  bad: boolean;
  next: string | null;
  retake: { scene: number; piece: string } | null;
}

export interface StoryboardJson {
  title: string | null;
  scenes: readonly object[];
}

export interface FilmState {
  prompt: string;
  style: string;
  aspectRatio: string;
  clipDuration: number;
  crossfade: number;
  provider: string;
  status: string;
  message: string | null;
  title: string | null;
  scenes: number;
  keyframes: Set<number>;
  clips: Map<number, string>;
  /** Scenes whose clip is the user's own. */
  ownClips: Set<number>;
  waits: { reason: string; message: string; ways: Way[]; next: string[] }[];
  cost: { spent_usd: number; reserved_usd: number; unknown_usd: number; max_usd: number | null };
  film: { duration_seconds: number; bytes: number } | null;
  animatic: { duration_seconds: number } | null;
  missing: number[];
  seams: SeamJson[];
  until: string;
  revision: number;
  /** The answer of `GET storyboard`; null: a generated one. */
  storyboard: StoryboardJson | null;
  createdAt: string;
  updatedAt: string;
}

export function createScriptedFilm(id: string, given: Partial<FilmState>, now: () => number): ScriptedFilm {
  const frames: string[] = [];
  const listeners = new Set<(frame: string) => void>();
  const waiting: (() => void)[] = [];
  const at = () => new Date(now()).toISOString();
  const state: FilmState = {
    prompt: "A red fox crosses a snowy valley at dawn and finds an open door.",
    style: "cinematic",
    aspectRatio: "16:9",
    clipDuration: 4,
    crossfade: 0,
    provider: "offline",
    status: "pending",
    message: null,
    title: null,
    scenes: 0,
    keyframes: new Set(),
    clips: new Map(),
    ownClips: new Set(),
    waits: [],
    cost: { spent_usd: 0, reserved_usd: 0, unknown_usd: 0, max_usd: null },
    film: null,
    animatic: null,
    missing: [],
    seams: [],
    until: "film",
    revision: 0,
    storyboard: null,
    createdAt: at(),
    updatedAt: at(),
    ...given,
  };

  function tell(event: string, data: object): void {
    state.updatedAt = at();
    const seq = frames.length + 1;
    const frame = `id: ${seq}\nevent: ${event}\ndata: ${JSON.stringify({ seq, at: state.updatedAt, ...data })}\n\n`;
    frames.push(frame);
    for (const listener of [...listeners]) listener(frame);
  }

  return {
    id,
    state,
    step(kind, position, status, message) {
      if (kind === "keyframe" && status === "done") state.keyframes.add(position);
      if (kind === "clip") state.clips.set(position, status);
      tell("step", { kind, position, take: 1, status, message: message ?? null });
    },
    status(status, message) {
      state.status = status;
      state.message = message ?? null;
      if (status !== "held") state.waits = [];
      tell("project", { status, message: message ?? null });
    },
    money(moneyState, usd) {
      if (moneyState === "spent") state.cost.spent_usd += usd;
      if (moneyState === "open") state.cost.reserved_usd += usd;
      if (moneyState === "unknown") state.cost.unknown_usd += usd;
      tell("money", { state: moneyState, usd });
    },
    wait: (reason, message) => {
      const ways = (WAYS[reason] ?? []).map(([action, field]): Way => {
        const body = field === null ? {} : { [field]: true };
        const flags = field === null ? "" : ` --${field.replaceAll("_", "-")}`;
        const request = { method: "POST" as const, path: `/api/projects/${id}/resume`, body };
        return { action, command: `vidpipe resume ${id}${flags}`, request, usd: null };
      });
      state.waits.push({ reason, message, ways, next: ways.map(({ command }) => command) });
    },
    write(scenes) {
      state.scenes = scenes;
      state.title = "The Open Door";
    },
    finish(durationSeconds) {
      state.film = { duration_seconds: durationSeconds, bytes: 2_400_000 };
      this.step("stitch", 0, "done");
      this.status("complete");
    },
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) for (const tell of waiting.splice(0)) tell();
      };
    },
    get watchers() {
      return listeners.size;
    },
    unwatched: () => new Promise((resolve) => (listeners.size === 0 ? resolve() : waiting.push(resolve))),
    framesAfter: (seq) => frames.slice(seq),
  };
}

const CLIP_WORDS: Readonly<Record<string, string | null>> = {
  queued: null,
  running: "polling",
  waiting: "polling",
  refused: "rai_filtered",
  done: "complete",
};

const DESCRIPTIONS = [
  "A red fox steps out of the trees and stops where the snow begins, her breath white in the first light.",
  "On the frozen lake she hears the ice sing and lowers her head to listen.",
  "She follows the sound along the shore until a lighthouse rises from the mist.",
  "The keeper's door is open. Warm light lies on the snow, and she walks into it.",
] as const;

const descriptionOf = (scene: number): string => DESCRIPTIONS[scene % DESCRIPTIONS.length] ?? "";

/** `GET /api/projects/{id}`. */
export const projectJson = ({ id, state }: ScriptedFilm) => ({
  project_id: id,
  prompt: state.prompt,
  style: state.style,
  aspect_ratio: state.aspectRatio,
  status: state.status,
  created_at: state.createdAt,
  updated_at: state.updatedAt,
  scene_count: state.scenes,
  scenes: Array.from({ length: state.scenes }, (_, scene) => ({
    scene_index: scene,
    description: descriptionOf(scene),
    status: state.clips.get(scene) === "done" ? "video_done" : "pending",
    has_start_keyframe: state.keyframes.has(scene),
    has_end_keyframe: state.keyframes.has(scene + 1),
    has_clip: state.clips.get(scene) === "done",
    clip_status: CLIP_WORDS[state.clips.get(scene) ?? "queued"] ?? null,
    own_clip: state.ownClips.has(scene),
    clip_longer: null,
  })),
  error_message: state.message,
  title: state.title,
  clip_duration: state.clipDuration,
  crossfade: state.crossfade,
  seed: null,
  provider: state.provider,
  waits: state.waits,
  missing_scenes: state.missing,
  seams: state.seams,
  until: state.until,
  revision: state.revision,
  cost: state.cost,
  animatic: state.animatic && { url: `/api/projects/${id}/animatic.mp4`, ...state.animatic },
  film: state.film && { download_url: `/api/projects/${id}/download`, scene_starts: null, ...state.film },
});

/** One film in a page of `GET /api/projects`. */
export const listedJson = ({ id, state }: ScriptedFilm) => ({
  project_id: id,
  prompt: state.prompt,
  status: state.status,
  created_at: state.createdAt,
  updated_at: state.updatedAt,
  poster_url: state.keyframes.has(0) ? `/api/projects/${id}/scenes/0/start.png?w=480` : null,
  title: state.title,
  duration_seconds: state.film?.duration_seconds ?? null,
});

/** `GET /api/projects/{id}/storyboard`. */
export const storyboardJson = ({ state }: ScriptedFilm): StoryboardJson => state.storyboard ?? madeUp(state);

const madeUp = (state: FilmState) => ({
  title: state.title,
  style_guide: {
    visual_style: "Soft winter light, shallow depth of field, fine grain",
    color_palette: "Blue snow, rust red, one warm lamp",
    camera_style: "Slow and low, at the fox's height",
  },
  characters: [
    { name: "The fox", physical_description: "A small red fox with a torn left ear", clothing_description: "" },
  ],
  scenes: Array.from({ length: state.scenes }, (_, scene) => ({
    scene_index: scene,
    description: descriptionOf(scene),
    start_frame_prompt: `Wide shot ${scene + 1}: the fox at the left third, snow in the foreground.`,
    end_frame_prompt: `Close shot ${scene + 2}: the fox looks past the camera.`,
    motion_prompt: "Slow push in, the camera follows her eyes.",
    transition_notes: "",
    characters: ["The fox"],
    duration: null,
    transition: null,
  })),
});
