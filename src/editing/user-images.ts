import { foldedName, MAX_REFERENCES, type ReferenceWords } from "../domain/direction.ts";
import { invalidInput } from "../domain/errors.ts";
import { ArtifactId, type ProjectId } from "../domain/ids.ts";
import type { StillType } from "../domain/media.ts";
import type { ModelSelection } from "../domain/project.ts";
import type { Artifact } from "../domain/step.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import type { StoredFile } from "../ports/files.ts";

/** An image as the user gives it. */
export interface UserImage {
  readonly bytes: Uint8Array;
  /** What the user calls it, for messages. */
  readonly from: string;
}

/** A reference as the user gives it. */
export interface ReferenceInput extends ReferenceWords, Pick<UserImage, "from"> {
  /** Its image; null: its description says what it looks like. */
  readonly bytes: Uint8Array | null;
}

/** An image that was checked and stored; it has no row yet. */
export type StoredImage = StoredFile & { readonly mediaType: StillType };

/** An image for keyframe 0..N. */
export interface StillInput {
  readonly still: number;
  readonly picture: UserImage;
}

/** The same, checked. */
export interface PlacedImage {
  readonly still: number;
  readonly file: StoredImage;
}

/** Largest image that is accepted, bytes. */
export const MAX_IMAGE_BYTES = 20 * 2 ** 20;

/** A reference whose image was checked and stored. */
export interface StoredReference extends ReferenceWords {
  readonly file: StoredImage | null;
}

/** What is checked of a reference before its image. */
export type NamedReference = Pick<ReferenceInput, "name" | "from"> & { readonly isPicture: boolean };

/** Most reference images of a film: as many as its image model takes; a model that takes none keeps them unused. */
export const maxReferenceImages = ({ mostReferences }: ModelSelection): number =>
  Math.min(MAX_REFERENCES, mostReferences || MAX_REFERENCES);

/** Checks the number and names of references. @throws VidpipeError input.invalid where there are too many, or two of one name */
export function checkReferences(models: ModelSelection, all: readonly NamedReference[]): void {
  const most = maxReferenceImages(models);
  const pictures = all.filter(({ isPicture }) => isPicture).length;
  const limit =
    most === models.mostReferences
      ? `${models.imageModel} takes at most ${most} references`
      : `a film has at most ${most} pictures`;
  if (pictures > most) throw invalidInput("references", `${limit}, not ${pictures}`);
  if (all.length > MAX_REFERENCES)
    throw invalidInput("references", `a film has at most ${MAX_REFERENCES} references, not ${all.length}`);
  for (const { name, from } of all) {
    const fault = name === null ? null : nameFault(name.trim());
    if (fault !== null) throw invalidInput("name", `the name for ${from} ${fault}`);
  }
  const names = all.flatMap(({ name }) => (name === null ? [] : foldedName(name)));
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) throw invalidInput("name", `two references are called "${twice}"`);
}

/** What is wrong with a name; null where it is valid. */
function nameFault(name: string): string | null {
  if (name.length < 1 || name.length > 120) return "must have 1 to 120 characters";
  if (/\p{Cc}/u.test(name) || !name.isWellFormed()) return "contains control characters: remove them";
  // In the API's paths these mean a reference without a name, this folder and its parent.
  if (/^(?:-\d*|\.{1,2})$/.test(name)) return "must have a letter in it";
  return null;
}

/** The row of a user's image or clip. Pure. */
export const artifactOf = (
  projectId: ProjectId,
  file: StoredFile & Pick<Artifact, "mediaType"> & Partial<Pick<Artifact, "media">>,
  place: Pick<Artifact, "role" | "position" | "stepId">,
  { nowMs, id }: DecisionContext,
): Artifact => ({
  id: ArtifactId.parse(id()),
  projectId,
  media: null,
  ...place,
  ...file,
  createdAtMs: nowMs,
});
