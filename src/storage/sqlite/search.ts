import { sql } from "drizzle-orm";
import type { ProjectStatus } from "../../domain/lifecycle.ts";
import type { ListPlace, Search, SearchPage } from "../../ports/server.ts";
import { hasWords, wordsOf } from "../film-text.ts";
import { byPlace, readItems, readTexts } from "./list.ts";
import type { Transactions, Tx } from "./transactions.ts";

/** Films that the index may name to be looked at one by one; where it names more, the newest are looked through. */
const fewFilms = 1_000;
/** Films looked through before others get their turn. */
const sliceLength = 500;
/** Slices looked through for one page: what is older is for the next one. */
const mostSlices = 8;
/** Characters of the pieces that the index knows. */
const pieceLength = 3;
/** Pieces asked for at most: more would make the question dearer and its answer hardly smaller. */
const mostPieces = 24;

/** What is asked of the index, in its own language; null where no word is long enough for it. */
function questionOf(words: readonly string[]): string | null {
  const pieces = words.flatMap((word) => {
    const letters = [...word];
    return letters.slice(pieceLength - 1).map((_, place) => letters.slice(place, place + pieceLength).join(""));
  });
  const asked = [...new Set(pieces)].slice(0, mostPieces);
  return asked.length === 0 ? null : asked.map((piece) => `"${piece.replaceAll('"', '""')}"`).join(" ");
}

interface Candidate extends ListPlace {
  readonly status: ProjectStatus;
  readonly words: string;
}

/** The films that the index names; undefined where they are not few. */
function indexed(tx: Tx, question: string): readonly Candidate[] | undefined {
  const found = tx.all<Candidate>(sql`select projects.id as id, projects.created_at_ms as createdAtMs,
      projects.status as status, film_texts.words as words
    from film_texts cross join projects on projects.id = film_texts.project_id
    where film_texts.doc in (select rowid from film_search where film_search match ${question} limit ${fewFilms + 1})`);
  return found.length > fewFilms ? undefined : found;
}

/** Looks at each film that the index names. */
function pick(found: readonly Candidate[], words: readonly string[], { statuses, limit, after }: Search) {
  const fitting = found
    .filter((film) => statuses?.includes(film.status) ?? true)
    .filter((film) => after === undefined || byPlace(after, film) < 0)
    .filter((film) => hasWords(film.words, words))
    .toSorted(byPlace);
  const shown = fitting.slice(0, limit);
  return { shown, next: fitting.length > limit ? (shown.at(-1) ?? null) : null };
}

/** Looks the newest films through, in slices between which everybody else gets a turn. */
async function lookThrough({ read }: Transactions, words: readonly string[], { limit, text: _, ...filter }: Search) {
  const shown: ListPlace[] = [];
  let place: Pick<Search, "after"> = filter.after === undefined ? {} : { after: filter.after };
  let isEnd = false;
  for (let slice = 0; slice < mostSlices && !isEnd && shown.length <= limit; slice++) {
    const films = await read((tx) => readTexts(tx, { ...filter, ...place, limit: sliceLength }));
    shown.push(...films.filter((film) => hasWords(film.words, words)));
    place = { ...place, ...lastOf(films) };
    isEnd = films.length < sliceLength;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const page = shown.slice(0, limit);
  const { after: next = null } = shown.length > limit ? lastOf(page) : isEnd ? {} : place;
  return { shown: page, next };
}

function lastOf(films: readonly ListPlace[]): Pick<Search, "after"> {
  const after = films.at(-1);
  return after === undefined ? {} : { after };
}

/** One page of the films whose title or prompt has every word of a text, newest first. */
export async function search(transactions: Transactions, asked: Search): Promise<SearchPage> {
  const words = wordsOf(asked.text);
  const question = questionOf(words);
  const found = question === null ? undefined : await transactions.read((tx) => indexed(tx, question));
  const { shown, next } =
    found === undefined ? await lookThrough(transactions, words, asked) : pick(found, words, asked);
  const items = await transactions.read((tx) =>
    readItems(
      tx,
      shown.map(({ id }) => id),
    ),
  );
  return { items, next: next && { createdAtMs: next.createdAtMs, id: next.id } };
}
