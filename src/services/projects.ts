import type { ChangeFeed } from "../engine/change-feed.ts";
import type { Finding } from "../ports/media.ts";
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

/** Free space that a new project should find, bytes: a film of a few dozen clips with room to stitch it. */
const comfortableBytes = 2 * 1024 ** 3;

/** `inspectProviders`: what `doctor` says of the providers' credentials and models; `inspectData`: of whose the data are and who can read them. */
export function createProjectService(
  deps: ProjectCreationDeps & {
    readonly feed: ChangeFeed;
    readonly inspectProviders: () => readonly Finding[];
    readonly inspectData: () => Promise<readonly Finding[]>;
  },
) {
  const { world, commands, feed } = deps;
  return {
    ...createProjectCreation(deps),
    ...createProjectRuns(deps),
    ...createProjectReading(world, commands, feed),
    ...createFilmDelivery(world, commands),
    /** Findings on ffmpeg, the database, the disk, the providers' credentials and models; changes and spends nothing. */
    doctor: async (signal: AbortSignal): Promise<readonly Finding[]> => [
      ...(await world.media.inspect(signal)),
      ...(await world.repository.inspect()),
      diskFinding(await world.artifacts.freeBytes()),
      ...(await deps.inspectData()),
      ...deps.inspectProviders(),
    ],
  };
}

function diskFinding(freeBytes: number): Finding {
  const message = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free where films are kept`;
  if (freeBytes >= comfortableBytes) return { topic: "disk", level: "ok", message, fix: null };
  return { topic: "disk", level: "warn", message, fix: "make room, or set storage.tmp_dir to a larger disk" };
}
