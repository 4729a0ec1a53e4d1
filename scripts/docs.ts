/** Writes the pages of docs/reference that are made from the code: `bun run docs`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cliPage } from "./reference/cli-page.ts";
import { clipsPage } from "./reference/clips-page.ts";
import { configurationPage } from "./reference/configuration-page.ts";
import { errorsPage } from "./reference/errors-page.ts";
import { httpPage } from "./reference/http-page.ts";

const root = join(import.meta.dir, "..");

/** The generated pages by their path from the project's root. Starts this checkout's vidpipe, a server on a free port among it. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "vidpipe-docs-"));
  try {
    return new Map([
      ["docs/reference/cli.md", await cliPage()],
      ["docs/reference/clips.md", clipsPage()],
      ["docs/reference/configuration.md", await configurationPage(folder)],
      ["docs/reference/http-api.md", await httpPage(folder)],
      ["docs/reference/errors.md", await errorsPage()],
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  for (const [path, text] of await generatedPages()) {
    await Bun.write(join(root, path), text);
    process.stdout.write(`${path}\n`);
  }
}
