import { beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import { ProjectId } from "../../src/domain/ids.ts";
import type { ArtifactStore } from "../../src/ports/files.ts";
import type { ProjectDatabase } from "../../src/ports/leases.ts";
import type { Repository } from "../../src/ports/repository.ts";
import type { ProcessIdentity } from "../../src/ports/runtime.ts";
import { type Collection, createOrphanFiles, orphanGraceMs } from "../../src/services/orphan-files.ts";
import { createArtifactStore } from "../../src/storage/files/artifact-store.ts";
import { createOrphanTrash } from "../../src/storage/files/orphan-trash.ts";
import { failureOf } from "../contract/repository/bench.ts";
import { artifact, CLIP_ORDER, project, projectId, step, stepId, submit } from "../storage/samples.ts";
import { silentLog } from "../storage/silent-log.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";
import { createMemoryRepository } from "../support/memory-repository.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores } from "../support/test-app.ts";

const tempFolder = tempFolders();
const trashMs = 7 * 24 * 3_600_000;
const one = projectId(1);
const stray = `${one}/clip-00-0123456789ab.mp4`;

let root: string;
let clock: ManualClock;
let repository: ProjectDatabase;
let artifacts: ArtifactStore;
beforeEach(() => {
  root = tempFolder();
  clock = createManualClock();
  repository = createMemoryRepository({ clock });
  artifacts = storeOf("me");
});

const ownerOf = (self: string): ProcessIdentity => ({ self, isLive: (other) => other === self });
const storeOf = (self: string) => createArtifactStore({ root }, { owner: ownerOf(self), clock });
const straysOf = (world: { repository?: Repository; artifacts?: ArtifactStore } = {}, keptMs = trashMs) =>
  createOrphanFiles({
    world: { repository, artifacts, clock, log: silentLog, ...world },
    orphanTrash: createOrphanTrash({ root }, { owner: ownerOf("me"), clock }),
    trashMs: keptMs,
  });
const all = { unrecorded: true } as const;
/** Collects; returns what was told. */
async function collected(
  orphans = straysOf(),
  options: { readonly unrecorded: boolean } = all,
  id: ProjectId | null = null,
) {
  const told: Collection[] = [];
  await orphans.collect(id, options, (of) => told.push(of), never);
  return told;
}
const collect = async (
  orphans = straysOf(),
  options: { readonly unrecorded: boolean } = all,
  id: ProjectId | null = null,
) => (await collected(orphans, options, id)).flatMap(({ moved }) => moved);

/** A file of some age in its project's folder. */
function plant(key: string, ageMs = orphanGraceMs): void {
  mkdirSync(join(root, key, ".."), { recursive: true });
  writeFileSync(join(root, key), key);
  const at = (clock.now() - ageMs) / 1_000;
  utimesSync(join(root, key), at, at);
}
const isThere = (key: string) => existsSync(join(root, key));

describe("a file without a row", () => {
  test("goes into the trash when it is old, comes back on demand, and is removed when its time there is over", async () => {
    await repository.create(project(1, { status: "complete" }), [], "a");
    plant(stray);
    expect(await collected()).toEqual([{ id: one, moved: [stray], leftAlone: null }]);
    expect(isThere(stray)).toBe(false);
    expect(await straysOf().putBack(null, never)).toEqual([stray]);
    expect(readFileSync(join(root, stray), "utf8")).toBe(stray);

    expect(await collect()).toEqual([stray]);
    await clock.run(clock.sleep(trashMs, never));
    await straysOf().tidy(never);
    expect(readdirSync(join(root, "bin"))).toHaveLength(1);
    await clock.run(clock.sleep(1, never));
    await straysOf().tidy(never);
    expect([await straysOf().putBack(null, never), readdirSync(join(root, "bin"))]).toEqual([[], []]);
  });

  test("stays in the trash for a day even when nothing is to be kept, and while the process that collected it lives", async () => {
    plant(stray);
    const collector = straysOf({}, 0);
    await collect(collector);
    const wait = (ms: number) => clock.run(clock.sleep(ms, never));
    await wait(24 * 3_600_000);
    await straysOf({}, 0).tidy(never);
    await wait(1);
    await collector.tidy(never);
    expect(await straysOf().putBack(null, never)).toEqual([stray]);
    await collect();
    await wait(24 * 3_600_000 + 1);
    await straysOf({}, 0).tidy(never);
    expect(await straysOf().putBack(null, never)).toEqual([]);
  });

  test("of a project that is not recorded goes with its public names: an older backup was put back", async () => {
    const keys = [stray, `${one}/final.mp4`];
    for (const key of keys) plant(key);
    expect(await collect()).toEqual(keys);
    expect(await straysOf().putBack(null, never)).toEqual(keys);
  });

  test("does not take the place of what was made again meanwhile", async () => {
    plant(stray);
    await collect();
    plant(stray, 0);
    expect(await straysOf().putBack(null, never)).toEqual([]);
    expect(isThere(stray)).toBe(true);
  });
});

test("of one project alone is collected and put back when it is named", async () => {
  const other = `${projectId(2)}/clip-00-0123456789ab.mp4`;
  for (const key of [stray, other]) plant(key);
  expect(await collect(straysOf(), all, one)).toEqual([stray]);
  expect(await collect()).toEqual([other]);
  expect([await straysOf().putBack(one, never), isThere(other)]).toEqual([[stray], false]);
});

test("a project whose rows are damaged is left alone, and the others are collected", async () => {
  const other = `${projectId(2)}/clip-00-0123456789ab.mp4`;
  for (const key of [stray, other]) plant(key);
  const standstill: Repository["standstill"] = async (id, act) => {
    if (id === one) throw new VidpipeError("storage.damaged", "not understood");
    return repository.standstill(id, act);
  };
  expect(await collected(straysOf({ repository: { ...repository, standstill } }))).toEqual([
    { id: one, moved: [], leftAlone: "damaged" },
    { id: projectId(2), moved: [other], leftAlone: null },
  ]);
  expect(isThere(stray)).toBe(true);
});

test("what went into the trash is reported even if the collection ends early", async () => {
  const other = `${projectId(2)}/clip-00-0123456789ab.mp4`;
  for (const key of [stray, other]) plant(key);
  const told: Collection[] = [];
  const stop = new AbortController();
  const tell = (of: Collection) => {
    told.push(of);
    stop.abort();
  };
  expect(await failureOf(straysOf().collect(null, all, tell, stop.signal))).toBe("run.interrupted");
  expect(told).toEqual([{ id: one, moved: [stray], leftAlone: null }]);
});

describe("is left where it is", () => {
  const clip = artifact(901, 1, 11, { key: stray });
  const cases: readonly (readonly [what: string, prepare: () => Promise<void> | void])[] = [
    ["a file that is a second too young", () => plant(stray, orphanGraceMs - 1_000)],
    [
      "a file with a row",
      () => repository.create(project(1, { status: "complete" }), [step(11, 1, CLIP_ORDER)], "a", null, [clip]),
    ],
    ["a file of a project that is being made", () => repository.create(project(1), [step(11, 1, CLIP_ORDER)], "a")],
    [
      "a file of a project that rests while a step of it runs",
      () => repository.create(project(1, { status: "held" }), [step(11, 1, CLIP_ORDER, { status: "running" })], "a"),
    ],
    [
      "a file that an open order may name",
      async () => {
        await repository.create(project(1, { status: "held" }), [step(11, 1, CLIP_ORDER)], "a");
        const open = submit(21, 1, 11, { state: "open" });
        await repository.change(one, null, () => [{ type: "add_submit", submit: open }]);
      },
    ],
    [
      "a file of a deleted project, which its own bin looks after",
      async () => {
        await repository.create(project(1, { status: "complete" }), [], "a");
        await repository.trash.discard(one, clock.now(), () => {});
      },
    ],
  ];
  for (const [what, prepare] of cases)
    test(what, async () => {
      plant(stray);
      await prepare();
      expect(await collect()).toEqual([]);
      expect(isThere(stray)).toBe(true);
    });

  test("13.13 a file of a project that another database over the same folder may know, unless all is asked for", async () => {
    plant(stray);
    expect(await collect(straysOf(), { unrecorded: false })).toEqual([]);
    expect(await collect()).toEqual([stray]);
  });

  test("a film under its public name, and whatever vidpipe gave no name", async () => {
    await repository.create(project(1, { status: "complete" }), [], "a");
    for (const name of ["final.mp4", "notes.txt", "clip-00.mp4", ".DS_Store"]) plant(`${one}/${name}`);
    expect(await collect()).toEqual([]);
  });

  test("what is told: the project that is being made", async () => {
    plant(stray);
    await repository.create(project(1), [step(11, 1, CLIP_ORDER)], "a");
    expect(await collected()).toEqual([{ id: one, moved: [], leftAlone: "busy" }]);
  });
});

describe("a race for a file without a row is lost by the collector", () => {
  /** Does something between the look at the files and the look at the rows. */
  const withRival = (rival: () => Promise<unknown>): Repository => ({
    ...repository,
    async standstill(id, act) {
      await rival();
      return repository.standstill(id, act);
    },
  });

  test("its row is written at the last moment", async () => {
    plant(stray);
    const key = artifact(901, 1, 11, { key: stray });
    const rival = () =>
      repository.create(project(1, { status: "complete" }), [step(11, 1, CLIP_ORDER)], "a", null, [key]);
    expect(await collect(straysOf({ repository: withRival(rival) }))).toEqual([]);
    expect(isThere(stray)).toBe(true);
  });

  test("a step that may make the very same content is claimed at the last moment", async () => {
    plant(stray);
    await repository.create(project(1, { status: "complete" }), [step(11, 1, CLIP_ORDER)], "a");
    const rival = () => repository.change(one, null, () => [{ type: "advance", stepId: stepId(11), event: "claim" }]);
    expect(await collected(straysOf({ repository: withRival(rival) }))).toEqual([
      { id: one, moved: [], leftAlone: "busy" },
    ]);
  });

  test("the same content is stored again, and the file that is there is to be used", async () => {
    await repository.create(project(1, { status: "complete" }), [], "a");
    const put = () =>
      artifacts.put({ projectId: one, name: "keyframe-00", extension: "png" }, (path) => Bun.write(path, "my picture"));
    const { key } = await put();
    const old = (clock.now() - 2 * orphanGraceMs) / 1_000;
    utimesSync(join(root, key), old, old);
    const inode = statSync(join(root, key)).ino;
    expect(await collect(straysOf({ repository: withRival(put) }))).toEqual([]);
    expect(statSync(join(root, key)).ino).toBe(inode);
  });

  test("the files of a fork, which are as old as those they share, have no rows yet", async () => {
    plant(stray);
    writeFileSync(join(root, one, ".arriving"), "me");
    expect(await collect()).toEqual([]);
  });
});

test("an import that was killed between its files and its rows is completed by the next, under the same id", async () => {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat.", 1);
  const path = join(tempFolder(), "film.vidpipe");
  await testApp.transfer.exportBundle(id, path, never);

  const stores = { ...createTestStores(), clock };
  const killed = Promise.withResolvers<void>();
  const afterlife = Promise.withResolvers<void>();
  const admit = () => {
    killed.resolve();
    return afterlife.promise; // as if the process had been killed here
  };
  const dying = createTestApp({ ...stores, repository: { ...repository, admit }, artifacts: storeOf("dead") });
  const dead = dying.transfer.importBundle(path, never).catch(() => {});
  await killed.promise;
  expect(isThere(id)).toBe(true);

  const next = createTestApp({ ...stores, repository, artifacts });
  expect((await next.transfer.importBundle(path, never)).id).toBe(id);
  const facts = await repository.facts(id);
  for (const file of facts.artifacts) expect(await artifacts.intact(file)).toBe(true);
  expect(existsSync(join(root, id, ".arriving"))).toBe(false);
  afterlife.reject(new Error("killed"));
  await dead; // it closes its files
});

describe("an import that was killed between its files and its rows", () => {
  const left = (whose: string) => {
    plant(stray, 0);
    writeFileSync(join(root, one, ".arriving"), whose);
  };

  test("is moved to the trash by the next start or verify", async () => {
    left("dead");
    await straysOf().tidy(never);
    expect([isThere(one), await straysOf().putBack(null, never)]).toEqual([false, [stray]]);
  });

  test.each([
    ["another process takes the project in anew", () => writeFileSync(join(root, one, ".arriving"), "me"), [stray]],
    ["another process cleared it away", () => rmSync(join(root, one), { recursive: true }), []],
  ])("is nothing to be thrown away when, after it was found, %s", async (_, rival, there) => {
    left("dead");
    const standstill: Repository["standstill"] = async (id, act) => {
      rival();
      return repository.standstill(id, act);
    };
    await straysOf({ repository: { ...repository, standstill } }).tidy(never);
    expect((await artifacts.files()).map(({ key }) => key)).toEqual(there);
    expect(existsSync(join(root, "bin"))).toBe(false);
  });

  test("is left alone while its process lives", async () => {
    left("me");
    await straysOf().tidy(never);
    expect(isThere(stray)).toBe(true);
  });

  test("keeps its files when its rows were written after all", async () => {
    left("dead");
    await repository.create(project(1, { status: "complete" }), [], "a");
    await straysOf().tidy(never);
    expect([isThere(stray), isThere(`${one}/.arriving`)]).toEqual([true, false]);
  });
});

describe("an import that was killed after its rows and before its mark was taken away", () => {
  test("is restored from the users' trash with its files, though it was imported again meanwhile", async () => {
    const testApp = createTestApp({ ...createTestStores(), artifacts });
    const { repository: rows } = testApp;
    const { id } = await testApp.film("A cat.", 1);
    const path = join(tempFolder(), "film.vidpipe");
    await testApp.transfer.exportBundle(id, path, never);
    writeFileSync(join(root, id, ".arriving"), "dead");
    await rows.trash.discard(id, clock.now(), () => {});
    expect((await testApp.transfer.importBundle(path, never)).id).not.toBe(id);
    await rows.trash.restore(id);
    for (const file of (await rows.facts(id)).artifacts) expect(await artifacts.intact(file)).toBe(true);
  });
});

test("13.13 two databases over one folder of films: the same bundle twice is two projects, and both are whole", async () => {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat.", 1);
  const path = join(tempFolder(), "film.vidpipe");
  await testApp.transfer.exportBundle(id, path, never);
  const [first, second] = [1, 2].map(() => createTestApp({ ...createTestStores(), artifacts }));
  expect((await first?.transfer.importBundle(path, never))?.id).toBe(id);
  const other = await second?.transfer.importBundle(path, never);
  expect(other?.id).not.toBe(id);
  for (const [one, of] of [
    [first, id],
    [second, other?.id],
  ] as const) {
    if (one === undefined || of === undefined) throw new Error("not imported");
    for (const file of (await one.repository.facts(of)).artifacts) expect(await artifacts.intact(file)).toBe(true);
  }
});

test("a folder in the trash that no collection made is left alone", async () => {
  mkdirSync(join(root, "bin", "mine", ProjectId.parse(one)), { recursive: true });
  await straysOf().tidy(never);
  expect(readdirSync(join(root, "bin"))).toEqual(["mine"]);
});
