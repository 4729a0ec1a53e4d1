import { useEffect, useRef, useState } from "preact/hooks";
import type { ListedFilm, ListPage } from "./api-types.ts";
import { api, Unreachable } from "./client.ts";
import { messageOf, useAccess } from "./hooks.ts";
import { isSettled } from "./words.ts";

/** Films asked for at once. */
const pageSize = 200;
/** Ms between two looks at a page of the list while something is being made, and while nothing is. */
const busyMs = 3_000;
const idleMs = 15_000;

export interface FilmList {
  /** Newest first; null until the first answer. */
  readonly films: readonly ListedFilm[] | null;
  readonly online: boolean;
  readonly problem: string | null;
}

/** All films, looked at again from time to time while the page is seen. */
export function useFilmList(): FilmList {
  const [list, setList] = useState<FilmList>({ films: null, online: true, problem: null });
  const { entries } = useAccess();
  const newest = useRef(list);
  newest.current = list;
  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      clearTimeout(timer);
      const films = newest.current.films ?? [];
      const pages = Math.max(1, Math.ceil(films.length / pageSize));
      timer = setTimeout(look, pages * (films.every((film) => isSettled(film.status)) ? idleMs : busyMs));
    };
    const look = async () => {
      if (!document.hidden) await allFilms(gone.signal).then(setList, fail);
      if (!gone.signal.aborted) again();
    };
    const fail = (error: unknown) => {
      if (gone.signal.aborted) return;
      const lost = error instanceof Unreachable;
      setList({ films: newest.current.films, online: !lost, problem: lost ? null : messageOf(error) });
    };
    void look();
    document.addEventListener("visibilitychange", look);
    return () => {
      gone.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [entries]);
  return list;
}

async function allFilms(signal: AbortSignal): Promise<FilmList> {
  const films: ListedFilm[] = [];
  let cursor: string | null = null;
  do {
    const page: ListPage = await api.list(pageSize, cursor, signal);
    films.push(...page.projects);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return { films, online: true, problem: null };
}
