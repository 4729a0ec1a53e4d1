import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { Config } from "../config/load.ts";
import { VidpipeError } from "../domain/errors.ts";
import { createFeed } from "../engine/change-feed.ts";
import { createScheduler } from "../engine/scheduler.ts";
import { createMediaTool } from "../media/ffmpeg/tool.ts";
import { createSystemChance, createSystemClock } from "../platform/clock.ts";
import { createLog } from "../platform/log.ts";
import { createSystemOwner } from "../platform/process-identity.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { World } from "../ports/world.ts";
import { createCatalog } from "../providers/catalog/catalog.ts";
import { createGoogleProvider } from "../providers/google/provider.ts";
import { createCaptions } from "../providers/offline/captions.ts";
import { createAnimaticProvider } from "../providers/offline/provider.ts";
import { createDriving } from "../services/commands.ts";
import { createDirector, type Director } from "../services/editing.ts";
import { createSafekeeping, type Safekeeping } from "../services/integrity.ts";
import { createLibrary, type Library } from "../services/library.ts";
import { createService, type Service } from "../services/projects.ts";
import { type Archivist, createArchivist } from "../services/transfer.ts";
import { createArtifactStore } from "../storage/files/artifact-store.ts";
import { createOpenFolder } from "../storage/files/open-folder.ts";
import { createFileBin } from "../storage/files/trash.ts";
import { createOutside } from "../storage/files/user-files.ts";
import { createSqliteRepository } from "../storage/sqlite/repository.ts";
import { checkWebhookUrl } from "../webhooks/address.ts";
import { policyOf } from "./policy.ts";
import { chooseProvider, credentialFinding, googleConfig, requireCredentials } from "./providers.ts";
import { type Serving, serve } from "./serve.ts";

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
export const freeFloorBytes = 256 * 1024 ** 2;

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
