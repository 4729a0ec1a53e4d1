import type { StepKind, StepStatus } from "./api-types.ts";
import type { StreamMessage } from "./sse.ts";
import { LANE_WORDS, STEP_WORDS } from "./words.ts";

/** One line of a project's history. */
export interface HistoryEvent {
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** A step as the timeline draws it, put together from its events. */
export interface StepState {
  readonly kind: StepKind;
  /** Keyframe 0..N, scene 0..N-1; 0 for storyboard, animatic and final. */
  readonly position: number;
  readonly take: number;
  readonly status: StepStatus;
  readonly message: string | null;
  /** When its work began, epoch ms; null while it is queued. */
  readonly startedAtMs: number | null;
  /** When it ended, epoch ms. */
  readonly endedAtMs: number | null;
}

export const isStepKind = (word: unknown): word is StepKind =>
  typeof word === "string" && Object.hasOwn(LANE_WORDS, word);
const isStepStatus = (word: unknown): word is StepStatus => typeof word === "string" && Object.hasOwn(STEP_WORDS, word);
/** In the order in which a film is made. */
const STEP_KINDS = Object.keys(LANE_WORDS).filter(isStepKind);
const MOVING: readonly StepStatus[] = ["running", "waiting"];
export const isMoving = (status: StepStatus): boolean => MOVING.includes(status);

/** The event in a stream message; undefined for other messages. */
export function historyEvent({ id, event, data }: StreamMessage): HistoryEvent | undefined {
  const facts = parse(data);
  const seq = Number(id);
  const atMs = Date.parse(String(facts?.at));
  if (facts === null || id === null || !Number.isInteger(seq) || !Number.isFinite(atMs)) return undefined;
  return { seq, atMs, type: event, data: facts };
}

/** The scalars of a JSON object; null for anything else. */
function parse(text: string): HistoryEvent["data"] | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    return Object.fromEntries(Object.entries(value).filter(([, field]) => field === null || typeof field !== "object"));
  } catch {
    return null;
  }
}

const keyOf = (kind: StepKind, position: number): string => `${kind} ${position}`;

/** The newest take of every step. Pure; events come in order. */
export function stepsOf(events: readonly HistoryEvent[]): ReadonlyMap<string, StepState> {
  const steps = new Map<string, StepState>();
  for (const event of events) {
    const next = event.type === "step" ? stepAfter(steps, event) : undefined;
    if (next) steps.set(keyOf(next.kind, next.position), next);
  }
  return steps;
}

function stepAfter(steps: ReadonlyMap<string, StepState>, { data, atMs }: HistoryEvent): StepState | undefined {
  const { kind, status } = data;
  if (!isStepKind(kind) || !isStepStatus(status)) return undefined;
  const [position, take] = [Number(data.position), Number(data.take)];
  const before = steps.get(keyOf(kind, position));
  if (before && before.take > take) return undefined;
  const moving = isMoving(status);
  return {
    kind,
    position,
    take,
    status,
    message: typeof data.message === "string" ? data.message : null,
    startedAtMs: beginning(before?.take === take ? before : null, status, atMs),
    endedAtMs: moving || status === "queued" ? null : atMs,
  };
}

/** A step keeps its start through waits and retries, until it is queued again. */
function beginning(before: StepState | null, status: StepStatus, atMs: number): number | null {
  if (status === "queued") return null;
  return before?.startedAtMs ?? (isMoving(status) ? atMs : null);
}

/** A kind of step with all its places, done or not. */
export interface Lane {
  readonly kind: StepKind;
  /** One per place; null: not planned yet. */
  readonly steps: readonly (StepState | null)[];
  readonly done: number;
}

/**
 * The lanes of a film of `scenes` scenes (null: not known before the storyboard). There is one for an animatic only where
 * one was made.
 */
export function lanesOf(steps: ReadonlyMap<string, StepState>, scenes: number | null): Lane[] {
  const stills = scenes === null ? 0 : scenes + 1;
  const places = { storyboard: 1, keyframe: stills, animatic: 1, clip: scenes ?? 0, stitch: 1 };
  const hasAnimatic = steps.has(keyOf("animatic", 0));
  return STEP_KINDS.filter((kind) => kind !== "animatic" || hasAnimatic).map((kind) => {
    const own = Array.from({ length: places[kind] }, (_, position) => steps.get(keyOf(kind, position)) ?? null);
    return { kind, steps: own, done: own.filter((s) => s?.status === "done" || s?.status === "skipped").length };
  });
}

/** Ms until a lane is finished at its present pace; null while it has none or takes longer than that. */
export function remainingMs(lane: Lane, nowMs: number): number | null {
  const began = lane.steps.flatMap((step) => step?.startedAtMs ?? []);
  const ended = lane.steps.flatMap((step) => (step?.status === "done" ? (step.endedAtMs ?? []) : []));
  const left = lane.steps.length - lane.done;
  if (left === 0 || began.length === 0 || ended.length === 0) return null;
  const lastMs = Math.max(...ended);
  const paceMs = (lastMs - Math.min(...began)) / ended.length;
  const restMs = paceMs * left - (nowMs - lastMs);
  return restMs > 0 ? restMs : null;
}
