import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { createDataModes } from "../../../src/storage/files/data-modes.ts";
import { runFixture } from "../child.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** Every kind of file and folder that vidpipe makes: one of each must be there, and all of it is checked. */
const KINDS: readonly (readonly [kind: string, path: RegExp])[] = [
  ["the data folder", /^vidpipe-data$/],
  ["the database", /^vidpipe-data\/vidpipe\.db$/],
  ["its journal", /^vidpipe-data\/vidpipe\.db-wal$/],
  ["its shared memory", /^vidpipe-data\/vidpipe\.db-shm$/],
  ["a backup", /^vidpipe-data\/backup\.db$/],
  ["a project's folder", /^vidpipe-data\/films\/[0-9a-f-]{36}$/],
  ["a still", /\/keyframe-00-\w+\.png$/],
  ["a clip", /\/clip-01-\w+\.mp4$/],
  ["a film", /\/final-\w+\.mp4$/],
  ["a film's public name", /\/final\.mp4$/],
  ["an imported file", /^other\/vidpipe-data\/films\/.*\.mp4$/],
  ["a folder for temporary files", /^vidpipe-data\/films\/tmp\/TEMP$/],
  ["a temporary file", /^vidpipe-data\/films\/tmp\/TEMP\/FILE$/],
  ["the library", /^vidpipe-data\/library$/],
  ["an entry of the library", /^vidpipe-data\/library\/mika\.yaml$/],
  ["the user's own folder", /^home\/\.config\/vidpipe$/],
  ["a record of the user's", /^home\/\.config\/vidpipe\/known-data\/[0-9a-f-]{36}\.json$/],
  ["--output", /^out\/film\.mp4$/],
  ["a bundle", /^out\/film\.tar$/],
  ["a timeline", /^out\/cut\/film\.otio$/],
  ["a folder of an export", /^out\/cut\/media$/],
  ["an exported clip", /^out\/cut\/media\/scene-01\.mp4$/],
  ["a sidecar", /^out\/cut\/media\/scene-01\.mp4\.json$/],
];
const FOLDER =
  /(^vidpipe-data|\/films|\/tmp|TEMP|[0-9a-f-]{36}|library|vidpipe|known-data|\.config|cut|media|^other\/vidpipe-data)$/;

async function made(umask: string, mode: string): Promise<ReadonlyMap<string, string>> {
  const found: [string, string][] = JSON.parse(await runFixture("modes", tempFolder(), umask, mode));
  for (const [kind, path] of KINDS) expect([kind, found.some(([name]) => path.test(name))]).toEqual([kind, true]);
  return new Map(found);
}

/** Paths with other permissions than wanted. */
const wrong = (found: ReadonlyMap<string, string>, wanted: (path: string, isFolder: boolean) => string) =>
  [...found].filter(([path, mode]) => mode !== wanted(path, FOLDER.test(path)));

const under = (umask: number, isFolder: boolean): string => ((isFolder ? 0o777 : 0o666) & ~umask).toString(8);

describe("new files", () => {
  test.each(["000", "022", "077"])(
    "under umask %s are the user's alone; what is exported follows it",
    async (umask) => {
      const found = await made(umask, "private");
      const wanted = (path: string, isFolder: boolean): string =>
        under(path.startsWith("out/") ? Number.parseInt(umask, 8) : 0o077, isFolder);
      expect(wrong(found, wanted)).toEqual([]);
    },
  );

  test("follow the umask with storage.mode: umask; nobody else writes to the database, or sees temporary folders", async () => {
    const found = await made("002", "umask");
    const wanted = (path: string, isFolder: boolean): string => {
      if (path.startsWith("home/.config") || path.endsWith("/TEMP")) return under(0o077, isFolder);
      return /\.db(-wal|-shm)?$/.test(path) ? "644" : under(0o002, isFolder);
    };
    expect(wrong(found, wanted)).toEqual([]);
  });
});

/** A data folder as an earlier version left it. */
function oldFolder(parent = tempFolder(), name = "vidpipe-data") {
  const root = join(parent, name);
  const [films, library] = [join(root, "films"), join(root, "library")];
  const project = join(films, Bun.randomUUIDv7());
  for (const folder of [project, library, join(films, "tmp")]) mkdirSync(folder, { recursive: true });
  const files = [
    join(root, "vidpipe.db"),
    join(root, "vidpipe.db-wal"),
    join(project, "clip.mp4"),
    join(library, "a.yaml"),
  ];
  for (const file of files) writeFileSync(file, "x");
  for (const folder of [root, films, project, library, join(films, "tmp")]) chmodSync(folder, 0o755);
  for (const file of files) chmodSync(file, 0o644);
  const places = { databasePath: join(root, "vidpipe.db"), filmsPath: films, libraryPath: library };
  return { root, films, library, project, files, places };
}

describe("files of an earlier version", () => {
  test("are named once, by their folder, and made private with all that is in it", async () => {
    const { root, films, project, files, places } = oldFolder();
    const modes = createDataModes(places, "private");
    const message = `other users of this machine may look into what is kept here: ${root}`;
    const fix = expect.stringContaining("'vidpipe doctor --repair'");
    expect(await modes.inspect()).toEqual([{ topic: "data", level: "warn", message, fix }]);
    expect(await modes.repair()).toBe(9);
    expect([root, films, project].map(modeOf)).toEqual(["700", "700", "700"]);
    expect(files.map(modeOf)).toEqual(files.map(() => "600"));
    expect(await modes.inspect()).toEqual([]);
    expect(await modes.repair()).toBe(0);
  });

  test("behind a folder that nobody else can enter are not exposed", async () => {
    const { root, places } = oldFolder();
    chmodSync(root, 0o700);
    expect(await createDataModes(places, "private").inspect()).toEqual([]);
  });

  test("in a folder with other things are changed alone: it and its other files stay as they are", async () => {
    const { root, films, library, files, places } = oldFolder();
    const notes = join(root, "notes.txt");
    writeFileSync(notes, "x", { mode: 0o644 });
    const modes = createDataModes(places, "private");
    expect((await modes.inspect())[0]?.message).toContain(places.databasePath);
    await modes.repair();
    expect([root, notes].map(modeOf)).toEqual(["755", "644"]);
    expect([films, library].map(modeOf)).toEqual(["700", "700"]);
    expect(files.map(modeOf)).toEqual(files.map(() => "600"));
    expect(await modes.inspect()).toEqual([]);
  });

  test("a link in the data folder is not followed", async () => {
    const { films, project, places } = oldFolder();
    const outside = join(tempFolder(), "outside.txt");
    writeFileSync(outside, "x", { mode: 0o644 });
    symlinkSync(outside, join(project, "link.mp4"));
    symlinkSync(join(outside, ".."), join(films, Bun.randomUUIDv7()));
    await createDataModes(places, "private").repair();
    expect(modeOf(outside)).toBe("644");
    expect(modeOf(join(outside, ".."))).toBe(modeOf(tempFolder()));
  });

  test("behind a link that the user made are found where they really are", async () => {
    const { root, films, project, places } = oldFolder();
    const large = join(tempFolder(), "large");
    renameSync(films, large);
    symlinkSync(large, films);
    await createDataModes(places, "private").repair();
    expect([root, large, join(large, basename(project))].map(modeOf)).toEqual(["700", "700", "700"]);
    expect(await createDataModes(places, "private").inspect()).toEqual([]);
  });

  test("are nobody's business with storage.mode: umask", async () => {
    const { root, places } = oldFolder();
    const modes = createDataModes(places, "umask");
    expect(await modes.inspect()).toEqual([]);
    expect(modes.repair()).rejects.toThrow("storage.mode is umask");
    expect(modeOf(root)).toBe("755");
  });

  test("where nothing is yet nothing is found, and nothing is made", async () => {
    const folder = join(tempFolder(), "none");
    const places = { databasePath: join(folder, "v.db"), filmsPath: join(folder, "f"), libraryPath: join(folder, "l") };
    const modes = createDataModes(places, "private");
    expect([await modes.inspect(), await modes.repair(), existsSync(folder)]).toEqual([[], 0, false]);
    expect(readdirSync(join(folder, ".."))).toEqual([]);
  });
});
