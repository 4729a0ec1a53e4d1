import { useEffect, useRef, useState } from "preact/hooks";
import type { ListedFilm, Project } from "../data/api-types.ts";
import { api, mediaUrl } from "../data/client.ts";
import { useAnswer } from "../data/hooks.ts";
import { ago, isSettled, length, opening } from "../data/words.ts";
import { filmPath, Link } from "../router.tsx";
import { Image } from "./image.tsx";
import { StatusLabel } from "./status.tsx";

/** Width of a card's image in pixels: twice its size on the page, for high-resolution screens. */
const imagePixels = 640;

/** A film in the list. Its progress comes from its details, which are read once the card is in view. */
export function FilmCard({ film, now }: { film: ListedFilm; now: number }) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  const wanted = seen && !isSettled(film.status);
  const details = useAnswer(wanted ? (signal) => api.project(film.project_id, signal) : null, [
    film.project_id,
    film.updated_at,
    wanted,
  ]);
  const picture = film.poster_url && mediaUrl.still(film.project_id, 0, "start", imagePixels);
  const share = details ? shareDone(details) : 0;
  return (
    <div class="film-card" ref={place}>
      <Link to={filmPath(film.project_id)} class="film-card-link">
        <div class={`film-card-image ${picture === null ? "blank" : ""}`}>
          {picture === null ? <span class="film-card-initial">{film.prompt.slice(0, 1)}</span> : null}
          <Image url={picture} alt="" />
          {film.duration_seconds !== null && <span class="badge length-badge">{length(film.duration_seconds)}</span>}
          {!isSettled(film.status) && (
            <progress class="film-card-progress" max={1} value={share} aria-label="Progress" />
          )}
        </div>
        <h2 class="film-card-title">{film.title ?? opening(film.prompt, 70)}</h2>
      </Link>
      <p class="film-card-facts">
        <StatusLabel status={film.status} />
        <span>{ago(film.created_at, now)}</span>
      </p>
    </div>
  );
}

/** True once an element has come near the window. */
function useSeen(place: { readonly current: Element | null }): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        setSeen(true);
        observer.disconnect();
      },
      { rootMargin: "200px" },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place]);
  return seen;
}

/** Share of keyframes and clips that are made, 0..1. */
function shareDone({ scenes }: Project): number {
  const there = scenes.reduce((sum, s) => sum + Number(s.has_start_keyframe) + 2 * Number(s.has_clip), 0);
  return scenes.length === 0 ? 0.03 : Math.max(0.06, there / (3 * scenes.length));
}
