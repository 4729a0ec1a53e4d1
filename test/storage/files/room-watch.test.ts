import { expect, test } from "bun:test";
import { watchRoom } from "../../../src/storage/files/room-watch.ts";
import { createManualClock } from "../../support/manual-clock.ts";

/** Watches a disk with so much room at each look, the last for ever, for 200 ms. Returns the looks that were taken. */
async function watched(...rooms: readonly number[]) {
  const clock = createManualClock();
  let looks = 0;
  const room = watchRoom(async () => rooms[Math.min(looks++, rooms.length - 1)] ?? 0, clock);
  await clock.run(clock.sleep(200, new AbortController().signal));
  return { room, clock, looks: () => looks };
}
const roomy = 2 ** 30;

test("a disk that was full at one look has run out, whatever room there is afterwards", async () => {
  const { room } = await watched(roomy, 0, roomy);
  expect(await room.ranOut()).toBe(true);
});

test("a disk that had room at every look has not", async () => {
  const { room } = await watched(roomy);
  expect(await room.ranOut()).toBe(false);
});

test("one that is full only now has run out", async () => {
  const { room } = await watched(roomy, roomy, roomy, roomy, roomy, roomy);
  expect(await room.ranOut()).toBe(false);
  expect(await (await watched(roomy, roomy, roomy, roomy, roomy, 0)).room.ranOut()).toBe(true);
});

test("an ended watch looks no more", async () => {
  const { room, clock, looks } = await watched(roomy);
  room.end();
  const before = looks();
  await clock.run(clock.sleep(500, new AbortController().signal));
  expect(looks()).toBe(before);
});
