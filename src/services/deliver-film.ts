import type { ProjectId } from "../domain/ids.ts";
import { conflictOf } from "../domain/project.ts";
import { planned } from "../planning/plan.ts";
import type { World } from "../ports/world.ts";
import type { Commands } from "./commands.ts";
import { checkSignal } from "./interrupt.ts";

/** How a finished film gets to its user. */
export function createFilmDelivery(
  { repository, artifacts }: Pick<World, "repository" | "artifacts">,
  { view }: Pick<Commands, "view">,
) {
  async function finalKey(id: ProjectId): Promise<string> {
    const project = view(planned(await repository.facts(id)));
    if (project.final !== null && project.status === "complete") return project.final.key;
    throw conflictOf(project, "its film is not finished");
  }

  return {
    /** Absolute path of the finished film. @throws VidpipeError project.conflict before it is complete */
    finalPath: async (id: ProjectId): Promise<string> => artifacts.pathOf(await finalKey(id)),
    /** Copies the finished film; the destination is whole or untouched. @throws VidpipeError project.conflict, input.invalid, storage.full */
    async exportFinal(id: ProjectId, destination: string, signal: AbortSignal): Promise<void> {
      const key = await finalKey(id);
      checkSignal(signal, "nothing was written");
      await artifacts.export(key, destination);
    },
    /** Checks that `exportFinal` could write there, before anything is made. @throws VidpipeError input.invalid */
    async checkDestination(destination: string, signal: AbortSignal): Promise<void> {
      checkSignal(signal);
      await artifacts.checkExport(destination);
    },
  };
}
