import { expect, test } from "bun:test";
import { join } from "node:path";
import { generatedPages } from "../../scripts/docs.ts";
import { root } from "./documents.ts";

test("the generated references are current", async () => {
  const pages = await generatedPages();
  const stale: string[] = [];
  for (const [path, text] of pages) {
    const file = Bun.file(join(root, path));
    if (!(await file.exists()) || (await file.text()) !== text) stale.push(`${path}: run 'bun run docs'`);
  }
  expect(stale).toEqual([]);
  expect([...pages.keys()].toSorted((a, b) => a.localeCompare(b, "en"))).toEqual([
    "docs/reference/cli.md",
    "docs/reference/clips.md",
    "docs/reference/configuration.md",
    "docs/reference/errors.md",
    "docs/reference/http-api.md",
  ]);
});
