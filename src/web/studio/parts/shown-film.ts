import type { Estimate, Project, Storyboard } from "../data/api-types.ts";
import type { EditingData } from "../data/directing.ts";
import type { HistoryEvent, StepState } from "../data/steps.ts";

/** A film as all parts of its screen get it. */
export interface ShownFilm {
  readonly project: Project;
  /** null until it is written. */
  readonly storyboard: Storyboard | null;
  readonly steps: ReadonlyMap<string, StepState>;
  readonly editing: EditingData;
  readonly estimate: Estimate | null;
  readonly history: readonly HistoryEvent[];
  /** Looks again now: the user did something. */
  onActed(): void;
}
