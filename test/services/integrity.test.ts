import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import type { ProjectDatabase } from "../../src/ports/leases.ts";
import type { MediaTool } from "../../src/ports/media.ts";
import type { World } from "../../src/ports/world.ts";
import { createIntegrityService, type Problem } from "../../src/services/integrity.ts";
import { orphanGraceMs } from "../../src/services/orphan-files.ts";
import { createArtifactStore } from "../../src/storage/files/artifact-store.ts";
import { createOrphanTrash } from "../../src/storage/files/orphan-trash.ts";
import { createSqliteRepository } from "../../src/storage/sqlite/repository.ts";
import { silentLog } from "../storage/silent-log.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { createFakeCaptions } from "../support/fake-captions.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores, type TestApp, type TestStores } from "../support/test-app.ts";

const tempFolder = tempFolders();

let folder: string;
let stores: TestStores;
let testApp: TestApp;
let opened: ProjectDatabase[];

const database = (path: string): Promise<ProjectDatabase> =>
  createSqliteRepository({ path }, { clock: stores.clock, log: silentLog }).then((repository) => {
    opened.push(repository);
    return repository;
  });

/** An app over the real database and the real store, with a finished film in it. */
beforeEach(async () => {
  folder = tempFolder();
  opened = [];
  stores = createTestStores();
  const owner = { self: "store", isLive: () => true };
  const artifacts = createArtifactStore({ root: join(folder, "films") }, { owner, clock: stores.clock });
  stores = { ...stores, artifacts, repository: await database(join(folder, "vidpipe.db")) };
  testApp = createTestApp(stores);
});
afterEach(() => {
  for (const repository of opened) repository.close();
});

const checker = { self: "checker", isLive: () => true };
const worldOf = (media: MediaTool = createFakeMedia()): World => ({
  ...stores,
  leases: stores.repository.leasesOf({ owner: checker, clock: stores.clock }),
  providers: new Map(),
  media,
  captions: createFakeCaptions(),
  owner: checker,
  random: { number: () => 0, id: () => "" },
  log: silentLog,
});

/** Ms that files stay in the bin. */
const trashMs = 7 * 24 * 3_600_000;

const keeping = (media?: MediaTool) => {
  const world = worldOf(media);
  return createIntegrityService({
    world,
    orphanTrash: createOrphanTrash({ root: join(folder, "films") }, world),
    trashMs,
  });
};

async function verify(id: ProjectId | null = null, media?: MediaTool, quick = false) {
  const problems: Problem[] = [];
  const sum = await keeping(media).verify(id, { quick }, (problem) => problems.push(problem), never);
  expect(sum.problems).toBe(problems.length);
  return { ...sum, problems: problems.map(({ kind, key }) => `${kind} ${key}`), told: problems };
}

/** A finished film of two scenes: three stills, two clips and the film itself. */
async function film() {
  const view = await testApp.film("A cat at night.", 2);
  expect(view.status).toBe("complete");
  const { artifacts } = await stores.repository.facts(view.id);
  const fileOf = (role: string) => {
    const found = artifacts.find((artifact) => artifact.role === role);
    if (found === undefined) throw new Error(`no ${role}`);
    return { ...found, path: stores.artifacts.pathOf(found.key) };
  };
  return { id: view.id, clip: fileOf("clip"), still: fileOf("keyframe"), final: fileOf("final"), artifacts };
}

/** Makes a file as old as the grace time, by the clock of the test. */
function plant(path: string, content: string, ageMs = orphanGraceMs): void {
  writeFileSync(path, content);
  const at = (stores.clock.now() - ageMs) / 1_000;
  utimesSync(path, at, at);
}

describe("verify finds nothing wrong", () => {
  test("with a finished film, and says how much it looked at", async () => {
    const { artifacts } = await film();
    const { problems, projects, files, bytes } = await verify();
    // A clip is one file, also where it is the answer of its paid call.
    const all = [...new Map(artifacts.map((artifact) => [artifact.key, artifact])).values()];
    const sum = all.reduce((total, artifact) => total + artifact.bytes, 0);
    expect({ problems, projects, files, bytes }).toEqual({ problems: [], projects: 1, files: 12, bytes: sum });
  });

  test("with references and an animatic under its public name", async () => {
    const bytes = Uint8Array.from([0xff, 0xd8, 0xff]);
    const options = { until: "animatic", references: [{ bytes, from: "a.jpg", name: null }] } as const;
    const { id } = await testApp.clock.run(testApp.service.create({ prompt: "A cat.", sceneCount: 1 }, options, never));
    expect((await testApp.settle(id)).status).toBe("review");
    const old = (stores.clock.now() - orphanGraceMs) / 1_000;
    const published = stores.artifacts.pathOf(`${id}/animatic.mp4`);
    utimesSync(published, old, old);
    expect((await verify()).problems).toEqual([]);
    rmSync(published);
    plant(published, "another film");
    expect((await verify()).problems).toEqual([`damaged ${id}/animatic.mp4`]);
  });

  test("with nothing at all", async () => {
    expect(await verify()).toMatchObject({ problems: [], projects: 0, files: 0 });
  });

  test("with a project in the trash, whose files go one by one", async () => {
    const { id, clip } = await film();
    await stores.repository.trash.discard(id, stores.clock.now(), () => {});
    rmSync(clip.path);
    expect((await verify()).problems).toEqual([]);
  });

  test("with a young file without a row: its step may be about to write it down", async () => {
    const { clip } = await film();
    plant(clip.path.replace("clip", "other"), "moving pictures", orphanGraceMs - 1_000);
    expect((await verify()).problems).toEqual([]);
  });

  test("with temp files, hidden files and folders that are no project's", async () => {
    const { clip } = await film();
    mkdirSync(join(folder, "films", "lost+found"));
    plant(join(folder, "films", "notes.txt"), "mine");
    plant(join(clip.path, "..", ".DS_Store"), "a Mac was here");
    expect((await verify()).problems).toEqual([]);
  });
});

describe("verify tells", () => {
  type Film = Awaited<ReturnType<typeof film>>;
  const cases: readonly (readonly [what: string, harm: (film: Film) => void, problem: (film: Film) => string])[] = [
    ["a missing file", ({ clip }) => rmSync(clip.path), ({ clip }) => `missing ${clip.key}`],
    ["a shortened file", ({ still }) => truncateSync(still.path, 1), ({ still }) => `damaged ${still.key}`],
    [
      "a file whose length is right and whose content is not",
      ({ clip }) => writeFileSync(clip.path, Buffer.alloc(clip.bytes, 7)),
      ({ clip }) => `damaged ${clip.key}`,
    ],
    [
      "a link in the place of a file",
      ({ clip, still }) => {
        rmSync(clip.path);
        symlinkSync(still.path, clip.path);
      },
      ({ clip }) => `missing ${clip.key}`,
    ],
    [
      "an old file without a row",
      ({ clip }) => plant(clip.path.replace(/clip.*/, "clip-99-0123456789ab.mp4"), "x"),
      ({ id }) => `stray ${id}/clip-99-0123456789ab.mp4`,
    ],
  ];
  for (const [what, harm, problem] of cases) {
    test(what, async () => {
      const made = await film();
      harm(made);
      expect((await verify()).problems).toEqual([problem(made)]);
    });
  }

  test("files of a project that is not recorded", async () => {
    const lost = "019aa0b0-c0d0-7000-8000-000000000777";
    mkdirSync(join(folder, "films", lost), { recursive: true });
    plant(join(folder, "films", lost, "clip-00-0123456789ab.mp4"), "x");
    expect((await verify()).problems).toEqual([`stray ${lost}/clip-00-0123456789ab.mp4`]);
  });

  test("a film that was exchanged under its public name", async () => {
    const { id, final } = await film();
    const path = join(final.path, "..", "final.mp4");
    expect(existsSync(path)).toBe(true);
    rmSync(path); // a second name of the same file: writing into it would change both
    plant(path, "another film");
    expect((await verify()).problems).toEqual([`damaged ${id}/final.mp4`]);
  });

  test("a file that has its hash and yet does not decode; not with --quick", async () => {
    const { clip } = await film();
    const refuses = createFakeMedia({
      before(call, path) {
        if (call === "verify" && path === clip.path) throw new VidpipeError("media.invalid", "is cut off");
      },
    });
    expect((await verify(null, refuses)).problems).toEqual([`damaged ${clip.key}`]);
    expect((await verify(null, refuses, true)).problems).toEqual([]);
  });

  test("a row that cannot be understood, and looks at the other projects all the same", async () => {
    const { id } = await film();
    const { clip } = await film();
    rmSync(clip.path);
    const direct = new Database(join(folder, "vidpipe.db"));
    direct.run("UPDATE projects SET hold = '{' WHERE id = ?", [id]);
    direct.close();
    expect((await verify()).problems).toEqual(["database null", `missing ${clip.key}`]);
  });

  test("only what is wrong with the project it was asked about", async () => {
    const [first, second] = [await film(), await film()];
    rmSync(first.clip.path);
    expect((await verify(second.id)).problems).toEqual([]);
    expect(await verify(first.id)).toMatchObject({ problems: [`missing ${first.clip.key}`], projects: 1 });
  });

  test("nothing that is not about the files: a full disk or a missing ffmpeg ends it", async () => {
    await film();
    const gone = createFakeMedia({
      before() {
        throw new VidpipeError("media.ffmpeg_missing", "no ffmpeg here");
      },
    });
    expect(verify(null, gone)).rejects.toMatchObject({ code: "media.ffmpeg_missing" });
  });
});

describe("a backup", () => {
  const target = () => join(folder, "copy.db");
  const backUp = (replace = false, to = target()) =>
    stores.repository.backUp(to, { replace, owner: { self: "copier", isLive: () => true } });

  test("is a whole database in which no project has a driver", async () => {
    await film();
    const made = await backUp();
    expect(made).toMatchObject({ path: target(), projects: 1, bytes: readFileSync(target()).byteLength });
    const copy = new Database(target(), { readonly: true });
    expect(copy.query("SELECT count(*) AS n FROM owners").get()).toEqual({ n: 0 });
    expect(copy.query("SELECT count(*) AS n FROM projects WHERE owner IS NOT NULL").get()).toEqual({ n: 0 });
    copy.close();
  });

  test("taken in the middle of a film goes on at once in another process, and buys nothing twice", async () => {
    const polled = Promise.withResolvers<void>();
    const watched = createTestStores({
      before(call) {
        if (call.call === "poll") polled.resolve();
        return undefined;
      },
    });
    stores = { ...watched, artifacts: stores.artifacts, repository: stores.repository };
    testApp = createTestApp(stores);
    const { id } = await stores.clock.run(
      testApp.service.create({ prompt: "A cat at night.", sceneCount: 2 }, {}, never),
    );
    await stores.clock.run(polled.promise);
    await backUp();
    testApp.kill();
    stores.live.add(testApp.owner); // it counts as alive: nobody drives a copy all the same
    const heir = createTestApp({ ...stores, repository: await database(target()) });
    expect(await stores.clock.run(heir.service.recover(never))).toBe(1);
    expect((await heir.settle(id)).status).toBe("complete");
    expect(stores.provider.bills.map(({ what }) => String(what)).toSorted()).toEqual([
      "clip",
      "clip",
      "keyframe",
      "keyframe",
      "keyframe",
      "storyboard",
    ]);
  });

  test("does not touch a file that is there, unless told to replace it", async () => {
    writeFileSync(target(), "dear diary");
    expect(backUp()).rejects.toMatchObject({ code: "input.invalid" });
    expect(readFileSync(target(), "utf8")).toBe("dear diary");
    await backUp(true);
    expect(readFileSync(target(), "latin1")).toStartWith("SQLite format 3");
  });

  const refused: readonly (readonly [what: string, place: () => string])[] = [
    ["over the database in use", () => join(folder, "vidpipe.db")],
    ["over its journal", () => join(folder, "vidpipe.db-wal")],
    ["through a link to it", () => linkTo(join(folder, "vidpipe.db"))],
    ["beside the journal of another database in use", () => withJournal(join(folder, "other.db"))],
    ["into a folder that is not there", () => join(folder, "nowhere", "copy.db")],
    ["onto a folder", () => folder],
  ];
  const linkTo = (path: string): string => {
    symlinkSync(path, join(folder, "link.db"));
    return join(folder, "link.db");
  };
  const withJournal = (path: string): string => {
    writeFileSync(`${path}-wal`, "");
    return path;
  };
  for (const [what, place] of refused) {
    test(`is not made ${what}, even when told to replace`, async () => {
      const { id } = await film();
      expect(backUp(true, place())).rejects.toMatchObject({ code: "input.invalid" });
      expect((await stores.repository.facts(id)).project.status).toBe("complete");
    });
  }

  test("clears away what a killed one left beside it, and nothing that a living one is at", async () => {
    const there = tempFolder();
    const isLive = (owner: string) => owner === "alive";
    for (const whose of ["dead", "alive"]) {
      mkdirSync(join(there, `.vidpipe-${whose}.1.part`));
      writeFileSync(join(there, `.vidpipe-${whose}.1.part`, "copy.db"), "half a copy");
    }
    const copier = { ...worldOf(), owner: { self: "copier", isLive } };
    const orphanTrash = createOrphanTrash({ root: join(folder, "films") }, copier);
    const integrity = createIntegrityService({ world: copier, orphanTrash, trashMs });
    await integrity.backUp(join(there, "copy.db"), { replace: false }, never);
    expect(readdirSync(there).toSorted()).toEqual([".vidpipe-alive.1.part", "copy.db"]);
  });

  test("leaves nothing beside it", async () => {
    const there = tempFolder();
    await backUp(false, join(there, "copy.db"));
    expect([...new Bun.Glob("**").scanSync({ cwd: there, dot: true })]).toEqual(["copy.db"]);
  });
});

describe("what is kept beside the rows", () => {
  test("is made anew by verify where it is wrong", async () => {
    await film();
    const raw = new Database(join(folder, "vidpipe.db"));
    raw.run("UPDATE tallies SET count = 7");
    raw.close();
    expect(await stores.repository.countProjects()).toMatchObject({ complete: 7, pending: 7 });
    expect((await verify()).problems).toEqual([]);
    expect(await stores.repository.countProjects()).toEqual({ complete: 1 });
  });
});

describe("the daily look at the database", () => {
  const dayMs = 24 * 3_600_000;

  /** One look, so long after the last one; says what the log was told. */
  async function look(afterMs: number): Promise<string[]> {
    const told: string[] = [];
    const checkedAtMs = (await stores.repository.checkedAtMs()) ?? 0;
    const note = (line: string) => void told.push(line);
    const log = { ...silentLog, debug: note, error: note };
    const world = { ...worldOf(), clock: { ...stores.clock, now: () => checkedAtMs + afterMs }, log };
    const orphanTrash = createOrphanTrash({ root: join(folder, "films") }, world);
    await createIntegrityService({ world, orphanTrash, trashMs }).checkDaily(never);
    return told;
  }

  test("is taken once a day, also over restarts, and tells of damage", async () => {
    await film();
    expect(await look(dayMs - 1)).toEqual([]);
    expect(await look(dayMs)).toEqual(["the database was read to its end and is whole"]);
    const path = join(folder, "vidpipe.db");
    const raw = new Database(path);
    raw.run("PRAGMA wal_checkpoint(TRUNCATE)");
    raw.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xee, bytes.length / 2, bytes.length / 2 + 8_192));
    expect(await look(dayMs)).toEqual(["the database is damaged: stop vidpipe and put a backup of it in its place"]);
  });
});
