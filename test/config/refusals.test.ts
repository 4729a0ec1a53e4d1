/** Every refusal of a setting names its key, the value it saw and a value that would do. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROVIDERS } from "../../src/app/providers.ts";
import { inspectConfig } from "../../src/config/load.ts";
import { createSettingTable } from "../../src/config/setting-table.ts";
import { quote } from "../../src/domain/refusal.ts";
import { variableOf } from "../../src/domain/settings.ts";

const folder = mkdtempSync(join(tmpdir(), "vidpipe-refusals-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const table = createSettingTable(PROVIDERS);
const inspect = (env: Record<string, string>) => inspectConfig({ flags: {}, env, cwd: folder, providers: PROVIDERS });

/** Values of which every setting refuses one at least. */
const BAD = ["a\u001bb", "x".repeat(3_000), "a b", "{", "-99999999", "ftp://kim:secret@x", `["a b",{"secret":1}]`];

describe("a refused value", () => {
  for (const key of table.keys) {
    const refused = BAD.flatMap((value) => inspect({ [variableOf(key)]: value }).problems.map((line) => [value, line]));
    const example = table.exampleOf(key);

    test(`of ${key} is named with its key, itself and one that would do`, () => {
      expect(refused.length).toBeGreaterThan(0);
      expect(example).not.toBe("");
      for (const [value = "", line = ""] of refused) {
        expect(line).toStartWith(`${key} (environment ${variableOf(key)}) `);
        expect(line).toEndWith(`; ${example} would do`);
        if (table.secrets.has(key)) expect(line).not.toContain(quote(value));
        else expect(line).toContain(quote(value));
      }
    });

    if (!table.secrets.has(key))
      test(`of ${key}: the one that would do does`, () => {
        expect(inspect({ [variableOf(key)]: example }).problems).toEqual([]);
      });
  }

  test("of a secret: what would do is a way to get one, never a value that somebody could copy", () => {
    for (const key of table.secrets)
      expect(inspect({ [variableOf(key)]: table.exampleOf(key) }).problems).toHaveLength(1);
  });
});

describe("problems", () => {
  test("of all sources are listed together, and the rest of the configuration stands", () => {
    writeFileSync(join(folder, "config.yaml"), "pipelin: {}\nserver: {port: x}\nlog.level: warn\nlog: 3\n");
    writeFileSync(join(folder, ".env"), "VIDPIPE_SERVER__PROT=1\n", { mode: 0o600 });
    const { config, problems } = inspect({
      VIDPIPE_PIPELINE__MAX_SCENES: "0",
      VIDPIPE_STORAGE__DATABASE_URL: "postgres://x",
      VIDPIPE_STITCH__CRF: "20",
      GEMINI_API_KEY: "two\nlines",
    });
    expect(problems.map((line) => line.slice(0, line.indexOf(")") + 1))).toEqual([
      "log.level (config.yaml)",
      "unknown key server.prot (.env VIDPIPE_SERVER__PROT)",
      "unknown key pipelin (config.yaml)",
      "log (config.yaml)",
      "pipeline.max_scenes (environment VIDPIPE_PIPELINE__MAX_SCENES)",
      "server.port (config.yaml)",
      "google_cloud.api_key (environment GEMINI_API_KEY)",
      "storage.database_url (environment VIDPIPE_STORAGE__DATABASE_URL)",
    ]);
    expect(config.pipeline.maxScenes).toBe(15);
    expect(config.stitch.encoder?.crf).toBe(20);
  });

  test("of one file do not hide those of the other", () => {
    writeFileSync(join(folder, "config.yaml"), "server: [");
    writeFileSync(join(folder, ".env"), "VIDPIPE_CONFIG=x\n", { mode: 0o600 });
    expect(inspect({}).problems).toHaveLength(2);
  });
});
