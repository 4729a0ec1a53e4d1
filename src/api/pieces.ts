import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { StoredPiece } from "../ports.ts";

/** A file that is not what was stored (a link in its place) is not served; its path is nobody's business. */
export function withoutDamage(thrown: unknown): never {
  if (asVidpipeError(thrown).code !== "storage.damaged") throw thrown;
  throw new VidpipeError("project.not_found", "this file is no longer what was stored", { cause: thrown });
}

/** Enough of a content hash to tell files apart. */
export const shortHash = (sha256: string): string => sha256.slice(0, 32);

/** How a stored file is served. */
export const servedPiece = ({ artifact, path }: StoredPiece) => ({
  path,
  mediaType: artifact.mediaType,
  name: `${artifact.role}_${artifact.position}_${artifact.projectId}.${path.slice(path.lastIndexOf(".") + 1)}`,
  disposition: "inline" as const,
  tag: shortHash(artifact.sha256),
});
