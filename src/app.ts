import { availableParallelism } from "node:os";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { type Archivist, createArchivist } from "./archivist.ts";
import type { Config } from "./config.ts";
import { createDirector, type Director } from "./director.ts";
import { VidpipeError } from "./domain/errors.ts";
import { createDriving } from "./driving.ts";
import { createLibrary, type Library } from "./library.ts";
import { createMediaTool } from "./media/ffmpeg/tool.ts";
import { createFeed } from "./orchestrator/feed.ts";
import type { Policy } from "./orchestrator/policy.ts";
import { createScheduler } from "./orchestrator/scheduler.ts";
import type { DueStep, Finding, ModelProvider, World } from "./ports.ts";
import { createAnimaticProvider } from "./providers/animatic/animatic.ts";
import { createCaptions } from "./providers/animatic/captions.ts";
import { type Catalog, createCatalog, findModel } from "./providers/catalog.ts";
import { createGoogleProvider } from "./providers/google/provider.ts";
import { type GoogleConfig, googleCredentials } from "./providers/google/settings.ts";
import { parseOverrides } from "./providers/overrides.ts";
import { createSafekeeping, type Safekeeping } from "./safekeeping.ts";
import { createService, type Service } from "./service.ts";
import { type Serving, serve } from "./serving.ts";
import { createArtifactStore } from "./storage/artifacts.ts";
import { createFileBin } from "./storage/file-bin.ts";
import { createOpenFolder } from "./storage/open-folder.ts";
import { createOutside } from "./storage/outside.ts";
import { createSqliteRepository } from "./storage/sqlite/repository.ts";
import { createLog, createSystemChance, createSystemClock, createSystemOwner } from "./system.ts";
import { checkWebhookUrl } from "./webhooks/address.ts";

/** The whole program, built once per process. */
export interface App {
  readonly service: Service;
  readonly director: Director;
  readonly safekeeping: Safekeeping;
  readonly archivist: Archivist;
  readonly library: Library;
  /** Takes up what a dead process left, then answers HTTP. @throws VidpipeError server.unavailable, config.invalid */
  serve(host: string, port: number): Promise<Serving>;
  /** Stops all work cleanly and closes the database; everything made is kept. */
  close(): Promise<void>;
}

/** Least free disk for starting something new, bytes: room for a clip, its windows and the film. */
const freeFloorBytes = 256 * 1024 ** 2;
const minuteMs = 60_000;
/** Text and image calls of one remote model under way at once; models allow more, but films are made in order. */
const remoteCalls = 4;

/**
 * Builds every adapter and hands them to the service: the only place that knows all rooms.
 * @throws VidpipeError storage.unusable and others when the database cannot be opened
 */
export async function createApp(config: Config): Promise<App> {
  const clock = createSystemClock();
  const owner = createSystemOwner();
  const chance = createSystemChance();
  const log = createLog(config.log);
  const media = createMediaTool(
    {
      ffmpegPath: config.ffmpeg.path,
      tempDir: join(config.storage.filmsPath, "tmp"),
      ...config.stitch,
    },
    { clock, log },
  );
  const google = googleConfig(config);
  const providers = new Map<string, ModelProvider>();
  for (const provider of [createAnimaticProvider({ media }), createGoogleProvider(google, { clock, log })])
    providers.set(provider.name, provider);
  const repository = await createSqliteRepository({ path: config.storage.databasePath }, { clock, log });
  const artifacts = createArtifactStore({ root: config.storage.filmsPath }, { owner, clock });
  const world: World = {
    providers,
    media,
    captions: createCaptions(),
    artifacts,
    repository,
    clock,
    owner,
    chance,
    log,
  };
  const fileBin = createFileBin({ root: config.storage.filmsPath }, { owner, clock });
  const safekeeping = createSafekeeping({ world, fileBin, binMs: config.storage.binMs });
  const policy = policyOf(config, createCatalog(google.catalog));
  const feed = createFeed();
  const scheduler = createScheduler(world, policy, feed);
  const { pipeline } = config;
  const driving = createDriving(world, scheduler, feed, pipeline.seamThreshold);
  const director = createDirector({ world, driving });
  const software = `vidpipe ${packageJson.version}`;
  const archivist = createArchivist({ world, outside: createOutside(), driving, software, freeFloorBytes });
  const service = createService({
    world,
    driving,
    scheduler,
    feed,
    policy,
    defaults: {
      style: pipeline.defaultStyle,
      aspectRatio: pipeline.defaultAspectRatio,
      clipDurationSeconds: pipeline.defaultClipDurationSeconds,
      maxScenes: pipeline.maxScenes,
      crossfadeSeconds: pipeline.crossfadeSeconds,
    },
    boundaryFrame: config.stitch.boundaryFrame,
    until: pipeline.reviewAfter ?? "film",
    maxCostUsd: pipeline.maxCostUsd,
    webhookUrl: config.server.webhook.url,
    checkWebhook: (url) => checkWebhook(url, config.server.webhook),
    chooseProvider: (name) => chooseProvider(name ?? config.provider, google, providers),
    requireCredentials: (provider) => requireCredentials(provider, google),
    inspectProviders: () => [credentialFinding(google)],
  });
  return {
    service,
    director,
    archivist,
    library: createLibrary(createOpenFolder(config.storage.libraryPath), world),
    serve: (host, port) =>
      serve(host, port, { config, world, service, director, safekeeping, scheduler, freeFloorBytes }),
    safekeeping,
    async close() {
      await service.stop();
      repository.close();
    },
  };
}

/** @throws VidpipeError input.invalid, also when there is no secret to sign with */
function checkWebhook(url: string, { secrets, allowedHosts }: Config["server"]["webhook"]): void {
  if (secrets.length === 0)
    throw new VidpipeError(
      "input.invalid",
      "webhook_url needs a secret to sign with: set server.webhook_secrets first",
    );
  checkWebhookUrl(url, allowedHosts);
}

function googleConfig({ googleCloud, models, catalog }: Config): GoogleConfig {
  const { useVertexAi, apiKey, projectId, location, credentialsPath, vertexBaseUrl, geminiBaseUrl } = googleCloud;
  return {
    mode: useVertexAi === null ? null : useVertexAi ? "vertex" : "gemini",
    apiKey,
    project: projectId,
    location,
    credentialsFile: credentialsPath,
    wellKnownCredentialsFile: googleCloud.wellKnownCredentialsPath,
    vertexBaseUrl,
    geminiBaseUrl,
    storageBaseUrl: googleCloud.storageBaseUrl,
    models: {
      text: models.storyboardLlm,
      image: models.imageGen,
      conditionedImage: models.imageConditioned,
      video: models.videoGen,
    },
    imageSize: googleCloud.imageSize,
    resolution: googleCloud.resolution,
    outputGcsUri: googleCloud.outputGcsUri,
    maxClipBytes: null,
    catalog: parseOverrides(catalog),
  };
}

function chooseProvider(
  name: string,
  google: GoogleConfig,
  providers: ReadonlyMap<string, ModelProvider>,
): ModelProvider {
  const chosen = name === "auto" ? (googleCredentials(google).configured ? "google" : "animatic") : name;
  const provider = providers.get(chosen);
  if (provider !== undefined) return provider;
  throw new VidpipeError("input.invalid", `provider must be auto, ${[...providers.keys()].join(" or ")}`);
}

function requireCredentials({ name }: ModelProvider, google: GoogleConfig): void {
  if (name !== "google") return;
  const { configured, reason } = googleCredentials(google);
  if (!configured) throw new VidpipeError("provider.not_configured", `provider google: ${reason}`);
}

function credentialFinding(google: GoogleConfig): Finding {
  const { configured, reason } = googleCredentials(google);
  if (configured) return { topic: "google", level: "ok", message: reason, fix: null };
  const message = "no usable credentials: films are made with the offline provider animatic";
  return { topic: "google", level: "warn", message, fix: reason };
}

function policyOf({ pipeline }: Config, catalog: Catalog): Policy {
  const cores = availableParallelism();
  const isLocal = (step: DueStep) => step.lane.startsWith("animatic/");
  return {
    retryMaxAttempts: pipeline.retryMaxAttempts,
    retryBaseMs: pipeline.retryBaseDelayMs,
    pollMs: pipeline.videoPollIntervalMs,
    overdueAfterPolls: pipeline.videoPollMax,
    onAmbiguous: pipeline.onAmbiguous,
    onRefused: pipeline.onRefused,
    maxCostPerDayUsd: pipeline.maxCostPerDayUsd,
    laneLimit(step) {
      if (step.kind === "stitch" || step.kind === "animatic") return 1;
      if (isLocal(step)) return Math.min(cores, pipeline.videoGenConcurrency);
      return step.kind === "clip" ? pipeline.videoGenConcurrency : remoteCalls;
    },
    laneSpacingMs(step) {
      const [, model = ""] = step.lane.split("/");
      const perMinute = findModel(catalog, model)?.requestsPerMinute ?? null;
      const paceMs = perMinute === null ? 0 : minuteMs / perMinute;
      return step.kind === "keyframe" && !isLocal(step) ? Math.max(paceMs, pipeline.imageGenDelayMs) : paceMs;
    },
    freeFloorBytes,
  };
}
