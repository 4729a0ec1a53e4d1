import { type AspectRatio, type MediaInfo, stillTypeOf } from "../domain/media.ts";
import type { Artifact } from "../domain/step.ts";
import type { MediaTool } from "../ports/media.ts";

/** What a file was found to be. */
export type Measured = Pick<Artifact, "mediaType" | "media">;

/** Bytes that tell a still's type. */
const headBytes = 12;

/**
 * Decodes the file of a piece as what its role says: stills as stills, everything else as a clip. Returns what was
 * measured; null for an answer, which is kept as it came, whatever it is. `aspectRatio`: null lets a still have any.
 * @throws VidpipeError media.invalid when it is not that or any of it is broken
 */
export async function decoded(
  media: Pick<MediaTool, "verify" | "verifyStill">,
  path: string,
  { role, mediaType }: Pick<Artifact, "role" | "mediaType">,
  aspectRatio: AspectRatio | null,
  signal: AbortSignal,
): Promise<Measured | null> {
  if (role === "answer") return null;
  if (role !== "keyframe" && role !== "reference")
    return { mediaType: "video/mp4", media: await media.verify(path, signal) };
  await media.verifyStill(path, role === "keyframe" ? aspectRatio : null, signal);
  const head = await Bun.file(path).slice(0, headBytes).bytes();
  return { mediaType: stillTypeOf(head) ?? mediaType, media: null };
}

/** Seconds by which a length that is recorded may be off: less than a frame. */
const lengthTolerance = 0.01;

const isNear = (one: number, other: number): boolean => Math.abs(one - other) <= lengthTolerance;

/** Whether what a row says of a clip is what was measured. */
function fits(told: MediaInfo | null, found: MediaInfo): boolean {
  if (told === null || !isNear(told.durationSeconds, found.durationSeconds)) return false;
  const { durationSeconds: toldVideo, ...toldPicture } = told.video;
  const { durationSeconds: foundVideo, ...foundPicture } = found.video;
  const { durationSeconds: toldAudio = 0, ...toldSound } = told.audio ?? {};
  const { durationSeconds: foundAudio = 0, ...foundSound } = found.audio ?? {};
  return (
    isNear(toldVideo, foundVideo) &&
    isNear(toldAudio, foundAudio) &&
    Bun.deepEquals([toldPicture, toldSound], [foundPicture, foundSound])
  );
}

/** A row with what was measured of its file in place of what it says, where the two differ. Pure. */
export function corrected(artifact: Artifact, measured: Measured | undefined): Artifact {
  if (measured === undefined || artifact.role === "answer") return artifact;
  const { mediaType, media } = measured;
  const isRight = media !== null && fits(artifact.media, media);
  return { ...artifact, mediaType, media: isRight ? artifact.media : media };
}
