import { useEffect, useState } from "preact/hooks";
import type { Project, Storyboard } from "./api-types.ts";
import { projectUrl, read } from "./client.ts";
import type { Plan } from "./directing.ts";
import { useAccess } from "./hooks.ts";

/** Somebody or something in the film, with the picture that stills are drawn after. */
export interface Reference {
  /** null: its picture counts for every still. */
  readonly name: string | null;
  readonly description: string | null;
  readonly url: string;
  /** null where it is known by its words alone. */
  readonly picture: { readonly sha256: string } | null;
}

export interface Cast {
  readonly references: readonly Reference[];
  /** Pictures it may have at most. */
  readonly most: number;
  /** Whether the film's image model looks at them. */
  readonly seen: boolean;
}

/** Who a film knows, by words or picture. */
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
/** Where a still, 0..N, takes a picture of the user's own. */
export const userKeyframeUrl = (id: string, position: number): string => `${projectUrl(id)}/keyframes/${position}`;

/** What is put in a place; null takes out what is there. */
export interface ImageChange {
  readonly url: string;
  readonly file: File | null;
  readonly revision: number;
}

/** Puts a picture in its place, or only says what would follow; buys nothing. @throws Refusal, Unreachable */
export function changeImage(change: ImageChange, dryRun: boolean, signal?: AbortSignal): Promise<Plan> {
  const { url, file, revision } = change;
  const query = new URLSearchParams({ dry_run: String(dryRun), revision: String(revision) });
  return read<Plan>(`${url}?${query}`, {
    method: file === null ? "DELETE" : "PUT",
    ...(file && { headers: { "Content-Type": file.type }, body: file }),
    ...(signal && { signal }),
  });
}

/** Who is in a film; null until it is known. */
export function useCast({ project_id: id, revision }: Project): Cast | null {
  const [cast, setCast] = useState<Cast | null>(null);
  const { entries } = useAccess();
  useEffect(() => {
    const gone = new AbortController();
    // Without an answer there is no cast to show; the next revision asks again.
    read<Cast>(referencesUrl(id), { signal: gone.signal }).then(setCast, () => undefined);
    return () => gone.abort();
  }, [id, revision, entries]);
  return cast;
}

/** Everybody the storyboard names, then whoever is known by a picture only. Names are one whatever their case. */
export function castMembers(id: string, storyboard: Storyboard | null, { references }: Cast): CastMember[] {
  const same = (a: string | null, b: string) => a?.toLowerCase() === b.toLowerCase();
  const characters = storyboard?.characters ?? [];
  const memberOf = ({ name, description, url, picture }: Reference): CastMember => ({
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
