import { join } from "node:path";
import type { Config } from "../config/load.ts";
import { VidpipeError } from "../domain/errors.ts";
import type { RequestDefaults } from "../domain/request.ts";
import { createMediaTool } from "../media/ffmpeg/tool.ts";
import { createSystemClock } from "../platform/clock.ts";
import { createLog } from "../platform/log.ts";
import { createProcessIdentity } from "../platform/process-identity.ts";
import type { ArtifactStore } from "../ports/files.ts";
import type { MediaTool } from "../ports/media.ts";
import type { ProviderDescription } from "../ports/provider-description.ts";
import { createArtifactStore } from "../storage/files/artifact-store.ts";
import { checkWebhookUrl } from "../webhooks/address.ts";

/** Parts that others than the usual ones can stand in for. */
export interface Parts {
  /** The providers; the same that the configuration was read with. */
  readonly providers?: readonly ProviderDescription[];
  readonly media?: MediaTool;
  readonly artifacts?: ArtifactStore;
}

/** The adapters that need no database, as the program and `doctor` have them. */
export function createAdapters(config: Config, parts: Parts) {
  const clock = createSystemClock();
  const owner = createProcessIdentity();
  const log = createLog(config.log);
  const tempDir = join(config.storage.filmsPath, "tmp");
  const mediaConfig = { ffmpegPath: config.ffmpeg.path, tempDir, ...config.stitch };
  const media = parts.media ?? createMediaTool(mediaConfig, { clock, log });
  const artifacts = parts.artifacts ?? createArtifactStore({ root: config.storage.filmsPath }, { owner, clock });
  return { clock, owner, log, media, artifacts };
}

/** What the configuration fills in for what a request leaves out. */
export const defaultsOf = ({ pipeline }: Config): RequestDefaults => ({
  style: pipeline.defaultStyle,
  aspectRatio: pipeline.defaultAspectRatio,
  clipDurationSeconds: pipeline.defaultClipDurationSeconds,
  maxScenes: pipeline.maxScenes,
  crossfadeSeconds: pipeline.crossfadeSeconds,
});

/** @throws VidpipeError input.invalid, also when there is no secret to sign with */
export function checkWebhook(url: string, { secrets, allowedHosts }: Config["server"]["webhook"]): void {
  if (secrets.length === 0)
    throw new VidpipeError(
      "input.invalid",
      "webhook_url needs a secret to sign with: set server.webhook_secrets first (environment: VIDPIPE_SERVER__WEBHOOK_SECRETS), to whsec_ and 24 to 64 random bytes in base64",
      { field: "webhook_url" },
    );
  checkWebhookUrl(url, allowedHosts);
}
