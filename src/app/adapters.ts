import { join } from "node:path";
import type { Config } from "../config/load.ts";
import { VidpipeError } from "../domain/errors.ts";
import type { RequestDefaults } from "../domain/request.ts";
import { createMediaTool } from "../media/ffmpeg/tool.ts";
import { createSystemClock } from "../platform/clock.ts";
import { createFileHasher } from "../platform/file-hasher.ts";
import { createLog } from "../platform/log.ts";
import { createProcessIdentity } from "../platform/process-identity.ts";
import { createUserRecords } from "../platform/user-records.ts";
import type { ArtifactStore } from "../ports/files.ts";
import type { MediaTool } from "../ports/media.ts";
import type { ModelProvider } from "../ports/provider.ts";
import type { ProviderDescription } from "../ports/provider-description.ts";
import type { World } from "../ports/world.ts";
import { createAdoption, createKnownData } from "../services/adoption.ts";
import { createArtifactStore } from "../storage/files/artifact-store.ts";
import { createSqliteRepository } from "../storage/sqlite/repository.ts";
import { checkWebhookUrl } from "../webhooks/address.ts";

/** Parts that others than the usual ones can stand in for. */
export interface Parts {
  /** The providers; the same that the configuration was read with. */
  readonly providers?: readonly ProviderDescription[];
  readonly media?: MediaTool;
  readonly artifacts?: ArtifactStore;
  /** The umask that the user started this process with: the data get their own, files elsewhere follow it. */
  readonly umask?: number;
  /** The configuration as its sources say now, for a login that was refused. @throws VidpipeError config.invalid */
  readonly reread?: (() => Config) | undefined;
}

/** Takes what is made from everybody but the user. */
const PRIVATE_UMASK = 0o077;

/** The adapters that need no database, as the program and `doctor` have them. */
export function createAdapters(config: Config, parts: Parts) {
  const { umask } = parts;
  // Covers whatever is made from here on, by SQLite and ffmpeg too, without a moment in which others can read it.
  if (umask !== undefined && config.storage.mode === "private") process.umask(PRIVATE_UMASK);
  const clock = createSystemClock();
  const owner = createProcessIdentity();
  const log = createLog(config.log);
  const hasher = createFileHasher(log);
  const tempDir = join(config.storage.filmsPath, "tmp");
  const mediaConfig = { ffmpegPath: config.ffmpeg.path, tempDir, ...config.stitch };
  const media = parts.media ?? createMediaTool(mediaConfig, { clock, log, hasher });
  const artifacts =
    parts.artifacts ?? createArtifactStore({ root: config.storage.filmsPath, umask, hasher }, { owner, clock });
  return { clock, owner, log, media, artifacts };
}

interface DataDeps extends Pick<World, "clock" | "log" | "owner" | "random"> {
  readonly providers: ReadonlyMap<string, ModelProvider>;
}

/**
 * The database, and whose it is.
 * @throws VidpipeError storage.unusable and others when it cannot be opened
 */
export async function openData(config: Config, { clock, log, owner, random, providers }: DataDeps) {
  const { databasePath: path, isFound } = config.storage;
  const known = createKnownData(createUserRecords(config.userFolder), { path, isFound }, { clock, log });
  const marks = { make: () => random.id(), remember: known.remember };
  const repository = await createSqliteRepository({ path }, { clock, log, owner, marks });
  return { repository, adoption: createAdoption({ mark: repository.mark, isFound, known, providers }) };
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
