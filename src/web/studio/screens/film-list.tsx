import { useEffect, useMemo, useState } from "preact/hooks";
import type { ListedFilm, ProjectStatus } from "../data/api-types.ts";
import { useFilmList } from "../data/film-list.ts";
import { useNow } from "../data/hooks.ts";
import { plural } from "../data/words.ts";
import { Button } from "../parts/button.tsx";
import { FilmCard } from "../parts/film-card.tsx";
import { Offline, Problem } from "../parts/status.tsx";
import { Link } from "../router.tsx";

const FILTERS: readonly { readonly name: string; readonly statuses: readonly ProjectStatus[] | null }[] = [
  { name: "All", statuses: null },
  { name: "In progress", statuses: ["pending", "storyboarding", "keyframing", "video_gen", "stitching"] },
  { name: "Needs attention", statuses: ["held", "review"] },
  { name: "Finished", statuses: ["complete"] },
  { name: "Stopped", statuses: ["failed", "cancelled"] },
];

/** Films shown at first, and added by each "Show more". */
const pageSize = 24;

/** All films, as cards that can be searched and filtered. */
export function FilmList() {
  const { films, online, problem } = useFilmList();
  const now = useNow(true);
  const [words, setWords] = useState("");
  const [filter, setFilter] = useState("All");
  const [drawn, setDrawn] = useState(pageSize);
  useEffect(() => {
    document.title = "Films · vidpipe studio";
  }, []);
  const found = useMemo(() => matching(films ?? [], words, filter), [films, words, filter]);
  const shown = found.slice(0, drawn);
  return (
    <div class="film-list">
      <Offline online={online} />
      <Problem>{problem}</Problem>
      <div class="film-list-head">
        <h1>Films</h1>
        {films !== null && films.length > 0 && (
          <SearchAndFilter films={films} words={words} setWords={setWords} filter={filter} setFilter={setFilter} />
        )}
      </div>
      {films === null && problem === null && <Placeholder />}
      {films?.length === 0 && <NoFilms />}
      {films !== null && films.length > 0 && found.length === 0 && (
        <p class="no-matches">No films match. {words !== "" && "Try fewer words or another filter."}</p>
      )}
      {shown.length > 0 && (
        <ul class="film-cards">
          {shown.map((film) => (
            <li key={film.project_id}>
              <FilmCard film={film} now={now} />
            </li>
          ))}
        </ul>
      )}
      {found.length > shown.length && (
        <Button class="show-more" onClick={() => setDrawn(drawn + pageSize)}>
          Show {Math.min(pageSize, found.length - shown.length)} more of {found.length}
        </Button>
      )}
      <p class="visually-hidden" role="status">
        {films !== null && (words !== "" || filter !== "All") ? `${plural(found.length, "film")} found` : ""}
      </p>
    </div>
  );
}

function matching(films: readonly ListedFilm[], words: string, filter: string): ListedFilm[] {
  const statuses = FILTERS.find(({ name }) => name === filter)?.statuses ?? null;
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return films.filter(({ title, prompt, project_id, status }) => {
    const text = `${title ?? ""} ${prompt} ${project_id}`.toLowerCase();
    return (statuses?.includes(status) ?? true) && wanted.every((word) => text.includes(word));
  });
}

function SearchAndFilter(props: {
  films: readonly ListedFilm[];
  words: string;
  setWords(words: string): void;
  filter: string;
  setFilter(filter: string): void;
}) {
  return (
    <div class="search-and-filter">
      <fieldset class="chips">
        <legend class="visually-hidden">Show</legend>
        {FILTERS.map(({ name, statuses }) => {
          const count = props.films.filter((film) => statuses?.includes(film.status) ?? true).length;
          return (
            <Button key={name} class="chip" aria-pressed={props.filter === name} onClick={() => props.setFilter(name)}>
              {name} <span class="count">{count}</span>
            </Button>
          );
        })}
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
