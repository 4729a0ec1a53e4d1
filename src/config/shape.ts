import { parseFilmSize } from "../domain/media.ts";
import type { SectionValues } from "../domain/settings.ts";
import { DATABASE_SCHEME } from "./locations.ts";
import { PLAIN_ENCODER, type SettingValues } from "./schema.ts";

const milliseconds = (seconds: number) => Math.round(seconds * 1000);

function pipelineOf(values: SettingValues) {
  return {
    defaultStyle: values["pipeline.default_style"],
    defaultAspectRatio: values["pipeline.default_aspect_ratio"],
    defaultClipDurationSeconds: values["pipeline.default_clip_duration"],
    maxScenes: values["pipeline.max_scenes"],
    /** Pause between two stills. */
    imageGenDelayMs: milliseconds(values["pipeline.image_gen_delay"]),
    videoPollIntervalMs: milliseconds(values["pipeline.video_poll_interval"]),
    /** Polls before an operation counts as overdue; polling continues after that. */
    videoPollMax: values["pipeline.video_poll_max"],
    videoGenConcurrency: values["pipeline.video_gen_concurrency"],
    /** 0 is a hard cut. */
    crossfadeSeconds: values["pipeline.crossfade_seconds"],
    /** Tries of one step, the first included, whatever fails; null: the engine's own for each kind of failure. */
    retryMaxAttempts: values["pipeline.retry_max_attempts"],
    retryBaseDelayMs: milliseconds(values["pipeline.retry_base_delay"]),
    onAmbiguous: values["pipeline.on_ambiguous"],
    onRefused: values["pipeline.on_refused"],
    /** Cap of each project; null is no cap. */
    maxCostUsd: values["pipeline.max_cost_usd"],
    /** Cap of all projects together per day (UTC); null is no cap. */
    maxCostPerDayUsd: values["pipeline.max_cost_per_day_usd"],
    /** Where films wait for approval; null: nowhere. */
    reviewAfter: values["pipeline.review_after"],
    /** On a terminal, `generate` asks before it spends more than this. */
    confirmAboveUsd: values["pipeline.confirm_above_usd"],
    /** Seams that score less are marked; 0..1. */
    seamThreshold: values["pipeline.seam_threshold"],
  };
}

function serverOf(values: SettingValues) {
  const main = values["server.auth_token"];
  return {
    host: values["server.host"],
    /** 0 takes any free port. */
    port: values["server.port"],
    /** Further Host headers to answer to. */
    allowedHosts: values["server.allowed_hosts"],
    /** Origins of other sites whose pages may use the API. */
    allowedOrigins: values["server.allowed_origins"],
    /** Secret. Without any, everybody who reaches the server may do everything. */
    tokens: [
      ...(main === null ? [] : [{ name: "main", token: main, scope: "spend" as const }]),
      ...values["server.tokens"],
    ],
    /** Requests of one token that change something. */
    changesPerMinute: values["server.changes_per_minute"],
    maxActiveProjects: values["server.max_active_projects"],
    maxWatchers: values["server.max_watchers"],
    webhook: {
      /** Told whenever a project without its own webhook settles. */
      url: values["server.webhook_url"],
      /** Secret. The newest first. */
      secrets: values["server.webhook_secrets"],
      /** Hosts that may be in a private network and use http. */
      allowedHosts: values["server.webhook_allowed_hosts"],
    },
  };
}

/** What each provider's section says, by the provider's name; only its description knows what is in it. */
type Sections = Readonly<Record<string, SectionValues>>;

/**
 * Settings by their public names, with absolute paths -> settings as the program uses them: units in the names.
 * `isFound` is whether the data folder was merely found.
 */
export function shapeConfig(values: SettingValues, providers: Sections, isFound: boolean) {
  const loudness = values["stitch.loudness"];
  const encoder = { preset: values["stitch.preset"], crf: values["stitch.crf"] };
  return {
    /** `auto`, or the name of a provider. */
    provider: values.provider,
    providers,
    /** null: the provider's current model for the job. */
    models: {
      storyboardLlm: values["models.storyboard_llm"],
      imageGen: values["models.image_gen"],
      imageConditioned: values["models.image_conditioned"],
      videoGen: values["models.video_gen"],
    },
    /** Changes of the model catalog; the provider that owns it checks them. */
    catalog: values.catalog,
    pipeline: pipelineOf(values),
    stitch: {
      /** Loudness the film's sound is brought to; null leaves it as it is. */
      loudnessLufs: loudness === "off" ? null : loudness,
      /** Which frames new films leave out at hard cuts. */
      boundaryFrame: values["stitch.boundary_frame"],
      /** How films look, whatever their clips are. */
      look: {
        size: parseFilmSize(values["stitch.size"]) ?? null,
        fit: values["stitch.fit"],
        interpolate: values["stitch.interpolate"],
      },
      quality: values["stitch.quality"],
      /** How re-encoded frames are made, in x264's words; null: as the quality says. */
      encoder: encoder.preset === PLAIN_ENCODER.preset && encoder.crf === PLAIN_ENCODER.crf ? null : encoder,
      /** Whether a film is decoded in full, or only what is new in it. */
      verify: values["stitch.verify"],
    },
    storage: {
      databasePath: values["storage.database_url"].slice(DATABASE_SCHEME.length),
      filmsPath: values["storage.tmp_dir"],
      /** Who may read what is kept: this user alone, or whom the umask lets. */
      mode: values["storage.mode"],
      /** No source of the user's says where the database is: it is what lies in the current folder. */
      isFound,
      /** Characters, places and products for many films. */
      libraryPath: values["storage.library_dir"],
      /** Time that a deleted project can be taken back. */
      trashMs: Math.round(values["storage.bin_days"] * 86_400_000),
    },
    server: serverOf(values),
    /** Absolute path, or the name of a program in PATH; null: look for ffmpeg. */
    ffmpeg: { path: values["ffmpeg.path"] },
    log: { level: values["log.level"], format: values["log.format"] },
  };
}

type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;

/** Effective settings as the program uses them. */
export type ConfigValues = Frozen<ReturnType<typeof shapeConfig>>;
