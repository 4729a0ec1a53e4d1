/** Composes what a server is made of, beside the program that app.ts builds. */
import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import packageJson from "../../package.json" with { type: "json" };
import { createApi } from "../api/app.ts";
import { withoutPaths } from "../api/error-response.ts";
import { requireToken } from "../api/middleware/host-check.ts";
import { startServer } from "../api/server.ts";
import type { Config } from "../config/load.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { Log } from "../ports/runtime.ts";
import type { World } from "../ports/world.ts";
import type { Adoption } from "../services/adoption.ts";
import { createAssets } from "../services/assets.ts";
import type { EditingService } from "../services/editing.ts";
import { createIdempotency } from "../services/idempotency.ts";
import type { IntegrityService } from "../services/integrity.ts";
import { createOperations, type Operations } from "../services/operations.ts";
import type { ProjectService } from "../services/projects.ts";
import { createProjectTrash } from "../services/trash.ts";
import { createPage } from "../web/page.ts";
import { createWebhookDelivery } from "../webhooks/delivery.ts";
import { createSender } from "../webhooks/send.ts";

/** Time between two clean-ups, ms. */
const tidyMs = 3_600_000;

interface ServingDeps {
  readonly config: Config;
  readonly world: World;
  readonly service: ProjectService;
  readonly editing: EditingService;
  readonly integrity: Pick<IntegrityService, "tidy" | "checkDaily">;
  readonly scheduler: Scheduler;
  readonly adoption: Pick<Adoption, "isKnown" | "findings">;
  readonly freeFloorBytes: number;
}

interface Serving {
  readonly url: string;
  /** Ends streams, lets requests and paid calls under way finish within 10 s, hands the rest to the next start. */
  stop(): Promise<void>;
}

/**
 * Resumes what an ended process left unfinished, then answers HTTP, delivers webhooks and empties the trash.
 * @throws VidpipeError server.unavailable when it cannot listen there, config.invalid when it must not
 */
export async function serve(host: string, port: number, deps: ServingDeps): Promise<Serving> {
  const { config, world, service, editing, scheduler, adoption, freeFloorBytes } = deps;
  const { clock, random, log } = world;
  const { server: settings, storage } = config;
  requireToken(host, settings.tokens);
  const stopping = new AbortController();
  const trash = createProjectTrash(world, storage.trashMs);
  const idempotency = createIdempotency(world);
  const operations = createOperations(
    world,
    freeFloorBytes,
    () => scheduler.closedLanes(),
    () => adoption.findings(),
  );
  const api = createApi({
    service,
    editing,
    assets: createAssets(world),
    trash,
    operations,
    idempotency,
    log,
    clock,
    random,
    version: packageJson.version,
    page: createPage(),
    stopping: stopping.signal,
    settings,
  });
  const bind = { host, port, allowedHosts: settings.allowedHosts, ownAddresses };
  const server = startServer(api, bind, { clock, log });
  for (const { message, fix } of adoption.findings()) log.warn(`${message}; ${fix}, then start the server again`);
  const resumed = await service.recover(stopping.signal);
  if (resumed > 0) log.info(`resumed ${resumed} unfinished project${resumed === 1 ? "" : "s"}`);
  // Nothing of data that may be anybody's is deleted.
  const deleting = adoption.isKnown ? [trash, deps.integrity] : [];
  const background = Promise.all([
    // Beside the work: a program that hangs keeps no server from starting.
    warnUnready(operations, log, stopping.signal),
    // Messages of data that may be anybody's go to addresses that may be anybody's.
    adoption.isKnown && webhookDeliveryOf(deps).run(stopping.signal),
    keepTidy([idempotency, ...deleting, { tidy: deps.integrity.checkDaily }], world, stopping.signal),
  ]);
  return {
    url: server.url,
    async stop() {
      stopping.abort();
      // At the same time: paid calls under way get their time to answer while requests get theirs.
      await Promise.all([server.stop(), service.stop(), background]);
    },
  };
}

/** Says what `/api/ready` would say of what keeps films from being made. */
async function warnUnready({ readiness }: Pick<Operations, "readiness">, log: Log, signal: AbortSignal): Promise<void> {
  const findings = await readiness(signal);
  if (signal.aborted) return;
  for (const { topic, level, message, fix } of findings)
    if (level === "fail") log.warn(`no film can be made now: ${topic}: ${message}; ${fix}`);
}

function webhookDeliveryOf({ config, world }: ServingDeps) {
  const { secrets, allowedHosts } = config.server.webhook;
  const { clock, random, log, repository } = world;
  const resolve = async (name: string) => (await lookup(name, { all: true })).map(({ address }) => address);
  const send = createSender({ clock, resolve, allowedHosts });
  return createWebhookDelivery({
    outbox: repository.outbox,
    clock,
    random,
    log,
    secrets,
    send,
    presentable: withoutPaths,
  });
}

async function keepTidy(
  tidied: readonly { tidy(signal: AbortSignal): Promise<void> }[],
  { clock, log }: World,
  signal: AbortSignal,
): Promise<void> {
  const failed = (thrown: unknown) => {
    if (!signal.aborted) log.warn("tidying up failed and is tried again in an hour", { error: String(thrown) });
  };
  while (!signal.aborted) {
    for (const one of tidied) await one.tidy(signal).catch(failed);
    await clock.sleep(tidyMs, signal);
  }
}

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
