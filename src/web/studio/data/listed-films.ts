import type { FilmChange, ListedFilm, ProjectStatus } from "./api-types.ts";

/** Which changes concern a list. */
interface Shown {
  readonly words?: string;
  readonly statuses?: readonly ProjectStatus[] | null;
  /** The list is shown to its end, so that older films belong into it as well. */
  readonly isWhole: boolean;
}

/** The list of films, newest first, after some changes. Pure. */
export function applied(
  films: readonly ListedFilm[],
  changes: readonly FilmChange[],
  shown: Shown,
): readonly ListedFilm[] {
  const known = new Map(films.map((film) => [film.project_id, film]));
  for (const { film, goneId } of changes) {
    if (goneId !== undefined) known.delete(goneId);
    if (film === undefined) continue;
    if (belongs(film, films, shown, known.has(film.project_id))) known.set(film.project_id, film);
    else known.delete(film.project_id);
  }
  return [...known.values()].toSorted(byPlace);
}

function belongs(film: ListedFilm, films: readonly ListedFilm[], shown: Shown, isThere: boolean): boolean {
  const { statuses = null, words = "", isWhole } = shown;
  if (statuses !== null && !statuses.includes(film.status)) return false;
  // The server searches the whole prompt, of which only the start is here: what it found stays.
  if (isThere) return true;
  const last = films.at(-1);
  if (!isWhole && (last === undefined || byPlace(film, last) > 0)) return false;
  const text = `${film.title ?? ""}\n${film.prompt}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const byPlace = (a: ListedFilm, b: ListedFilm): number =>
  b.created_at.localeCompare(a.created_at) || (a.project_id < b.project_id ? 1 : -1);
