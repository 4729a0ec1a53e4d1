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
  type UserImages,
} from "../editing/user-images.ts";
import { extensionOf } from "../engine/steps/read-still.ts";
import type { World } from "../ports/world.ts";
/** Where pictures are checked and kept. */
export type ImageStore = Pick<World, "artifacts" | "media">;

/** Where a picture goes. */
interface Place {
  readonly projectId: ProjectId;
  /** Of the file. */
  readonly name: string;
  /** The shape it must have; null: any will do. */
  readonly aspectRatio: AspectRatio | null;
}

/**
 * Checks a picture as a still is checked, and stores it.
 * @throws VidpipeError input.too_large, input.invalid when it is no whole PNG, JPEG or WebP, storage.*
 */
async function takeIn({ artifacts, media }: ImageStore, place: Place, picture: UserImage): Promise<StoredImage> {
  const { slot, mediaType } = slotOf(place, picture);
  const { written: _, ...file } = await artifacts.put(slot, (path) => proved(media, path, place, picture));
  return { ...file, mediaType };
}

/** The same without storing it: what it would be, for a forecast. @throws VidpipeError as above */
async function appraise(
  { artifacts, media }: ImageStore,
  place: Omit<Place, "projectId">,
  picture: UserImage,
): Promise<StoredImage> {
  const { slot, mediaType } = slotOf(place, picture);
  await artifacts.borrow(slot, (path) => proved(media, path, place, picture));
  const { bytes } = picture;
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  return { key: "", sha256, bytes: bytes.byteLength, mediaType };
}

function slotOf<P extends Omit<Place, "projectId">>(place: P, { bytes, from }: UserImage) {
  if (bytes.byteLength > MAX_IMAGE_BYTES)
    throw new VidpipeError(
      "input.too_large",
      `${from} is larger than 20 MiB: nothing was made; give a smaller picture`,
    );
  const mediaType = stillTypeOf(bytes);
  if (mediaType === null) throw unfit(from, "is neither PNG, JPEG nor WebP");
  return { mediaType, slot: { ...place, extension: extensionOf(mediaType) } };
}

async function proved(
  media: ImageStore["media"],
  path: string,
  { aspectRatio }: Pick<Place, "aspectRatio">,
  { bytes, from }: UserImage,
): Promise<void> {
  await Bun.write(path, bytes);
  await media.verifyStill(path, aspectRatio, new AbortController().signal).catch((thrown: unknown) => {
    const failure = asVidpipeError(thrown);
    // The tool names its own copy; its user knows another name.
    throw failure.code === "media.invalid" ? unfit(from, failure.message.replace(/^"[^"]*" /, ""), failure) : failure;
  });
}

const unfit = (from: string, why: string, cause?: unknown): VidpipeError =>
  new VidpipeError("input.invalid", `${from} ${why.replace(/; it was not used$/, "")}: nothing was made`, { cause });
/** Whether what is checked is kept, or only looked at for a forecast. */
export type Keeping = "keep" | "look";

/** Checks references. @throws VidpipeError as for a picture, and input.invalid for their names and number */
export async function storeReferences(
  shelf: ImageStore,
  { id, models }: Pick<Project, "id" | "models">,
  given: readonly ReferenceInput[],
  keeping: Keeping,
): Promise<StoredReference[]> {
  checkReferences(
    models,
    given.map(({ bytes, ...reference }) => ({ ...reference, isPicture: bytes !== null })),
  );
  const stored: StoredReference[] = [];
  for (const { name, bytes, from, ...words } of given) {
    const file = bytes === null ? null : await storeReferenceImage(shelf, id, { bytes, from }, keeping);
    stored.push({ ...words, name: name?.trim() ?? null, file });
  }
  return stored;
}

/** Checks the picture of one reference. @throws VidpipeError as for any picture */
export const storeReferenceImage = (
  shelf: ImageStore,
  projectId: ProjectId,
  picture: UserImage,
  keeping: Keeping,
): Promise<StoredImage> => taking(keeping)(shelf, { projectId, name: "reference", aspectRatio: null }, picture);

const taking = (keeping: Keeping) => (keeping === "keep" ? takeIn : appraise);

/** Checks pictures for stills. @throws VidpipeError as for any picture, and where the shape of one is not the film's */
export async function storeStills(
  shelf: ImageStore,
  { id: projectId, request: { aspectRatio } }: Pick<Project, "id" | "request">,
  given: readonly StillInput[],
  keeping: Keeping,
): Promise<PlacedImage[]> {
  const placed: PlacedImage[] = [];
  for (const { still, picture } of given) {
    const place = { projectId, name: `keyframe-${String(still).padStart(2, "0")}`, aspectRatio };
    placed.push({ still, file: await taking(keeping)(shelf, place, picture) });
  }
  return placed;
}

/** Checks a picture that belongs to no film yet. @throws VidpipeError as for any picture */
export async function checkImage(shelf: ImageStore, picture: UserImage): Promise<StillType> {
  return (await appraise(shelf, { name: "picture", aspectRatio: null }, picture)).mediaType;
}

/** Takes in all of it. Of pictures that do not fit nothing remains: no row names the project yet. @throws as above */
export async function storeUserImages(
  shelf: ImageStore,
  project: Project,
  { references = [], stills = [] }: { references?: readonly ReferenceInput[]; stills?: readonly StillInput[] },
  keeping: Keeping,
): Promise<UserImages> {
  try {
    return {
      references: await storeReferences(shelf, project, references, keeping),
      stills: await storeStills(shelf, project, stills, keeping),
    };
  } catch (thrown) {
    if (keeping === "keep") await shelf.artifacts.discard(project.id);
    throw thrown;
  }
}
