import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userFolderOf } from "../../src/config/user-folder.ts";
import { createUserRecords } from "../../src/platform/user-records.ts";
import type { UserRecordName } from "../../src/ports/user-records.ts";
import { tempFolders } from "../storage/temp-folder.ts";

const tempFolder = tempFolders();
const NAMES: readonly UserRecordName[] = ["trusted-folders", "known-data/0199c3a1-0000-7000-8000-000000000000"];

test("a record is what was written last; it is the user's alone, in folders that are too", () => {
  const folder = join(tempFolder(), "deep", "vidpipe");
  const records = createUserRecords(folder);
  for (const name of NAMES) {
    expect(records.read(name)).toBeUndefined();
    records.write(name, { count: 1 });
    records.write(name, { count: 2 });
    expect(createUserRecords(folder).read(name)).toEqual({ count: 2 });
    expect((statSync(join(folder, `${name}.json`)).mode & 0o777).toString(8)).toBe("600");
  }
  const files = readdirSync(folder, { recursive: true }).map(String);
  expect(files).toContainAllValues(["known-data", ...NAMES.map((name) => `${name}.json`)]);
  expect([folder, join(folder, "known-data")].map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual([
    "700",
    "700",
  ]);
});

test("a record that cannot be read says nothing, and is replaced", () => {
  const folder = tempFolder();
  const records = createUserRecords(folder);
  writeFileSync(join(folder, "trusted-folders.json"), "{broken");
  expect(records.read("trusted-folders")).toBeUndefined();
  records.write("trusted-folders", []);
  expect(records.read("trusted-folders")).toEqual([]);
});

test.each([
  ["there is no home folder", () => null],
  [
    "a file is in its place",
    () => {
      const path = join(tempFolder(), "file");
      writeFileSync(path, "mine");
      return path;
    },
  ],
])("where %s nothing is written, and the variable to set is named", (_what, place) => {
  const folder = place();
  const records = createUserRecords(folder, "linux");
  expect(() => records.write("trusted-folders", 1)).toThrow(/nothing was remembered; set XDG_CONFIG_HOME to/);
  expect(records.read("trusted-folders")).toBeUndefined();
  if (folder !== null) expect(readFileSync(folder, "utf8")).toBe("mine");
});

// VIDPIPE_CONFIG_DIR also moves where vidpipe-data begins: who sets it sees another, empty database.
test.each<[NodeJS.Platform, string]>([
  ["linux", "XDG_CONFIG_HOME"],
  ["darwin", "HOME"],
  ["win32", "APPDATA"],
])("on %s, setting the variable that is named moves the records, and nothing else", (platform, name) => {
  const write = () => createUserRecords(null, platform).write("trusted-folders", 1);
  expect(write).toThrow(`set ${name} to`);
  const folder = tempFolder();
  expect(userFolderOf({ [name]: folder }, platform)).toStartWith(folder);
});
