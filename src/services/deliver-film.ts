import { VidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import { planned } from "../planning/plan.ts";
import type { World } from "../ports/world.ts";
import type { Commands } from "./commands.ts";

/** How a finished film gets to its user. */
export interface FilmDelivery {
  /** Absolute path of the finished film. @throws VidpipeError project.conflict before it is complete */
  finalPath(id: ProjectId): Promise<string>;
  /** Copies the finished film; the destination is whole or untouched. @throws VidpipeError project.conflict, input.invalid, storage.full */
  exportFinal(id: ProjectId, destination: string): Promise<void>;
  /** Checks that `exportFinal` could write there, before anything is made. @throws VidpipeError input.invalid */
  checkDestination(destination: string): Promise<void>;
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
    exportFinal: async (id, destination) => artifacts.export(await finalKey(id), destination),
    checkDestination: (destination) => artifacts.checkExport(destination),
  };
}
