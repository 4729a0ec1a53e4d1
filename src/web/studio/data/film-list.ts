import { useEffect, useRef, useState } from "preact/hooks";
import type { Counts, ListedFilm, ProjectStatus } from "./api-types.ts";
import { type FilmsFollower, followFilms } from "./follow-films.ts";
import { useAccess } from "./hooks.ts";

/** Which films are looked at. */
export interface FilmQuery {
  /** Every word must be in the title or the prompt; the start of an id will do, too. */
  readonly words: string;
  /** null: all of them. */
  readonly statuses: readonly ProjectStatus[] | null;
}

export interface FilmList {
  /** Newest first, as far as they were asked for; null until the first answer. */
  readonly films: readonly ListedFilm[] | null;
  /** Whether there are more. */
  readonly more: boolean;
  /** How many films there are by status, whatever is looked at. */
  readonly counts: Counts;
  readonly online: boolean;
  readonly problem: string | null;
}

export const NO_LIST: FilmList = { films: null, more: false, counts: {}, online: true, problem: null };

/** Ms without typing before the server is asked again. */
const settleMs = 250;

/** The films of a query as they change, and a way to see more of them. */
export function useFilmList({ words, statuses }: FilmQuery): FilmList & { showMore(): void } {
  const [list, setList] = useState(NO_LIST);
  const follower = useRef<FilmsFollower | null>(null);
  const asked = useSettled(words.trim());
  const { entries } = useAccess();
  useEffect(() => {
    // Until the first answer the films of the query before stay in sight.
    const own = followFilms({ words: asked, statuses }, setList);
    follower.current = own;
    return own.stop;
  }, [asked, statuses, entries]);
  return { ...list, showMore: () => follower.current?.showMore() };
}

/** A text once it has not changed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), settleMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
