import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

/** The screen that an address shows. */
export type Place =
  | { readonly screen: "films" }
  | { readonly screen: "new" }
  | { readonly screen: "film"; readonly id: string };

const placeOf = (path: string): Place => {
  const [, id] = /^\/films\/([0-9a-f-]+)$/.exec(path) ?? [];
  if (id !== undefined) return { screen: "film", id };
  return { screen: path === "/new" ? "new" : "films" };
};

export const filmPath = (id: string): string => `/films/${id}`;

export function navigate(path: string): void {
  if (path === location.pathname) return;
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
  scrollTo(0, 0);
}

/** The current place, following the address bar. */
export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.pathname));
  useEffect(() => {
    const look = () => setPlace(placeOf(location.pathname));
    addEventListener("popstate", look);
    return () => removeEventListener("popstate", look);
  }, []);
  return place;
}

/** A link to another screen; it opens in a new tab with the usual keys. */
export function Link(props: { to: string; class?: string; current?: boolean; children: ComponentChildren }) {
  return (
    <a
      href={props.to}
      class={props.class}
      aria-current={props.current ? "page" : undefined}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        navigate(props.to);
      }}
    >
      {props.children}
    </a>
  );
}
