import { foldedName, MAX_REFERENCES, type ReferenceWords } from "../domain/direction.ts";
import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import { ArtifactId, type ProjectId } from "../domain/ids.ts";
import { type AspectRatio, type StillType, stillTypeOf } from "../domain/media.ts";
import type { Casting, Project } from "../domain/project.ts";
import type { Artifact } from "../domain/step.ts";
import { extensionOf } from "../pipeline/stills.ts";
import type { StoredFile, World } from "../ports.ts";
import type { Moment } from "./decide.ts";

/** A picture as its user gives it. */
export interface OwnPicture {
  readonly bytes: Uint8Array;
  /** What its user calls it, for messages. */
  readonly from: string;
}

/** Somebody or something as its user gives it. */
export interface GivenReference extends ReferenceWords {
  /** Its picture; null: its description says what it looks like. */
  readonly bytes: Uint8Array | null;
  /** What its user calls it, for messages. */
  readonly from: string;
}

/** A picture that was checked and stored; no row names it yet. */
export type StoredPicture = StoredFile & { readonly mediaType: StillType };

/** A picture for still 0..N. */
export interface GivenStill {
  readonly still: number;
  readonly picture: OwnPicture;
}

/** The same, checked. */
export interface PlacedPicture {
  readonly still: number;
  readonly file: StoredPicture;
}

/** Largest picture that is taken in, bytes. */
export const MAX_PICTURE_BYTES = 20 * 2 ** 20;

/** Where pictures are checked and kept. */
export type Shelf = Pick<World, "artifacts" | "media">;

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
async function takeIn({ artifacts, media }: Shelf, place: Place, picture: OwnPicture): Promise<StoredPicture> {
  const { slot, mediaType } = slotOf(place, picture);
  const { written: _, ...file } = await artifacts.put(slot, (path) => proved(media, path, place, picture));
  return { ...file, mediaType };
}

/** The same without storing it: what it would be, for a forecast. @throws VidpipeError as above */
async function appraise(
  { artifacts, media }: Shelf,
  place: Omit<Place, "projectId">,
  picture: OwnPicture,
): Promise<StoredPicture> {
  const { slot, mediaType } = slotOf(place, picture);
  await artifacts.borrow(slot, (path) => proved(media, path, place, picture));
  const { bytes } = picture;
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  return { key: "", sha256, bytes: bytes.byteLength, mediaType };
}

function slotOf<P extends Omit<Place, "projectId">>(place: P, { bytes, from }: OwnPicture) {
  if (bytes.byteLength > MAX_PICTURE_BYTES)
    throw new VidpipeError(
      "input.too_large",
      `${from} is larger than 20 MiB: nothing was made; give a smaller picture`,
    );
  const mediaType = stillTypeOf(bytes);
  if (mediaType === null) throw unfit(from, "is neither PNG, JPEG nor WebP");
  return { mediaType, slot: { ...place, extension: extensionOf(mediaType) } };
}

async function proved(
  media: Shelf["media"],
  path: string,
  { aspectRatio }: Pick<Place, "aspectRatio">,
  { bytes, from }: OwnPicture,
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

/** A reference whose picture was checked and stored. */
export interface StoredReference extends ReferenceWords {
  readonly file: StoredPicture | null;
}

/** Whether what is checked is kept, or only looked at for a forecast. */
export type Keeping = "keep" | "look";

/** Checks references. @throws VidpipeError as for a picture, and input.invalid for their names and number */
export async function takeInReferences(
  shelf: Shelf,
  { id, casting }: Pick<Project, "id" | "casting">,
  given: readonly GivenReference[],
  keeping: Keeping,
): Promise<StoredReference[]> {
  checkReferences(
    casting,
    given.map(({ bytes, ...reference }) => ({ ...reference, isPicture: bytes !== null })),
  );
  const stored: StoredReference[] = [];
  for (const { name, bytes, from, ...words } of given) {
    const file = bytes === null ? null : await takeInReference(shelf, id, { bytes, from }, keeping);
    stored.push({ ...words, name: name?.trim() ?? null, file });
  }
  return stored;
}

/** Checks the picture of one reference. @throws VidpipeError as for any picture */
export const takeInReference = (
  shelf: Shelf,
  projectId: ProjectId,
  picture: OwnPicture,
  keeping: Keeping,
): Promise<StoredPicture> => taking(keeping)(shelf, { projectId, name: "reference", aspectRatio: null }, picture);

const taking = (keeping: Keeping) => (keeping === "keep" ? takeIn : appraise);

/** What is to be checked of a reference before its picture is looked at. */
export interface NamedReference {
  readonly name: string | null;
  readonly from: string;
  readonly isPicture: boolean;
}

/** Pictures that a film may have at most: as many as its image model looks at; one that looks at none keeps them. */
export const mostPictures = ({ mostReferences }: Casting): number =>
  Math.min(MAX_REFERENCES, mostReferences || MAX_REFERENCES);

/** @throws VidpipeError input.invalid where there are too many, or two of one name */
export function checkReferences(casting: Casting, all: readonly NamedReference[]): void {
  const most = mostPictures(casting);
  const pictures = all.filter(({ isPicture }) => isPicture).length;
  const limit =
    most === casting.mostReferences
      ? `${casting.imageModel} takes at most ${most} references`
      : `a film has at most ${most} pictures`;
  if (pictures > most) throw new VidpipeError("input.invalid", `${limit}, not ${pictures}`);
  if (all.length > MAX_REFERENCES)
    throw new VidpipeError("input.invalid", `a film has at most ${MAX_REFERENCES} references, not ${all.length}`);
  for (const { name, from } of all) {
    const fault = name === null ? null : nameFault(name.trim());
    if (fault !== null) throw new VidpipeError("input.invalid", `the name for ${from} ${fault}`);
  }
  const names = all.flatMap(({ name }) => (name === null ? [] : foldedName(name)));
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) throw new VidpipeError("input.invalid", `two references are called "${twice}"`);
}

/** What is wrong with a name; null where it is one. */
function nameFault(name: string): string | null {
  if (name.length < 1 || name.length > 120) return "must have 1 to 120 characters";
  if (/\p{Cc}/u.test(name) || !name.isWellFormed()) return "contains control characters: remove them";
  // The API's paths know those without a name so, and the folder and the one above it.
  if (/^(?:-\d*|\.{1,2})$/.test(name)) return "must have a letter in it";
  return null;
}

/** Checks pictures for stills. @throws VidpipeError as for any picture, and where the shape of one is not the film's */
export async function takeInStills(
  shelf: Shelf,
  { id: projectId, request: { aspectRatio } }: Pick<Project, "id" | "request">,
  given: readonly GivenStill[],
  keeping: Keeping,
): Promise<PlacedPicture[]> {
  const placed: PlacedPicture[] = [];
  for (const { still, picture } of given) {
    const place = { projectId, name: `keyframe-${String(still).padStart(2, "0")}`, aspectRatio };
    placed.push({ still, file: await taking(keeping)(shelf, place, picture) });
  }
  return placed;
}

/** Checks a picture that belongs to no film yet. @throws VidpipeError as for any picture */
export async function checkPicture(shelf: Shelf, picture: OwnPicture): Promise<StillType> {
  return (await appraise(shelf, { name: "picture", aspectRatio: null }, picture)).mediaType;
}

/** The row of a picture that its user brought, and the step it belongs to. */
export const artifactOf = (
  projectId: ProjectId,
  file: StoredPicture,
  place: Pick<Artifact, "role" | "position" | "stepId">,
  { nowMs, id }: Moment,
): Artifact => ({
  id: ArtifactId.parse(id()),
  projectId,
  ...place,
  ...file,
  media: null,
  createdAtMs: nowMs,
});

/** What its user brought to a project that is about to begin, checked and stored. */
export interface Brought {
  readonly references: readonly StoredReference[];
  readonly stills: readonly PlacedPicture[];
}

/** Takes in all of it. Of pictures that do not fit nothing remains: no row names the project yet. @throws as above */
export async function bringAll(
  shelf: Shelf,
  project: Project,
  { references = [], stills = [] }: { references?: readonly GivenReference[]; stills?: readonly GivenStill[] },
  keeping: Keeping,
): Promise<Brought> {
  try {
    return {
      references: await takeInReferences(shelf, project, references, keeping),
      stills: await takeInStills(shelf, project, stills, keeping),
    };
  } catch (thrown) {
    if (keeping === "keep") await shelf.artifacts.discard(project.id);
    throw thrown;
  }
}
