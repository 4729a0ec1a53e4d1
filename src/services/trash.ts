import { VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import { isSettled } from "../domain/lifecycle.ts";
import type { World } from "../ports/world.ts";
import { checkSignal } from "./interrupt.ts";

/** Deleted projects: nothing shows them, and they can be restored until the trash is emptied. */
export type ProjectTrash = ReturnType<typeof createProjectTrash>;

/** `trashMs`: how long a deleted project can be restored. */
export function createProjectTrash(
  { repository, artifacts, clock, log }: Pick<World, "repository" | "artifacts" | "clock" | "log">,
  trashMs: number,
) {
  const { trash } = repository;
  return {
    /** Deletes a project. Returns when it goes for good, epoch ms. @throws VidpipeError project.conflict while it works */
    async discard(id: ProjectId): Promise<number> {
      const nowMs = clock.now();
      await trash.discard(id, nowMs, refuseWork);
      return nowMs + trashMs;
    },
    /** Restores a project. @throws VidpipeError project.not_found */
    restore: (id: ProjectId): Promise<void> => trash.restore(id),
    /** Deletes for good what has been in the trash long enough. */
    async tidy(signal: AbortSignal): Promise<void> {
      const nowMs = clock.now();
      for (const id of await trash.expired(nowMs - trashMs)) {
        checkSignal(signal, "the rest stays in the trash");
        // Files first: a row without files is noticed and tried again, files without a row are not.
        await artifacts.discard(id);
        await trash.empty(id, nowMs);
        log.info("emptied the trash", { project: id });
      }
    },
  };
}

/** @throws VidpipeError project.conflict while anything of the project may still run */
function refuseWork({ project, steps }: ProjectFacts): void {
  const works = !isSettled(project.status) || steps.some(({ status }) => status === "running" || status === "waiting");
  if (!works) return;
  throw new VidpipeError("project.conflict", `project ${project.id} is being made: cancel it, then delete it`);
}
