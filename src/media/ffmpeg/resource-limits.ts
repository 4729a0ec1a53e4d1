import { availableParallelism } from "node:os";
import type { Finding } from "../../ports/media.ts";

/** Most of each thing that one program may take; the kernel ends what takes more. */
export interface Limits {
  /** Private writable memory, bytes. */
  readonly dataBytes: number;
  /** Largest file it may write, bytes. */
  readonly fileBytes: number;
  readonly openFiles: number;
}

const cores = availableParallelism();

/**
 * Far above what work needs: 200 clips of 6 s took 0.13 GB and 11 open files, 4K clips 0.52 GB (two cores, x264
 * veryfast); every thread adds buffers. Films are written by vidpipe itself, ffmpeg writes clips and windows.
 */
const LIMITS: Limits = { dataBytes: 4 * 1024 ** 3 + cores * 128 * 1024 ** 2, fileBytes: 8 * 1024 ** 3, openFiles: 256 };

/** Keeps programs from taking the whole machine, where the system has a tool for it. */
export interface ResourceLimits {
  /** The words to put before a command that may run for that many ms; none without a tool. */
  prefix(timeoutMs: number): readonly string[];
  finding(): Finding;
}

/** Nothing is limited but time. */
export const NO_LIMITS: ResourceLimits = {
  prefix: () => [],
  finding: () => ({
    topic: "ffmpeg limits",
    level: "warn",
    message: "no working prlimit: a hostile file can make ffmpeg take much memory until its time is up",
    fix: "on Linux install util-linux, or limit vidpipe itself, e.g. with systemd or a container",
  }),
};

/**
 * Limits set with `prlimit` (util-linux; null if it is not installed). What it may set depends on this process's own limits,
 * so the first use tries it with `works`, and leaves it away when it refuses.
 */
export function createResourceLimits(
  prlimit: string | null,
  works: (command: readonly string[]) => boolean,
  { dataBytes, fileBytes, openFiles }: Limits = LIMITS,
): ResourceLimits {
  if (prlimit === null) return NO_LIMITS;
  const fixed = [prlimit, `--data=${dataBytes}`, `--fsize=${fileBytes}`, `--nofile=${openFiles}`, "--core=0"];
  // CPU time outlives this process: an orphaned ffmpeg ends by itself.
  const prefix = (timeoutMs: number) => [...fixed, `--cpu=${Math.ceil(timeoutMs / 1_000) * cores}`, "--"];
  const shown = `memory ${(dataBytes / 1024 ** 3).toFixed(1)} GiB, files ${(fileBytes / 1024 ** 3).toFixed(1)} GiB`;
  const resourceLimits: ResourceLimits = {
    prefix,
    finding: () => ({ topic: "ffmpeg limits", level: "ok", message: `${shown}, CPU time (${prlimit})`, fix: null }),
  };
  let tried: ResourceLimits | undefined;
  const usable = (): ResourceLimits => {
    tried ??= works([...prefix(1_000), prlimit, "--version"]) ? resourceLimits : NO_LIMITS;
    return tried;
  };
  return { prefix: (timeoutMs) => usable().prefix(timeoutMs), finding: () => usable().finding() };
}
