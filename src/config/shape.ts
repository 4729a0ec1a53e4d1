import type { SectionValues } from "../domain/settings.ts";
import type { BoundaryFrame } from "../domain/transition.ts";
import type { SettingValues } from "./schema.ts";

/** Effective settings as the program uses them: camelCase, units in the names, paths absolute. */
export interface ConfigValues {
  /** `auto`, or the name of a provider. */
  readonly provider: SettingValues["provider"];
  /** What each provider's section says, by the provider's name; only its description knows what is in it. */
  readonly providers: Readonly<Record<string, SectionValues>>;
  /** null: the provider's current model for the job. */
  readonly models: {
    readonly storyboardLlm: string | null;
    readonly imageGen: string | null;
    readonly imageConditioned: string | null;
    readonly videoGen: string | null;
  };
  /** Changes of the model catalog; the provider that owns it checks them. */
  readonly catalog: Readonly<Record<string, unknown>>;
  readonly pipeline: {
    readonly defaultStyle: string;
    readonly defaultAspectRatio: SettingValues["pipeline.default_aspect_ratio"];
    readonly defaultClipDurationSeconds: number;
    readonly maxScenes: number;
    /** Pause between two stills. */
    readonly imageGenDelayMs: number;
    readonly videoPollIntervalMs: number;
    /** Looks at an operation before it counts as overdue; looking never ends. */
    readonly videoPollMax: number;
    readonly videoGenConcurrency: number;
    /** 0 is a hard cut. */
    readonly crossfadeSeconds: number;
    /** Tries of one step, the first included. */
    readonly retryMaxAttempts: number;
    readonly retryBaseDelayMs: number;
    readonly onAmbiguous: SettingValues["pipeline.on_ambiguous"];
    readonly onRefused: SettingValues["pipeline.on_refused"];
    /** Cap of each project; null is no cap. */
    readonly maxCostUsd: number | null;
    /** Cap of all projects together per day (UTC); null is no cap. */
    readonly maxCostPerDayUsd: number | null;
    /** Where films wait for approval; null: nowhere. */
    readonly reviewAfter: SettingValues["pipeline.review_after"];
    /** On a terminal, `generate` asks before it spends more than this. */
    readonly confirmAboveUsd: number;
    /** Seams that score less are marked; 0..1. */
    readonly seamThreshold: number;
  };
  readonly stitch: {
    /** Loudness the film's sound is brought to; null leaves it as it is. */
    readonly loudnessLufs: number | null;
    /** Which frames new films leave out at hard cuts. */
    readonly boundaryFrame: BoundaryFrame;
    /** How re-encoded frames are made, in x264's words. */
    readonly encoder: { readonly preset: string; readonly crf: number };
    /** Whether a film is decoded in full, or only what is new in it. */
    readonly verify: "composed" | "full";
  };
  /** Absolute paths. */
  readonly storage: {
    readonly databasePath: string;
    readonly filmsPath: string;
    /** Characters, places and products for many films. */
    readonly libraryPath: string;
    /** Time that a deleted project can be taken back. */
    readonly trashMs: number;
  };
  readonly server: {
    readonly host: string;
    /** 0 takes any free port. */
    readonly port: number;
    /** Further Host headers to answer to. */
    readonly allowedHosts: readonly string[];
    /** Origins of other sites whose pages may use the API. */
    readonly allowedOrigins: readonly string[];
    /** Secret. Without any, everybody who reaches the server may do everything. */
    readonly tokens: readonly { readonly name: string; readonly token: string; readonly scope: "read" | "spend" }[];
    /** Requests of one token that change something. */
    readonly changesPerMinute: number;
    readonly maxActiveProjects: number;
    readonly maxWatchers: number;
    readonly webhook: {
      /** Told whenever a project without its own webhook settles. */
      readonly url: string | null;
      /** Secret. The newest first. */
      readonly secrets: readonly string[];
      /** Hosts that may be in a private network and use http. */
      readonly allowedHosts: readonly string[];
    };
  };
  /** Absolute path, or the name of a program in PATH; null: look for ffmpeg. */
  readonly ffmpeg: { readonly path: string | null };
  readonly log: { readonly level: SettingValues["log.level"]; readonly format: SettingValues["log.format"] };
}

const milliseconds = (seconds: number) => Math.round(seconds * 1000);

function pipelineOf(values: SettingValues): ConfigValues["pipeline"] {
  return {
    defaultStyle: values["pipeline.default_style"],
    defaultAspectRatio: values["pipeline.default_aspect_ratio"],
    defaultClipDurationSeconds: values["pipeline.default_clip_duration"],
    maxScenes: values["pipeline.max_scenes"],
    imageGenDelayMs: milliseconds(values["pipeline.image_gen_delay"]),
    videoPollIntervalMs: milliseconds(values["pipeline.video_poll_interval"]),
    videoPollMax: values["pipeline.video_poll_max"],
    videoGenConcurrency: values["pipeline.video_gen_concurrency"],
    crossfadeSeconds: values["pipeline.crossfade_seconds"],
    retryMaxAttempts: values["pipeline.retry_max_attempts"],
    retryBaseDelayMs: milliseconds(values["pipeline.retry_base_delay"]),
    onAmbiguous: values["pipeline.on_ambiguous"],
    onRefused: values["pipeline.on_refused"],
    maxCostUsd: values["pipeline.max_cost_usd"],
    maxCostPerDayUsd: values["pipeline.max_cost_per_day_usd"],
    reviewAfter: values["pipeline.review_after"],
    confirmAboveUsd: values["pipeline.confirm_above_usd"],
    seamThreshold: values["pipeline.seam_threshold"],
  };
}

function serverOf(values: SettingValues): ConfigValues["server"] {
  const main = values["server.auth_token"];
  return {
    host: values["server.host"],
    port: values["server.port"],
    allowedHosts: values["server.allowed_hosts"],
    allowedOrigins: values["server.allowed_origins"],
    tokens: [
      ...(main === null ? [] : [{ name: "main", token: main, scope: "spend" as const }]),
      ...values["server.tokens"],
    ],
    changesPerMinute: values["server.changes_per_minute"],
    maxActiveProjects: values["server.max_active_projects"],
    maxWatchers: values["server.max_watchers"],
    webhook: {
      url: values["server.webhook_url"],
      secrets: values["server.webhook_secrets"],
      allowedHosts: values["server.webhook_allowed_hosts"],
    },
  };
}

/** Settings whose values are places on this machine, made absolute. */
export interface Places {
  readonly databasePath: string;
  readonly filmsPath: string;
  readonly libraryPath: string;
  readonly ffmpegPath: string | null;
}

/** Settings by their public names -> settings as the program uses them. */
export function shapeConfig(values: SettingValues, places: Places, providers: ConfigValues["providers"]): ConfigValues {
  const loudness = values["stitch.loudness"];
  return {
    provider: values.provider,
    providers,
    models: {
      storyboardLlm: values["models.storyboard_llm"],
      imageGen: values["models.image_gen"],
      imageConditioned: values["models.image_conditioned"],
      videoGen: values["models.video_gen"],
    },
    catalog: values.catalog,
    pipeline: pipelineOf(values),
    stitch: {
      loudnessLufs: loudness === "off" ? null : loudness,
      boundaryFrame: values["stitch.boundary_frame"],
      encoder: { preset: values["stitch.preset"], crf: values["stitch.crf"] },
      verify: values["stitch.verify"],
    },
    storage: {
      databasePath: places.databasePath,
      filmsPath: places.filmsPath,
      libraryPath: places.libraryPath,
      trashMs: Math.round(values["storage.bin_days"] * 86_400_000),
    },
    server: serverOf(values),
    ffmpeg: { path: places.ffmpegPath },
    log: { level: values["log.level"], format: values["log.format"] },
  };
}
