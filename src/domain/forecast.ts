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
  /** What one more call for it costs; null where none is due. */
  readonly quote: Quote | null;
  /** The most that all calls for it can still come to, US dollars: those that repeat a lost answer among them. */
  readonly mostUsd: number;
}

/** Every piece of a film in the order of its making, and what `resume` would make and buy. */
export interface Forecast {
  readonly lines: readonly ForecastLine[];
  /** False while the storyboard has not said how many scenes there are. */
  readonly complete: boolean;
  /** The price of the whole film from here on, if every call succeeds at the first try; US dollars. */
  readonly totalUsd: number;
  /** The most it can come to; while it is not complete, at the largest number of scenes. US dollars. */
  readonly mostUsd: number;
}
