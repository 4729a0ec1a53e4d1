import { asVidpipeError, type FailureCode, VidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import { isSettled, PROJECT_STATUSES } from "../domain/lifecycle.ts";
import { utcMinute } from "../domain/times.ts";
import type { LaneReport } from "../engine/scheduler.ts";
import { waitsForLogin } from "../planning/waiting.ts";
import type { Finding } from "../ports/media.ts";
import type { World } from "../ports/world.ts";

/** Use cases for those who operate a server: webhook deliveries, metrics, readiness. */
export type Operations = ReturnType<typeof createOperations>;

/**
 * `freeFloorBytes`: below it nothing new is started. `closedLanes`: lanes whose service takes nothing for now.
 * `dataFindings`: what keeps films of this database from being made.
 */
export function createOperations(
  { repository, artifacts, media, clock }: Pick<World, "repository" | "artifacts" | "media" | "clock">,
  freeFloorBytes: number,
  closedLanes: () => readonly LaneReport[],
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
        ...laneFindings(closedLanes(), clock.now()),
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

/** How the services take calls, and whether they accept the login: as far as they were asked. */
function laneFindings(closed: readonly LaneReport[], nowMs: number): readonly Finding[] {
  const [refused] = closed.filter(({ because }) => waitsForLogin(because));
  const slow = closed.filter(({ because }) => !waitsForLogin(because));
  const words = slow.map(({ lane, because, untilMs }) => `${lane} ${waitingWords(because.code, untilMs, nowMs)}`);
  const message = `films wait for: ${words.join("; ")}`;
  return [
    slow.length === 0
      ? { topic: "providers", level: "ok", message: "ok", fix: null }
      : { topic: "providers", level: "warn", message, fix: "films go on by themselves" },
    refused === undefined
      ? { topic: "login", level: "ok", message: "ok", fix: null }
      : {
          topic: "login",
          level: "fail",
          message: refused.because.message,
          fix: "log in again: films go on by themselves",
        },
  ];
}

const waitingWords = (code: FailureCode, untilMs: number, nowMs: number): string =>
  untilMs > nowMs ? `(${code}, tried again at ${utcMinute(untilMs)})` : `(${code}, tried again now)`;
