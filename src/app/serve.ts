/** Composes what a server is made of, beside the program that app.ts builds. */
import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import packageJson from "../../package.json" with { type: "json" };
import { createApi } from "../api/app.ts";
import { withoutPaths } from "../api/error-response.ts";
import { requireToken } from "../api/middleware/host-check.ts";
import { startServer } from "../api/server.ts";
import type { Config } from "../config/load.ts";
import type { Scheduler } from "../engine/scheduler-types.ts";
import type { World } from "../ports/world.ts";
import type { Director } from "../services/editing.ts";
import type { Safekeeping } from "../services/integrity.ts";
import { createKeeper } from "../services/operations.ts";
import type { Service } from "../services/projects.ts";
import { createPage } from "../web/page.ts";
import { createCourier } from "../webhooks/delivery.ts";
import { createSender } from "../webhooks/send.ts";

/** Time between two looks into the bin, ms. */
const tidyMs = 3_600_000;

export interface ServingDeps {
  readonly config: Config;
  readonly world: World;
  readonly service: Service;
  readonly director: Director;
  readonly safekeeping: Pick<Safekeeping, "tidy">;
  readonly scheduler: Scheduler;
  readonly freeFloorBytes: number;
}

export interface Serving {
  readonly url: string;
  /** Ends streams, lets requests and paid calls under way finish within 10 s, hands the rest to the next start. */
  stop(): Promise<void>;
}

/**
 * Takes up what a dead process left, then answers HTTP, delivers webhooks and empties the bin.
 * @throws VidpipeError server.unavailable when it cannot listen there, config.invalid when it must not
 */
export async function serve(host: string, port: number, deps: ServingDeps): Promise<Serving> {
  const { config, world, service, director, scheduler, freeFloorBytes } = deps;
  const { clock, chance, log } = world;
  const { server: settings, storage } = config;
  requireToken(host, settings.tokens);
  const stopping = new AbortController();
  const slowLanes = () => scheduler.slowLanes();
  const keeper = createKeeper({ world, binMs: storage.binMs, freeFloorBytes, slowLanes });
  const parts = { service, director, keeper, log, clock, chance, version: packageJson.version, page: createPage() };
  const api = createApi({ ...parts, stopping: stopping.signal, settings });
  const bind = { host, port, allowedHosts: settings.allowedHosts, ownAddresses };
  const server = startServer(api, bind, { clock, log });
  const resumed = await service.recover();
  if (resumed > 0) log.info(`resumed ${resumed} unfinished project${resumed === 1 ? "" : "s"}`);
  const background = Promise.all([
    courierOf(deps).run(stopping.signal),
    keepTidy([keeper, deps.safekeeping], world, stopping.signal),
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

function courierOf({ config, world }: ServingDeps) {
  const { secrets, allowedHosts } = config.server.webhook;
  const { clock, chance, log, repository } = world;
  const resolve = async (name: string) => (await lookup(name, { all: true })).map(({ address }) => address);
  const send = createSender({ clock, resolve, allowedHosts });
  return createCourier({ outbox: repository.outbox, clock, chance, log, secrets, send, presentable: withoutPaths });
}

async function keepTidy(
  tidied: readonly { tidy(): Promise<void> }[],
  { clock, log }: World,
  signal: AbortSignal,
): Promise<void> {
  const failed = (thrown: unknown) => log.warn("the bin could not be emptied", { error: String(thrown) });
  while (!signal.aborted) {
    for (const room of tidied) await room.tidy().catch(failed);
    await clock.sleep(tidyMs, signal);
  }
}

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
