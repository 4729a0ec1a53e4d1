/** The database and the files of different days: what the paid calls that are known have brought is not bought again. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Until } from "../../src/domain/direction.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import { createIntegrityService, type Problem } from "../../src/services/integrity.ts";
import { createArtifactStore } from "../../src/storage/files/artifact-store.ts";
import { createOrphanTrash } from "../../src/storage/files/orphan-trash.ts";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { removeFiles } from "../providers/google/harness.ts";
import { silentLog } from "../storage/silent-log.ts";
import { emptyFolder, removeFolders } from "../support/binary.ts";
import type { Route } from "../support/google-fake/faults.ts";
import { never } from "../support/never.ts";
import { waysOf } from "../support/ways.ts";
import { billOf, createGround, type Ground, goOn, ledgerOf, request, start, stopFakes } from "./harness.ts";

afterEach(stopFakes);
afterAll(removeFiles);
afterAll(removeFolders);

/** A ground with a real database and real files. */
async function groundOnDisk(): Promise<Ground & { readonly folder: string }> {
  const ground = createGround("omni");
  const folder = emptyFolder("money");
  return {
    ...ground,
    folder,
    artifacts: storeIn(folder, ground),
    repository: await databaseIn(folder, "a.db", ground),
  };
}

const storeIn = (folder: string, { clock, live }: Ground) =>
  createArtifactStore(
    { root: join(folder, "films") },
    { owner: { self: "disk", isLive: (other) => live.has(other) }, clock },
  );

const databaseIn = (folder: string, name: string, { clock }: Ground) =>
  createSqliteRepository({ path: join(folder, name) }, { clock, log: silentLog });

/** What `verify` finds wrong with a film. */
async function problemsOf(ground: Ground & { readonly folder: string }, id: ProjectId): Promise<Problem[]> {
  const { world, clock } = start(ground);
  const orphanTrash = createOrphanTrash({ root: join(ground.folder, "films") }, { owner: world.owner, clock });
  const { verify } = createIntegrityService({ world, orphanTrash, trashMs: 60_000 });
  const found: Problem[] = [];
  // Files have the machine's time: no file is young enough to be somebody's work under way.
  clock.jump(Math.max(0, Date.now() - clock.now()) + 7 * 86_400_000);
  await verify(id, { quick: true }, (problem) => found.push(problem), never);
  return found;
}

/** The last purchase of a film that stops there: its route, and which request of it. */
const LAST: readonly (readonly [Route, number, Until])[] = [
  ["text", 1, "storyboard"],
  ["image", 2, "keyframes"],
  ["submit", 1, "film"],
];

describe.each(LAST)("a database from before the answer to %s %p", (route, nth, until) => {
  test("knows the call: verify names the stored answer, and it is used", async () => {
    const ground = await groundOnDisk();
    const app = start(ground);
    const { id } = await ground.clock.run(app.service.create(request(ground), { until }, never));
    if (nth > 1) await ground.clock.run(ground.fake.arrived(route, nth - 1));
    const letGo = ground.fake.hold(route);
    await ground.fake.arrived(route, nth);
    await ground.repository.backUp(join(ground.folder, "b.db"), { replace: false, owner: app.world.owner });
    letGo();
    const done = (await app.settle(id)).status;
    const bill = billOf(ground);
    app.kill();

    const restored = { ...ground, repository: await databaseIn(ground.folder, "b.db", ground) };
    const last = (await restored.repository.facts(id)).submits.at(-1);
    expect(last?.state).toBe("intent");
    const problems = await problemsOf(restored, id);
    expect(problems.map(({ kind }) => kind)).toContain("stray");
    expect(problems.map(({ key }) => key ?? "").some((key) => key.includes(`answer-${last?.id}`))).toBe(true);

    const next = start(restored);
    await ground.clock.run(next.service.recover(never));
    expect((await next.settle(id)).status).toBe(done);
    expect(billOf(ground)).toEqual(bill);
    expect((await ledgerOf(restored, id)).at(-1)).toContain("spent");
  });
});

describe("an answer whose file is gone", () => {
  /** A film whose process died when it had stored the answer to its first paid call on a route, which is lost then. */
  async function withoutAnswer(on: "storyboard" | "keyframe" | "clip") {
    const ground = await groundOnDisk();
    const stored = Promise.withResolvers<string>();
    const app = start({
      ...ground,
      repository: {
        ...ground.repository,
        async change(...args) {
          const facts = await ground.repository.change(...args);
          const step = facts.steps.find(({ kind }) => kind === on);
          const reply = facts.submits.find(({ stepId }) => stepId === step?.id)?.replyId;
          const row = facts.artifacts.find((artifact) => artifact.id === reply);
          if (row !== undefined) {
            app.kill();
            stored.resolve(row.key);
          }
          return facts;
        },
      },
    });
    const { id } = await ground.clock.run(app.service.create(request(ground), {}, never));
    const key = await ground.clock.run(stored.promise);
    const path = ground.artifacts.pathOf(key);
    const bytes = await Bun.file(path).bytes();
    rmSync(path);
    return { ground, id, key, putBack: () => Bun.write(path, bytes) };
  }

  test.each([
    ["storyboard", { text: 1, image: 0, clip: 0 }],
    ["keyframe", { text: 1, image: 1, clip: 0 }],
    ["clip", { text: 1, image: 2, clip: 1 }],
  ] as const)("of a %s: the film asks, verify names it, and put back it is used", async (kind, bill) => {
    const { ground, id, key, putBack } = await withoutAnswer(kind);
    const problems = await problemsOf(ground, id);
    expect(problems.map((problem) => [problem.kind, problem.key])).toEqual([["missing", key]]);
    expect(problems[0]?.message).toContain("it is the kept answer of a paid call");

    const app = start(ground);
    await ground.clock.run(app.service.recover(never));
    const asked = await app.settle(id);
    expect([asked.status, billOf(ground)]).toEqual(["held", bill]);
    expect(asked.message).toContain("put it back from a backup");
    expect(waysOf(asked)).toEqual(["--retry-rejected", ...(kind === "storyboard" ? [] : ["--skip-blocked"])]);
    expect((await goOn(app, id)).status).toBe("held");
    expect((await goOn(app, id, { useRejected: true })).status).toBe("held");
    expect(billOf(ground)).toEqual(bill);

    await putBack();
    expect((await goOn(app, id)).status).toBe("complete");
    expect(billOf(ground)).toEqual({ text: 1, image: 2, clip: 1 });
  });

  test("is bought again by the user's word, once", async () => {
    const { ground, id } = await withoutAnswer("keyframe");
    const app = start(ground);
    await ground.clock.run(app.service.recover(never));
    await app.settle(id);
    expect((await goOn(app, id, { retryRejected: true })).status).toBe("complete");
    expect(billOf(ground)).toEqual({ text: 1, image: 3, clip: 1 });
    expect((await ledgerOf(ground, id)).slice(1, 3)).toEqual(["keyframe spent", "keyframe spent (approval)"]);
  });
});
