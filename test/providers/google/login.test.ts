import { expect, test } from "bun:test";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLogin } from "../../../src/providers/google/login.ts";
import { tempFolders } from "../../storage/temp-folder.ts";

const tempFolder = tempFolders();

test("a credentials file that cannot be looked at is like one that is not there, until it can", () => {
  const credentialsFile = join(tempFolder(), "login.json");
  // A link that leads to itself.
  symlinkSync(credentialsFile, credentialsFile);
  const login = createLogin(
    { apiKey: null, credentialsFile, credentialsAreFound: false, wellKnownCredentialsFile: null },
    { clock: { monotonic: () => 0 }, onSecret: () => {} },
  );
  const before = login.stamp();
  expect(login.stamp()).toBe(before);
  rmSync(credentialsFile);
  expect(login.stamp()).toBe(before);
  writeFileSync(credentialsFile, "{}");
  expect(login.stamp()).not.toBe(before);
});
