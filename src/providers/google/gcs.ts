import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import type { ClipCheck } from "../../ports/provider.ts";
import type { CallContext } from "./call.ts";
import { pollSpec, ready } from "./clip-job.ts";
import { type ClipDeps, gcsUrl, MADE, readGcsUri } from "./download.ts";

const Listing = z.looseObject({
  items: z.array(z.looseObject({ name: z.string(), size: z.string().optional() })).optional(),
});

/** The folder for one submit's clip; null when no bucket is configured. */
export const outputFolder = (outputGcsUri: string, submitId: string | null): string | null =>
  outputGcsUri === "" || submitId === null ? null : `${outputGcsUri.replace(/\/+$/, "")}/${submitId}/`;

/** The `gs://` address of the clip in a folder; null while there is none. */
export async function findClip(folder: string, look: CallContext, deps: ClipDeps): Promise<string | null> {
  const at = readGcsUri(folder);
  if (at === null) return null;
  const url = gcsUrl(deps.storageBaseUrl, at.bucket, "", new URLSearchParams({ prefix: at.path }).toString());
  const listing = await deps.call({ ...pollSpec(look), ...MADE }, async () => {
    const response = await deps.wire.fetch(url, { headers: await look.session.authHeaders() });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return Listing.parse(await response.json());
  });
  const clip = listing.items?.find(({ name, size }) => name.endsWith(".mp4") && size !== "0");
  return clip === undefined ? null : `gs://${at.bucket}/${clip.name}`;
}

/**
 * Looks at an operation that may be forgotten although its clip lies in its folder.
 * @throws the failure of the look where the folder does not have it either
 */
export async function orInFolder(
  folder: string | null,
  look: CallContext,
  deps: ClipDeps,
  ask: () => Promise<ClipCheck | null>,
): Promise<ClipCheck | null> {
  try {
    return await ask();
  } catch (thrown) {
    if (!(thrown instanceof VidpipeError) || thrown.code !== "provider.gone") throw thrown;
    const found = await readyInFolder(folder, look, deps).catch(() => null);
    if (found === null) throw thrown;
    return found;
  }
}

/** The clip that an operation put in its folder; null while there is none, or no folder. */
export async function readyInFolder(
  folder: string | null,
  look: CallContext,
  deps: ClipDeps,
): Promise<ClipCheck | null> {
  const uri = folder === null ? null : await findClip(folder, look, deps);
  return uri === null ? null : ready({ kind: "uri", uri }, look, deps);
}
