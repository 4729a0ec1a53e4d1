import type { Finding } from "../ports/media.ts";

/** Free space that a new project should find, bytes: a film of a few dozen clips with room to stitch it. */
const comfortableBytes = 2 * 1024 ** 3;

/** What `doctor` says of the room where films are kept. */
export function diskFinding(freeBytes: number): Finding {
  const message = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free where films are kept`;
  if (freeBytes >= comfortableBytes) return { topic: "disk", level: "ok", message, fix: null };
  return { topic: "disk", level: "warn", message, fix: "make room, or set storage.tmp_dir to a larger disk" };
}
