import { chmodSync, cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROVIDERS } from "../../src/app/providers.ts";
import { loadConfig } from "../../src/config/load.ts";
import { readBatch } from "../../src/formats/batch.ts";
import { readEntry } from "../../src/formats/library-entry.ts";
import { readStoryboard } from "../../src/formats/read-storyboard.ts";

/** Every release whose files are kept. */
export const RELEASES = ["2.0.0"] as const;
export type Release = (typeof RELEASES)[number];

/** The fixtures that a release left, by its version. */
export const fixturesOf = (version: string): string => join(import.meta.dir, version);

/** What the settings of a config file are, by their names in it; `scratch` is an empty folder. */
function settingsIn(file: string, scratch: string) {
  const copy = join(scratch, "config.yaml");
  cpSync(file, copy);
  chmodSync(copy, 0o600);
  const config = loadConfig({ flags: {}, env: {}, cwd: scratch, file: copy, providers: PROVIDERS });
  const { settings, warnings, providers, server } = config;
  const shown = (value: unknown) => (typeof value === "string" ? value.replaceAll(scratch, "FOLDER") : value);
  return {
    warnings: warnings.map(shown),
    settings: Object.fromEntries(settings.map(({ key, value, source }) => [key, { value: shown(value), source }])),
    secrets: { apiKey: providers.google?.api_key ?? null, tokens: server.tokens, webhook: server.webhook.secrets },
  };
}

/** What the files that people keep mean to this program; `scratch` is an empty folder. */
export function readingsOf(folder: string, scratch: string): Readonly<Record<string, unknown>> {
  const text = (name: string) => readFileSync(join(folder, name), "utf8");
  return {
    "config.yaml": settingsIn(join(folder, "config.yaml"), scratch),
    "v1-config.yaml": settingsIn(join(folder, "v1-config.yaml"), scratch),
    "storyboard.yaml": readStoryboard(text("storyboard.yaml"), "storyboard.yaml"),
    "storyboard.json": readStoryboard(text("storyboard.json"), "storyboard.json"),
    "batch.csv": readBatch(text("batch.csv"), "batch.csv"),
    "batch.yaml": readBatch(text("batch.yaml"), "batch.yaml"),
    "library/mika.yaml": readEntry(text("library/mika.yaml"), "mika.yaml"),
    "library/harbour.yaml": readEntry(text("library/harbour.yaml"), "harbour.yaml"),
  };
}
