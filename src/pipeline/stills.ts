import { VidpipeError } from "../domain/errors.ts";
import type { Artifact } from "../domain/step.ts";
import type { ArtifactStore, FileSlot, StillImage } from "../ports.ts";

const EXTENSIONS = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
} as const satisfies Record<StillImage["mediaType"], FileSlot["extension"]>;

export const extensionOf = (mediaType: StillImage["mediaType"]): FileSlot["extension"] => EXTENSIONS[mediaType];

const isStillType = (mediaType: string): mediaType is StillImage["mediaType"] => mediaType in EXTENSIONS;

/** A stored still's bytes. @throws VidpipeError storage.damaged when the file is not what the row says */
export async function readStill(artifacts: ArtifactStore, still: Artifact): Promise<StillImage> {
  if (!isStillType(still.mediaType))
    throw new VidpipeError("storage.damaged", `${still.key} is recorded as ${still.mediaType}, not as a still`);
  if (!(await artifacts.intact(still)))
    throw new VidpipeError("storage.damaged", `${still.key} is missing or was changed: restore it, then resume`);
  return { bytes: await artifacts.read(still.key), mediaType: still.mediaType };
}
