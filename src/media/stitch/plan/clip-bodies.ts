import { canDropLast } from "../../../domain/transition.ts";
import type { LastFrame } from "../../../ports/media.ts";
import type { ClipLayout } from "../format/clip-layout.ts";
import type { Overlap } from "./joins.ts";

/** Each clip between its fades, less the frames that are left out at cuts. */
export function bodiesOf(
  clips: readonly ClipLayout[],
  obstacles: readonly (string | null)[],
  counts: readonly number[],
  overlaps: readonly Overlap[],
  lastFrames: readonly LastFrame[],
): readonly Body[] {
  return clips.map((clip, index) => {
    const from = overlaps[index - 1]?.fade ?? 0;
    const frames = counts[index] ?? 0;
    const bodyTo = (to: number) => bodyOf(clip, obstacles[index] ?? null, from, to);
    const body = bodyTo(frames - (overlaps[index]?.fade ?? 0));
    if (overlaps[index]?.fade !== 0 || !canDropLast(frames, from)) return body;
    return shortened(body, bodyTo(frames - 1), lastFrames[index] ?? "keep");
  });
}

/** A clip's frames between its fades: `copyFrom..copyTo` is what the neighbouring windows leave to it. */
export interface Body {
  readonly treatment: "copy" | "encode";
  readonly reason: string;
  readonly from: number;
  readonly to: number;
  readonly copyFrom: number;
  readonly copyTo: number;
  /** Frames behind it that are left out. */
  readonly dropped: number;
}

function bodyOf(clip: ClipLayout, obstacle: string | null, from: number, to: number): Body {
  const whole = { from, to, copyFrom: from, copyTo: to, dropped: 0 };
  const encode = (reason: string): Body => ({ ...whole, treatment: "encode", reason });
  if (obstacle !== null) return encode(obstacle);
  const start = clip.cleanStarts.find((frame) => frame >= from);
  const end = clip.cleanEnds.findLast((frame) => frame <= to);
  if (start === undefined || end === undefined || end <= start) return encode("no keyframe between its fades");
  return { ...whole, treatment: "copy", reason: "packets copied", copyFrom: start, copyTo: end };
}

/** The body without its last frame, if the request asks for that. */
function shortened(body: Body, shorter: Body, lastFrame: LastFrame): Body {
  const encoded = ({ treatment, from, to, copyFrom, copyTo }: Body) =>
    treatment === "encode" ? to - from : copyFrom - from + to - copyTo;
  const isFree = encoded(shorter) <= encoded(body);
  const wanted = lastFrame === "drop" || (lastFrame === "drop_if_free" && isFree);
  return wanted ? { ...shorter, dropped: 1 } : body;
}
