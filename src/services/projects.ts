import type { ChangeFeed } from "../engine/change-feed.ts";
import type { Finding } from "../ports/media.ts";
import { createProjectCreation, type ProjectCreation, type ProjectCreationDeps } from "./create-project.ts";
import { createFilmDelivery, type FilmDelivery } from "./deliver-film.ts";
import { createDoctor, type Doctor } from "./doctor.ts";
import { createProjectReading, type ProjectReading } from "./read-projects.ts";
import { createProjectRuns, type ProjectRuns } from "./run-project.ts";

/**
 * Everything a person can do with projects, as the faces call it; each part is in a file of its own.
 * Methods that use files, processes or the network end with run.interrupted when their signal aborts, and leave nothing
 * half made; the others are a few short transactions.
 * Failures are VidpipeError; `FAILURES` says which HTTP status and exit code each has.
 */
export interface ProjectService extends ProjectCreation, ProjectRuns, ProjectReading, FilmDelivery, Doctor {}

export interface ProjectServiceDeps extends ProjectCreationDeps {
  readonly feed: ChangeFeed;
  /** What `doctor` says of the providers' credentials. */
  readonly inspectProviders: () => readonly Finding[];
}

export function createProjectService(deps: ProjectServiceDeps): ProjectService {
  const { world, commands, feed } = deps;
  return {
    ...createProjectCreation(deps),
    ...createProjectRuns(deps),
    ...createProjectReading(world, commands, feed),
    ...createFilmDelivery(world, commands),
    ...createDoctor(world, deps.inspectProviders),
  };
}
