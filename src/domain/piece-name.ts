import type { StepKind } from "./lifecycle.ts";

/** Name of a piece of work as people read it; scenes and keyframes count from 1. */
export function nameOf({ kind, position }: { readonly kind: StepKind; readonly position: number }): string {
  switch (kind) {
    case "keyframe":
      return `keyframe ${position + 1}`;
    case "clip":
      return `clip of scene ${position + 1}`;
    case "storyboard":
      return "storyboard";
    case "animatic":
      return "animatic";
    case "stitch":
      return "final film";
  }
}
