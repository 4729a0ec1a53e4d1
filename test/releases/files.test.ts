import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { createLibrary } from "../../src/services/library.ts";
import { createUserFolder } from "../../src/storage/files/open-folder.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { createMemoryArtifacts } from "../support/memory-artifacts.ts";
import { never } from "../support/never.ts";
import { fixturesOf, RELEASES, readingsOf } from "./readings.ts";

const tempFolder = tempFolders();
const Readings = z.record(z.string(), z.unknown());

const ConfigReading = z.looseObject({
  warnings: z.array(z.string()),
  settings: z.record(z.string(), z.looseObject({ value: z.unknown() })),
});

/** What a configuration means since its offline provider has another name: the old one is accepted, with a note. */
function renamed(reading: unknown): unknown {
  const then = ConfigReading.parse(reading);
  if (then.settings.provider?.value !== "animatic") return then;
  const settings = { ...then.settings, provider: { ...then.settings.provider, value: "offline" } };
  return { ...then, settings, warnings: [...then.warnings, "provider animatic is called offline now"] };
}

/** A storyboard of a time when no file could name a clip. */
const withoutClips = (file: string, reading: unknown): unknown =>
  file.startsWith("storyboard.") ? { ...Object(reading), clips: [] } : reading;

describe.each(RELEASES)("files of people who used %s", (release) => {
  const folder = fixturesOf(release);
  const then = Readings.parse(JSON.parse(readFileSync(join(folder, "readings.json"), "utf8")));

  test("mean what they meant", () => {
    const now = Readings.parse(JSON.parse(JSON.stringify(readingsOf(folder, tempFolder()))));
    expect(Object.keys(now)).toEqual(Object.keys(then));
    // A setting that is new has its default in an old file.
    for (const [file, reading] of Object.entries(then))
      if (file.endsWith("config.yaml"))
        expect({ file, reading: now[file] }).toMatchObject({ file, reading: renamed(reading) });
      else expect({ file, reading: now[file] }).toEqual({ file, reading: withoutClips(file, reading) });
  });

  test("were all understood, without a default among the settings", () => {
    const Config = z.object({ settings: z.record(z.string(), z.object({ source: z.string() })) });
    const { settings } = Config.parse(then["config.yaml"]);
    expect(Object.entries(settings).filter(([, { source }]) => source !== "config.yaml")).toEqual([]);
    for (const file of ["storyboard.yaml", "storyboard.json"])
      expect(then[file]).not.toMatchObject({ storyboard: null });
    for (const file of ["batch.csv", "batch.yaml"]) expect(then[file]).toMatchObject({ problems: [] });
  });

  test("make the same cast from the library folder", async () => {
    const world = { artifacts: createMemoryArtifacts(), media: createFakeMedia() };
    const library = createLibrary(createUserFolder(join(folder, "library")), world);
    expect((await library.list(never)).faults).toEqual([]);
    expect(await library.cast(["mika", "Harbour"], never)).toEqual([
      {
        name: "Mika",
        kind: "character",
        description: "A black cat with one white paw",
        bytes: new Uint8Array(readFileSync(join(folder, "library", "mika.png"))),
        from: '"Mika" of the library (mika.png)',
      },
      {
        name: "Harbour",
        kind: "place",
        description: 'Red cranes in fog: a harbour\'s own "noise"',
        bytes: null,
        from: '"Harbour" of the library',
      },
    ]);
  });
});
