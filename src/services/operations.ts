import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { ProjectId, ProjectIdPrefix } from "../domain/ids.ts";
import { isSettled, PROJECT_STATUSES } from "../domain/lifecycle.ts";
import type { Submit } from "../domain/step.ts";
import type { ProjectView } from "../domain/view.ts";
import { viewOf } from "../planning/project-view.ts";
import { type TakeView, takesOf } from "../planning/takes.ts";
import type { StoredPiece } from "../ports/files.ts";
import type { Finding } from "../ports/media.ts";
import type { Delivery, Figures } from "../ports/server.ts";
import type { World } from "../ports/world.ts";
import { createOnce, type Once } from "./idempotency.ts";

/** A project with everything that was made for it, read at one moment. */
export interface Gallery {
  readonly project: ProjectView;
  readonly takes: readonly TakeView[];
  /** Every paid call, oldest first. */
  readonly submits: readonly Submit[];
}

/** Names a still or a clip; without `take` the one the film is made with. */
export interface PieceName {
  readonly kind: "keyframe" | "clip";
  /** Keyframe 0..N, clip 0..N-1. */
  readonly position: number;
  readonly take?: number;
}

/** What a server does beside making films: it shows what was made, remembers requests, keeps the bin and the books. */
export interface Keeper {
  gallery(id: ProjectId): Promise<Gallery>;
  /** A still or clip that was made. @throws VidpipeError project.not_found */
  piece(id: ProjectId, name: PieceName): Promise<StoredPiece>;
  /** The checked content of a stored file. @throws VidpipeError storage.damaged */
  readPiece(piece: StoredPiece): Promise<Uint8Array>;
  readonly once: Once;
  /** Puts a project into the bin. Returns when it is emptied, epoch ms. @throws VidpipeError project.conflict while it works */
  discard(id: ProjectId): Promise<number>;
  /** Takes a project out of the bin. @throws VidpipeError project.not_found */
  restore(id: ProjectId): Promise<void>;
  /** Empties the bin of what has been in it long enough, and forgets old keys. */
  tidy(): Promise<void>;
  /** Messages to the project's webhook, oldest first. */
  deliveries(id: ProjectId): Promise<readonly Delivery[]>;
  figures(): Promise<Figures>;
  /** Projects that are not settled. */
  active(): Promise<number>;
  /** Whether films can be made right now; quick, spends nothing. */
  readiness(signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface KeeperDeps {
  readonly world: World;
  /** Ms that a deleted project can be taken back. */
  readonly binMs: number;
  /** Free bytes below which nothing new is started. */
  readonly freeFloorBytes: number;
  /** Lanes that a model asked to slow down. */
  readonly slowLanes: () => readonly string[];
}

/** Ms that a request's key is remembered: a day, as clients of other services expect. */
const keyMs = 24 * 3_600_000;

export function createKeeper({ world, binMs, freeFloorBytes, slowLanes }: KeeperDeps): Keeper {
  const { repository, artifacts, media, clock, chance, log } = world;
  const { bin, keys, outbox } = repository;

  async function tidy(): Promise<void> {
    const nowMs = clock.now();
    await keys.prune(nowMs - keyMs);
    for (const id of await bin.expired(nowMs - binMs)) {
      // Files first: a row without files is noticed and tried again, files without a row are not.
      await artifacts.discard(id);
      await bin.empty(id, nowMs);
      log.info("emptied the bin", { project: id });
    }
  }

  return {
    async gallery(id) {
      const facts = await repository.facts(id);
      return { project: viewOf(facts, artifacts.pathOf), takes: takesOf(facts), submits: facts.submits };
    },
    async piece(id, { kind, position, take }) {
      const all = takesOf(await repository.facts(id)).filter(
        ({ step: s }) => s.kind === kind && s.position === position,
      );
      const chosen = all.find(({ selected, artifact }) => selected && artifact !== null);
      // What an edit made stale is shown until something takes its place.
      const shown = chosen ?? all.findLast(({ artifact }) => artifact !== null);
      const found = take === undefined ? shown : all.find(({ step }) => step.take === take);
      if (found?.artifact == null) throw new VidpipeError("project.not_found", `project ${id} has no such file`);
      return { artifact: found.artifact, path: artifacts.pathOf(found.artifact.key) };
    },
    readPiece: ({ artifact }) => artifacts.read(artifact.key),
    once: createOnce({
      keys,
      nowMs: () => clock.now(),
      newId: () => ProjectId.parse(chance.id()),
      exists: (id) => repository.findByPrefix(ProjectIdPrefix.parse(id), 1).then((found) => found.length > 0),
    }),
    async discard(id) {
      const nowMs = clock.now();
      await bin.discard(id, nowMs, refuseWork);
      return nowMs + binMs;
    },
    restore: (id) => bin.restore(id),
    tidy,
    deliveries: (id) => outbox.of(id),
    figures: () => repository.figures(),
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

/** @throws VidpipeError project.conflict while anything of the project may still run */
function refuseWork({ project, steps }: ProjectFacts): void {
  const works = !isSettled(project.status) || steps.some(({ status }) => status === "running" || status === "waiting");
  if (!works) return;
  throw new VidpipeError("project.conflict", `project ${project.id} is being made: cancel it, then delete it`);
}

async function finding(topic: string, look: () => Promise<unknown>): Promise<Finding> {
  try {
    await look();
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
