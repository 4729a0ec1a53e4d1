import { sql } from "drizzle-orm";
import type { ListPlace, Search, SearchPage } from "../../ports/server.ts";
import { hasWords, wordsOf } from "../film-text.ts";
import { type FilmText, readItems, readTexts } from "./list.ts";
import type { Transactions, Tx } from "./transactions.ts";

/** Films that the index may name to be sorted; where it names more, the newest of all are looked through. */
const fewFilms = 2_000;
/** Films looked through before others get their turn. What is older is for the next page. */
const slices = [100, 200, 400, 500] as const;
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

/** Whether the index names few films. */
const isFew = (tx: Tx, question: string): boolean =>
  tx.all(sql`select 1 from (select rowid from film_search where film_search match ${question} limit ${fewFilms + 1})
    limit 1 offset ${fewFilms}`).length === 0;

/** The newest of the films that the index names. */
function readIndexed(tx: Tx, question: string, { limit, after }: Slice): readonly FilmText[] {
  const place = after && sql`and (created_at_ms, project_id) < (${after.createdAtMs}, ${after.id})`;
  return tx.all<FilmText>(sql`select projects.id as id, found.created_at_ms as createdAtMs, status, words
    from (select project_id, created_at_ms, words from film_texts
      where doc in (select rowid from film_search where film_search match ${question}) ${place}
      order by created_at_ms desc, project_id desc limit ${limit}) as found
    cross join projects on projects.id = found.project_id`);
}

type Slice = Omit<Search, "text">;

/** Looks films through, newest first, in slices between which everybody else gets a turn. */
async function lookThrough(
  { read }: Transactions,
  { limit, text, ...filter }: Search,
  readSlice: (tx: Tx, slice: Slice) => readonly FilmText[],
): Promise<{ readonly shown: readonly ListPlace[]; readonly next: ListPlace | null }> {
  const words = wordsOf(text);
  const fits = (film: FilmText) => (filter.statuses?.includes(film.status) ?? true) && hasWords(film.words, words);
  const shown: ListPlace[] = [];
  let place: Pick<Search, "after"> = filter.after === undefined ? {} : { after: filter.after };
  for (const length of slices) {
    const films = await read((tx) => readSlice(tx, { ...filter, ...place, limit: length }));
    shown.push(...films.filter(fits));
    if (shown.length > limit)
      return { shown: shown.slice(0, limit), next: lastOf(shown.slice(0, limit)).after ?? null };
    if (films.length < length) return { shown, next: null };
    place = { ...place, ...lastOf(films) };
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return { shown, next: place.after ?? null };
}

function lastOf(films: readonly ListPlace[]): Pick<Search, "after"> {
  const after = films.at(-1);
  return after === undefined ? {} : { after };
}

/** One page of the films whose title or prompt has every word of a text, newest first. */
export async function search(transactions: Transactions, asked: Search): Promise<SearchPage> {
  const { read } = transactions;
  const question = questionOf(wordsOf(asked.text));
  const isIndexed = question !== null && (await read((tx) => isFew(tx, question)));
  const readSlice = isIndexed ? (tx: Tx, slice: Slice) => readIndexed(tx, question, slice) : readTexts;
  const { shown, next } = await lookThrough(transactions, asked, readSlice);
  const ids = shown.map(({ id }) => id);
  return {
    items: await read((tx) => readItems(tx, ids)),
    next: next && { createdAtMs: next.createdAtMs, id: next.id },
  };
}
