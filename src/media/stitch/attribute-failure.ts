import { VidpipeError } from "../../domain/errors.ts";
import { type Bench, verifyClip } from "../ffmpeg/verify.ts";

/** The code of a failure of ours or of the system; empty for any other. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof VidpipeError ? thrown.code : thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";

/** The failure to show: of the disk, of the clip that is to blame, or as it came. */
export async function explained(
  thrown: unknown,
  bench: Bench,
  clips: readonly string[],
  signal: AbortSignal,
): Promise<unknown> {
  const code = codeOf(thrown);
  if (["ENOSPC", "EDQUOT"].includes(code))
    return new VidpipeError(
      "storage.full",
      "the disk filled up while the film was joined; free some space and resume",
      {
        cause: thrown,
      },
    );
  if (/^E[A-Z]+$/.test(code))
    return new VidpipeError("storage.io", `the film could not be written (${code}); the clips are untouched`, {
      cause: thrown,
    });
  const mayBeClip = !(thrown instanceof VidpipeError) || ["media.ffmpeg_failed", "media.invalid"].includes(code);
  if (!mayBeClip || signal.aborted) return thrown;
  for (const clip of clips) {
    const fault = await verifyClip(bench, clip, signal).catch((reason: unknown) => reason);
    if (fault instanceof VidpipeError) return fault;
  }
  if (thrown instanceof VidpipeError) return thrown;
  return new VidpipeError("media.ffmpeg_failed", "the clips could not be joined; they are untouched, try again", {
    cause: thrown,
  });
}
