import { useEffect, useRef } from "preact/hooks";
import { useAccess } from "./data/hooks.ts";
import { session } from "./data/session.ts";
import { Button } from "./parts/button.tsx";
import { Login } from "./parts/login.tsx";
import { Toast } from "./parts/toast.tsx";
import { Link, type Place, usePlace } from "./router.tsx";
import { FilmScreen } from "./screens/film.tsx";
import { FilmList } from "./screens/film-list.tsx";
import { NewFilm } from "./screens/new-film.tsx";

/** The whole page: top bar, one screen, and the login when the server requires a token. */
export function Studio() {
  const place = usePlace();
  const access = useAccess();
  const main = useRef<HTMLElement>(null);
  const before = useRef<string | null>(null);
  const where = place.screen === "film" ? place.id : place.screen;
  // A new screen gets the focus; the first one does not take it.
  useEffect(() => {
    if (before.current !== null && before.current !== where) main.current?.focus({ preventScroll: true });
    before.current = where;
  }, [where]);
  return (
    <>
      <a class="skip" href={`${location.pathname}#content`}>
        Skip to content
      </a>
      <header class="top-bar">
        <Link to="/" class="brand">
          <Mark />
          vidpipe
        </Link>
        <nav aria-label="Main">
          <Link to="/" class="nav-link" current={place.screen === "films"}>
            Films
          </Link>
          <Link to="/new" class="nav-link" current={place.screen === "new"}>
            New film
          </Link>
        </nav>
        {access.token !== null && !access.asking && (
          <Button class="quiet forget-token" onClick={() => session.leave()}>
            Forget token
          </Button>
        )}
      </header>
      <main id="content" ref={main} tabIndex={-1} inert={access.asking}>
        <Screen key={where} place={place} />
      </main>
      <Toast />
      {access.asking && <Login key={access.entries} />}
    </>
  );
}

function Screen({ place }: { place: Place }) {
  switch (place.screen) {
    case "films":
      return <FilmList />;
    case "new":
      return <NewFilm />;
    case "film":
      return <FilmScreen id={place.id} />;
  }
}

const Mark = () => (
  <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
    <rect x="2" y="4" width="5" height="16" rx="1.5" opacity=".35" />
    <path d="M9 6.200 17 12l-8 5.800z" class="logo-play" />
    <rect x="17" y="4" width="5" height="16" rx="1.5" opacity=".35" />
  </svg>
);
