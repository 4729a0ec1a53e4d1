import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import { isSettled, PROJECT_STATUSES } from "../domain/lifecycle.ts";
import type { Finding } from "../ports/media.ts";
import type { World } from "../ports/world.ts";

/** Use cases for those who operate a server: webhook deliveries, metrics, readiness. */
export type Operations = ReturnType<typeof createOperations>;

/**
 * `freeFloorBytes`: below it nothing new is started. `slowLanes`: lanes that a model asked to slow down. `dataFindings`:
 * what keeps films of this database from being made.
 */
export function createOperations(
  { repository, artifacts, media }: Pick<World, "repository" | "artifacts" | "media">,
  freeFloorBytes: number,
  slowLanes: () => readonly string[],
  dataFindings: () => readonly Finding[] = () => [],
) {
  return {
    /** Messages to the project's webhook, oldest first. */
    deliveries: (id: ProjectId) => repository.outbox.of(id),
    metrics: () => repository.metrics(),
    /** Number of projects that are not settled. */
    async active(): Promise<number> {
      const projects = await repository.countProjects();
      return PROJECT_STATUSES.reduce((sum, word) => sum + (isSettled(word) ? 0 : (projects[word] ?? 0)), 0);
    },
    /** Whether films can be made right now; quick, spends nothing. */
    async readiness(signal: AbortSignal): Promise<readonly Finding[]> {
      return [
        await finding("database", () => repository.list({ limit: 1 })),
        await finding("ffmpeg", () => media.require(signal)),
        await finding("disk", async () => {
          if ((await artifacts.freeBytes()) < freeFloorBytes) throw new VidpipeError("storage.full", "almost full");
        }),
        providerFinding(slowLanes()),
        ...dataFindings(),
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
