import type { ChangeFeed } from "../engine/change-feed.ts";
import { createProjectCreation, type ProjectCreationDeps } from "./create-project.ts";
import { createFilmDelivery } from "./deliver-film.ts";
import { createProjectReading } from "./read-projects.ts";
import { createProjectRuns } from "./run-project.ts";

/**
 * Everything a person can do with projects, as the faces call it; each part is in a file of its own.
 * Methods that use files, processes or the network end with run.interrupted when their signal aborts, and leave nothing
 * half made; the others are a few short transactions.
 * Failures are VidpipeError; `FAILURES` says which HTTP status and exit code each has.
 */
export type ProjectService = ReturnType<typeof createProjectService>;

export function createProjectService(deps: ProjectCreationDeps & { readonly feed: ChangeFeed }) {
  const { world, commands, feed } = deps;
  return {
    ...createProjectCreation(deps),
    ...createProjectRuns(deps),
    ...createProjectReading(world, commands, feed),
    ...createFilmDelivery(world, commands),
  };
}
