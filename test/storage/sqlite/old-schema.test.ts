import { expect, test } from "bun:test";
import { cpSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { sized } from "../../support/size.ts";
import { runFixture } from "../child.ts";
import { makeOldDatabase, recordedIn } from "../old-database.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();

/** A database of the first version, and what must be found in it once it is up to date. */
async function old(): Promise<{ readonly path: string; readonly wanted: string }> {
  const path = join(tempFolder(), "old.db");
  await makeOldDatabase(path);
  return { path, wanted: await recordedIn(`${path}.new`) };
}

/** Opens what a killed process left and says what is recorded in it. */
const recovered = (image: string): Promise<string> => recordedIn(join(image, "vidpipe.db"));

test("killed before any statement of the first start of a new version, nothing of the old one's is lost", async () => {
  const { path, wanted } = await old();
  const images = tempFolder();
  // One process keeps what it leaves before each statement: killing one for each would take minutes.
  const count = Number(await runFixture("migration-images", path, images));
  expect(count).toBeGreaterThan(30);
  const lost: number[] = [];
  for (let image = 1; image <= count; image += sized(3, 1))
    if ((await recovered(join(images, String(image)))) !== wanted) lost.push(image);
  expect(lost).toEqual([]);
});

test("killed while the journal of the new version is written, cut off anywhere, nothing is lost", async () => {
  const { path, wanted } = await old();
  const images = tempFolder();
  const last = join(images, await runFixture("migration-images", path, images));
  const wal = join(last, "vidpipe.db-wal");
  const { length } = readFileSync(wal);
  expect(length).toBeGreaterThan(10_000);
  const cuts = fc.sample(fc.nat(length), { numRuns: sized(8, 300), seed: 20_261_123 });
  const lost: number[] = [];
  for (const cut of cuts) {
    const torn = join(tempFolder(), "torn");
    cpSync(last, torn, { recursive: true });
    truncateSync(join(torn, "vidpipe.db-wal"), cut);
    if ((await recovered(torn)) !== wanted) lost.push(cut);
  }
  expect(lost).toEqual([]);
});
