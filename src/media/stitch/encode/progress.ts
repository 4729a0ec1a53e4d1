import { encodedFrames, type StitchPlan } from "../plan/plan.ts";

/** What a frame costs when it is encoded, joined and checked, relative to each other (measured at 720p). */
const COST = { encoded: 1, joined: 0.01, checked: 0.1 } as const;

/** Turns counted frames of the three parts of a stitch into one rising fraction. */
export interface Progress {
  /** Frames done of one encoded segment; `segment` is its place in the plan. */
  readonly encoded: (segment: number, frames: number) => void;
  readonly joined: (frames: number) => void;
  readonly checked: (frames: number) => void;
}

/** Tells `onProgress` fractions from 0 to 0.99, never falling; 1 is for the caller to say. */
export function createProgress(plan: StitchPlan, onProgress: (fraction: number) => void): Progress {
  const total = encodedFrames(plan) * COST.encoded + plan.frames * (COST.joined + COST.checked);
  const done = { joined: 0, checked: 0 };
  const segments = new Map<number, number>();
  let told = 0;
  const tell = () => {
    const encoded = [...segments.values()].reduce((sum, frames) => sum + frames, 0);
    const cost = encoded * COST.encoded + done.joined * COST.joined + done.checked * COST.checked;
    const fraction = Math.min(0.99, cost / total);
    if (fraction <= told) return;
    told = fraction;
    onProgress(fraction);
  };
  const counting = (part: "joined" | "checked") => (frames: number) => {
    done[part] = frames;
    tell();
  };
  return {
    encoded(segment, frames) {
      segments.set(segment, frames);
      tell();
    },
    joined: counting("joined"),
    checked: counting("checked"),
  };
}
