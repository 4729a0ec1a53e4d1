import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import { type AspectRatio, type StillType, stillTypeOf } from "../domain/media.ts";
import type { Project } from "../domain/project.ts";
import {
  checkReferences,
  MAX_IMAGE_BYTES,
  type PlacedImage,
  type ReferenceInput,
  type StillInput,
  type StoredImage,
  type StoredReference,
  type UserImage,
} from "../editing/user-images.ts";
import { extensionOf } from "../engine/steps/read-still.ts";
import type { World } from "../ports/world.ts";
import { checkSignal } from "./interrupt.ts";

/** The ports that check and store images and clips. */
export type ImageStore = Pick<World, "artifacts" | "media">;

/** Whether images are checked and stored, or only checked for a forecast. */
export type ImageMode = "store" | "check";

/** What an image is for. */
interface Place {
  /** Where it is stored; null: it is only checked, and its key is empty. */
  readonly projectId: ProjectId | null;
  /** The file's name, without hash and extension. */
  readonly name: string;
  /** The aspect ratio it must have; null: any. */
  readonly aspectRatio: AspectRatio | null;
}

/**
 * Checks an image as a drawn keyframe is checked, and stores it where its place says so.
 * @throws VidpipeError input.too_large, input.invalid when it is not a whole PNG, JPEG or WebP, storage.*
 */
async function admit(
  { artifacts, media }: ImageStore,
  { projectId, name, aspectRatio }: Place,
  { bytes, from }: UserImage,
  signal: AbortSignal,
): Promise<StoredImage> {
  checkSignal(signal);
  if (bytes.byteLength > MAX_IMAGE_BYTES) {
    const message = `${from} is larger than 20 MiB: nothing was made; give a smaller picture`;
    throw new VidpipeError("input.too_large", message);
  }
  const mediaType = stillTypeOf(bytes);
  if (mediaType === null) throw unfit(from, "is neither PNG, JPEG nor WebP");
  const slot = { name, extension: extensionOf(mediaType) };
  const write = async (path: string): Promise<void> => {
    await Bun.write(path, bytes);
    await media.verifyStill(path, aspectRatio, signal).catch((thrown: unknown) => {
      const failure = asVidpipeError(thrown);
      if (failure.code !== "media.invalid") throw failure;
      // The message names a private copy; the user knows the image by another name.
      throw unfit(from, failure.message.replace(/^"[^"]*" /, ""), failure);
    });
  };
  if (projectId !== null) {
    const { written: _, ...file } = await artifacts.put({ ...slot, projectId }, write);
    return { ...file, mediaType };
  }
  await artifacts.borrow(slot, write);
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  return { key: "", sha256, bytes: bytes.byteLength, mediaType };
}

const unfit = (from: string, why: string, cause?: unknown): VidpipeError =>
  new VidpipeError("input.invalid", `${from} ${why.replace(/; it was not used$/, "")}: nothing was made`, { cause });

/** Checks or stores references. @throws VidpipeError as for an image, and input.invalid for their names and number */
export async function storeReferences(
  store: ImageStore,
  { id, models }: Pick<Project, "id" | "models">,
  given: readonly ReferenceInput[],
  mode: ImageMode,
  signal: AbortSignal,
): Promise<StoredReference[]> {
  checkReferences(
    models,
    given.map(({ bytes, ...reference }) => ({ ...reference, isPicture: bytes !== null })),
  );
  const stored: StoredReference[] = [];
  for (const { name, bytes, from, ...words } of given) {
    const file = bytes === null ? null : await storeReferenceImage(store, id, { bytes, from }, mode, signal);
    stored.push({ ...words, name: name?.trim() ?? null, file });
  }
  return stored;
}

/** Checks or stores the image of one reference. @throws VidpipeError as for any image */
export const storeReferenceImage = (
  store: ImageStore,
  projectId: ProjectId,
  picture: UserImage,
  mode: ImageMode,
  signal: AbortSignal,
): Promise<StoredImage> =>
  admit(
    store,
    { projectId: mode === "store" ? projectId : null, name: "reference", aspectRatio: null },
    picture,
    signal,
  );

/** Checks or stores images for keyframes. @throws VidpipeError as for any image, and where the aspect ratio is not the film's */
export async function storeStills(
  store: ImageStore,
  { id, request: { aspectRatio } }: Pick<Project, "id" | "request">,
  given: readonly StillInput[],
  mode: ImageMode,
  signal: AbortSignal,
): Promise<PlacedImage[]> {
  const projectId = mode === "store" ? id : null;
  const placed: PlacedImage[] = [];
  for (const { still, picture } of given) {
    const place = { projectId, name: `keyframe-${String(still).padStart(2, "0")}`, aspectRatio };
    placed.push({ still, file: await admit(store, place, picture, signal) });
  }
  return placed;
}

/** Checks an image that does not belong to a film. @throws VidpipeError as for any image */
export async function checkImage(store: ImageStore, picture: UserImage, signal: AbortSignal): Promise<StillType> {
  return (await admit(store, { projectId: null, name: "picture", aspectRatio: null }, picture, signal)).mediaType;
}
