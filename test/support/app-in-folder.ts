import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../src/app/create-app.ts";
import { PROVIDERS } from "../../src/app/providers.ts";
import type { OpenApp } from "../../src/cli/context.ts";
import { type Config, loadConfig } from "../../src/config/load.ts";
import type { ProjectId } from "../../src/domain/ids.ts";
import { isSettled } from "../../src/domain/lifecycle.ts";
import type { ProjectView } from "../../src/domain/view.ts";
import type { ProviderDescription } from "../../src/ports/provider-description.ts";
import { createFakeMedia } from "./fake-media.ts";

export interface AppInFolder {
  readonly folder: string;
  /** Settings as a user of this folder has them. */
  config(env?: Readonly<Record<string, string>>, providers?: readonly ProviderDescription[]): Config;
  /** A new process on the folder, without ffmpeg. */
  open(config: Config, providers?: readonly ProviderDescription[]): Promise<OpenApp>;
  /** Ends a process. */
  close(app: OpenApp): Promise<void>;
  /** Ends every process and removes the folder. */
  remove(): Promise<void>;
}

/** The whole program on a folder of its own, with a real database and fake media. */
export function createAppInFolder(): AppInFolder {
  const folder = mkdtempSync(join(tmpdir(), "vidpipe-app-"));
  const open = new Set<OpenApp>();
  async function close(app: OpenApp): Promise<void> {
    open.delete(app);
    await app.close();
  }
  return {
    folder,
    config: (env = {}, providers = PROVIDERS) =>
      loadConfig({
        flags: {},
        cwd: folder,
        providers,
        env: { VIDPIPE_PIPELINE__VIDEO_POLL_INTERVAL: "0.1", VIDPIPE_LOG__LEVEL: "silent", ...env },
      }),
    async open(config, providers = PROVIDERS) {
      const app = await createApp(config, { providers, media: createFakeMedia() });
      open.add(app);
      return app;
    },
    close,
    async remove() {
      for (const app of open) await close(app);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Follows a project until it rests. */
export async function settledIn({ service }: OpenApp, id: ProjectId): Promise<ProjectView> {
  for await (const { project } of service.watch(id, new AbortController().signal))
    if (isSettled(project.status)) return project;
  throw new Error("the project was not followed to its end");
}
