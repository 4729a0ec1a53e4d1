import { afterAll, describe, expect, test } from "bun:test";
import { sha256 } from "../../support/google-fake/bill.ts";
import { never } from "../../support/never.ts";
import {
  bench,
  clipOrder,
  contentOf,
  drawnStill,
  FILMING,
  freshPath,
  PATHS,
  removeFiles,
  STILLS,
  startedClip,
  storyboardOrder,
} from "./harness.ts";

afterAll(removeFiles);

describe.each(FILMING)("$title", ({ mode, video }) => {
  const at = bench({ mode, video });
  const { fake, provider, models } = at;

  test("writes a storyboard of exactly the scenes asked for with one call", async () => {
    const order = storyboardOrder(models);
    const answer = await provider.writeStoryboard(order, models, null, never);
    expect(contentOf(provider.readStoryboard(order, answer)).scenes).toHaveLength(3);
    expect(fake.bill.filter(({ kind }) => kind === "text")).toHaveLength(1);
  });

  test("draws the first still from text and the next in its likeness", async () => {
    const first = await drawnStill(at);
    const second = await drawnStill(at, first);
    expect(second.bytes).not.toEqual(first.bytes);
    const [one, two] = fake.bill.filter(({ kind }) => kind === "image");
    expect(one?.pictureSha256).toEqual([]);
    expect(two?.pictureSha256).toEqual([sha256(first.bytes)]);
  });

  test("films a clip between its two stills with one purchase", async () => {
    const check = await provider.checkClip(await startedClip(at), clipOrder(models), models, PATHS, never);
    if (check.kind !== "ready") throw new Error(check.kind);
    const path = freshPath();
    await check.save(path, never);
    expect(Buffer.from(await Bun.file(path).slice(4, 8).arrayBuffer()).toString()).toBe("ftyp");
    const [clip, ...more] = fake.bill.filter(({ kind }) => kind === "clip");
    expect(more).toEqual([]);
    expect(clip).toMatchObject({
      model: video,
      quantity: 4,
      size: "720p",
      pictureSha256: [sha256(STILLS.start.bytes), sha256(STILLS.end.bytes)],
    });
  });
});
