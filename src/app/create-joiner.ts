import type { Config } from "../config/load.ts";
import { createMediaTool } from "../media/ffmpeg/tool.ts";
import { createSystemClock } from "../platform/clock.ts";
import { createFileHasher } from "../platform/file-hasher.ts";
import { createLog } from "../platform/log.ts";
import { createProcessIdentity } from "../platform/process-identity.ts";
import type { MediaTool } from "../ports/media.ts";
import { createFileJoiner, type FileJoiner } from "../services/join-files.ts";
import { createFilmFiles } from "../storage/files/film-files.ts";

/** What joins files without a project: ffmpeg and places for films. No database is opened and no data folder made. */
export function createJoiner(config: Config, parts: { readonly media?: MediaTool } = {}): FileJoiner {
  const clock = createSystemClock();
  const log = createLog(config.log);
  const hasher = createFileHasher(log);
  return createFileJoiner({
    filmFiles: createFilmFiles({ owner: createProcessIdentity(), clock }),
    mediaIn: (scratch) =>
      parts.media ??
      createMediaTool({ ffmpegPath: config.ffmpeg.path, tempDir: scratch, ...config.stitch }, { clock, log, hasher }),
  });
}
