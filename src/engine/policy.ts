import type { VidpipeError } from "../domain/errors.ts";
import type { OnAmbiguous } from "../planning/purchases.ts";
import type { DueStep } from "../ports/repository.ts";

/**
 * Settings that steer the engine; built once from the configuration. Waits are computed in retry-timing.ts, and what a
 * failure leads to is decided in conclude-step.ts, what a paid answer leads to in conclude-answer.ts and ask-about.ts.
 */
export interface Policy {
  /** Free tries of one step (a call that was not charged, a check, a download) before it counts as failed. */
  readonly retryMaxAttempts: number;
  /**
   * Tries of one step that its service does not take: asked to slow down, not reached, a login that is not accepted.
   * Infinity unless the user has set how often a step is tried.
   */
  readonly waitMaxAttempts: number;
  /** A refused login is waited for: this process runs until it is stopped, and its user may log in again meanwhile. */
  readonly awaitsLogin: boolean;
  /** First back-off, ms; doubles with every try. */
  readonly retryBaseMs: number;
  /** Time between two polls of an operation, ms. */
  readonly pollMs: number;
  /** Polls after which an operation is overdue and is polled four times slower; that never ends it. */
  readonly overdueAfterPolls: number;
  readonly onAmbiguous: OnAmbiguous;
  readonly onRefused: "hold" | "skip" | "fail";
  /** Cap over all projects per UTC day, US dollars; null is none. */
  readonly maxCostPerDayUsd: number | null;
  /**
   * Why this process may not drive the projects of a provider, nor ask that for anything; null: it may drive every
   * project.
   */
  readonly refusal: ((provider: string) => VidpipeError | null) | null;
  /** Most steps under way at once in a step's lane. */
  readonly laneLimit: (step: DueStep) => number;
  /** Least time between two starts in a step's lane, ms. */
  readonly laneSpacingMs: (step: DueStep) => number;
  /** Free bytes below which nothing new is started. */
  readonly freeFloorBytes: number;
}
