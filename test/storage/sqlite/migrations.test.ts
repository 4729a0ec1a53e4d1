import { expect, test } from "bun:test";
import { cpSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();
const byText = (a: string, b: string) => (a < b ? -1 : 1);
const root = join(import.meta.dir, "..", "..", "..");

test("the migrations say what the schema says", async () => {
  const out = join(tempFolder(), "migrations");
  cpSync(join(root, "migrations"), out, { recursive: true });
  const schema = "src/storage/sqlite/schema.ts";
  const kit = Bun.spawn(
    [
      process.execPath,
      "x",
      "drizzle-kit",
      "generate",
      "--dialect",
      "sqlite",
      "--schema",
      schema,
      "--out",
      relative(root, out),
    ],
    { cwd: root, stdout: "pipe", stderr: "pipe" },
  );
  expect([await kit.exited, await new Response(kit.stderr).text()]).toEqual([0, ""]);
  expect(readdirSync(out).toSorted(byText)).toEqual(readdirSync(join(root, "migrations")).toSorted(byText));
});
