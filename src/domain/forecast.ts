import type { StepKind } from "./lifecycle.ts";
import type { Quote } from "./money.ts";

/**
 * How a piece of the film stands against what is directed now: `current` and made, `kept` where the user pinned it,
 * `under_way`, `stale` where its inputs changed since, `missing` where nothing was made, `stopped` where it failed or
 * waits for the user, `skipped` where it was left out.
 */
export const PIECE_STATES = ["current", "kept", "under_way", "stale", "missing", "stopped", "skipped"] as const;
export type PieceState = (typeof PIECE_STATES)[number];

export interface ForecastLine {
  readonly kind: StepKind;
  readonly position: number;
  readonly state: PieceState;
  /** Whether going on makes it. */
  readonly toMake: boolean;
  /** Why it is not current, in a few words; null where it is. */
  readonly reason: string | null;
  /** What making it costs; null where nothing is bought for it. */
  readonly quote: Quote | null;
}

/** Every piece of a film in the order of its making, and what `resume` would make and buy. */
export interface Forecast {
  readonly lines: readonly ForecastLine[];
  /** False while the storyboard has not said how many scenes there are. */
  readonly complete: boolean;
  /** Most that resume would spend, US dollars. */
  readonly totalUsd: number;
}
