/**
 * Writes what a release makes of its fixtures: `bun test/releases/write-snapshots.ts VERSION`. To be run once, by the
 * code of that very release: see README.md.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goldenKeys } from "./golden-films.ts";
import { fixturesOf, readingsOf } from "./readings.ts";

const [version] = process.argv.slice(2);
if (version === undefined) throw new Error("which version?");
const scratch = mkdtempSync(join(tmpdir(), "vidpipe-snapshots-"));
const write = (name: string, value: unknown) =>
  Bun.write(join(fixturesOf(version), name), `${JSON.stringify(value, null, 1)}\n`);
await write("readings.json", readingsOf(fixturesOf(version), scratch));
await write("keys.json", goldenKeys());
rmSync(scratch, { recursive: true, force: true });
