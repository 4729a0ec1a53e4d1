import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { ProjectIdPrefix } from "../../../src/domain/ids.ts";
import { nextStatus, STEP_EVENTS, type StepEvent, type StepStatus } from "../../../src/domain/lifecycle.ts";
import type { Repository } from "../../../src/ports/repository.ts";
import { CLIP_ORDER, moved, NOON_MS, project, projectId, STORYBOARD_ORDER, step, uuid } from "../../storage/samples.ts";
import { tempFolders } from "../../storage/temp-folder.ts";
import { type Bench, failureOf } from "./bench.ts";

/** History, lists and ids. */
export function describeReading(bench: Bench): void {
  const { change } = bench;
  const one = projectId(1);
  const createOne = () => bench.repository.create(project(1), [step(11, 1, STORYBOARD_ORDER)], "a");

  describe(`${bench.name}: backUp`, () => {
    const tempFolder = tempFolders();
    const owner = { self: "copier", isLive: () => true };

    test("writes a file and says how much is in it, without what is in the trash", async () => {
      await createOne();
      await bench.repository.create(project(2), [], "a");
      await bench.repository.trash.discard(projectId(2), NOON_MS, () => {});
      const path = join(tempFolder(), "copy.db");
      const made = await bench.repository.backUp(path, { replace: false, owner });
      expect(made).toEqual({ path, projects: 1, bytes: Bun.file(path).size });
    });

    test("leaves a file that is there alone unless it may replace it", async () => {
      const path = join(tempFolder(), "copy.db");
      await Bun.write(path, "dear diary");
      expect(await failureOf(bench.repository.backUp(path, { replace: false, owner }))).toBe("input.invalid");
      expect(await Bun.file(path).text()).toBe("dear diary");
      await bench.repository.backUp(path, { replace: true, owner });
      expect(await Bun.file(path).text()).not.toContain("dear diary");
    });
  });

  describe(`${bench.name}: events`, () => {
    test("are numbered from 1 without gaps, each project for itself", async () => {
      await createOne();
      await bench.repository.create(project(2), [step(21, 2, CLIP_ORDER)], "a");
      for (const event of ["claim", "retry", "claim", "fail"] as const) {
        await change([moved(11, event)]);
        await bench.repository.change(projectId(2), null, () => [{ type: "project", patch: { message: event } }]);
      }
      const seqs = async (n: number) => (await bench.repository.events(projectId(n), 0, 100)).map((event) => event.seq);
      expect(await seqs(1)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await seqs(2)).toEqual([1, 2, 3, 4, 5, 6]);
    });

    test("can be read on from any place, a few at a time", async () => {
      await createOne();
      await change([moved(11, "claim"), { type: "project", patch: { status: "storyboarding" } }]);
      expect((await bench.repository.events(one, 2, 1)).map((event) => event.type)).toEqual(["step"]);
      expect((await bench.repository.events(one, 3, 9)).map((event) => event.data)).toEqual([
        { status: "storyboarding", message: null },
      ]);
      expect(await bench.repository.events(one, 4, 9)).toEqual([]);
    });

    test("and steps agree after any sequence of moves, legal or not", async () => {
      let round = 100;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom<StepEvent>(...STEP_EVENTS), { maxLength: 12 }), async (sequence) => {
          const n = ++round;
          await bench.repository.create(project(n), [step(n, n, CLIP_ORDER)], "a");
          let status: StepStatus = "queued";
          let seq = 2;
          for (const event of sequence) {
            const next = nextStatus(status, event);
            const code = await failureOf(bench.repository.change(projectId(n), null, () => [moved(n, event)]));
            expect(code === undefined).toBe(next !== undefined);
            status = next ?? status;
            seq += next === undefined ? 0 : 1;
          }
          expect((await bench.repository.facts(projectId(n))).steps[0]?.status).toBe(status);
          expect((await bench.repository.events(projectId(n), 0, 100)).map((event) => event.seq)).toEqual(
            Array.from({ length: seq }, (_, place) => place + 1),
          );
        }),
        { numRuns: 15, seed: 1 },
      );
    });
  });

  describe(`${bench.name}: finding`, () => {
    test("lists the newest first, by status and not more than asked", async () => {
      for (const n of [2, 1, 3]) await bench.repository.create(project(n), [], "a");
      await bench.repository.create(project(4, { createdAtMs: NOON_MS + 3, status: "complete" }), [], "a");
      const ids = async (filter: Parameters<Repository["list"]>[0]) =>
        (await bench.repository.list(filter)).map((item) => Number.parseInt(item.id.slice(-2), 16));
      expect(await ids({})).toEqual([4, 3, 2, 1]);
      expect(await ids({ limit: 2 })).toEqual([4, 3]);
      expect(await ids({ statuses: ["pending"], limit: 2 })).toEqual([3, 2]);
      expect((await bench.repository.list({ limit: 1 }))[0]).toEqual({
        id: projectId(4),
        prompt: "Film number 4",
        status: "complete",
        hasStill: false,
        title: null,
        durationSeconds: null,
        createdAtMs: NOON_MS + 3,
        updatedAtMs: NOON_MS + 4,
      });
    });

    test("finds ids by the start of them", async () => {
      for (const n of [0x10, 0x11, 0x20]) await bench.repository.create(project(n), [], "a");
      const found = (typed: string, limit = 9) => bench.repository.findByPrefix(ProjectIdPrefix.parse(typed), limit);
      expect(await found("019aa0b0")).toEqual([projectId(0x10), projectId(0x11), projectId(0x20)]);
      expect(await found(uuid(0x10).slice(0, -1))).toEqual([projectId(0x10), projectId(0x11)]);
      expect(await found(uuid(0x11))).toEqual([projectId(0x11)]);
      expect(await found("019aa0b0", 2)).toHaveLength(2);
      expect(await found("019b")).toEqual([]);
    });
  });
}
