import { MAX_REFERENCES, Reference } from "../domain/direction.ts";
import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import { type AspectRatio, type StillType, stillTypeOf } from "../domain/media.ts";
import type { Casting, Project } from "../domain/project.ts";
import { extensionOf } from "../pipeline/stills.ts";
import type { StoredFile, World } from "../ports.ts";

/** A picture as its user gives it. */
export interface OwnPicture {
  readonly bytes: Uint8Array;
  /** What its user calls it, for messages. */
  readonly from: string;
}

/** A picture of somebody or something; without a name it counts for every still. */
export interface GivenReference extends OwnPicture {
  readonly name: string | null;
}

/** A picture that was checked and stored; no row names it yet. */
export type StoredPicture = StoredFile & { readonly mediaType: StillType };

/** Largest picture that is taken in, bytes. */
export const MAX_PICTURE_BYTES = 20 * 2 ** 20;

/** Where pictures are checked and kept. */
export type Shelf = Pick<World, "artifacts" | "media">;

/**
 * Checks a picture as a still is checked and stores it. `aspectRatio` null: any shape will do.
 * @throws VidpipeError input.too_large, input.invalid when it is no whole PNG, JPEG or WebP, storage.*
 */
async function takeIn(
  { artifacts, media }: Shelf,
  slot: { readonly projectId: ProjectId; readonly name: string },
  { bytes, from }: OwnPicture,
  aspectRatio: AspectRatio | null,
): Promise<StoredPicture> {
  if (bytes.byteLength > MAX_PICTURE_BYTES)
    throw new VidpipeError(
      "input.too_large",
      `${from} is larger than 20 MiB: nothing was made; give a smaller picture`,
    );
  const mediaType = stillTypeOf(bytes);
  if (mediaType === null) throw unfit(from, "is neither PNG, JPEG nor WebP");
  const { written: _, ...file } = await artifacts.put({ ...slot, extension: extensionOf(mediaType) }, async (path) => {
    await Bun.write(path, bytes);
    await media.verifyStill(path, aspectRatio, new AbortController().signal).catch((thrown: unknown) => {
      const failure = asVidpipeError(thrown);
      // The tool names its own copy; its user knows another name.
      throw failure.code === "media.invalid" ? unfit(from, failure.message.replace(/^"[^"]*" /, ""), failure) : failure;
    });
  });
  return { ...file, mediaType };
}

const unfit = (from: string, why: string, cause?: unknown): VidpipeError =>
  new VidpipeError("input.invalid", `${from} ${why.replace(/; it was not used$/, "")}: nothing was made`, { cause });

/** A reference that was checked and stored. */
export interface StoredReference {
  readonly name: string | null;
  readonly file: StoredPicture;
}

/** Checks and stores references. @throws VidpipeError as for a picture, and input.invalid for their names and number */
export async function takeInReferences(
  shelf: Shelf,
  { id: projectId, casting }: Pick<Project, "id" | "casting">,
  given: readonly GivenReference[],
): Promise<StoredReference[]> {
  checkReferences(casting, given);
  const stored: StoredReference[] = [];
  for (const [place, reference] of given.entries()) {
    // Every place has a name of its own: the same picture may stand for two.
    const slot = { projectId, name: `reference-${String(place + 1).padStart(2, "0")}` };
    stored.push({ name: reference.name?.trim() ?? null, file: await takeIn(shelf, slot, reference, null) });
  }
  return stored;
}

function checkReferences({ imageModel, mostReferences }: Casting, given: readonly GivenReference[]): void {
  // A provider that looks at none keeps them for one that does.
  const most = Math.min(MAX_REFERENCES, mostReferences || MAX_REFERENCES);
  if (given.length > most)
    throw new VidpipeError("input.invalid", `${imageModel} takes at most ${most} references, not ${given.length}`);
  for (const { name, from } of given) {
    const parsed = Reference.shape.name.safeParse(name);
    if (!parsed.success) throw new VidpipeError("input.invalid", `the name for ${from} must have 1 to 120 characters`);
  }
  const names = given.flatMap(({ name }) => name?.trim().toLocaleLowerCase("en") ?? []);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) throw new VidpipeError("input.invalid", `two references are called "${twice}"`);
}

/** Checks and stores a picture for a still. @throws VidpipeError as for any picture, and where its shape is another */
export const takeInStill = (
  shelf: Shelf,
  { id: projectId, request }: Pick<Project, "id" | "request">,
  position: number,
  picture: OwnPicture,
): Promise<StoredPicture> =>
  takeIn(shelf, { projectId, name: `keyframe-${String(position).padStart(2, "0")}` }, picture, request.aspectRatio);

/** What its user brought to a project that is about to begin, checked and stored. */
export interface Brought {
  readonly references: readonly StoredReference[];
  readonly startImage: StoredPicture | null;
}

/** Takes in all of it. Of pictures that do not fit nothing remains: no row names the project yet. @throws as above */
export async function bringAll(
  shelf: Shelf,
  project: Project,
  { references = [], startImage }: { references?: readonly GivenReference[]; startImage?: OwnPicture },
): Promise<Brought> {
  try {
    return {
      references: await takeInReferences(shelf, project, references),
      startImage: startImage === undefined ? null : await takeInStill(shelf, project, 0, startImage),
    };
  } catch (thrown) {
    await shelf.artifacts.discard(project.id);
    throw thrown;
  }
}
