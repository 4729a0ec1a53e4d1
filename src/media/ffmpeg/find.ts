import { access, constants, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";

/** Absolute paths of the two programs. */
export interface FfmpegPaths {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

/** Where to look; replaced in tests. */
export interface SearchPlaces {
  /** Folder that node_modules are looked for in and above. */
  readonly bundleRoot: string;
  /** Absolute path of a program on PATH, or null. */
  readonly onPath: (program: string) => string | null;
}

/** Install commands by system, for every message that asks for ffmpeg. */
export const INSTALL_FFMPEG =
  "install it with `sudo apt-get install ffmpeg` (Debian, Ubuntu), `brew install ffmpeg` (macOS) or `winget install Gyan.FFmpeg` (Windows), or set ffmpeg.path";

const executable = (name: string): string => (process.platform === "win32" ? `${name}.exe` : name);

export const defaultPlaces: SearchPlaces = {
  bundleRoot: import.meta.dir,
  // A relative entry of PATH would mean the current directory: point those at nothing.
  onPath: (program) => Bun.which(program, { cwd: "/nonexistent" }),
};

/**
 * Finds ffmpeg: the configured path, then the npm package ffmpeg-static, then PATH; never the current directory.
 * ffprobe is taken from beside it, else from PATH (ffmpeg-static brings none).
 * @throws VidpipeError media.ffmpeg_missing with the install commands
 */
export async function findFfmpeg(configured: string | null, places: SearchPlaces): Promise<FfmpegPaths> {
  const ffmpeg =
    configured === null
      ? ((await findBundled(places.bundleRoot)) ?? places.onPath("ffmpeg"))
      : await findConfigured(configured, places);
  if (ffmpeg === null || !isAbsolute(ffmpeg))
    throw new VidpipeError("media.ffmpeg_missing", `ffmpeg was not found; ${INSTALL_FFMPEG}`);
  const beside = join(dirname(ffmpeg), executable("ffprobe"));
  const ffprobe = (await isProgram(beside)) ? beside : places.onPath("ffprobe");
  if (ffprobe === null || !isAbsolute(ffprobe))
    throw new VidpipeError(
      "media.ffmpeg_missing",
      `ffmpeg is at ${ffmpeg}, but ffprobe is neither beside it nor on PATH; ${INSTALL_FFMPEG}`,
    );
  return { ffmpeg, ffprobe };
}

async function findConfigured(configured: string, places: SearchPlaces): Promise<string | null> {
  const bare = !configured.includes("/") && !configured.includes("\\");
  const path = bare ? places.onPath(configured) : resolve(configured);
  if (path !== null && (await isProgram(path))) return path;
  throw new VidpipeError(
    "media.ffmpeg_missing",
    `ffmpeg.path ${JSON.stringify(configured)} is not a program; correct it, or ${INSTALL_FFMPEG}`,
  );
}

/** The program that ffmpeg-static downloaded. Its code is never run: only the file is looked for. */
async function findBundled(from: string): Promise<string | null> {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", "ffmpeg-static", executable("ffmpeg"));
    if (await isProgram(candidate)) return candidate;
    if (dirname(folder) === folder) return null;
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
