import { VidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import { planned } from "../planning/plan.ts";
import type { World } from "../ports/world.ts";
import type { Commands } from "./commands.ts";
import { checkSignal } from "./interrupt.ts";

/** How a finished film gets to its user. */
export interface FilmDelivery {
  /** Absolute path of the finished film. @throws VidpipeError project.conflict before it is complete */
  finalPath(id: ProjectId): Promise<string>;
  /** Copies the finished film; the destination is whole or untouched. @throws VidpipeError project.conflict, input.invalid, storage.full */
  exportFinal(id: ProjectId, destination: string, signal: AbortSignal): Promise<void>;
  /** Checks that `exportFinal` could write there, before anything is made. @throws VidpipeError input.invalid */
  checkDestination(destination: string, signal: AbortSignal): Promise<void>;
}

export function createFilmDelivery(
  { repository, artifacts }: Pick<World, "repository" | "artifacts">,
  commands: Pick<Commands, "view">,
): FilmDelivery {
  async function finalKey(id: ProjectId): Promise<string> {
    const { final, status } = commands.view(planned(await repository.facts(id)));
    if (final !== null && status === "complete") return final.key;
    throw new VidpipeError("project.conflict", `project ${id} is ${status}: its film is not finished`);
  }

  return {
    finalPath: async (id) => artifacts.pathOf(await finalKey(id)),
    async exportFinal(id, destination, signal) {
      const key = await finalKey(id);
      checkSignal(signal, "nothing was written");
      await artifacts.export(key, destination);
    },
    async checkDestination(destination, signal) {
      checkSignal(signal);
      await artifacts.checkExport(destination);
    },
  };
}
