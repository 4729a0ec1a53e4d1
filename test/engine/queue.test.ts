import { expect, test } from "bun:test";
import { queueFilms } from "../support/queue.ts";
import { sized } from "../support/size.ts";

const films = sized(24, 200, 24);
const scenes = 2;

test(`${films} films queued at once: first come, first finished; none is lost, none is bought twice`, async () => {
  const { finishedAtMs, statuses, bills } = await queueFilms(films, scenes);
  expect(new Set(statuses)).toEqual(new Set(["complete"]));
  expect(finishedAtMs).toEqual(finishedAtMs.toSorted((a, b) => a - b));
  const bought = Object.groupBy(bills, ({ what }) => what);
  expect([bought.storyboard?.length, bought.keyframe?.length, bought.clip?.length]).toEqual([
    films,
    films * (scenes + 1),
    films * scenes,
  ]);
}, 0);
