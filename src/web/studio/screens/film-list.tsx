import { useEffect, useState } from "preact/hooks";
import type { Counts, ListedFilm, ProjectStatus } from "../data/api-types.ts";
import { useFilmList } from "../data/film-list.ts";
import { pageSize } from "../data/follow-films.ts";
import { useNow } from "../data/hooks.ts";
import { PROJECT_STATUSES, plural } from "../data/words.ts";
import { Button } from "../parts/button.tsx";
import { FilmCard } from "../parts/film-card.tsx";
import { Offline, Problem } from "../parts/status.tsx";
import { Link } from "../router.tsx";

interface Filter {
  readonly name: string;
  readonly statuses: readonly ProjectStatus[] | null;
}

const FILTERS: readonly [Filter, ...Filter[]] = [
  { name: "All", statuses: null },
  { name: "In progress", statuses: ["pending", "storyboarding", "keyframing", "video_gen", "stitching"] },
  { name: "Needs attention", statuses: ["held", "review"] },
  { name: "Finished", statuses: ["complete"] },
  { name: "Stopped", statuses: ["failed", "cancelled"] },
];

/** All films, as cards that can be searched and filtered. */
export function FilmList() {
  const [words, setWords] = useState("");
  const [filter, setFilter] = useState<Filter>(FILTERS[0]);
  const { films, more, counts, online, problem, showMore } = useFilmList({ words, statuses: filter.statuses });
  const now = useNow(true);
  useEffect(() => {
    document.title = "Films · vidpipe studio";
  }, []);
  const hasFilms = countOf(counts, null) > 0;
  const all = words.trim() === "" ? countOf(counts, filter.statuses) : null;
  return (
    <div class="film-list">
      <Offline online={online} />
      <Problem>{problem}</Problem>
      <div class="film-list-head">
        <h1>Films</h1>
        {hasFilms && (
          <SearchAndFilter counts={counts} words={words} setWords={setWords} filter={filter} setFilter={setFilter} />
        )}
      </div>
      {films === null && problem === null && <Placeholder />}
      {films !== null && !hasFilms && <NoFilms />}
      {films !== null && hasFilms && <Cards films={films} now={now} />}
      {more && (
        <Button class="show-more" onClick={showMore}>
          {moreWords(films?.length ?? 0, all)}
        </Button>
      )}
      <p class="visually-hidden" role="status">
        {films !== null && (words !== "" || filter !== FILTERS[0]) ? foundWords(films.length, more) : ""}
      </p>
    </div>
  );
}

function Cards({ films, now }: { films: readonly ListedFilm[]; now: number }) {
  if (films.length === 0) return <p class="no-matches">No films match. Try fewer words or another filter.</p>;
  return (
    <ul class="film-cards">
      {films.map((film) => (
        <li key={film.project_id}>
          <FilmCard film={film} now={now} />
        </li>
      ))}
    </ul>
  );
}

const foundWords = (shown: number, more: boolean): string => `${plural(shown, "film")}${more ? " or more" : ""} found`;

/** How many films have one of these statuses; null: all of them. */
const countOf = (counts: Counts, statuses: Filter["statuses"]): number =>
  PROJECT_STATUSES.reduce((sum, status) => sum + ((statuses?.includes(status) ?? true) ? (counts[status] ?? 0) : 0), 0);

/** What the button says; `all` is how many there are, null where only the server's search knows. */
const moreWords = (shown: number, all: number | null): string =>
  all === null || all <= shown ? "Show more" : `Show ${Math.min(pageSize, all - shown)} more of ${all}`;

function SearchAndFilter(props: {
  counts: Counts;
  words: string;
  setWords(words: string): void;
  filter: Filter;
  setFilter(filter: Filter): void;
}) {
  return (
    <div class="search-and-filter">
      <fieldset class="chips">
        <legend class="visually-hidden">Show</legend>
        {FILTERS.map((filter) => (
          <Button
            key={filter.name}
            class="chip"
            aria-pressed={props.filter === filter}
            onClick={() => props.setFilter(filter)}
          >
            {filter.name} <span class="count">{countOf(props.counts, filter.statuses)}</span>
          </Button>
        ))}
      </fieldset>
      <input
        type="search"
        class="search"
        placeholder="Search films"
        aria-label="Search films"
        value={props.words}
        onInput={(event) => props.setWords(event.currentTarget.value)}
      />
    </div>
  );
}

const Placeholder = () => (
  <ul class="film-cards" aria-hidden="true">
    {Array.from({ length: 8 }, (_, place) => (
      <li key={place}>
        <div class="film-card">
          <div class="film-card-image skeleton" />
          <div class="skeleton-line" />
          <div class="skeleton-line short" />
        </div>
      </li>
    ))}
  </ul>
);

const NoFilms = () => (
  <section class="empty-state">
    <div class="empty-frames" aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
    <h2>No films yet</h2>
    <p>
      Describe a film in a sentence or more. An offline film, made on this machine, is free and takes about a minute.
    </p>
    <Link to="/new" class="button primary">
      Make your first film
    </Link>
  </section>
);
