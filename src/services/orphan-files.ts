import { asVidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import { isSettled } from "../domain/lifecycle.ts";
import { isReplyKey } from "../domain/step.ts";
import type { OrphanTrash } from "../ports/files.ts";
import type { World } from "../ports/world.ts";
import { checkSignal } from "./interrupt.ts";

/** Ms that a file may have no row: its step may be about to record it. */
export const orphanGraceMs = 24 * 3_600_000;
/** Ms that the trash keeps a file at least, whatever is configured: a file moved there by mistake was paid for. */
const leastTrashMs = 24 * 3_600_000;
/** The second name of a film or an animatic; see `ArtifactStore.publish`. */
export const publishedName = /\/(final|animatic)\.mp4$/;
/**
 * Names that only vidpipe gives: any other file in a project's folder is the user's. A reply to a paid call is never
 * moved: it was paid for, and its name alone says of which call it is.
 */
const isOurs = (key: string): boolean => /-[0-9a-f]{12}\.(png|jpg|webp|mp4)$/.test(key) && !isReplyKey(key);

/** What became of the files of one project that have no row. */
export interface Collection {
  readonly id: ProjectId;
  /** Keys of those that are in the trash now. */
  readonly moved: readonly string[];
  /** Why the rest stayed: the project is being made, and a file may be about to get its row; or its rows are damaged. */
  readonly leftAlone: "busy" | "damaged" | null;
}

export interface OrphanFilesDeps {
  readonly world: Pick<World, "repository" | "artifacts" | "clock" | "log">;
  readonly orphanTrash: OrphanTrash;
  /** Ms that files stay in the trash; at least a day. */
  readonly trashMs: number;
}

/** One collection under way. */
interface Round {
  readonly nowMs: number;
  readonly unrecorded: boolean;
  readonly tell: (of: Collection) => void;
}

/** Files without a row, of one project or of all (`id` null): moved to the trash, put back, and deleted much later. */
export function createOrphanFiles({ world, orphanTrash, trashMs }: OrphanFilesDeps) {
  const { repository, artifacts, clock, log } = world;
  let hasCollected = false;

  /** Moves files without a row into the trash. Returns why it did not. */
  function moveToTrash(facts: ProjectFacts | null, keys: readonly string[], round: Round, moved: string[]) {
    const { nowMs, unrecorded } = round;
    const unnamed = keys.filter((key) => (facts === null ? unrecorded : !isNamed(facts, key)));
    if (unnamed.length > 0 && isAtWork(facts)) return "busy";
    for (const key of unnamed) if (orphanTrash.throwIn(key, nowMs - orphanGraceMs, nowMs)) moved.push(key);
    return null;
  }

  /** Nothing can be written while the project's rows are compared with its files. */
  async function collectOf(id: ProjectId, keys: readonly string[], round: Round): Promise<void> {
    const moved: string[] = [];
    let leftAlone: Collection["leftAlone"] = null;
    try {
      leftAlone = (await repository.standstill(id, (facts) => moveToTrash(facts, keys, round, moved))) ?? null;
    } catch (thrown) {
      // It is unknown which files its rows name; the other projects can be collected.
      if (asVidpipeError(thrown).code !== "storage.damaged") throw thrown;
      leftAlone = "damaged";
    } finally {
      if (moved.length > 0 || leftAlone !== null) round.tell({ id, moved, leftAlone });
    }
  }

  /**
   * Removes temp files of dead processes, moves their unfinished imports into the trash, and deletes what was there long
   * enough; deletes nothing once this process has collected anything, so that the user can check it first.
   */
  async function tidy(signal: AbortSignal): Promise<void> {
    checkSignal(signal, "nothing was changed");
    await artifacts.sweep();
    const nowMs = clock.now();
    for (const id of await orphanTrash.abandoned()) {
      checkSignal(signal, "nothing was lost");
      await repository.standstill(id, (facts) => {
        if (facts === null) orphanTrash.throwInAll(id, nowMs);
        else orphanTrash.settle(id);
      });
    }
    if (hasCollected) return;
    const files = await orphanTrash.empty(nowMs - Math.max(trashMs, leastTrashMs));
    if (files > 0) log.info("emptied the trash of files without a row", { files });
  }

  return {
    /**
     * Moves files that have had no row for a day into the trash. After an older backup was restored these are files that
     * were made, and paid for, since: nothing is deleted here, and `putBack` undoes it until the trash is emptied. With
     * `unrecorded` also files of projects that are not recorded: they may belong to another database over this folder.
     * `tell` is called for each project as soon as it is done, and for one that ends early.
     * @throws VidpipeError run.interrupted; what was moved until then is in the trash
     */
    async collect(
      only: ProjectId | null,
      { unrecorded }: { readonly unrecorded: boolean },
      tell: (of: Collection) => void,
      signal: AbortSignal,
    ): Promise<void> {
      hasCollected = true;
      const nowMs = clock.now();
      const old = (await artifacts.files()).filter(
        ({ key, projectId, modifiedAtMs }) =>
          (only === null || projectId === only) &&
          nowMs - modifiedAtMs >= orphanGraceMs &&
          (isOurs(key) || publishedName.test(key)),
      );
      for (const [id, files] of Map.groupBy(old, ({ projectId }) => projectId)) {
        checkSignal(signal, "what was moved is in the trash");
        const keys = files.map(({ key }) => key);
        await collectOf(id, keys, { nowMs, unrecorded, tell });
      }
    },
    /** Puts back everything whose place is free. Returns the keys. */
    async putBack(id: ProjectId | null, signal: AbortSignal): Promise<readonly string[]> {
      checkSignal(signal, "nothing was changed");
      return orphanTrash.putBack(id);
    },
    tidy,
  };
}

/** A file with a public name counts as named as long as its project is recorded. */
const isNamed = ({ artifacts }: ProjectFacts, key: string): boolean =>
  publishedName.test(key) || artifacts.some((artifact) => artifact.key === key);

/** Whether a file of this project may be about to get its row: work is under way, or a paid call is open. */
function isAtWork(facts: ProjectFacts | null): boolean {
  if (facts === null) return false;
  const { project, steps, submits } = facts;
  return (
    !isSettled(project.status) ||
    steps.some(({ status }) => status === "running" || status === "waiting") ||
    submits.some(({ state }) => state === "intent" || state === "open")
  );
}
