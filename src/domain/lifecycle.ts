/** The states of a step. */
export const STEP_STATUSES = [
  "queued",
  "running",
  "waiting",
  "ambiguous",
  "refused",
  "rejected",
  "gone",
  "failed",
  "cancelled",
  "skipped",
  "done",
] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

/** What can happen to a step. */
export const STEP_EVENTS = [
  "claim",
  "finish",
  "wait",
  "retry",
  "lose",
  "doubt",
  "refuse",
  "reject",
  "vanish",
  "fail",
  "cancel",
  "confirm",
  "redo",
  "skip",
] as const;
export type StepEvent = (typeof STEP_EVENTS)[number];

/**
 * THE table that moves state: every legal (status, event) pair and where it leads.
 * Nothing else names a target status.
 */
export const STEP_FLOW = {
  queued: { claim: "running", doubt: "ambiguous", reject: "rejected", cancel: "cancelled" },
  running: {
    finish: "done",
    wait: "waiting",
    retry: "queued",
    lose: "queued",
    doubt: "ambiguous",
    refuse: "refused",
    reject: "rejected",
    vanish: "gone",
    fail: "failed",
    cancel: "cancelled",
  },
  /** The provider works on it; its operation is saved. */
  waiting: { claim: "running", cancel: "cancelled" },
  /** A paid call was sent and its answer was lost. */
  ambiguous: { confirm: "waiting", redo: "queued", skip: "skipped", cancel: "cancelled" },
  refused: { redo: "queued", skip: "skipped", cancel: "cancelled" },
  /** Paid for, and what came is of no use as it is, or nothing came. */
  rejected: { redo: "queued", skip: "skipped", cancel: "cancelled" },
  /** The provider does not know its operation, its file or its model any more; a saved operation can be looked at again. */
  gone: { redo: "queued", confirm: "waiting", skip: "skipped", cancel: "cancelled" },
  failed: { redo: "queued", confirm: "waiting", skip: "skipped" },
  cancelled: { redo: "queued", confirm: "waiting", skip: "skipped" },
  skipped: { redo: "queued" },
  done: {},
} as const satisfies Record<StepStatus, Partial<Record<StepEvent, StepStatus>>>;

/** Where an event leads from a status, or undefined when the table does not allow it. */
export function nextStatus(status: StepStatus, event: StepEvent): StepStatus | undefined {
  const exits: Partial<Record<StepEvent, StepStatus>> = STEP_FLOW[status];
  return exits[event];
}

/** The kinds of work, in the order of the film's making; an animatic is made only where one is asked for. */
export const STEP_KINDS = ["storyboard", "keyframe", "animatic", "clip", "stitch"] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** A project's public status words. */
export const PROJECT_STATUSES = [
  "pending",
  "storyboarding",
  "keyframing",
  "video_gen",
  "stitching",
  "complete",
  "review",
  "held",
  "failed",
  "cancelled",
] as const;
export type ProjectStatus = (typeof PROJECT_STATUSES)[number];

/** The status word of the stage a kind of step belongs to. */
export const STAGE_OF = {
  storyboard: "storyboarding",
  keyframe: "keyframing",
  animatic: "keyframing",
  clip: "video_gen",
  stitch: "stitching",
} as const satisfies Record<StepKind, ProjectStatus>;

/** Statuses in which nothing will happen until the user acts. */
export const SETTLED_STATUSES: readonly ProjectStatus[] = ["complete", "review", "held", "failed", "cancelled"];
export const isSettled = (status: ProjectStatus): boolean => SETTLED_STATUSES.includes(status);
