import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../ports/runtime.ts";
import type { ClipLayout } from "../format/clip-layout.ts";
import type { EncodedSegment } from "./video-args.ts";

/** Bytes of finished segments that are kept for reuse; the oldest go first. */
const KEPT_BYTES = 1024 * 1024 * 1024;

/** Ms after which a half-made segment can only be what a crash left. */
const STALE_MS = 24 * 60 * 60 * 1_000;

export type SegmentCache = Awaited<ReturnType<typeof openSegmentCache>>;

/**
 * Finished segments on disk, named by what they were made from: a changed film re-encodes only what changed. Each is
 * `<key>.mp4` in a folder, made when missing.
 */
export async function openSegmentCache(folder: string, clock: Clock) {
  await mkdir(folder, { recursive: true });
  /** A new folder for what is not worth keeping; the caller removes it, or after a crash `prune` does. */
  const scratch = (): Promise<string> => mkdtemp(join(folder, "part-"));
  return {
    scratch,
    /** The file of a finished segment, or undefined. */
    async find(key: string): Promise<string | undefined> {
      const path = join(folder, `${key}.mp4`);
      const seconds = clock.now() / 1_000;
      return utimes(path, seconds, seconds).then(
        () => path,
        () => undefined,
      );
    },
    /** Gives `make` a private path and keeps what it left there. Nothing remains when it throws. */
    async put(key: string, make: (path: string) => Promise<void>): Promise<string> {
      const path = join(folder, `${key}.mp4`);
      const own = await scratch();
      try {
        await make(join(own, "window.mp4"));
        await rename(join(own, "window.mp4"), path);
        return path;
      } finally {
        await rm(own, { recursive: true, force: true });
      }
    },
    /** Removes one file, e.g. because a crash left it incomplete. */
    drop: (path: string): Promise<void> => rm(path, { force: true }),
    /** Removes the least recently used above the limit, and what crashes left half made. */
    async prune(): Promise<void> {
      const entries = await Promise.all((await readdir(folder)).map((name) => fileFacts(join(folder, name))));
      const newestFirst = entries.sort((a, b) => b.usedAtMs - a.usedAtMs);
      let kept = 0;
      for (const { path, bytes, usedAtMs } of newestFirst) {
        const finished = path.endsWith(".mp4");
        kept += finished ? bytes : 0;
        const stale = !finished && usedAtMs < clock.now() - STALE_MS;
        if (stale || (finished && kept > KEPT_BYTES)) await rm(path, { recursive: true, force: true });
      }
    },
  };
}

async function fileFacts(path: string): Promise<{ path: string; bytes: number; usedAtMs: number }> {
  const found = await stat(path).catch(() => undefined);
  return { path, bytes: found?.size ?? 0, usedAtMs: found?.mtimeMs ?? 0 };
}

/** A key for a segment: the content of its clips and every argument but the paths. */
export function windowKey(segment: EncodedSegment, layouts: readonly ClipLayout[], args: readonly string[]): string {
  const clips = segment.kind === "window" ? [segment.left, segment.left + 1] : [segment.clip];
  const sources = clips.map((index) => layouts[index]);
  const paths = new Set(sources.map((source) => `file:${source?.path}`));
  const words = args.map((arg) => (paths.has(arg) ? "" : arg));
  const content = sources.map((source) => source?.sha256);
  return new Bun.CryptoHasher("sha256").update(JSON.stringify([content, words])).digest("hex");
}
