/** What a user can do about something that waits. */
export const WAY_ACTIONS = [
  /** Asks the provider once more for what it was given before; free. */
  "look_again",
  /** Does once more what failed or was not possible. */
  "try_again",
  /** Uses what was paid for although it does not fit; free. */
  "use_rejected",
  "buy_again",
  /** Makes another take of a scene's clip, which the film uses once it is picked. */
  "retake",
  /** Makes what is missing with another model; what is made stays. */
  "other_model",
  /** Leaves out the scenes that cannot be made. */
  "skip",
  /** Makes what was left out before. */
  "take_up_again",
  /** Agrees to the new price. */
  "raise_cap",
  /** Goes on after a review. */
  "approve",
  /** Stops and keeps everything. */
  "cancel",
] as const;
export type WayAction = (typeof WAY_ACTIONS)[number];

/** What the body of a way's request says: a resume's, or a retake's. */
export interface WayBody {
  readonly retry_ambiguous?: true;
  readonly retry_refused?: true;
  readonly retry_rejected?: true;
  readonly retry_gone?: true;
  readonly use_rejected?: true;
  readonly retry_skipped?: true;
  readonly skip_blocked?: true;
  readonly model?: string;
  /** Of a retake: the scene, from 0, and that it is its clip. */
  readonly scene?: number;
  readonly piece?: "clip";
}

/** A way on, for every face: each takes from it what its users can do, and says it in its own words. */
export interface Way {
  readonly action: WayAction;
  /** The command line. */
  readonly command: string;
  /** The call of the HTTP API. */
  readonly request: {
    readonly method: "POST";
    readonly path: string;
    readonly body: WayBody;
  };
  /** The most that going this way can cost, the rest of the film included, US dollars; null where nobody knows it. */
  readonly usd: number | null;
}

/** The commands of some ways on; stopping is none. */
export const commandsOf = (ways: readonly Way[]): string[] =>
  ways.flatMap(({ action, command }) => (action === "cancel" ? [] : command));
