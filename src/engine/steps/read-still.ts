import { VidpipeError } from "../../domain/errors.ts";
import { STILL_TYPES, type StillType } from "../../domain/media.ts";
import type { Artifact } from "../../domain/step.ts";
import type { ArtifactStore, FileSlot } from "../../ports/files.ts";
import type { StillImage } from "../../ports/provider.ts";

const EXTENSIONS = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
} as const satisfies Record<StillType, FileSlot["extension"]>;

export const extensionOf = (mediaType: StillType): FileSlot["extension"] => EXTENSIONS[mediaType];

const stillTypeNamed = (mediaType: string): StillType | undefined => STILL_TYPES.find((type) => type === mediaType);

/** A stored still's bytes. @throws VidpipeError storage.damaged when the file is not what the row says */
export async function readStill(artifacts: ArtifactStore, still: Artifact): Promise<StillImage> {
  const mediaType = stillTypeNamed(still.mediaType);
  if (mediaType === undefined)
    throw new VidpipeError("storage.damaged", `${still.key} is recorded as ${still.mediaType}, not as a still`);
  if (!(await artifacts.intact(still)))
    throw new VidpipeError("storage.damaged", `${still.key} is missing or was changed: restore it, then resume`);
  return { bytes: await artifacts.read(still.key), mediaType };
}
