import { describe, expect, test } from "bun:test";
import { slowness } from "../../scripts/fast-files.ts";

/** In two parts, since this file starts nothing. */
const SPAWN = ["Bun", "spawnSync"].join(".");

const FILES: Readonly<Record<string, string>> = {
  "test/a.test.ts": 'import { a } from "../src/a.ts";\n// Bun.spawn\nconst words = "Bun.spawn";\n',
  "test/b.test.ts": 'import "./support/b.ts";\n',
  "test/c.test.tsx": 'import { chromium } from "playwright-core";\nexport const c = <p>{chromium}</p>;\n',
  "test/d.test.ts": `${SPAWN}([]);\n`,
  "test/e.test.ts": 'import type { B } from "./support/far.ts";\nexport const e: B | null = null;\n',
  "test/f.test.ts": 'const { f } = await import("./sim/f.ts");\nconsole.log(f);\n',
  "test/support/b.ts": 'export { far } from "./far.ts";\n',
  "test/support/far.ts": 'import "./b.ts";\nimport { spawn } from "node:child_process";\nexport const far = spawn;\n',
  "test/sim/f.ts": "export const f = 1;\n",
  "src/a.ts": `export const a = () => ${SPAWN}([]);\n`,
};
const read = async (path: string): Promise<string> => FILES[path] ?? expect.unreachable(`${path} is not read`);

describe("a test is fast", () => {
  test.each([
    ["test/a.test.ts", null],
    ["test/b.test.ts", "test/support/far.ts: node:child_process"],
    ["test/c.test.tsx", "test/c.test.tsx: playwright-core"],
    ["test/d.test.ts", "test/d.test.ts: Bun.spawn"],
    // A type is gone when the test runs.
    ["test/e.test.ts", null],
    ["test/f.test.ts", "test/sim/f.ts: test/sim/"],
  ])("unless something it imports in tests starts a program: %s, %p", async (path, reason) => {
    expect((await slowness([path], read)).get(path)).toBe(reason);
  });
});
