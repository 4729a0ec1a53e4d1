import type { Finding } from "../ports/media.ts";
import type { World } from "../ports/world.ts";

/** Free space that a new project should find, bytes: a film of a few dozen clips with room to stitch it. */
const comfortableBytes = 2 * 1024 ** 3;

/** Whether this machine can make films. `inspectProviders`: what there is to say of the providers' credentials. */
export const createDoctor = (
  { media, repository, artifacts }: Pick<World, "media" | "repository" | "artifacts">,
  inspectProviders: () => readonly Finding[],
) => ({
  /** Findings on ffmpeg, the database, the disk and the providers' credentials; changes and spends nothing. */
  doctor: async (signal: AbortSignal): Promise<readonly Finding[]> => [
    ...(await media.inspect(signal)),
    ...(await repository.inspect()),
    diskFinding(await artifacts.freeBytes()),
    ...inspectProviders(),
  ],
});

function diskFinding(freeBytes: number): Finding {
  const message = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free where films are kept`;
  if (freeBytes >= comfortableBytes) return { topic: "disk", level: "ok", message, fix: null };
  return { topic: "disk", level: "warn", message, fix: "make room, or set storage.tmp_dir to a larger disk" };
}
