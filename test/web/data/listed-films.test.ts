import { describe, expect, test } from "bun:test";
import type { ListedFilm } from "../../../src/web/studio/data/api-types.ts";
import { applied } from "../../../src/web/studio/data/listed-films.ts";

const film = (n: number, changes: Partial<ListedFilm> = {}): ListedFilm => ({
  project_id: `0000000${n}`,
  prompt: `Film ${n}`,
  status: "complete",
  created_at: `2026-12-01T00:00:0${n}.000Z`,
  updated_at: `2026-12-01T00:00:0${n}.000Z`,
  poster_url: null,
  title: null,
  duration_seconds: null,
  ...changes,
});
const ids = (films: readonly ListedFilm[]) => films.map(({ prompt }) => prompt);
const some = [film(6), film(4)];

describe("what the stream tells of the list", () => {
  test("puts a new film in its place, and replaces one that is there", () => {
    const news = [{ film: film(7) }, { film: film(5) }, { film: film(4, { prompt: "Film 4 anew" }) }];
    expect(ids(applied(some, news, { isWhole: false }))).toEqual(["Film 7", "Film 6", "Film 5", "Film 4 anew"]);
  });

  test("leaves out what is older than the films that are shown, unless these are all", () => {
    expect(ids(applied(some, [{ film: film(1) }], { isWhole: false }))).toEqual(["Film 6", "Film 4"]);
    expect(ids(applied(some, [{ film: film(1) }], { isWhole: true }))).toEqual(["Film 6", "Film 4", "Film 1"]);
  });

  test("takes out what is gone, or has another status than is looked at", () => {
    expect(ids(applied(some, [{ goneId: "00000006" }], { isWhole: true }))).toEqual(["Film 4"]);
    const failed = [{ film: film(6, { status: "failed" }) }];
    expect(ids(applied(some, failed, { isWhole: true, statuses: ["complete"] }))).toEqual(["Film 4"]);
  });

  test("adds only films with the words that are looked for; what the server found stays", () => {
    const news = [{ film: film(7, { title: "A Fox" }) }, { film: film(8) }, { film: film(6, { status: "held" }) }];
    expect(ids(applied(some, news, { isWhole: true, words: "fox film" }))).toEqual(["Film 7", "Film 6", "Film 4"]);
  });
});
