import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { plan } from "../../src/planning/plan.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { never } from "../support/never.ts";
import { bundledIn, historyIn, layOut, openApp, recordedIn, settled } from "./data-folder.ts";
import { fixturesOf, RELEASES } from "./readings.ts";

const tempFolder = tempFolders();

/** The hashes of the stored files of a bundle, by their names in it. */
async function artifactsIn(bundle: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const [name, file] of await new Bun.Archive(readFileSync(bundle)).files())
    if (name.startsWith("artifacts/"))
      hashes[name] = new Bun.CryptoHasher("sha256").update(await file.bytes()).digest("hex");
  expect(Object.keys(hashes).length).toBeGreaterThan(0);
  return hashes;
}

describe.each(RELEASES)("a bundle that %s wrote", (release) => {
  const path = join(fixturesOf(release), "film.vidpipe");

  test("comes in as it is written, and is found by the keys that it brought", async () => {
    const folder = tempFolder();
    const app = await openApp(folder);
    const { id, status } = await app.transfer.importBundle(path, never);
    const { complete, lines, totalUsd } = await app.editing.forecast(id);
    const again = join(folder, "again.vidpipe");
    await app.transfer.exportBundle(id, again, never);
    await app.close();
    const theirs = await bundledIn(release);
    const [ours] = await recordedIn(folder);
    expect([id, status]).toEqual([theirs.project.id, "complete"]);
    expect({ complete, totalUsd, toMake: lines.filter(({ toMake }) => toMake) }).toEqual({
      complete: true,
      totalUsd: 0,
      toMake: [],
    });
    expect(ours?.steps).toEqual([...theirs.steps]);
    expect(ours?.artifacts).toEqual([...theirs.artifacts]);
    expect(ours?.submits).toEqual([...theirs.submits]);
    const { picks } = theirs.project.direction;
    const found = plan({ ...theirs, committedTodayUsd: 0 }).steps.filter(
      ({ step }) => !picks.some(({ stepId }) => stepId === step?.id),
    );
    expect(found.map(({ kind }) => kind)).toEqual(["storyboard", "keyframe", "keyframe", "keyframe", "clip", "stitch"]);
    expect(found.map(({ inputKey }) => inputKey)).toEqual(found.map(({ step }) => step?.inputKey ?? "none"));
    expect(await historyIn(folder, id)).toEqual({ revisions: theirs.revisions, events: theirs.events });
    expect(await artifactsIn(again)).toEqual(await artifactsIn(path));
  });

  test("goes on, back and forth, and is joined again without anything made twice or bought", async () => {
    const folder = tempFolder();
    const app = await openApp(folder);
    const { id } = await app.transfer.importBundle(path, never);
    const film = readFileSync(await app.service.finalPath(id));
    await expect(app.service.resume(id, {}, never)).rejects.toMatchObject({ code: "project.conflict" });
    await app.editing.revert(id, 0);
    expect((await settled(app, id)).status).toBe("complete");
    await app.editing.revert(id, 1);
    expect((await settled(app, id)).status).toBe("complete");
    expect(readFileSync(await app.service.finalPath(id)).equals(film)).toBe(true);
    const theirs = await bundledIn(release);
    const [before] = await recordedIn(folder);
    expect(before?.steps).toEqual([...theirs.steps]);

    await app.service.restitch(id, 0.25, undefined, never);
    expect((await settled(app, id)).status).toBe("complete");
    expect(readFileSync(await app.service.finalPath(id)).equals(film)).toBe(false);
    await app.close();
    const [after] = await recordedIn(folder);
    expect(after?.steps.slice(0, -1)).toEqual([...theirs.steps]);
    expect(after?.steps.at(-1)).toMatchObject({ kind: "stitch", take: 2, status: "done" });
    expect(after?.submits).toEqual([...theirs.submits]);
  });

  test("is known again where its project is", async () => {
    const folder = tempFolder();
    await layOut(release, folder);
    const before = await recordedIn(folder);
    const app = await openApp(folder);
    await expect(app.transfer.importBundle(path, never)).rejects.toMatchObject({
      code: "project.conflict",
      message: expect.stringContaining("is here already"),
    });
    await app.close();
    expect(await recordedIn(folder)).toEqual(before);
  });
});
