import { useEffect, useMemo, useState } from "preact/hooks";
import type { ListedFilm, ProjectStatus } from "../data/api-types.ts";
import { useFilmList } from "../data/film-list.ts";
import { useNow } from "../data/hooks.ts";
import { plural } from "../data/words.ts";
import { Poster } from "../parts/poster.tsx";
import { Offline, Problem } from "../parts/signs.tsx";
import { Link } from "../router.tsx";

const FILTERS: readonly { readonly name: string; readonly statuses: readonly ProjectStatus[] | null }[] = [
  { name: "All", statuses: null },
  { name: "In the making", statuses: ["pending", "storyboarding", "keyframing", "video_gen", "stitching"] },
  { name: "Needs you", statuses: ["held", "review"] },
  { name: "Finished", statuses: ["complete"] },
  { name: "Stopped", statuses: ["failed", "cancelled"] },
];

/** Films drawn at once; more come as the wall is scrolled down. */
const rowful = 24;

/** All films: a wall of posters. */
export function Wall() {
  const { films, online, problem } = useFilmList();
  const now = useNow(true);
  const [words, setWords] = useState("");
  const [filter, setFilter] = useState("All");
  const [drawn, setDrawn] = useState(rowful);
  useEffect(() => {
    document.title = "Films · vidpipe studio";
  }, []);
  const found = useMemo(() => matching(films ?? [], words, filter), [films, words, filter]);
  const shown = found.slice(0, drawn);
  return (
    <div class="wall">
      <Offline online={online} />
      <Problem>{problem}</Problem>
      <div class="wall-head">
        <h1>Films</h1>
        {films !== null && films.length > 0 && (
          <Tools films={films} words={words} setWords={setWords} filter={filter} setFilter={setFilter} />
        )}
      </div>
      {films === null && problem === null && <Loading />}
      {films?.length === 0 && <NoFilms />}
      {films !== null && films.length > 0 && found.length === 0 && (
        <p class="none">No film fits. {words !== "" && "Try fewer words, or another filter."}</p>
      )}
      {shown.length > 0 && (
        <ul class="posters">
          {shown.map((film) => (
            <li key={film.project_id}>
              <Poster film={film} now={now} />
            </li>
          ))}
        </ul>
      )}
      {found.length > shown.length && (
        <button type="button" class="more" onClick={() => setDrawn(drawn + rowful)}>
          Show {Math.min(rowful, found.length - shown.length)} more of {found.length}
        </button>
      )}
      <p class="hidden" role="status">
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

function Tools(props: {
  films: readonly ListedFilm[];
  words: string;
  setWords(words: string): void;
  filter: string;
  setFilter(filter: string): void;
}) {
  return (
    <div class="tools">
      <fieldset class="chips">
        <legend class="hidden">Show</legend>
        {FILTERS.map(({ name, statuses }) => {
          const count = props.films.filter((film) => statuses?.includes(film.status) ?? true).length;
          return (
            <button
              type="button"
              key={name}
              class="chip"
              aria-pressed={props.filter === name}
              onClick={() => props.setFilter(name)}
            >
              {name} <span class="count">{count}</span>
            </button>
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

const Loading = () => (
  <ul class="posters" aria-hidden="true">
    {Array.from({ length: 8 }, (_, place) => (
      <li key={place}>
        <div class="poster">
          <div class="poster-picture waiting" />
          <div class="ghost-line" />
          <div class="ghost-line short" />
        </div>
      </li>
    ))}
  </ul>
);

const NoFilms = () => (
  <section class="empty">
    <div class="empty-frames" aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
    <h2>No films yet</h2>
    <p>Describe a film in a sentence or more. A film drawn on this machine is free and takes a minute.</p>
    <Link to="/new" class="button primary">
      Make the first one
    </Link>
  </section>
);
