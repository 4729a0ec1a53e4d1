/** A plan in words for people. Pure. */

import { shownRate } from "../../../domain/frame-rates.ts";
import { secondsOf } from "../format/clip-layout.ts";
import { colourOf, shownColour } from "../format/colour.ts";
import { encodedFrames, type StitchPlan, segmentFrames, windowCount } from "./plan.ts";

/** The columns of `explainPlan`. */
export const EXPLAIN_COLUMNS = ["what", "how", "frames", "why"] as const;

/** A plan as rows of text for people: a row per clip and per join, then why the film looks as it does, and the work expected in the last. */
export function explainPlan(plan: StitchPlan): readonly (readonly string[])[] {
  const rows = plan.clips.flatMap((clip, index) => {
    const why = [clip.reason, ...clip.adaptations.map(({ done }) => done)].join("; ");
    const row = [`clip ${index + 1}`, clip.treatment, String(clip.frames), why];
    const join = plan.joins[index];
    if (join === undefined) return [row];
    return [row, [`join ${index + 1}-${index + 2}`, join.treatment, String(joinFrames(plan, index)), join.reason]];
  });
  const encoded = encodedFrames(plan);
  const percent = Math.round((encoded / plan.frames) * 100);
  const { size, frameRate, colour } = plan.format;
  const seconds = Math.round(secondsOf(plan.frames, frameRate) * 1_000) / 1_000;
  const what = `${size.width}x${size.height} at ${shownRate(frameRate)} fps, ${seconds} s`;
  const how = `${plan.frames - encoded} copied, ${encoded} encoded (${percent}%)`;
  const format = [
    ["size", `${size.width}x${size.height}`, "", plan.why.size],
    ["rate", `${shownRate(frameRate)} fps`, "", plan.why.rate],
    ["colour", shownColour(colourOf(colour, size)), "", plan.why.colour],
  ];
  return [...rows, ...format, ["film", how, String(plan.frames), `${what}, ${windowCount(plan)} windows`]];
}

/** Frames a join encodes; 0 for a hard cut. */
function joinFrames(plan: StitchPlan, index: number): number {
  const window = plan.segments.find((segment) => segment.kind === "window" && segment.left === index);
  return window === undefined ? 0 : segmentFrames(window, plan.clips);
}

/** What can be seen of how clips were brought to the film's shape and rate: a sentence each that names the clip. */
export const adaptationRemarks = ({ clips }: StitchPlan): readonly string[] =>
  clips.flatMap(({ adaptations }, index) => adaptations.map(({ has, done }) => `clip ${index + 1} ${has}: ${done}`));
