import { useEffect, useRef, useState } from "preact/hooks";
import { type FilmList, type FilmQuery, type FilmsFollower, followFilms, NO_LIST } from "./follow-films.ts";
import { useAccess } from "./hooks.ts";

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
