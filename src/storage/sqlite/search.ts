import { sql } from "drizzle-orm";
import { ProjectIdPrefix } from "../../domain/ids.ts";
import type { ProjectStatus } from "../../domain/lifecycle.ts";
import type { ListPlace, ProjectListItem, Search, SearchPage } from "../../ports/server.ts";
import { hasWords, wordsOf } from "../film-text.ts";
import { byPlace, idsFrom, readItems } from "./list.ts";
import type { Transactions, Tx } from "./transactions.ts";

/** Films that the index may name to be sorted; where it names more, the newest of all are looked through. */
const fewFilms = 2_000;
/** Films looked through before others get their turn. What is older is for the next page. */
const slices = [100, 200, 400, 500] as const;
/** Characters of the pieces that the index knows. */
const pieceLength = 3;
/** Words asked of the index, and pieces of each: more would make the question dearer and its answer hardly smaller. */
const mostWords = 8;

/** What a Turkish capital I becomes in small letters; the index leaves that one as it is, so it is not asked for it. */
const DOTTED = "i\u0307";

/** What is asked of the index, in its own language; null where no word is long enough for it. */
function questionOf(words: readonly string[]): string | null {
  const asked = words
    .flatMap((word) => word.split(DOTTED).flatMap(piecesOf))
    .map((piece) => `"${piece.replaceAll('"', '""')}"`);
  return asked.length === 0 ? null : asked.slice(0, mostWords * 3).join(" ");
}

/** The first piece of a word, the one in its middle and the last. */
function piecesOf(word: string): readonly string[] {
  const letters = [...word];
  const last = letters.length - pieceLength;
  const places = last < 0 ? [] : [...new Set([0, last >> 1, last])];
  return places.map((place) => letters.slice(place, place + pieceLength).join(""));
}

/** What can be searched of a film. */
interface FilmText extends ListPlace {
  readonly status: ProjectStatus;
  readonly words: string;
}

/** The newest films; a cross join keeps SQLite from starting with the texts, in no order at all. */
function readNewest(tx: Tx, { statuses, limit, after }: Slice): readonly FilmText[] {
  const place = after && sql`and (projects.created_at_ms, projects.id) < (${after.createdAtMs}, ${after.id})`;
  const each = statuses?.map((status) => sql`and status = ${status}`) ?? [undefined];
  const found = each.flatMap((ofStatus) =>
    tx.all<FilmText>(sql`select projects.id as id, projects.created_at_ms as createdAtMs, status, words
      from projects cross join film_texts on film_texts.project_id = projects.id
      where discarded_at_ms is null ${ofStatus} ${place}
      order by projects.created_at_ms desc, projects.id desc limit ${limit}`),
  );
  return each.length === 1 ? found : found.toSorted(byPlace).slice(0, limit);
}

/** The films that the index names, as a list in JSON; undefined where they are not few. Asked once: it reads whole lists. */
function indexed(tx: Tx, question: string): string | undefined {
  const found = tx.all<{ doc: number }>(
    sql`select rowid as doc from film_search where film_search match ${question} limit ${fewFilms + 1}`,
  );
  return found.length > fewFilms ? undefined : JSON.stringify(found.map(({ doc }) => doc));
}

/** The newest of the films that the index names. */
function readIndexed(tx: Tx, docs: string, { limit, after }: Slice): readonly FilmText[] {
  const place = after && sql`and (created_at_ms, project_id) < (${after.createdAtMs}, ${after.id})`;
  return tx.all<FilmText>(sql`select projects.id as id, found.created_at_ms as createdAtMs, status, words
    from (select project_id, created_at_ms, words from film_texts
      where doc in (select value from json_each(${docs})) ${place}
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

/** The films whose ids start with the text. */
function ofId(tx: Tx, { text, limit, statuses, after }: Search): readonly ProjectListItem[] {
  const prefix = ProjectIdPrefix.safeParse(text.trim());
  if (!prefix.success || after !== undefined) return [];
  return readItems(tx, idsFrom(tx, prefix.data, limit)).filter(({ status }) => statuses?.includes(status) ?? true);
}

/** One page of the films whose title or prompt has every word of a text, newest first; where it is the start of ids, those films. */
export async function search(transactions: Transactions, asked: Search): Promise<SearchPage> {
  const { read } = transactions;
  const named = await read((tx) => ofId(tx, asked));
  if (named.length > 0) return { items: named, next: null };
  const question = questionOf(wordsOf(asked.text));
  const docs = question === null ? undefined : await read((tx) => indexed(tx, question));
  const readSlice = docs === undefined ? readNewest : (tx: Tx, slice: Slice) => readIndexed(tx, docs, slice);
  const { shown, next } = await lookThrough(transactions, asked, readSlice);
  const ids = shown.map(({ id }) => id);
  return {
    items: await read((tx) => readItems(tx, ids)),
    next: next && { createdAtMs: next.createdAtMs, id: next.id },
  };
}
