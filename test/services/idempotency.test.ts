import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { HeldKey } from "../../src/ports/server.ts";
import { createIdempotency } from "../../src/services/idempotency.ts";
import { project } from "../storage/samples.ts";
import { silentLog } from "../storage/silent-log.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createMemoryRepository } from "../support/memory-repository.ts";
import { never } from "../support/never.ts";

const request = { key: "main/one", fingerprint: "f" };
const Answer = z.strictObject({ n: z.int() });
type Answer = z.infer<typeof Answer>;

/** One database, and as many processes over it as a test asks for. */
function opened() {
  const clock = createManualClock();
  const repository = createMemoryRepository({ clock });
  const live = new Set<string>();
  const random = { number: () => 0, id: () => Bun.randomUUIDv7() };
  function process(self = "a", db = repository) {
    live.add(self);
    const owner = { self, isLive: (other: string) => live.has(other) };
    const idempotency = createIdempotency({ repository: db, clock, random, owner, log: silentLog });
    const once = (work: (key: HeldKey) => Promise<Answer>, asked = request, signal = never) =>
      idempotency.once(
        asked,
        { work, recall: async () => ({ n: 1_000 }), parse: (recorded) => Answer.parse(recorded) },
        signal,
      );
    return { once, idempotency };
  }
  /** Work that records a project, which settles its key. */
  const making =
    (n: number, db = repository) =>
    async (key: HeldKey) => {
      await db.create({ ...project(n), id: key.projectId }, [], key.owner, null, [], key);
      return { n };
    };
  const made = async () => (await repository.list({})).length;
  return { clock, repository, process, live, making, made };
}

test("a request is carried out once, and every answer is parsed", async () => {
  const { once } = opened().process();
  let count = 0;
  const work = async () => ({ n: ++count });
  expect(await Promise.all([once(work), once(work)])).toEqual([
    { answer: { n: 1 }, replayed: false },
    { answer: { n: 1 }, replayed: true },
  ]);
  expect(await once(work)).toEqual({ answer: { n: 1 }, replayed: true });
});

test.each(['{"n":"two"}', "{", "null"])("a recorded answer %s is refused, and nothing is made again", async (text) => {
  const { repository, process, making, made } = opened();
  const recordAnswer = (key: string) => repository.keys.recordAnswer(key, text);
  const { once } = process("a", { ...repository, keys: { ...repository.keys, recordAnswer } });
  await once(making(1));
  await expect(once(making(2))).rejects.toMatchObject({ code: "storage.damaged" });
  expect(await made()).toBe(1);
});

test("a request that made nothing may be sent again under its key, a recorded one may not be another", async () => {
  const { once } = opened().process();
  const fail = () => Promise.reject(new Error("no"));
  await expect(once(fail)).rejects.toThrow("no");
  const other = { ...request, fingerprint: "g" };
  expect(await once(async () => ({ n: 7 }), other)).toMatchObject({ answer: { n: 7 } });
  await expect(once(async () => ({ n: 8 }))).rejects.toMatchObject({ code: "input.invalid" });
});

test("work that was recorded is not done again, whatever fails after it", async () => {
  const { process, making, made } = opened();
  const { once } = process();
  const lost = async (key: HeldKey) => {
    await making(1)(key);
    throw new VidpipeError("storage.io", "the disk went away");
  };
  await expect(once(lost)).rejects.toMatchObject({ code: "storage.io" });
  expect(await once(making(2))).toEqual({ answer: { n: 1_000 }, replayed: true });
  expect(await made()).toBe(1);
  expect(await once(making(3))).toEqual({ answer: { n: 1_000 }, replayed: true });
});

test.each(["storage.busy", "storage.full"] as const)(
  "an answer that cannot be recorded is given all the same, and the key stays: %s",
  async (code) => {
    const { repository, process, making, made } = opened();
    const recordAnswer = () => Promise.reject(new VidpipeError(code, "no"));
    const { once } = process("a", { ...repository, keys: { ...repository.keys, recordAnswer } });
    expect(await once(making(1))).toEqual({ answer: { n: 1 }, replayed: false });
    expect(await once(making(2))).toEqual({ answer: { n: 1_000 }, replayed: true });
    expect(await made()).toBe(1);
  },
);

test("a key that cannot be forgotten reports the first failure, and the same request may be sent again", async () => {
  const { repository, process } = opened();
  const forget = () => Promise.reject(new VidpipeError("storage.busy", "busy"));
  const { once } = process("a", { ...repository, keys: { ...repository.keys, forget } });
  await expect(once(() => Promise.reject(new Error("first")))).rejects.toThrow("first");
  expect(await once(async () => ({ n: 2 }))).toEqual({ answer: { n: 2 }, replayed: false });
});

test("one that comes between the commit and the answer of the same process gets that answer", async () => {
  const { process, making } = opened();
  const { once } = process();
  const committed = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const first = once(async (key) => {
    const answer = await making(1)(key);
    committed.resolve();
    await gate.promise;
    return answer;
  });
  await committed.promise;
  const second = once(making(2));
  gate.resolve();
  expect(await Promise.all([first, second])).toEqual([
    { answer: { n: 1 }, replayed: false },
    { answer: { n: 1 }, replayed: true },
  ]);
});

describe("a second process", () => {
  test("waits for the answer of the first one", async () => {
    const { clock, process, making, made } = opened();
    const gate = Promise.withResolvers<void>();
    const slow = async (key: HeldKey) => {
      await gate.promise;
      return making(1)(key);
    };
    const first = process("a").once(slow);
    const second = process("b").once(making(2));
    void clock.sleep(3_000, never).then(() => gate.resolve());
    expect(await clock.run(Promise.all([first, second]))).toEqual([
      { answer: { n: 1 }, replayed: false },
      { answer: { n: 1 }, replayed: true },
    ]);
    expect(await made()).toBe(1);
  });

  test("answers from what is recorded when the first one died before it answered", async () => {
    const { clock, live, process, making, made } = opened();
    const settled = Promise.withResolvers<void>();
    void process("a").once(async (key) => {
      await making(1)(key);
      settled.resolve();
      return new Promise<Answer>(() => {});
    });
    await settled.promise;
    live.delete("a");
    expect(await clock.run(process("b").once(making(2)))).toEqual({ answer: { n: 1_000 }, replayed: true });
    expect(await made()).toBe(1);
  });

  test("takes over when the first one dies before it made anything, which then can make nothing any more", async () => {
    const { clock, live, process, making, made } = opened();
    const stopped = Promise.withResolvers<void>();
    const first = process("a").once(async (key) => {
      await stopped.promise;
      return making(1)(key);
    });
    const second = process("b").once(making(2));
    void clock.sleep(3_000, never).then(() => live.delete("a"));
    expect(await clock.run(second)).toEqual({ answer: { n: 2 }, replayed: false });
    stopped.resolve();
    expect(await first).toEqual({ answer: { n: 2 }, replayed: true });
    expect(await made()).toBe(1);
  });

  test("gives up after 20 s, or when its client leaves, and nothing is done twice", async () => {
    const { clock, process, making, made } = opened();
    void process("a").once(() => new Promise<Answer>(() => {}));
    const { once } = process("b");
    const startedAt = clock.now();
    const refused = once(making(2)).catch((thrown: unknown) => thrown);
    expect(await clock.run(refused)).toMatchObject({ code: "server.unavailable", retryAfterMs: 5_000 });
    expect(clock.now() - startedAt).toBeLessThan(22_000);
    const left = new AbortController();
    const gone = once(making(3), request, left.signal).catch((thrown: unknown) => thrown);
    left.abort();
    expect(await clock.run(gone)).toMatchObject({ code: "run.interrupted" });
    expect(await made()).toBe(0);
  });
});

test("keys are kept for a day", async () => {
  const { clock, process, making, made } = opened();
  const { once, idempotency } = process();
  await once(making(1));
  clock.jump(24 * 3_600_000 - 1_000);
  await idempotency.tidy();
  expect(await once(making(2))).toMatchObject({ replayed: true });
  clock.jump(2_000);
  await idempotency.tidy();
  expect(await once(making(3))).toMatchObject({ replayed: false });
  expect(await made()).toBe(2);
});
