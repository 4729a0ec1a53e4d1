import { expect, test } from "bun:test";
import { z } from "zod";
import { createIdempotency } from "../../src/services/idempotency.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createMemoryRepository } from "../support/memory-repository.ts";

const request = { key: "main/one", fingerprint: "f" };
const Answer = z.strictObject({ n: z.int() });
const parse = (recorded: unknown) => Answer.parse(recorded);

function opened() {
  const clock = createManualClock();
  const repository = createMemoryRepository({ clock });
  const random = { number: () => 0, id: () => Bun.randomUUIDv7() };
  return { repository, idempotency: createIdempotency({ repository, clock, random }) };
}

test("a request is carried out once, and every answer is parsed", async () => {
  const { idempotency } = opened();
  let count = 0;
  const work = async () => ({ n: ++count });
  const first = [idempotency.once(request, parse, work), idempotency.once(request, parse, work)];
  expect(await Promise.all(first)).toEqual([
    { answer: { n: 1 }, replayed: false },
    { answer: { n: 1 }, replayed: true },
  ]);
  expect(await idempotency.once(request, parse, work)).toEqual({ answer: { n: 1 }, replayed: true });
});

test.each(['{"n":"two"}', "{", "null"])("a recorded answer %s is refused, and nothing is made again", async (text) => {
  const { repository, idempotency } = opened();
  let count = 0;
  const work = async () => ({ n: ++count });
  await idempotency.once(request, parse, work);
  await repository.keys.settle(request.key, text);
  await expect(idempotency.once(request, parse, work)).rejects.toMatchObject({ code: "storage.damaged" });
  expect(count).toBe(1);
});

test("a request that made nothing may be sent again under its key, a recorded one may not be another", async () => {
  const { idempotency } = opened();
  const fail = () => Promise.reject(new Error("no"));
  await expect(idempotency.once(request, parse, fail)).rejects.toThrow("no");
  expect(await idempotency.once(request, parse, async () => ({ n: 7 }))).toMatchObject({ answer: { n: 7 } });
  const other = { ...request, fingerprint: "g" };
  await expect(idempotency.once(other, parse, async () => ({ n: 8 }))).rejects.toMatchObject({ code: "input.invalid" });
});
