import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { OpenApp } from "../cli/context.ts";
import type { Config } from "../config/load.ts";
import { VidpipeError } from "../domain/errors.ts";
import { createChangeFeed } from "../engine/change-feed.ts";
import { createScheduler } from "../engine/scheduler.ts";
import { createMediaTool } from "../media/ffmpeg/tool.ts";
import { createSystemClock, createSystemRandom } from "../platform/clock.ts";
import { createFileHasher } from "../platform/file-hasher.ts";
import { createLog } from "../platform/log.ts";
import { createProcessIdentity } from "../platform/process-identity.ts";
import { createUserRecords } from "../platform/user-records.ts";
import type { MediaTool } from "../ports/media.ts";
import type { ProviderDescription } from "../ports/provider-description.ts";
import type { World } from "../ports/world.ts";
import { createCaptions } from "../providers/offline/captions.ts";
import { createAdoption, createKnownData } from "../services/adoption.ts";
import { createCommands } from "../services/commands.ts";
import { createEditingService } from "../services/editing.ts";
import { createIntegrityService } from "../services/integrity.ts";
import { createLibrary } from "../services/library.ts";
import { createProjectService } from "../services/projects.ts";
import { createTransferService } from "../services/transfer.ts";
import { createArtifactStore } from "../storage/files/artifact-store.ts";
import { createDataModes } from "../storage/files/data-modes.ts";
import { createUserFolder } from "../storage/files/open-folder.ts";
import { createOrphanTrash } from "../storage/files/orphan-trash.ts";
import { createUserFiles } from "../storage/files/user-files.ts";
import { createSqliteRepository } from "../storage/sqlite/repository.ts";
import { checkWebhookUrl } from "../webhooks/address.ts";
import { freeFloorBytes, policyOf } from "./policy.ts";
import { installProviders, PROVIDERS } from "./providers.ts";
import { serve } from "./serve.ts";

/** Takes what is made from everybody but the user. */
const PRIVATE_UMASK = 0o077;

/** Parts that others than the usual ones can stand in for. */
export interface Parts {
  /** The providers; the same that the configuration was read with. */
  readonly providers?: readonly ProviderDescription[];
  readonly media?: MediaTool;
  /** The umask that the user started this process with: the data get their own, files elsewhere follow it. */
  readonly umask?: number;
}

/**
 * Builds every adapter and hands them to the services: the only place that knows all folders.
 * @throws VidpipeError storage.unusable and others when the database cannot be opened
 */
export async function createApp(config: Config, parts: Parts = {}): Promise<OpenApp> {
  const { umask } = parts;
  // Covers whatever is made from here on, by SQLite and ffmpeg too, without a moment in which others can read it.
  if (umask !== undefined && config.storage.mode === "private") process.umask(PRIVATE_UMASK);
  const clock = createSystemClock();
  const owner = createProcessIdentity();
  const random = createSystemRandom();
  const log = createLog(config.log);
  const hasher = createFileHasher(log);
  const tempDir = join(config.storage.filmsPath, "tmp");
  const mediaConfig = { ffmpegPath: config.ffmpeg.path, tempDir, ...config.stitch };
  const media = parts.media ?? createMediaTool(mediaConfig, { clock, log, hasher });
  const providers = await installProviders(parts.providers ?? PROVIDERS, config, { media, clock, log });
  const { databasePath, isFound } = config.storage;
  const known = createKnownData(createUserRecords(config.userFolder), { path: databasePath, isFound }, { clock, log });
  const marks = { make: () => random.id(), remember: known.remember };
  const repository = await createSqliteRepository({ path: databasePath }, { clock, log, marks });
  const adoption = createAdoption({ mark: repository.mark, isFound, known, providers: providers.byName });
  const artifacts = createArtifactStore({ root: config.storage.filmsPath, umask, hasher }, { owner, clock });
  const world: World = {
    providers: providers.byName,
    media,
    captions: createCaptions(),
    artifacts,
    repository,
    leases: repository.leasesOf({ owner, clock }),
    clock,
    owner,
    random,
    log,
  };
  const orphanTrash = createOrphanTrash({ root: config.storage.filmsPath }, { owner, clock });
  const modes = createDataModes(config.storage, config.storage.mode);
  const integrity = createIntegrityService({ world, orphanTrash, trashMs: config.storage.trashMs });
  const policy = policyOf(config, providers.byName, adoption.refusal);
  const feed = createChangeFeed();
  const scheduler = createScheduler(world, policy, feed);
  const { pipeline } = config;
  const commands = createCommands(world, scheduler, feed, policy, pipeline.seamThreshold);
  const editing = createEditingService({ world, commands, policy, maxCostUsd: pipeline.maxCostUsd });
  const software = `vidpipe ${packageJson.version}`;
  const transfer = createTransferService({
    world,
    outside: createUserFiles(umask),
    commands,
    software,
    freeFloorBytes,
  });
  const defaults = {
    style: pipeline.defaultStyle,
    aspectRatio: pipeline.defaultAspectRatio,
    clipDurationSeconds: pipeline.defaultClipDurationSeconds,
    maxScenes: pipeline.maxScenes,
    crossfadeSeconds: pipeline.crossfadeSeconds,
  };
  const service = createProjectService({
    world,
    commands,
    scheduler,
    feed,
    policy,
    defaults,
    boundaryFrame: config.stitch.boundaryFrame,
    until: pipeline.reviewAfter ?? "film",
    maxCostUsd: pipeline.maxCostUsd,
    webhookUrl: config.server.webhook.url,
    checkWebhook: (url) => checkWebhook(url, config.server.webhook),
    chooseProvider: providers.choose,
    requireCredentials: providers.requireReady,
    inspectProviders: () => providers.inspect(defaults),
    inspectData: async () => [...adoption.findings(!providers.choose().local), ...(await modes.inspect())],
  });
  return {
    service,
    editing,
    transfer,
    library: createLibrary(createUserFolder(config.storage.libraryPath), world),
    serve: (host, port) =>
      serve(host, port, { config, world, service, editing, integrity, scheduler, adoption, freeFloorBytes }),
    integrity,
    adoption,
    repairModes: modes.repair,
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
      { field: "webhook_url" },
    );
  checkWebhookUrl(url, allowedHosts);
}
