import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { MediaType } from "../domain/media.ts";
import type { StoredPiece } from "../ports/files.ts";

/** A file to answer with. */
export interface ServedFile {
  readonly path: string;
  readonly mediaType: MediaType;
  /** Name in Content-Disposition; anything but letters, digits, `_`, `-` and `.` becomes `_`. */
  readonly name: string;
  /** What browsers do not show as a picture or a film is always an attachment. */
  readonly disposition: "attachment" | "inline";
  /** Entity tag without quotes; a new content has a new one. Left out: made from length and time. */
  readonly tag?: string;
}

/**
 * A file as an answer. Bun itself answers Range and If-Range (206, 416) from the file and its ETag.
 * @throws VidpipeError project.not_found when the file is gone
 */
export async function fileAnswer(served: ServedFile, asked: Headers): Promise<Response> {
  const file = Bun.file(served.path);
  if (!(await file.exists()))
    throw new VidpipeError("project.not_found", `${served.name} is no longer on disk: make it again`);
  const etag = quoted(served.tag ?? `${file.size.toString(36)}-${file.lastModified.toString(36)}`);
  const headers = {
    ...fileHeaders(served, etag),
    // Bun adds this one itself to partial answers.
    ...(!asked.has("range") && { "Accept-Ranges": "bytes" }),
  };
  if (hasTag(asked.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  return new Response(file, { headers });
}

/** Small content made on request, e.g. a thumbnail; `make` runs only when the client does not have it yet. */
export async function bytesAnswer(
  served: Omit<ServedFile, "path"> & { readonly tag: string },
  make: () => Promise<Uint8Array>,
  asked: Headers,
): Promise<Response> {
  const etag = quoted(served.tag);
  const headers = fileHeaders(served, etag);
  if (hasTag(asked.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  return new Response(new Uint8Array(await make()), { headers });
}

/** A word that a header can hold in quotes, whatever a row says. */
const quoted = (word: string): string => `"${word.slice(0, 200).replace(/[^\w.-]/g, "_")}"`;

const isShown = (mediaType: MediaType): boolean => /^(?:image|video)\//.test(mediaType);

const fileHeaders = ({ mediaType, disposition, name }: Omit<ServedFile, "path" | "tag">, etag: string) => ({
  "Content-Type": mediaType,
  "Content-Disposition": `${isShown(mediaType) ? disposition : "attachment"}; filename=${quoted(name)}`,
  ETag: etag,
  // The content of a URL can change (a new take, another stitch), so caches must revalidate it.
  "Cache-Control": "private, no-cache",
});

/** Whether a header If-None-Match names a tag, which has its quotes. */
export const hasTag = (ifNoneMatch: string | null, etag: string): boolean =>
  (ifNoneMatch ?? "").split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag || tag.trim() === "*");

/** A file that is not what was stored (e.g. replaced by a link) is not served, and its path is not revealed. */
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
