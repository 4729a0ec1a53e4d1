import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { asVidpipeError } from "../../src/domain/errors.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import { createIdempotency } from "../../src/services/idempotency.ts";
import { silentLog } from "../storage/silent-log.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createMemoryRepository } from "../support/memory-repository.ts";
import { never } from "../support/never.ts";
import { createTestApp, createTestStores, type TestApp, type TestStores } from "../support/test-app.ts";

const tempFolder = tempFolders();
const aborted = AbortSignal.abort();

const png = (words: string) => ({
  bytes: Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...new TextEncoder().encode(words)]),
  from: `${words}.png`,
});
const request = { prompt: "A cat at night.", sceneCount: 2 };
const images = { references: [{ ...png("mika"), name: "Mika" }], stills: [{ still: 0, picture: png("start") }] };

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "done",
    (thrown: unknown) => asVidpipeError(thrown).code,
  );

/** Everything that is stored: rows, files of projects. */
async function storedIn({ repository, artifacts }: TestStores) {
  const items = await repository.list({});
  const facts = await Promise.all(items.map(({ id }) => repository.facts(id)));
  return { facts, keys: (await artifacts.files()).map(({ key }) => key) };
}

async function finished(): Promise<{ stores: TestStores; testApp: TestApp; id: ProjectId; bundle: string }> {
  const stores = createTestStores({ references: 3 });
  const testApp = createTestApp(stores);
  const { id } = await testApp.film("A cat at night.", 2);
  const bundle = join(tempFolder(), "film.vidpipe");
  await testApp.transfer.exportBundle(id, bundle, never);
  return { stores, testApp, id, bundle };
}

describe("a call whose signal is aborted already", () => {
  test("ends with run.interrupted and changes nothing", async () => {
    const { stores, testApp, id, bundle } = await finished();
    const { service, editing, transfer } = testApp;
    const before = await storedIn(stores);
    const folder = tempFolder();
    const storyboard = (await service.get(id)).storyboard;
    if (storyboard === null) throw new Error("no storyboard");
    const edit = { storyboard: { ...storyboard, title: "Other" }, patch: false, stills: images.stills };
    const calls: Record<string, () => Promise<unknown>> = {
      create: () => service.create(request, images, aborted),
      admit: () => service.admit(request, images, aborted),
      resume: () => service.resume(id, {}, aborted),
      restitch: () => service.restitch(id, 0.5, undefined, aborted),
      explainStitch: () => service.explainStitch(id, 0.5, undefined, aborted),
      recover: () => service.recover(aborted),
      exportFinal: () => service.exportFinal(id, join(folder, "film.mp4"), aborted),
      checkDestination: () => service.checkDestination(join(folder, "film.mp4"), aborted),
      forecastEdit: () => editing.forecastEdit(id, edit, aborted),
      editStoryboard: () => editing.editStoryboard(id, edit, aborted),
      setFile: () => editing.setFile(id, { still: 0, picture: png("other") }, aborted),
      forecastFile: () => editing.forecastFile(id, { still: 0, picture: png("other") }, aborted),
      setReferences: () => editing.setReferences(id, images.references, aborted),
      exportTimeline: () => transfer.exportTimeline(id, ["otio"], folder, aborted),
      exportSidecars: () => transfer.exportSidecars(id, join(folder, "sidecars"), aborted),
      exportBundle: () => transfer.exportBundle(id, join(folder, "film.vidpipe"), aborted),
      importBundle: () => transfer.importBundle(bundle, aborted),
      fork: () => transfer.fork(id, {}, aborted),
    };
    const codes: Record<string, string> = {};
    for (const [name, call] of Object.entries(calls)) codes[name] = await testApp.clock.run(codeOf(call()));
    expect(codes).toEqual(Object.fromEntries(Object.keys(calls).map((name) => [name, "run.interrupted"])));
    expect(await storedIn(stores)).toEqual(before);
    expect(readdirSync(folder)).toEqual([]);
  });
});

/** The stores with every call counted; the signal aborts just before the call of that number. */
function abortingAt(stores: TestStores, nth: number) {
  const controller = new AbortController();
  let calls = 0;
  const enter = () => {
    calls += 1;
    if (calls === nth) controller.abort();
  };
  const counted = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function" || name === "pathOf" || name === "leasesOf") return member;
        return (...args: unknown[]) => {
          enter();
          return Reflect.apply(member, target, args);
        };
      },
    });
  const seenStores = { ...stores, repository: counted(stores.repository), artifacts: counted(stores.artifacts) };
  return { stores: seenStores, media: createFakeMedia({ before: enter }), signal: controller.signal };
}

interface Subject {
  readonly id: ProjectId;
  readonly bundle: string;
}

describe("a call that is aborted at any of its steps", () => {
  test.each([
    ["create", (testApp: TestApp, signal: AbortSignal) => testApp.service.create(request, images, signal)],
    [
      "importBundle",
      (testApp: TestApp, signal: AbortSignal, { bundle }: Subject) => testApp.transfer.importBundle(bundle, signal),
    ],
    [
      "fork",
      (testApp: TestApp, signal: AbortSignal, { id }: Subject) => testApp.transfer.fork(id, { style: "ink" }, signal),
    ],
  ] as const)("makes its project whole or leaves nothing of it: %s", async (name, call) => {
    const source = await finished();
    source.testApp.kill();
    const codes: string[] = [];
    for (let nth = 1, wasAborted = true; wasAborted; nth++) {
      const stores = name === "importBundle" ? createTestStores() : source.stores;
      const before = await storedIn(stores);
      const seen = abortingAt(stores, nth);
      const process = createTestApp(seen.stores, { media: seen.media });
      codes.push(await stores.clock.run(codeOf(call(process, seen.signal, source))));
      process.kill();
      wasAborted = seen.signal.aborted;
      const after = await storedIn(stores);
      if (codes.at(-1) !== "done") expect(after).toEqual(before);
      else expect(after.facts.length).toBe(before.facts.length + 1);
      const files = after.facts.flatMap(({ artifacts }) => artifacts);
      for (const file of files) expect(await stores.artifacts.intact(file)).toBe(true);
    }
    expect(new Set(codes)).toEqual(new Set(["run.interrupted", "done"]));
    // Once it is recorded nothing stops it any more.
    expect(codes.lastIndexOf("run.interrupted")).toBeLessThan(codes.indexOf("done"));
  });
});

describe("a request under an idempotency key", () => {
  test("is made by the client that waits when the first one leaves", async () => {
    const clock = createManualClock();
    const idempotency = createIdempotency({
      repository: createMemoryRepository({ clock }),
      clock,
      random: { number: () => 0, id: () => Bun.randomUUIDv7() },
      owner: { self: "one", isLive: () => true },
      log: silentLog,
    });
    const controller = new AbortController();
    const service = createTestApp(createTestStores(), {
      media: createFakeMedia({ before: () => controller.abort() }),
    }).service;
    const key = { key: "main/one", fingerprint: "f" };
    const once = (work: () => Promise<string>) =>
      idempotency.once(key, { work, recall: async () => "recalled", parse: String }, never);
    const first = codeOf(once(async () => (await service.create(request, {}, controller.signal)).status));
    const second = once(async () => "made by the second");
    expect(await first).toBe("run.interrupted");
    expect(await second).toEqual({ answer: "made by the second", replayed: false });
  });
});
