import type { Rational } from "../../domain/media.ts";
import type { Timeline, TimelineClip, TimelineJoin } from "./timeline.ts";

/** Where the film begins on the record tape: one hour, as editors expect. */
const RECORD_START_HOURS = 1;

/** Frames that a timecode counts to a second: 24 for 23.976 too. */
export const timecodeBase = ({ num, den }: Rational): number => Math.max(1, Math.round(num / den));

/** Frames as HH:MM:SS:FF, non-drop. */
export function timecode(frames: number, base: number): string {
  const seconds = Math.floor(frames / base);
  const parts = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60, frames % base];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** Reel of a scene: eight characters, as CMX has them. */
export const reelOf = (scene: number): string => `SCENE${String(scene + 1).padStart(3, "0")}`;

/** Text that a comment of an EDL can hold: one line of ASCII. */
const ascii = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]+/g, " ")
    .replace(/ +/g, " ")
    .trim()
    .slice(0, 60);

/** A film as a CMX 3600 edit decision list: one event a clip, dissolves where scenes blend in any way. Pure. */
export function toEdl(timeline: Timeline): string {
  const base = timecodeBase(timeline.rate);
  const start = RECORD_START_HOURS * 3_600 * base;
  let at = 0;
  const events = timeline.clips.flatMap((clip, index) => {
    const previous = timeline.clips[index - 1];
    const length = clip.frames - (timeline.joins[index]?.fade ?? 0);
    const join = timeline.joins[index - 1] ?? { kind: "cut", fade: 0 };
    const record = { from: start + at, to: start + at + length };
    at += length;
    return eventLines(index + 1, clip, join.fade > 0 ? previous : undefined, { ...join, length, record, base });
  });
  const title = `TITLE: ${ascii(timeline.title) || "Untitled"}`;
  return [title, "FCM: NON-DROP FRAME", "", ...events].map((line) => `${line}\r\n`).join("");
}

interface Slot extends TimelineJoin {
  readonly length: number;
  readonly record: { readonly from: number; readonly to: number };
  readonly base: number;
}

/** A dissolve is two lines of one event: where the old clip stands when it begins, and the new clip from then on. */
function eventLines(number: number, clip: TimelineClip, faded: TimelineClip | undefined, slot: Slot): string[] {
  const { kind, fade, length, record, base } = slot;
  const line = (of: TimelineClip, how: string, source: readonly [number, number], to: readonly [number, number]) => {
    const head = `${String(number).padStart(3, "0")}  ${reelOf(of.scene).padEnd(8)} ${channels(of).padEnd(5)} ${how}`;
    return [head, ...[...source, ...to].map((frames) => timecode(frames, base))].join(" ");
  };
  const names = [`* FROM CLIP NAME: ${(faded ?? clip).file}`, ...(faded ? [`* TO CLIP NAME: ${clip.file}`] : [])];
  const own = [record.from, record.to] as const;
  if (faded === undefined) return [line(clip, "C       ", [0, length], own), ...names, ""];
  const out = faded.frames - fade;
  return [
    line(faded, "C       ", [out, out], [record.from, record.from]),
    line(clip, `D    ${String(fade).padStart(3, "0")}`, [0, length], own),
    ...names,
    ...(kind === "crossfade" ? [] : [`* EFFECT NAME: ${kind.toUpperCase()}`]),
    "",
  ];
}

const channels = ({ hasSound }: TimelineClip): string => (hasSound ? "AA/V" : "V");
