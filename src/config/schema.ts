import { z } from "zod";
import { REVIEWS } from "../domain/direction.ts";
import {
  AspectRatio,
  FILM_FITS,
  FILM_SIZE_EXPECTED,
  INTERPOLATIONS,
  parseFilmSize,
  STITCH_QUALITIES,
} from "../domain/media.ts";
import { MAX_SCENES, ProjectRequest } from "../domain/project.ts";
import {
  type FoundRule,
  isLoopback,
  number,
  oneOf,
  onlyHigher,
  onlyLower,
  onlyStricter,
  text,
  toLowerCase,
  toNumber,
  whole,
} from "../domain/settings.ts";
import { BOUNDARY_FRAMES, MAX_CROSSFADE_SECONDS } from "../domain/transition.ts";
import { accessToken, hosts, namedTokens, origins, parseJson, webhookSecrets } from "./server-settings.ts";

/** Longest time any delay can be set to, in seconds. */
const MAX_DELAY_SECONDS = 3_600;
/** Shortest time between two polls of a running operation, in seconds: less would be a flood. */
const MIN_POLL_SECONDS = 0.1;
/** Largest amount a cap can be set to, US dollars. */
const MAX_CAP_USD = 1_000_000;

const seconds = (min: number) => number(min, MAX_DELAY_SECONDS, "a number of seconds");
const usd = number(0, MAX_CAP_USD, "an amount in US dollars");

const host = z.preprocess(
  (value) => (typeof value === "string" ? value.replace(/^\[(.*)\]$/, "$1") : value),
  z.string("must be a host name or an IP address").regex(/^[\w.:%-]{1,253}$/, "must be a host name or an IP address"),
);

/** x264's words, from quick and large to slow and small. */
/** What these two say where nobody chose: then the quality decides. */
export const PLAIN_ENCODER = { preset: "veryfast", crf: 18 } as const;
const X264_PRESETS = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"] as const;

const toLoudness = (value: unknown) => (value === false ? "off" : toNumber(toLowerCase(value)));
const loudnessExpected = "must be off or a loudness from -70 to -5 LUFS";
const lufs = z.number(loudnessExpected).min(-70, loudnessExpected).max(-5, loudnessExpected);
const loudness = z.preprocess(toLoudness, z.union([z.literal("off"), lufs], loudnessExpected));

const isFilmSize = (words: string) => words === "auto" || parseFilmSize(words) !== undefined;
const filmSize = z.preprocess(toLowerCase, z.string(FILM_SIZE_EXPECTED).refine(isFilmSize, FILM_SIZE_EXPECTED));

const catalog = z.preprocess(parseJson, z.record(z.string(), z.unknown(), "must be a mapping of models"));

/**
 * Every setting that belongs to no provider, by the name it has in config.yaml, with its default. Durations are in seconds here.
 * Each message continues the sentence "<key> ...".
 */
export const Settings = z.strictObject({
  /** Checked by the setting table, which knows the providers. */
  provider: z.string().default("auto"),
  "models.storyboard_llm": text.nullable().default(null),
  "models.image_gen": text.nullable().default(null),
  "models.image_conditioned": text.nullable().default(null),
  "models.video_gen": text.nullable().default(null),
  "pipeline.default_style": ProjectRequest.shape.style.default("cinematic"),
  "pipeline.default_aspect_ratio": oneOf(AspectRatio.options).default("16:9"),
  "pipeline.default_clip_duration": z.preprocess(toNumber, ProjectRequest.shape.clipDurationSeconds).default(6),
  "pipeline.max_scenes": whole(1, MAX_SCENES).default(15),
  "pipeline.image_gen_delay": seconds(0).default(0),
  "pipeline.video_poll_interval": seconds(MIN_POLL_SECONDS).default(15),
  "pipeline.video_poll_max": whole(1, 100_000).default(40),
  "pipeline.video_gen_concurrency": whole(1, 100).default(4),
  "pipeline.crossfade_seconds": number(0, MAX_CROSSFADE_SECONDS, "a number of seconds").default(0),
  "pipeline.retry_max_attempts": whole(1, 100).nullable().default(null),
  "pipeline.retry_base_delay": seconds(0).default(2),
  "pipeline.on_ambiguous": oneOf(["ask", "retry", "skip"]).default("ask"),
  "pipeline.on_refused": oneOf(["hold", "skip", "fail"]).default("hold"),
  "pipeline.max_cost_usd": usd.nullable().default(null),
  "pipeline.max_cost_per_day_usd": usd.nullable().default(null),
  "pipeline.review_after": oneOf(REVIEWS).nullable().default(null),
  "pipeline.confirm_above_usd": usd.default(1),
  "pipeline.seam_threshold": number(0, 1, "a number from 0 to 1").default(0.5),
  "stitch.loudness": loudness.default("off"),
  "stitch.boundary_frame": oneOf(BOUNDARY_FRAMES).default("auto"),
  "stitch.size": filmSize.default("auto"),
  "stitch.fit": oneOf(FILM_FITS).default("pad"),
  "stitch.interpolate": oneOf(INTERPOLATIONS).default("off"),
  "stitch.quality": oneOf(STITCH_QUALITIES).default("standard"),
  "stitch.preset": oneOf(X264_PRESETS).default(PLAIN_ENCODER.preset),
  "stitch.crf": whole(0, 51).default(PLAIN_ENCODER.crf),
  "stitch.verify": oneOf(["composed", "full"]).default("composed"),
  "storage.database_url": text.default("sqlite:///vidpipe-data/vidpipe.db"),
  "storage.tmp_dir": text.default("vidpipe-data/films"),
  "storage.library_dir": text.default("vidpipe-data/library"),
  "storage.mode": oneOf(["private", "umask"]).default("private"),
  "storage.bin_days": number(0, 3_650, "a number of days").default(7),
  "server.host": host.default("127.0.0.1"),
  "server.port": whole(0, 65_535).default(8000),
  "server.allowed_hosts": hosts.default([]),
  "server.allowed_origins": origins.default([]),
  "server.auth_token": accessToken.nullable().default(null),
  "server.tokens": namedTokens.default([]),
  "server.changes_per_minute": whole(1, 1_000_000).default(600),
  "server.max_active_projects": whole(1, 1_000_000).default(500),
  "server.max_watchers": whole(1, 1_000_000).default(1_024),
  "server.webhook_url": text.nullable().default(null),
  "server.webhook_secrets": webhookSecrets.default([]),
  "server.webhook_allowed_hosts": hosts.default([]),
  "ffmpeg.path": text.nullable().default(null),
  "log.format": oneOf(["auto", "pretty", "json"]).default("auto"),
  "log.level": oneOf(["debug", "info", "warn", "error", "silent"]).default("warn"),
  catalog: catalog.default({}),
});

/** Effective settings by the names they have in config.yaml. */
export type SettingValues = z.output<typeof Settings>;
/** The name of a setting that belongs to no provider, e.g. `pipeline.max_scenes`. */
export type CoreKey = keyof SettingValues;

/** Nearly everybody who copied a file with another host wants a server of their own: so it does not refuse to start. */
const onlyThisMachine: FoundRule = {
  allows: (value) => typeof value === "string" && isLoopback(value),
  words: "only this machine; any other is passed over",
  isPassedOver: true,
};

/** Tries of a step after a passing fault unless the user says how many. */
export const USUAL_ATTEMPTS = 5;
const fewerTries: FoundRule = { looseness: (value) => Number(value ?? USUAL_ATTEMPTS), words: "only a lower one" };

/** What a file that was merely found may set: no key is without an answer. */
export const FOUND_RULES: Readonly<Record<CoreKey, FoundRule>> = {
  provider: "account",
  "models.storyboard_llm": "film",
  "models.image_gen": "film",
  "models.image_conditioned": "film",
  "models.video_gen": "film",
  "pipeline.default_style": "film",
  "pipeline.default_aspect_ratio": "film",
  "pipeline.default_clip_duration": "film",
  "pipeline.max_scenes": "film",
  // Pace: a film costs the same at any, and the services' own limits hold.
  "pipeline.image_gen_delay": "film",
  "pipeline.video_poll_interval": "film",
  "pipeline.video_poll_max": "film",
  "pipeline.video_gen_concurrency": "film",
  "pipeline.crossfade_seconds": "film",
  "pipeline.retry_max_attempts": fewerTries,
  "pipeline.retry_base_delay": onlyHigher,
  // `skip` pays for nothing twice, but what may have been paid for is left without a word.
  "pipeline.on_ambiguous": onlyStricter(["ask"], ["skip"]),
  // `fail` buys nothing more, `skip` goes on buying the rest without a word.
  "pipeline.on_refused": onlyStricter(["hold", "fail"]),
  "pipeline.max_cost_usd": onlyLower,
  "pipeline.max_cost_per_day_usd": onlyLower,
  "pipeline.review_after": onlyStricter(...REVIEWS.map((stage) => [stage])),
  "pipeline.confirm_above_usd": onlyLower,
  "pipeline.seam_threshold": "film",
  "stitch.loudness": "film",
  "stitch.boundary_frame": "film",
  "stitch.size": "film",
  "stitch.fit": "film",
  "stitch.interpolate": "film",
  "stitch.quality": "film",
  "stitch.preset": "film",
  "stitch.crf": "film",
  "stitch.verify": "film",
  "storage.database_url": "place",
  "storage.tmp_dir": "place",
  "storage.library_dir": "place",
  "storage.mode": onlyStricter(["private"]),
  // What the user deleted must not be gone sooner than they think.
  "storage.bin_days": onlyHigher,
  "server.host": onlyThisMachine,
  "server.port": "film",
  "server.allowed_hosts": "own",
  "server.allowed_origins": "own",
  "server.auth_token": "own",
  "server.tokens": "own",
  "server.changes_per_minute": onlyLower,
  "server.max_active_projects": onlyLower,
  "server.max_watchers": onlyLower,
  "server.webhook_url": "own",
  "server.webhook_secrets": "own",
  "server.webhook_allowed_hosts": "own",
  "ffmpeg.path": "own",
  "log.format": "film",
  // Warnings tell what a server does not do, and why.
  "log.level": onlyStricter(["debug", "info", "warn"], ["error"], ["silent"]),
  // Prices: with one that is too low, caps and questions come too late.
  catalog: "own",
};

/** Settings whose value is never shown; secrets of providers are in their sections. */
export const SECRET_KEYS: readonly CoreKey[] = ["server.auth_token", "server.tokens", "server.webhook_secrets"];

/** Keys of version 1 that mean nothing here; a name that ends in a dot stands for a whole section. */
export const RETIRED_KEYS = ["cv_analysis.", "pipeline.video_transient_retries"] as const;
