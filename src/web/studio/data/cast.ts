import type { Cast, Plan, Project, Storyboard } from "./api-types.ts";
import { projectRoutes, projectUrl, read, sending, withId } from "./client.ts";
import { useAnswer } from "./hooks.ts";

/** A character, place or thing of a film, by description or picture. */
export interface CastMember {
  readonly name: string | null;
  readonly description: string | null;
  /** Where the picture is changed. */
  readonly url: string;
  /** Where it is shown; null: there is none. */
  readonly picture: string | null;
}

const referencesUrl = (id: string): string => `${projectUrl(id)}/references`;
/** Where the reference of a name is. */
export const referenceUrl = (id: string, name: string): string => `${referencesUrl(id)}/${encodeURIComponent(name)}`;
/** URL at which a keyframe, 0..N, is replaced by the user's own image. */
export const userKeyframeUrl = (id: string, position: number): string => `${projectUrl(id)}/keyframes/${position}`;

/** The image for a place; null removes the one there. */
export interface ImageChange {
  readonly url: string;
  readonly file: File | null;
  readonly revision: number;
}

/** The parts of such an address: the project, the kind of place, and its name. */
const PLACE = /\/projects\/([^/]+)\/(references|keyframes)\/([^/]+)$/;

/** Changes an image, or only previews the plan; buys nothing. @throws Refusal, Unreachable */
export function changeImage(change: ImageChange, dryRun: boolean, signal?: AbortSignal): Promise<Plan> {
  const { url, file, revision } = change;
  const [, id = "", kind, place = ""] = PLACE.exec(url) ?? [];
  const query = { dry_run: String(dryRun), revision: String(revision) };
  const reference = projectRoutes.references[":name"];
  if (file === null) return read(reference.$delete({ param: { id, name: place }, query }, sending({ signal })));
  const upload = { headers: { "Content-Type": file.type }, init: { body: file, ...(signal && { signal }) } };
  return kind === "keyframes"
    ? read(projectRoutes.keyframes[":still"].$put({ param: { id, still: place }, query }, upload))
    : read(reference.$put({ param: { id, name: place }, query }, upload));
}

/** The cast of a film; null until it is known. */
export const useCast = ({ project_id: id, revision }: Project): Cast | null =>
  useAnswer((signal) => read(projectRoutes.references.$get(withId(id), sending({ signal }))), [id, revision]);

/** All characters of the storyboard, then references that only have a picture. Names are compared without case. */
export function castMembers(id: string, storyboard: Storyboard | null, { references }: Cast): CastMember[] {
  const same = (a: string | null, b: string) => a?.toLowerCase() === b.toLowerCase();
  const characters = storyboard?.characters ?? [];
  const memberOf = ({ name, description, url, picture }: Cast["references"][number]): CastMember => ({
    name,
    description,
    url,
    picture: picture && `${url}?v=${picture.sha256.slice(0, 16)}`,
  });
  const named = characters.map(({ name, physical_description: description }): CastMember => {
    const known = references.find((reference) => same(reference.name, name));
    return known === undefined
      ? { name, description, url: referenceUrl(id, name), picture: null }
      : { ...memberOf(known), description };
  });
  const others = references.filter((reference) => !characters.some(({ name }) => same(reference.name, name)));
  return [...named, ...others.map(memberOf)];
}
