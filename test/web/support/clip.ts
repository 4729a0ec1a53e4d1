import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string | undefined;

/** An MP4 of eight seconds that browsers play, made once per test process. */
export function clipFile(): string {
  if (folder !== undefined) return join(folder, "clip.mp4");
  folder = mkdtempSync(join(tmpdir(), "vidpipe-web-"));
  const path = join(folder, "clip.mp4");
  const made = Bun.spawnSync([
    ...["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=c=0x2b3a5c:s=320x180:r=24:d=8"],
    ...["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-t", "8", "-c:v", "libx264", "-preset", "ultrafast"],
    ...["-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", path],
  ]);
  if (!made.success) throw new Error(made.stderr.toString());
  return path;
}

export function removeClip(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
}
