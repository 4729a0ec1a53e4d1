import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import { isSettled, PROJECT_STATUSES } from "../domain/lifecycle.ts";
import type { Finding } from "../ports/media.ts";
import type { Delivery, Metrics } from "../ports/server.ts";
import type { World } from "../ports/world.ts";

/** Use cases for those who operate a server: webhook deliveries, metrics, readiness. */
export interface Operations {
  /** Messages to the project's webhook, oldest first. */
  deliveries(id: ProjectId): Promise<readonly Delivery[]>;
  metrics(): Promise<Metrics>;
  /** Number of projects that are not settled. */
  active(): Promise<number>;
  /** Whether films can be made right now; quick, spends nothing. */
  readiness(signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface OperationsDeps {
  readonly world: Pick<World, "repository" | "artifacts" | "media">;
  /** Free bytes below which nothing new is started. */
  readonly freeFloorBytes: number;
  /** Lanes that a model asked to slow down. */
  readonly slowLanes: () => readonly string[];
}

export function createOperations({ world, freeFloorBytes, slowLanes }: OperationsDeps): Operations {
  const { repository, artifacts, media } = world;
  return {
    deliveries: (id) => repository.outbox.of(id),
    metrics: () => repository.metrics(),
    async active() {
      const projects = await repository.countProjects();
      return PROJECT_STATUSES.reduce((sum, word) => sum + (isSettled(word) ? 0 : (projects[word] ?? 0)), 0);
    },
    async readiness(signal) {
      return [
        await finding("database", () => repository.list({ limit: 1 })),
        await finding("ffmpeg", () => media.require(signal)),
        await finding("disk", async () => {
          if ((await artifacts.freeBytes()) < freeFloorBytes) throw new VidpipeError("storage.full", "almost full");
        }),
        providerFinding(slowLanes()),
      ];
    },
  };
}

async function finding(topic: string, check: () => Promise<unknown>): Promise<Finding> {
  try {
    await check();
    return { topic, level: "ok", message: "ok", fix: null };
  } catch (thrown) {
    const { message } = asVidpipeError(thrown);
    return { topic, level: "fail", message, fix: "run vidpipe doctor" };
  }
}

function providerFinding(slow: readonly string[]): Finding {
  if (slow.length === 0) return { topic: "providers", level: "ok", message: "ok", fix: null };
  const message = `slowed down at their own request: ${slow.join(", ")}`;
  return { topic: "providers", level: "warn", message, fix: "films go on by themselves" };
}
