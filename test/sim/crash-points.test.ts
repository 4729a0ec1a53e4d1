import { describe, expect, test } from "bun:test";
import { commandFor, readBugbase, replay, runCrashPoints } from "./campaign.ts";
import { simulate } from "./simulate.ts";
import { TEST_SIZE } from "./sizes.ts";

describe("seeds that once found a bug", async () => {
  test.each(await readBugbase())(
    "$seed ($profile): $found",
    async (found) => {
      expect((await replay(found)).violation).toBeNull();
    },
    0,
  );
});

describe("one seed", () => {
  test("gives the same run twice", async () => {
    for (const seed of [5, 6]) expect((await simulate(seed)).traceHash).toBe((await simulate(seed)).traceHash);
  }, 0);
});

describe("a crash at each boundary of each port call of a reference film", () => {
  test("is survived: nothing is bought twice, nothing is lost, the film is finished", async () => {
    const { points, failures } = await runCrashPoints(1, { stride: TEST_SIZE.crashPointStride });
    process.stdout.write(`crash points: ${points} tried, ${failures.length} violations\n`);
    expect(points).toBeGreaterThan(200 / TEST_SIZE.crashPointStride);
    expect(failures.map((failure) => commandFor(failure, " --reference"))).toEqual([]);
  }, 0);

  test("is survived while its user edits, retakes, picks and goes back", async () => {
    const { points, failures } = await runCrashPoints(3, { stride: TEST_SIZE.directedStride, directed: true });
    process.stdout.write(`crash points while directed: ${points} tried, ${failures.length} violations\n`);
    expect(points).toBeGreaterThan(200 / TEST_SIZE.directedStride);
    expect(failures.map((failure) => commandFor(failure, " --reference"))).toEqual([]);
  }, 0);
});
