/** Stills that arrived and could not be checked, stored or used as they are: each is paid for once. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import { removeFiles } from "../providers/google/harness.ts";
import type { FaultName } from "../support/google-fake/faults.ts";
import { createHeaderMedia } from "../support/header-media.ts";
import { never } from "../support/never.ts";
import { waysOf } from "../support/ways.ts";
import {
  apiOf,
  billOf,
  createGround,
  film,
  type Ground,
  generate,
  goOn,
  ledgerOf,
  plan,
  request,
  resume,
  start,
  stopFakes,
} from "./harness.ts";

afterEach(stopFakes);
afterAll(removeFiles);

const ONE_FILM = { text: 1, image: 2, clip: 1 };
const LEDGER = ["storyboard spent", "keyframe spent", "keyframe spent", "clip spent"];

/** ffmpeg of this machine, which dies so many times while it checks a still. */
function dyingMedia(times: number) {
  let left = times;
  return createHeaderMedia({
    before: (call) => {
      if (call !== "verifyStill" || left === 0) return;
      left -= 1;
      throw new VidpipeError("media.ffmpeg_failed", "ffmpeg was killed (SIGKILL)");
    },
  });
}

/** A disk that is full for so many writes of files whose name begins so. */
function fullDisk(ground: Ground, name: string, times: number): Ground {
  let left = times;
  return {
    ...ground,
    artifacts: {
      ...ground.artifacts,
      put: (slot, write) => {
        if (!slot.name.startsWith(name) || left === 0) return ground.artifacts.put(slot, write);
        left -= 1;
        return Promise.reject(new VidpipeError("storage.full", "the disk is full"));
      },
    },
  };
}

describe("ffmpeg dies while a still is checked", () => {
  test.each([1, 4])("%d times: the check is repeated, never the purchase", async (times) => {
    const ground = createGround();
    const { id, exitCode } = await generate(ground, { media: dyingMedia(times) });
    expect([exitCode, billOf(ground)]).toEqual([0, ONE_FILM]);
    expect(await ledgerOf(ground, id)).toEqual(LEDGER);
  });

  test("for good: the film stops, and goes on with the same still once ffmpeg is repaired", async () => {
    const ground = createGround();
    const { id, exitCode, words, status, api } = await generate(ground, { media: dyingMedia(99) });
    expect([exitCode, status, api.status]).toEqual([1, "failed", 200]);
    expect(words).toContain("ffmpeg was killed");
    expect(billOf(ground)).toEqual({ text: 1, image: 1, clip: 0 });
    const broken = start(ground, { media: dyingMedia(99) });
    expect((await goOn(broken, id)).status).toBe("failed");
    broken.kill();
    expect((await goOn(start(ground), id)).status).toBe("complete");
    expect(billOf(ground)).toEqual(ONE_FILM);
    expect(await ledgerOf(ground, id)).toEqual(LEDGER);
  });
});

describe("the disk is full", () => {
  test("while the answer is stored: it stays in memory until there is room", async () => {
    const ground = fullDisk(createGround(), "answer-", 7);
    const { id, exitCode } = await generate(ground);
    expect([exitCode, billOf(ground)]).toEqual([0, ONE_FILM]);
    expect(await ledgerOf(ground, id)).toEqual(LEDGER);
  });

  test("while the still is stored: the film is held, and goes on with the stored answer", async () => {
    const ground = fullDisk(createGround(), "keyframe-", 1);
    const { id, exitCode, words } = await generate(ground);
    expect([exitCode, billOf(ground)]).toEqual([3, { text: 1, image: 1, clip: 0 }]);
    expect(words).toContain("the disk is full: make room, then resume");
    expect((await goOn(start(ground), id)).status).toBe("complete");
    expect(billOf(ground)).toEqual(ONE_FILM);
    expect(await ledgerOf(ground, id)).toEqual(LEDGER);
  });

  test("until the process ends: it counts as charged, and the film asks", async () => {
    const ground = createGround();
    const stuck = fullDisk(ground, "answer-", 10_000);
    const app = start(stuck);
    const { id } = await ground.clock.run(app.service.create(request(ground), {}, never));
    const said = async () => {
      for await (const { project } of app.service.watch(id, never))
        if (project.message !== null) return project.message;
      return "it was not said";
    };
    expect(await ground.clock.run(said())).toContain("make room; it is stored as soon as there is some");
    await ground.clock.run(app.service.stop());
    app.kill();
    expect(billOf(ground)).toEqual({ text: 1, image: 0, clip: 0 });
    const after = start(ground);
    const asked = await goOn(after, id);
    expect([asked.status, billOf(ground)]).toEqual(["held", { text: 1, image: 0, clip: 0 }]);
    expect(asked.message).toContain("it was paid for");
    expect(waysOf(asked)).toEqual(["--retry-rejected"]);
    expect((await goOn(after, id, { retryRejected: true })).status).toBe("complete");
    expect(billOf(ground)).toEqual({ text: 2, image: 2, clip: 1 });
  });
});

describe("a still of another shape", () => {
  test("is asked about, and cropped when the user says so", async () => {
    const ground = createGround();
    plan(ground, "image", "image_square", 1);
    const { id, exitCode, words, status, api } = await generate(ground);
    expect([exitCode, status, api.status]).toEqual([3, "held", 200]);
    expect(words).toContain("the still is 1024x1024, ordered was 16:9");
    expect(words).toContain("--use-rejected");
    expect(billOf(ground)).toEqual({ text: 1, image: 1, clip: 0 });
    expect((await resume(ground, id)).exitCode).toBe(3);
    expect(billOf(ground).image).toBe(1);
    const app = start(ground);
    const used = await ground.clock.run(apiOf(app).post(`/api/projects/${id}/resume`, { use_rejected: true }));
    expect([used.status, (await app.settle(id)).status]).toEqual([202, "complete"]);
    expect(billOf(ground)).toEqual(ONE_FILM);
    expect(await ledgerOf(ground, id)).toEqual(LEDGER);
    const { artifacts, submits } = await ground.repository.facts(id);
    expect(submits.map(({ verdict }) => verdict)).toEqual(["used", "used", "used", "used"]);
    const [first] = artifacts.filter(({ role, position }) => role === "keyframe" && position === 0);
    const size = await createHeaderMedia().verifyStill(ground.artifacts.pathOf(first?.key ?? ""), "16:9", never);
    expect(size.width).toBeGreaterThan(size.height);
  });

  test("is bought once more by the user's word, and not again unasked", async () => {
    const ground = createGround();
    plan(ground, "image", "image_square");
    const { id } = await generate(ground);
    const app = start(ground);
    expect((await goOn(app, id, { retryRejected: true })).status).toBe("held");
    expect((await goOn(app, id)).status).toBe("held");
    expect(billOf(ground).image).toBe(2);
    expect(await ledgerOf(ground, id)).toEqual(["storyboard spent", "keyframe spent", "keyframe spent (approval)"]);
  });
});

test.each(["image_thought_only", "image_thought_first"] as const)("%s: the picture is used", async (fault) => {
  const ground = createGround();
  plan(ground, "image", fault);
  const { id, exitCode } = await generate(ground);
  expect([exitCode, billOf(ground)]).toEqual([0, ONE_FILM]);
  expect(await ledgerOf(ground, id)).toEqual(LEDGER);
});

/** Answers without a picture that can be used, and what is said of them. */
const USELESS: readonly (readonly [FaultName, string])[] = [
  ["image_none", "NO_IMAGE"],
  ["image_missing", "IMAGE_OTHER"],
  ["image_not_image", "what Google sent as the picture is no PNG, JPEG or WebP file"],
];

describe.each(USELESS)("%s", (fault, said) => {
  test("is billed once and asked about", async () => {
    const ground = createGround();
    plan(ground, "image", fault);
    const { id, exitCode, words, status, api } = await generate(ground);
    expect([exitCode, status, api.status]).toEqual([3, "held", 200]);
    expect(words).toContain(said);
    expect(words).toContain("it was paid for and nothing is bought again unasked");
    expect(words).toContain("--retry-rejected");
    expect(words).not.toContain("--use-rejected");
    expect(billOf(ground)).toEqual({ text: 1, image: 1, clip: 0 });
    const app = start(ground);
    expect((await goOn(app, id)).status).toBe("held");
    expect(billOf(ground).image).toBe(1);
    expect((await goOn(app, id, { retryRejected: true })).status).toBe("held");
    expect(billOf(ground).image).toBe(2);
    expect(await ledgerOf(ground, id)).toEqual(["storyboard spent", "keyframe spent", "keyframe spent (approval)"]);
  });
});

test("a still that is left out takes its scene with it, and can be taken up again", async () => {
  const ground = createGround();
  plan(ground, "image", "image_none", 1, 2);
  const app = start(ground);
  const { id, status } = await film(app, ground, 2);
  expect(status).toBe("held");
  const skipped = await goOn(app, id, { skipBlocked: true });
  expect([skipped.status, skipped.missingScenes]).toEqual(["complete", [1]]);
  expect(billOf(ground)).toEqual({ text: 1, image: 3, clip: 1 });
  expect((await goOn(app, id, { retrySkipped: true })).status).toBe("held");
  expect(billOf(ground).image).toBe(3);
  expect((await goOn(app, id, { retryRejected: true })).status).toBe("complete");
  expect(billOf(ground)).toEqual({ text: 1, image: 4, clip: 2 });
});

test("a later still that is ordered of another model is drawn and priced by that model", async () => {
  const ground = createGround();
  const app = start(ground);
  const { id } = await film(app, ground);
  const model = "gemini-3-pro-image";
  const wanted = { kind: "keyframe", position: 1, takes: 1, model } as const;
  const { price } = await app.editing.quoteRetake(id, wanted);
  await ground.clock.run(app.editing.retake(id, wanted));
  await app.settle(id);
  const drawn = ground.fake.bill.filter(({ kind }) => kind === "image");
  expect(drawn.map((entry) => entry.model)).toEqual(["gemini-nano-banana-2.1", "gemini-nano-banana-2.1", model]);
  const last = (await ground.repository.facts(id)).submits.at(-1);
  expect([last?.model, last?.state, last?.usd]).toEqual([model, "spent", price.totalUsd]);
  expect(drawn.at(-1)?.usd).toBeLessThanOrEqual(price.totalUsd);
});
