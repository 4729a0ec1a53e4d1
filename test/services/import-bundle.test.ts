import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import { committedUsd, spendOf } from "../../src/domain/money.ts";
import type { MediaTool } from "../../src/ports/media.ts";
import { tarHeader } from "../../src/storage/archive/tar.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { never } from "../support/never.ts";
import { sized } from "../support/size.ts";
import { createTestApp, createTestStores, type TestApp, type TestStores } from "../support/test-app.ts";

const tempFolder = tempFolders();

/** A film that was directed: every kind of row, several takes of a clip, two revisions. */
async function directed(): Promise<{ testApp: TestApp; id: ProjectId; path: string }> {
  const testApp = createTestApp(createTestStores());
  const { id } = await testApp.film("A cat at night.", 2);
  await testApp.clock.run(testApp.editing.retake(id, { kind: "clip", position: 1, takes: 1 }));
  await testApp.settle(id);
  await testApp.clock.run(testApp.editing.pick(id, { kind: "clip", position: 1, take: 2 }));
  await testApp.settle(id);
  const path = join(tempFolder(), "film.vidpipe");
  await testApp.transfer.exportBundle(id, path, never);
  return { testApp, id, path };
}

let oneBundle: Promise<Map<string, File>> | undefined;
/** The files of one such bundle, made once for all who forge it. */
const bundled = (): Promise<Map<string, File>> =>
  (oneBundle ??= directed().then(async ({ path }) => new Bun.Archive(await Bun.file(path).bytes()).files()));

async function everythingOf({ repository }: TestStores, id: ProjectId) {
  const { committedTodayUsd: _, ...facts } = await repository.facts(id);
  return { ...facts, revisions: await repository.revisions(id), events: await repository.events(id, 0, 10_000) };
}

/** The same as an import writes it: nothing is accepted yet beyond what was paid, and no take has money of its own. */
const asImported = ({ project, steps, ...rest }: Awaited<ReturnType<typeof everythingOf>>) => ({
  ...rest,
  steps: steps.map((step) => ({ ...step, reservedUsd: 0 })),
  project: { ...project, maxCostUsd: committedUsd(spendOf(rest.submits)) },
});

/** Paths to every value of a JSON that holds no others. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...path, key]));
}

function withLeaf(value: unknown, [key, ...rest]: readonly string[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  if (Array.isArray(value)) return value.map((one, place) => (String(place) === key ? withLeaf(one, rest, leaf) : one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, one]) => [k, k === key ? withLeaf(one, rest, leaf) : one]));
}

const isEmpty = async (testApp: TestApp): Promise<boolean> => (await testApp.repository.list({})).length === 0;

describe("a bundle", () => {
  test("brings the whole project to another machine, where nothing is bought again", async () => {
    const { testApp, id, path } = await directed();
    const there = createTestApp(createTestStores());
    const view = await there.transfer.importBundle(path, never);
    expect(await everythingOf(there, id)).toEqual(asImported(await everythingOf(testApp, id)));
    expect([view.id, view.status]).toEqual([id, "complete"]);
    expect(await there.editing.forecast(id)).toMatchObject({ totalUsd: 0 });
    for (const artifact of (await there.repository.facts(id)).artifacts)
      expect(await there.artifacts.intact(artifact)).toBe(true);

    const former = (await testApp.service.get(id)).final?.key;
    await there.clock.run(there.editing.revert(id, 0));
    expect((await there.settle(id)).status).toBe("complete");
    await there.clock.run(there.editing.revert(id, 1));
    expect((await there.settle(id)).final?.key).toBe(former ?? "none");
    await there.clock.run(there.service.restitch(id, 1, undefined, never));
    expect((await there.settle(id)).status).toBe("complete");
    expect(there.provider.bills).toEqual([]);
  });

  test("of a film half made goes on where it stopped and buys only the rest", async () => {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.clock.run(
      testApp.service.create({ prompt: "A cat.", sceneCount: 2 }, { until: "keyframes" }, never),
    );
    await testApp.settle(id);
    const path = join(tempFolder(), "film.vidpipe");
    await testApp.transfer.exportBundle(id, path, never);
    const there = createTestApp(createTestStores());
    expect((await there.transfer.importBundle(path, never)).status).toBe("review");
    await there.clock.run(there.service.resume(id, {}, never));
    expect((await there.settle(id)).status).toBe("complete");
    expect(there.provider.bills.map(({ what }) => what)).toEqual(["clip", "clip"]);
  });

  test("keeps the transitions of its scenes and of its films", async () => {
    const testApp = createTestApp(createTestStores());
    const { id, storyboard } = await testApp.film("A cat.", 2);
    if (storyboard === null) throw new Error("no storyboard");
    const scenes = storyboard.scenes.map((scene) => ({ ...scene, transition: { kind: "dip", seconds: 1 } as const }));
    await testApp.editing.editStoryboard(id, { storyboard: { ...storyboard, scenes }, patch: false }, never);
    await testApp.settle(id);
    const path = join(tempFolder(), "film.vidpipe");
    await testApp.transfer.exportBundle(id, path, never);
    const there = createTestApp(createTestStores());
    await there.transfer.importBundle(path, never);
    expect(await everythingOf(there, id)).toEqual(asImported(await everythingOf(testApp, id)));
    expect(await there.editing.forecast(id)).toMatchObject({ totalUsd: 0 });
  });

  test("is a tar that others read, the same bytes every time", async () => {
    const { testApp, id, path } = await directed();
    const files = await new Bun.Archive(await Bun.file(path).bytes()).files();
    const { artifacts } = await testApp.repository.facts(id);
    // A clip is one file, also where it is the answer of its paid call.
    const stored = [...new Set(artifacts.map(({ key }) => `artifacts/${key.slice(37)}`))];
    expect([...files.keys()]).toEqual(["vidpipe-bundle.json", "project.json", ...stored]);
    const again = join(tempFolder(), "again.vidpipe");
    await testApp.transfer.exportBundle(id, again, never);
    expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
  });

  test("of a project with unfinished work is refused", async () => {
    const testApp = createTestApp(createTestStores({ clipMs: 60_000 }));
    const { id } = await testApp.clock.run(testApp.service.create({ prompt: "A cat.", sceneCount: 1 }, {}, never));
    const path = join(tempFolder(), "film.vidpipe");
    for (let turn = 0; (await testApp.repository.facts(id)).steps.every(({ kind }) => kind !== "clip"); turn++) {
      if (turn > 200) throw new Error("no clip was begun");
      await testApp.clock.run(testApp.clock.sleep(1_000, new AbortController().signal));
    }
    await expect(testApp.transfer.exportBundle(id, path, never)).rejects.toMatchObject({ code: "project.conflict" });
    expect(await Bun.file(path).exists()).toBe(false);
    await testApp.settle(id);
  });

  test("with a file that rotted is not written", async () => {
    const { testApp, id } = await directed();
    const { artifacts } = await testApp.repository.facts(id);
    writeFileSync(testApp.artifacts.pathOf(artifacts[0]?.key ?? ""), "rotten");
    const folder = tempFolder();
    await expect(testApp.transfer.exportBundle(id, join(folder, "film.vidpipe"), never)).rejects.toMatchObject({
      code: "storage.damaged",
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("an import", () => {
  test("of the same project again is refused; once the two differ it gets new ids and both live", async () => {
    const { testApp, id, path } = await directed();
    const again = testApp.transfer.importBundle(path, never);
    await expect(again).rejects.toMatchObject({
      code: "project.conflict",
      message: expect.stringContaining("already"),
    });
    await testApp.clock.run(testApp.service.restitch(id, 1, undefined, never));
    await testApp.settle(id);
    const former = await everythingOf(testApp, id);
    const copy = await testApp.transfer.importBundle(path, never);
    expect(copy.id).not.toBe(id);
    expect([copy.status, copy.request.crossfadeSeconds, copy.scenes.length]).toEqual(["complete", 0, 2]);
    expect(await everythingOf(testApp, id)).toEqual(former);
    const bills = testApp.provider.bills.length;
    await testApp.clock.run(testApp.editing.revert(copy.id, 0));
    expect((await testApp.settle(copy.id)).status).toBe("complete");
    expect(testApp.provider.bills).toHaveLength(bills);
  });

  test("of a project in the trash gets a new id and leaves the trash alone", async () => {
    const { testApp, id, path } = await directed();
    await testApp.repository.trash.discard(id, testApp.clock.now(), () => {});
    const copy = await testApp.transfer.importBundle(path, never);
    expect([copy.id === id, copy.status]).toEqual([false, "complete"]);
    await testApp.repository.trash.restore(id);
    expect((await testApp.service.get(id)).status).toBe("complete");
  });

  test("believes no status: it is worked out from the facts", async () => {
    const { testApp, id, path } = await directed();
    await testApp.repository.change(id, null, () => [{ type: "project", patch: { status: "failed", message: "lie" } }]);
    await testApp.transfer.exportBundle(id, path, never);
    const there = createTestApp(createTestStores());
    expect(await there.transfer.importBundle(path, never)).toMatchObject({ status: "complete", message: null });
  });

  test("that cannot write its rows leaves no file behind, and can be tried again", async () => {
    const { id, path } = await directed();
    const stores = createTestStores();
    let tries = 0;
    const admit: TestStores["repository"]["admit"] = async (record) => {
      if (++tries < 3) throw new VidpipeError("storage.full", "the disk is full");
      return stores.repository.admit(record);
    };
    const there = createTestApp({ ...stores, repository: { ...stores.repository, admit } });
    await expect(there.transfer.importBundle(path, never)).rejects.toMatchObject({ code: "storage.full" });
    await there.transfer.importBundle(path, never).catch(() => {});
    expect(await isEmpty(there)).toBe(true);
    expect((await there.transfer.importBundle(path, never)).id).toBe(id);
  });
});

describe("the files of a bundle", () => {
  /** An app whose ffmpeg sees something else in some file. */
  const seeing = (changes: Partial<MediaTool>): TestApp =>
    createTestApp(createTestStores(), { media: { ...createFakeMedia(), ...changes } });
  const broken = (what: string) => () =>
    Promise.reject(new VidpipeError("media.invalid", `"clip-01.mp4" ${what}; it was not used`));

  test.each<readonly [string, Partial<MediaTool>]>([
    ["clip-\\S+.mp4 is no clip that can be used: it uses the codec vp9", { verify: broken("uses the codec vp9") }],
    ["keyframe-\\S+.png is no keyframe that can be used: it is cut off", { verifyStill: broken("is cut off") }],
  ])("are decoded as what they say they are: %s", async (words, media) => {
    const { path } = await directed();
    const there = seeing(media);
    const refused = there.transfer.importBundle(path, never);
    await expect(refused).rejects.toMatchObject({ code: "input.invalid" });
    await expect(refused).rejects.toThrow(new RegExp(`cannot be imported: artifacts/${words}; nothing was imported`));
    expect([await isEmpty(there), await there.artifacts.files()]).toEqual([true, []]);
  });

  test("are measured: what a row says and a clip is not is put right", async () => {
    const { testApp, id, path } = await directed();
    const wide = { width: 1_920, height: 1_080 };
    const usual = createFakeMedia();
    const there = seeing({
      async verify(file, signal) {
        const { video, ...rest } = await usual.verify(file, signal);
        return { ...rest, video: { ...video, ...wide } };
      },
    });
    await there.transfer.importBundle(path, never);
    const { artifacts } = await there.repository.facts(id);
    const told = (await testApp.repository.facts(id)).artifacts;
    const clips = artifacts.filter(({ role }) => role === "clip");
    expect(clips.map(({ media }) => media?.video)).toEqual(clips.map(() => expect.objectContaining(wide)));
    const others = ({ role }: { role: string }) => role === "answer" || role === "keyframe";
    expect(artifacts.filter(others)).toEqual(told.filter(others));
  });

  test("need an ffmpeg: without one nothing is imported", async () => {
    const { path } = await directed();
    const missing = () => Promise.reject(new VidpipeError("media.ffmpeg_missing", "no ffmpeg was found"));
    const there = seeing({ verify: missing });
    await expect(there.transfer.importBundle(path, never)).rejects.toMatchObject({ code: "media.ffmpeg_missing" });
    expect([await isEmpty(there), await there.artifacts.files()]).toEqual([true, []]);
  });
});

describe("a bundle that is not whole", () => {
  const refusal = async (testApp: TestApp, content: Uint8Array): Promise<string> => {
    const path = join(tempFolder(), "odd.vidpipe");
    writeFileSync(path, content);
    const failure: unknown = await testApp.transfer.importBundle(path, never).catch((thrown: unknown) => thrown);
    if (!(failure instanceof VidpipeError)) throw new Error(`not refused: ${Bun.inspect(failure)}`);
    expect([failure.code, await isEmpty(testApp)]).toEqual(["input.invalid", true]);
    expect(failure.message).toStartWith(`${path} cannot be imported: `);
    expect(failure.message).not.toContain("\n");
    return failure.message;
  };

  test("cut off anywhere, or changed in any byte, is refused and nothing stays", async () => {
    const { path } = await directed();
    const whole = readFileSync(path);
    const there = createTestApp(createTestStores());
    const place = fc.integer({ min: 0, max: whole.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        await refusal(there, whole.subarray(0, at));
        const changed = Uint8Array.from(whole);
        changed[at] = (changed[at] ?? 0) ^ bits;
        await refusal(there, changed);
      }),
      { numRuns: sized(40, 500) },
    );
    // What is refused spoils nothing: the whole one is still welcome.
    expect((await there.transfer.importBundle(path, never)).status).toBe("complete");
  }, 0);

  test("changed in any byte of a header is refused", async () => {
    const { path } = await directed();
    const whole = readFileSync(path);
    const there = createTestApp(createTestStores());
    for (let at = 0; at < 512; at++) {
      const changed = Uint8Array.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await refusal(there, changed);
    }
  });

  const tar = (...files: readonly (readonly [header: Uint8Array, content: string])[]): Uint8Array =>
    Buffer.concat([
      ...files.flatMap(([header, content]) => {
        const bytes = Buffer.from(content);
        return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
      }),
      Buffer.alloc(1_024),
    ]);
  const entry = (name: string, content: string) => [tarHeader(name, Buffer.byteLength(content)), content] as const;
  /** A header of another type, its sum made right again. */
  const typed = (name: string, type: string): Uint8Array => {
    const header = tarHeader(name, 0);
    header.set(Buffer.from(type), 156);
    header.set(Buffer.from("/etc/passwd"), 157);
    header.set(Buffer.from("        "), 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.set(Buffer.from(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    return header;
  };

  test.each([
    ["nothing at all", new Uint8Array(), "it is cut off"],
    ["a picture", new Uint8Array(2_000).fill(0x89), "not a tar archive"],
    ["a zip", Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.alloc(2_000)]), "not a tar archive"],
    ["an empty tar", tar(), "not a vidpipe bundle"],
    ["another tar", tar(entry("hello.txt", "hello")), "not a vidpipe bundle"],
    ["another JSON", tar(entry("vidpipe-bundle.json", "{}")), "not a vidpipe bundle"],
    ["half a JSON", tar(entry("vidpipe-bundle.json", '{"format":')), "damaged"],
    ["a newer one", tar(entry("vidpipe-bundle.json", '{"format":"vidpipe-bundle","version":3}')), "newer vidpipe"],
    ["a symbolic link", tar([typed("vidpipe-bundle.json", "2"), ""]), "not a regular file"],
    ["a hard link", tar([typed("vidpipe-bundle.json", "1"), ""]), "not a regular file"],
    ["a device", tar([typed("vidpipe-bundle.json", "3"), ""]), "not a regular file"],
    ["a folder", tar([typed("artifacts/", "5"), ""]), "not a regular file"],
    ["a path that climbs out", tar(entry("../../etc/passwd", "x")), "not a vidpipe bundle"],
  ])("%s is refused in one line", async (_, content, why) => {
    expect(await refusal(createTestApp(createTestStores()), content)).toContain(why);
  });

  /** A bundle as an attacker would write it: its lists agree with each other. */
  async function forgedFrom(
    files: Map<string, File>,
    change: (record: Record<string, unknown>) => unknown,
    withoutFiles = false,
  ): Promise<Uint8Array> {
    const record = JSON.stringify(change(JSON.parse((await files.get("project.json")?.text()) ?? "")));
    const manifest = JSON.parse((await files.get("vidpipe-bundle.json")?.text()) ?? "");
    const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
    const stored = withoutFiles ? [] : manifest.files.slice(1);
    const { check: _, ...body } = manifest;
    const first = { name: "project.json", sha256: sha256(record), bytes: Buffer.byteLength(record) };
    body.files = [first, ...stored];
    const head = `${JSON.stringify({ ...body, check: sha256(JSON.stringify(body)) }, null, 2)}\n`;
    const contents: (readonly [Uint8Array, string])[] = [];
    for (const { name } of stored) contents.push(entry(name, (await files.get(name)?.text()) ?? ""));
    return tar(entry("vidpipe-bundle.json", head), entry("project.json", record), ...contents);
  }
  async function forged(change: (record: Record<string, unknown>) => unknown, withoutFiles = false) {
    return forgedFrom(await bundled(), change, withoutFiles);
  }
  const rows = (record: Record<string, unknown>, key: string): Record<string, unknown>[] => {
    const list = record[key];
    return Array.isArray(list) ? list : [];
  };
  const first = (record: Record<string, unknown>, key: string, change: object) => ({
    ...record,
    [key]: rows(record, key).map((row, place) => (place === 0 ? { ...row, ...change } : row)),
  });

  test.each([
    ["a file outside", (r: Record<string, unknown>) => first(r, "artifacts", { key: "../../evil-000000000000.mp4" })],
    [
      "a file of another project",
      (r: Record<string, unknown>) => first(r, "artifacts", { projectId: rows(r, "steps")[0]?.id }),
    ],
    ["a step that runs", (r: Record<string, unknown>) => first(r, "steps", { status: "running" })],
    ["a done step without a result", (r: Record<string, unknown>) => first(r, "steps", { result: null })],
    ["a row that is not known", (r: Record<string, unknown>) => ({ ...r, more: [] })],
    ["a file left out", (r: Record<string, unknown>) => ({ ...r, artifacts: rows(r, "artifacts").slice(1) })],
    ["a step twice", (r: Record<string, unknown>) => ({ ...r, steps: [...rows(r, "steps"), rows(r, "steps")[0]] })],
    ["a gap in its history", (r: Record<string, unknown>) => ({ ...r, events: rows(r, "events").slice(1) })],
    ["no revisions", (r: Record<string, unknown>) => ({ ...r, revisions: [] })],
    ["a negative price", (r: Record<string, unknown>) => first(r, "submits", { usd: -5 })],
  ])("forged with %s is refused", async (_, change) => {
    await refusal(createTestApp(createTestStores()), await forged(change));
  });

  test.each([
    ["that wants more at once", { until: "film", cancelled: false }, { steps: 1 }],
    ["with an order that waits", { cancelled: false }, { steps: 99 }],
  ])("forged into a project %s is refused: nothing is bought without a word", async (_, project, { steps }) => {
    const content = await forged(
      (r) => ({
        ...r,
        project: Object.assign({}, r.project, project),
        steps: rows(r, "steps")
          .map((step) => (step.kind === "stitch" ? { ...step, status: "queued" } : step))
          .slice(0, steps),
        artifacts: steps === 1 ? [] : rows(r, "artifacts"),
        submits: [],
      }),
      steps === 1,
    );
    expect(await refusal(createTestApp(createTestStores()), content)).toContain(
      "the bundled project has unfinished paid work",
    );
  });

  test("forged with files of a project that is here is refused: nobody else's files become its own", async () => {
    const testApp = createTestApp(createTestStores());
    const { id } = await testApp.film("A dog.", 1);
    const { artifacts } = await testApp.repository.facts(id);
    const mine = artifacts.find(({ role }) => role === "clip");
    const content = await forged((record) => {
      const { key, sha256, bytes } = mine ?? {};
      return { ...record, artifacts: rows(record, "artifacts").map((row) => ({ ...row, key, sha256, bytes })) };
    });
    const path = join(tempFolder(), "thief.vidpipe");
    writeFileSync(path, content);
    await expect(testApp.transfer.importBundle(path, never)).rejects.toThrow("another project's folder");
    expect(await testApp.repository.list({})).toHaveLength(1);
  });

  test("forged in any one place is refused, or is a project that rests and can be looked at", async () => {
    const files = await bundled();
    const text = (await files.get("project.json")?.text()) ?? "";
    const leaves = leavesOf(JSON.parse(text));
    const odd = fc.constantFrom<unknown>(
      null,
      "",
      "x",
      -1,
      0,
      7,
      1.5,
      1e300,
      true,
      [],
      {},
      "\u0000",
      "running",
      "queued",
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(leaves.length - 1), odd, async (leaf, value) => {
        const changed = join(tempFolder(), "forged.vidpipe");
        writeFileSync(changed, await forgedFrom(files, (record) => withLeaf(record, leaves[leaf] ?? [], value)));
        const there = createTestApp(createTestStores());
        const outcome = await there.transfer.importBundle(changed, never).then(
          (view) => view.status,
          (thrown: unknown) => (thrown instanceof VidpipeError ? thrown.code : thrown),
        );
        if (outcome === "input.invalid") expect(await isEmpty(there)).toBe(true);
        else {
          expect(outcome).toBeOneOf(["complete", "review", "failed", "held", "cancelled"]);
          const [item] = await there.repository.list({});
          if (item === undefined) throw new Error("not there");
          await there.clock.run(there.service.recover(never));
          expect(there.provider.bills).toEqual([]);
          await there.editing.forecast(item.id);
        }
      }),
      { numRuns: sized(60, 1_000) },
    );
  }, 0);

  const submitted = (change: object) => (r: Record<string, unknown>) => first(r, "submits", change);
  const piece = (role: string, change: object) => (r: Record<string, unknown>) => ({
    ...r,
    artifacts: rows(r, "artifacts").map((row) => (row.role === role ? { ...row, ...change } : row)),
  });
  const inProject = (change: object) => (r: Record<string, unknown>) => ({
    ...r,
    project: { ...Object(r.project), ...change },
  });
  const models = { provider: "scripted", textModel: "t", imageModel: "i", videoModel: "v", options: {} };

  test.each<readonly [string, string, (record: Record<string, unknown>) => unknown]>([
    ["a unit", 'submits[0].unit is "second?[2J"', submitted({ unit: "second\u001b[2J" })],
    [
      "a model that was chosen",
      'project.direction.models.clip is "v?[2J"',
      inProject({ direction: { storyboard: null, picks: [], models: { clip: "v\u001b[2J" } } }),
    ],
    ["a model", "submits[0].model", submitted({ model: "a\nb" })],
    ["a model that is a page", "submits[0].model", submitted({ model: "<script>" })],
    ["an operation", "submits[0].operationName", submitted({ operationName: "a b c" })],
    ["a provider", "project.models.provider", inProject({ casting: { ...models, provider: "a b" } })],
    ["an option", "project.models.options.x", inProject({ casting: { ...models, options: { x: "a\r\nb" } } })],
    ["a name of an option", 'a field "x?y"', inProject({ casting: { ...models, options: { "x\u001by": 1 } } })],
    ["a reason as long as a book", "longer than 100,000", submitted({ reason: "x".repeat(100_001) })],
    ["half a character", "well-formed", submitted({ reason: "\ud800" })],
    ["a media type", "mediaType", piece("clip", { mediaType: "text/html" })],
    ["the media type of a still", "mediaType", piece("keyframe", { mediaType: "image/svg+xml" })],
  ])("forged with %s that vidpipe never writes is refused, named", async (_, words, change) => {
    expect(await refusal(createTestApp(createTestStores()), await forged(change))).toContain(words);
  });

  test("may say of an answer what the service said: it comes in as bytes", async () => {
    const path = join(tempFolder(), "answers.vidpipe");
    const html = await forged((record) => ({
      ...record,
      artifacts: rows(record, "artifacts").map((row) =>
        row.role === "answer" && String(row.key).endsWith(".json") ? { ...row, mediaType: "text/html" } : row,
      ),
    }));
    writeFileSync(path, html);
    const there = createTestApp(createTestStores());
    const { id } = await there.transfer.importBundle(path, never);
    const { artifacts } = await there.repository.facts(id);
    const types = artifacts.filter(({ role, key }) => role === "answer" && key.endsWith(".json"));
    expect(new Set(types.map(({ mediaType }) => mediaType))).toEqual(new Set(["application/octet-stream"]));
  });

  test("may say anything in its words: they are plain text", async () => {
    const path = join(tempFolder(), "words.vidpipe");
    const note = "\u001b[2J<script>\r\n\u202e";
    const reasoned = submitted({ reason: note });
    writeFileSync(
      path,
      await forged((r) => ({
        ...Object(reasoned(r)),
        revisions: rows(r, "revisions").map((row) => ({ ...row, note })),
      })),
    );
    const there = createTestApp(createTestStores());
    const { id } = await there.transfer.importBundle(path, never);
    expect((await there.editing.history(id))[0]?.note).toBe(note);
  });

  test("forged without a change is what it was: the refusals above are for their own reasons", async () => {
    const path = join(tempFolder(), "same.vidpipe");
    writeFileSync(path, await forged((record) => record));
    expect((await createTestApp(createTestStores()).transfer.importBundle(path, never)).status).toBe("complete");
    expect(statSync(path).size).toBeGreaterThan(0);
  });

  test("a folder, or no file at all, is refused", async () => {
    const testApp = createTestApp(createTestStores());
    for (const path of [tempFolder(), join(tempFolder(), "none.vidpipe")])
      await expect(testApp.transfer.importBundle(path, never)).rejects.toMatchObject({ code: "input.invalid" });
  });
});
