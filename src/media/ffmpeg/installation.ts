import { mkdir } from "node:fs/promises";
import { asVidpipeError, VidpipeError } from "../../domain/errors.ts";
import { type Capabilities, parseCapabilities } from "./capabilities.ts";
import { type FfmpegPaths, findFfmpeg, type SearchPlaces } from "./find.ts";
import type { Runner } from "./run.ts";
import type { FfmpegTools } from "./verify.ts";

export type Installation = ReturnType<typeof openInstallation>;

/** Ms for `-version` and the like. */
const askTimeoutMs = 20_000;

/** The ffmpeg of this machine: looked for once, asked once what it can do. What fails is tried again next time. */
export function openInstallation(configured: string | null, places: SearchPlaces, scratch: string, runner: Runner) {
  const find = once(() => findFfmpeg(configured, places));
  /** @throws VidpipeError media.ffmpeg_missing, storage.io when the scratch folder cannot be made */
  const tools = async (): Promise<FfmpegTools> => {
    await mkdir(scratch, { recursive: true }).catch((cause: unknown) => {
      throw new VidpipeError("storage.io", `the folder for temporary files cannot be made: ${scratch}`, { cause });
    });
    return { paths: await find(), runner, cwd: scratch };
  };
  const ask = once(async (signal: AbortSignal) => askAll((await tools()).paths, runner, scratch, signal));
  /** Asked for by several callers at once: one that stops does not stop the others. */
  async function capabilities(signal: AbortSignal): Promise<Capabilities> {
    try {
      return await ask(signal);
    } catch (thrown) {
      const isAnothers = asVidpipeError(thrown).code === "run.interrupted" && !signal.aborted;
      if (isAnothers) return capabilities(signal);
      throw thrown;
    }
  }
  return { tools, capabilities };
}

async function askAll(paths: FfmpegPaths, runner: Runner, cwd: string, signal: AbortSignal): Promise<Capabilities> {
  const answer = async (program: string, word: string): Promise<string> => {
    const request = { program, args: ["-hide_banner", word], cwd, task: `answer ${word}` };
    return (await runner.text({ ...request, signal, timeoutMs: askTimeoutMs })).stdout;
  };
  const [version, filters, encoders, decoders] = await Promise.all([
    answer(paths.ffmpeg, "-version"),
    answer(paths.ffmpeg, "-filters"),
    answer(paths.ffmpeg, "-encoders"),
    answer(paths.ffmpeg, "-decoders"),
    answer(paths.ffprobe, "-version"),
  ]);
  return parseCapabilities(version, filters, encoders, decoders);
}

/** Keeps the first success. */
function once<Args extends unknown[], T>(work: (...args: Args) => Promise<T>): (...args: Args) => Promise<T> {
  let kept: Promise<T> | undefined;
  return (...args) => {
    kept ??= work(...args).catch((thrown: unknown) => {
      kept = undefined;
      throw thrown;
    });
    return kept;
  };
}
