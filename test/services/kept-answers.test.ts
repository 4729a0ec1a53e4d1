/** Paid answers that do not fit, everywhere but in the engine: takes, forks, bundles, verify, the trash of files. */

import { beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import { recordFault } from "../../src/domain/project-record.ts";
import type { ProjectView } from "../../src/domain/view.ts";
import type { MediaTool } from "../../src/ports/media.ts";
import { createAssets } from "../../src/services/assets.ts";
import { createIntegrityService, type Problem } from "../../src/services/integrity.ts";
import { orphanGraceMs } from "../../src/services/orphan-files.ts";
import { createArtifactStore } from "../../src/storage/files/artifact-store.ts";
import { createOrphanTrash } from "../../src/storage/files/orphan-trash.ts";
import { silentLog } from "../storage/silent-log.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { createFakeCaptions } from "../support/fake-captions.ts";
import { createFakeMedia, fakeClipBytes } from "../support/fake-media.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores, type TestApp, type TestStores } from "../support/test-app.ts";
import { waysOf } from "../support/ways.ts";

const tempFolder = tempFolders();

/** Media in which the second still of every film came as a square. */
function squareStill(): MediaTool {
  const media = createFakeMedia();
  return {
    ...media,
    async verifyStill(path, aspectRatio, signal) {
      const text = await Bun.file(path).text();
      if (!text.includes("still 1") || text.includes("cropped to "))
        return media.verifyStill(path, aspectRatio, signal);
      if (aspectRatio !== null) throw new VidpipeError("media.invalid", "it is 1024x1024");
      return { width: 1024, height: 1024 };
    },
  };
}

let folder: string;
let stores: TestStores;
let testApp: TestApp;
let film: ProjectView;

/** A film of one scene whose last still was paid for and does not fit. */
beforeEach(async () => {
  folder = tempFolder();
  const ground = createTestStores();
  const owner = { self: "store", isLive: () => true };
  const artifacts = createArtifactStore({ root: join(folder, "films") }, { owner, clock: ground.clock });
  stores = { ...ground, artifacts };
  testApp = createTestApp(stores, { media: squareStill() });
  film = await testApp.film("A cat.", 1);
  expect(film.status).toBe("held");
});

const billed = () => stores.provider.bills.map(({ what }) => what);
const factsOf = (id: ProjectId = film.id) => stores.repository.facts(id);

async function resumed(app: TestApp, id: ProjectId, options: Parameters<TestApp["service"]["resume"]>[1]) {
  await app.clock.run(app.service.resume(id, options, never));
  return app.settle(id);
}

const checker = { self: "checker", isLive: () => true };
function keeping() {
  const world = {
    ...stores,
    leases: stores.repository.leasesOf({ owner: checker, clock: stores.clock }),
    providers: new Map(),
    media: squareStill(),
    captions: createFakeCaptions(),
    owner: checker,
    random: { number: () => 0, id: () => "" },
    log: silentLog,
  };
  const orphanTrash = createOrphanTrash({ root: join(folder, "films") }, world);
  return createIntegrityService({ world, orphanTrash, trashMs: 7 * orphanGraceMs });
}

async function verify(): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  await keeping().verify(null, { quick: false }, (problem) => problems.push(problem), never);
  return problems;
}

const answersIn = (id: ProjectId): string[] =>
  readdirSync(join(folder, "films", id)).filter((name) => name.startsWith("answer-"));

function age(path: string): void {
  const at = (stores.clock.now() - orphanGraceMs) / 1_000;
  utimesSync(path, at, at);
}

describe("a still that came in another shape", () => {
  test("asks, and says what can be done", () => {
    expect(film.waits).toEqual([
      {
        reason: "rejected",
        message: expect.stringContaining("keyframe 2: the still is 1024x1024, ordered was 16:9"),
        usd: 0.1,
        ways: expect.anything(),
      },
    ]);
    expect(waysOf(film)).toEqual(["--use-rejected", "--retry-rejected", "--skip-blocked"]);
    expect(billed()).toEqual(["storyboard", "keyframe", "keyframe"]);
  });

  test("is seen as a take, with its picture, its price and the reason", async () => {
    const takes = await testApp.editing.takes(film.id);
    const held = takes.find(({ step }) => step.status === "rejected");
    expect(held).toMatchObject({
      artifact: null,
      usd: 0.1,
      rejected: [{ usd: 0.1, reason: "the still is 1024x1024, ordered was 16:9", artifact: { role: "answer" } }],
    });
    const assets = createAssets(stores);
    const [answer] = held?.rejected ?? [];
    const piece = { kind: "keyframe", position: 1, take: 1 } as const;
    const shown = await assets.piece(film.id, { ...piece, answer: answer?.submitId ?? "" });
    expect(shown.artifact).toEqual(answer?.artifact ?? shown.artifact);
    // The film itself shows nothing that it is not made of.
    await expect(assets.piece(film.id, piece)).rejects.toMatchObject({ code: "project.not_found" });
    await expect(assets.piece(film.id, { kind: "keyframe", position: 1 })).rejects.toMatchObject({
      code: "project.not_found",
    });
    expect(film.scenes[0]?.end).toMatchObject({ status: "rejected", key: null });
  });

  test("stays visible when another one was bought", async () => {
    const view = await resumed(testApp, film.id, { retryRejected: true });
    expect(view.status).toBe("held");
    const [first, second] = (await testApp.editing.takes(film.id)).flatMap(({ rejected }) => rejected);
    expect([first?.usd, second?.usd]).toEqual([0.1, 0.1]);
    const { lines } = await testApp.service.receipt(film.id);
    expect(lines.map(({ piece, because, answer }) => [piece, because, answer])).toEqual([
      ["storyboard", "first", "used"],
      ["keyframe 1", "first", "used"],
      ["keyframe 2", "first", "rejected"],
      ["keyframe 2", "approval", "rejected"],
    ]);
  });

  test("is not part of the gallery's pictures as it came, nor of the sidecars", async () => {
    const out = join(tempFolder(), "provenance");
    expect(await testApp.transfer.exportSidecars(film.id, out, never)).toBe(1);
    expect(readdirSync(out).filter((name) => name.startsWith("answer-"))).toEqual([]);
  });
});

describe("a fork of such a film", () => {
  test("brings the answer, asks for it too, and uses it without buying", async () => {
    const fork = await testApp.transfer.fork(film.id, {}, never);
    expect([fork.status, fork.waits[0]?.reason]).toEqual(["review", "rejected"]);
    expect((await factsOf(fork.id)).submits).toEqual([]);
    expect(answersIn(fork.id)).toHaveLength(1);
    const before = billed().length;
    const again = await resumed(testApp, fork.id, {});
    expect([again.status, billed().length]).toEqual(["held", before]);
    const made = await resumed(testApp, fork.id, { useRejected: true });
    expect(made.status).toBe("complete");
    expect(billed().slice(before)).toEqual(["clip"]);
    expect((await testApp.service.receipt(fork.id)).lines.map(({ piece }) => piece)).toEqual(["clip of scene 1"]);
  });

  test("buys another one only on its own user's word, however often the source's user agreed", async () => {
    await resumed(testApp, film.id, { retryRejected: true });
    const fork = await testApp.transfer.fork(film.id, {}, never);
    const before = billed().length;
    await resumed(testApp, fork.id, {});
    expect(billed()).toHaveLength(before);
    await resumed(testApp, fork.id, { retryRejected: true });
    expect(billed().slice(before)).toEqual(["keyframe"]);
  });

  test("leaves the answers of what is finished behind", async () => {
    const done = await resumed(testApp, film.id, { useRejected: true });
    expect(done.status).toBe("complete");
    const fork = await testApp.transfer.fork(film.id, {}, never);
    expect(answersIn(fork.id)).toEqual([]);
  });
});

test("a fork of a film whose storyboard does not fit asks for it, and does not read it for ever", async () => {
  const odd = createTestStores({ storyboard: () => ({ title: 1 }) });
  const app = createTestApp(odd);
  const { id, status } = await app.film("A cat.", 2);
  expect([status, odd.provider.bills.length]).toEqual(["held", 3]);
  const fork = await app.transfer.fork(id, {}, never);
  expect((await resumed(app, fork.id, {})).status).toBe("held");
  const after = await resumed(app, fork.id, { skipBlocked: true });
  expect([after.status, waysOf(after)]).toEqual(["held", ["--retry-rejected"]]);
  expect(odd.provider.bills).toHaveLength(3);
});

test("a fork's clip that does not fit is kept before it is looked at, and is used without buying", async () => {
  const asked: (string | null)[] = [];
  let isDenied = true;
  const odd = createTestStores({
    before: ({ call }) => (call === "poll" && isDenied ? new VidpipeError("provider.bad_key", "no key") : undefined),
    verdict: () => ({
      kind: "ready",
      save: async (path) => void (await Bun.write(path, fakeClipBytes({ durationSeconds: 2, label: "short" }))),
    }),
  });
  const { readOperation } = odd.provider;
  const provider = {
    ...odd.provider,
    readOperation: (...args: Parameters<typeof readOperation>) => {
      asked.push(args[2]);
      return readOperation(...args);
    },
  };
  const app = createTestApp({ ...odd, provider });
  const { id, status } = await app.film("A cat.", 1);
  expect(status).toBe("failed");
  const fork = await app.transfer.fork(id, {}, never);
  isDenied = false;
  const before = odd.provider.bills.length;
  expect((await resumed(app, fork.id, {})).status).toBe("held");
  const facts = await odd.repository.facts(fork.id);
  const step = facts.steps.find(({ kind }) => kind === "clip");
  const kept = facts.artifacts.filter(({ role, mediaType }) => role === "answer" && mediaType === "video/mp4");
  expect(kept.map(({ stepId }) => stepId === step?.id)).toEqual([true]);
  // The call's own name is the source's: what it was sent with is found by it.
  const [call] = (await odd.repository.facts(id)).submits.flatMap(({ id: name, operationName }) =>
    operationName === null ? [] : [name],
  );
  expect(asked).toEqual([call ?? "", call ?? ""]);
  expect((await resumed(app, fork.id, { useRejected: true })).status).toBe("complete");
  expect(odd.provider.bills).toHaveLength(before);
});

describe("a bundle of such a film", () => {
  test("takes the answers along, and they are used there without buying", async () => {
    const path = join(tempFolder(), "film.vidpipe");
    await testApp.transfer.exportBundle(film.id, path, never);
    const there = createTestApp(createTestStores(), { media: squareStill() });
    const { id, status } = await there.transfer.importBundle(path, never);
    expect([id, status]).toEqual([film.id, "held"]);
    const { committedTodayUsd: _, ...rows } = await there.repository.facts(id);
    expect(rows.submits).toEqual([...(await factsOf()).submits]);
    expect(rows.artifacts).toEqual([...(await factsOf()).artifacts]);
    for (const artifact of rows.artifacts) expect(await there.artifacts.intact(artifact)).toBe(true);
    expect((await resumed(there, id, { useRejected: true })).status).toBe("complete");
    expect(there.provider.bills.map(({ what }) => what)).toEqual(["clip"]);
  });

  test("brings no word that was given for a purchase and not used", async () => {
    const rejected = (await factsOf()).steps.find(({ status }) => status === "rejected");
    if (rejected === undefined) throw new Error("nothing is rejected");
    await stores.repository.change(film.id, null, () => [
      { type: "advance", stepId: rejected.id, event: "redo", patch: { approvals: 2, reservedUsd: 1 } },
      { type: "advance", stepId: rejected.id, event: "reject" },
    ]);
    const path = join(tempFolder(), "film.vidpipe");
    await testApp.transfer.exportBundle(film.id, path, never);
    const there = createTestApp(createTestStores(), { media: squareStill() });
    const { id } = await there.transfer.importBundle(path, never);
    const step = (await there.repository.facts(id)).steps.find(({ status }) => status === "rejected");
    expect([step?.approvals, step?.reservedUsd]).toEqual([0, 0]);
    await expect(there.transfer.importBundle(path, never)).rejects.toMatchObject({ facts: { same: true } });
    expect((await resumed(there, id, {})).status).toBe("held");
    expect(there.provider.bills).toEqual([]);
  });

  test("whose paid call names an answer that is not there is damaged", async () => {
    const { committedTodayUsd: _, ...rows } = await factsOf();
    const record = { ...rows, revisions: await stores.repository.revisions(film.id), events: [] };
    expect(recordFault(record)).toBeNull();
    const [answer] = rows.artifacts.filter(({ role }) => role === "answer");
    const without = rows.artifacts.filter(({ id }) => id !== answer?.id);
    expect(recordFault({ ...record, artifacts: without })).toBe("a paid call has an answer that is not listed");
    const asPiece = rows.artifacts.map((one) => (one.id === answer?.id ? { ...one, role: "clip" as const } : one));
    expect(recordFault({ ...record, artifacts: asPiece })).toBe("a paid call has an answer that is not listed");
  });
});

describe("verify", () => {
  test("is content with kept answers, whatever they are", async () => {
    expect(await verify()).toEqual([]);
    await resumed(testApp, film.id, { useRejected: true });
    expect(await verify()).toEqual([]);
  });

  test("tells of an answer whose file is gone or changed, with the ways out", async () => {
    const { artifacts, submits } = await factsOf();
    const find = (id: unknown) => artifacts.find((one) => one.id === id);
    const [story, , still] = submits;
    const reply = find(still?.replyId);
    const used = find(story?.replyId);
    rmSync(stores.artifacts.pathOf(reply?.key ?? ""));
    writeFileSync(stores.artifacts.pathOf(used?.key ?? ""), "rotten");
    const told = new Map((await verify()).map(({ key, kind, message }) => [key, `${kind}: ${message}`]));
    expect(told.size).toBe(2);
    expect(told.get(reply?.key ?? "")).toContain(
      `missing: ${reply?.key} is missing: it is the kept answer of a paid call for the keyframe 2: put it back from a backup, or 'vidpipe resume ${film.id}' tells`,
    );
    expect(told.get(used?.key ?? "")).toContain("which was used already: put it back from a backup, or leave it");
    // The way that is told: it asks, and buys nothing.
    const before = billed().length;
    const view = await resumed(testApp, film.id, {});
    expect([view.status, billed().length]).toEqual(["held", before]);
    expect(view.waits[0]?.message).toContain("put it back from a backup");
  });

  test("names an answer without a row; nothing sweeps it, and nothing is bought while it is there", async () => {
    const path = join(folder, "films", film.id, `answer-${Bun.randomUUIDv7()}-0123456789ab.png`);
    writeFileSync(path, "paid for");
    age(path);
    const [problem, ...more] = await verify();
    expect(more).toEqual([]);
    expect(problem?.kind).toBe("stray");
    expect(problem?.message).toContain("is the answer to a paid call that is not recorded");
    const moved: string[] = [];
    await keeping().collect(null, { unrecorded: true }, (of) => moved.push(...of.moved), never);
    expect(moved).toEqual([]);
    expect(readFileSync(path, "utf8")).toBe("paid for");
  });

  test("names the answer of a project that is not recorded, which --collect-all leaves too", async () => {
    const other = Bun.randomUUIDv7();
    mkdirSync(join(folder, "films", other));
    const path = join(folder, "films", other, `answer-${Bun.randomUUIDv7()}-0123456789ab.json`);
    writeFileSync(path, "{}");
    age(path);
    expect((await verify()).map(({ kind }) => kind)).toEqual(["stray"]);
    await keeping().collect(null, { unrecorded: true }, () => {}, never);
    expect(readFileSync(path, "utf8")).toBe("{}");
  });
});

test("an answer whose row is gone is taken up by resume, and its piece is not bought again", async () => {
  const submit = (await factsOf()).submits.at(-1);
  if (submit === undefined) throw new Error("no paid call");
  testApp.kill();
  // As a process leaves it that ended before it could write the row: the file is there, and no paid call names it.
  await stores.repository.change(film.id, null, () => [
    {
      type: "settle_submit",
      submitId: submit.id,
      state: "spent",
      patch: { replyId: null, resultId: null, verdict: "rejected", reason: "it could not be stored" },
    },
  ]);
  const before = billed().length;
  const heir = createTestApp(stores, { media: squareStill() });
  const view = await resumed(heir, film.id, { useRejected: true });
  expect(view.status).toBe("complete");
  expect(billed().slice(before)).toEqual(["clip"]);
});

test("the trash takes the answers' files, and the ledger stays", async () => {
  await stores.repository.trash.discard(film.id, stores.clock.now(), () => {});
  await stores.artifacts.discard(film.id);
  await stores.repository.trash.empty(film.id, stores.clock.now());
  expect(await stores.artifacts.files()).toEqual([]);
});
