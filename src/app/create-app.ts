import packageJson from "../../package.json" with { type: "json" };
import type { OpenApp } from "../cli/context.ts";
import type { Config } from "../config/load.ts";
import { createChangeFeed } from "../engine/change-feed.ts";
import { createScheduler } from "../engine/scheduler.ts";
import { createSystemRandom } from "../platform/clock.ts";
import type { World } from "../ports/world.ts";
import { createCaptions } from "../providers/offline/captions.ts";
import { createCommands } from "../services/commands.ts";
import { createEditingService } from "../services/editing.ts";
import { createIntegrityService } from "../services/integrity.ts";
import { createLibrary } from "../services/library.ts";
import { createProjectService } from "../services/projects.ts";
import { createTransferService } from "../services/transfer.ts";
import { createDataModes } from "../storage/files/data-modes.ts";
import { createUserFolder } from "../storage/files/open-folder.ts";
import { createOrphanTrash } from "../storage/files/orphan-trash.ts";
import { createUserFiles } from "../storage/files/user-files.ts";
import { checkWebhook, createAdapters, defaultsOf, openData, type Parts } from "./adapters.ts";
import { freeFloorBytes, policyOf } from "./policy.ts";
import { installProviders, PROVIDERS } from "./providers.ts";
import { serve } from "./serve.ts";

/**
 * Builds every adapter and hands them to the services: the only place that knows all folders.
 * @throws VidpipeError storage.unusable and others when the database cannot be opened
 */
export async function createApp(config: Config, parts: Parts = {}): Promise<OpenApp> {
  const { umask } = parts;
  const { clock, owner, log, media, artifacts } = createAdapters(config, parts);
  const random = createSystemRandom();
  const providers = await installProviders(parts.providers ?? PROVIDERS, config, { media, clock, log }, parts.reread);
  const { repository, adoption } = await openData(config, { clock, log, owner, random, providers: providers.byName });
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
  const service = createProjectService({
    world,
    commands,
    scheduler,
    feed,
    policy,
    defaults: defaultsOf(config),
    boundaryFrame: config.stitch.boundaryFrame,
    until: pipeline.reviewAfter ?? "film",
    maxCostUsd: pipeline.maxCostUsd,
    webhookUrl: config.server.webhook.url,
    checkWebhook: (url) => checkWebhook(url, config.server.webhook),
    chooseProvider: providers.choose,
    requireCredentials: providers.requireReady,
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
