import type { ProjectStatus, StepKind, StepStatus, Transition } from "./api-types.ts";

/** Each status: its label, its color, and whether nothing happens in it until the user acts. */
export const STATUSES = {
  pending: { label: "Queued", tone: "idle", isSettled: false },
  storyboarding: { label: "Writing storyboard", tone: "live", isSettled: false },
  keyframing: { label: "Making keyframes", tone: "live", isSettled: false },
  video_gen: { label: "Making clips", tone: "live", isSettled: false },
  stitching: { label: "Stitching", tone: "live", isSettled: false },
  complete: { label: "Finished", tone: "good", isSettled: true },
  review: { label: "For review", tone: "ask", isSettled: true },
  held: { label: "Needs attention", tone: "ask", isSettled: true },
  failed: { label: "Failed", tone: "bad", isSettled: true },
  cancelled: { label: "Cancelled", tone: "idle", isSettled: true },
} as const satisfies Record<ProjectStatus, { label: string; tone: string; isSettled: boolean }>;

const isStatus = (word: string): word is ProjectStatus => Object.hasOwn(STATUSES, word);
export const PROJECT_STATUSES = Object.keys(STATUSES).filter(isStatus);

export const isSettled = (status: ProjectStatus): boolean => STATUSES[status].isSettled;

export const STEP_WORDS = {
  queued: "queued",
  running: "running",
  waiting: "with the provider",
  ambiguous: "answer lost",
  refused: "refused",
  rejected: "does not fit",
  gone: "gone at the service",
  failed: "failed",
  cancelled: "cancelled",
  skipped: "skipped",
  done: "done",
} as const satisfies Record<StepStatus, string>;

export const LANE_WORDS = {
  storyboard: "Storyboard",
  keyframe: "Keyframes",
  animatic: "Animatic",
  clip: "Clips",
  stitch: "Final film",
} as const satisfies Record<StepKind, string>;

export const TRANSITION_WORDS = {
  cut: "Hard cut",
  crossfade: "Crossfade",
  dip: "Dip to black",
  fadewhite: "Dip to white",
  dissolve: "Dissolve",
  smoothleft: "Wipe to the left",
  smoothright: "Wipe to the right",
  slideright: "Slide to the right",
  circleopen: "Circle opens",
  circleclose: "Circle closes",
} as const satisfies Record<Transition["kind"], string>;
const isTransitionKind = (word: string): word is Transition["kind"] => Object.hasOwn(TRANSITION_WORDS, word);
/** Every way from one scene into the next. */
export const TRANSITION_KINDS = Object.keys(TRANSITION_WORDS).filter(isTransitionKind);

/** Name of a step, counted from 1. */
export function stepName(kind: StepKind, position: number): string {
  if (kind === "keyframe") return `Keyframe ${position + 1}`;
  if (kind === "clip") return `Clip ${position + 1}`;
  return LANE_WORDS[kind];
}

// Parts of a cent are shown where there are any, so that the parts of a price add up to it.
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 4 });
/** An amount of US dollars; what is less than a hundredth of a cent is not shown as zero. */
export function money(usd: number): string {
  if (usd === 0) return "$0";
  return usd < 0.0001 ? "under 1¢" : dollars.format(usd);
}

/** The sentence beside every price. */
export const mostWords = (mostUsd: number): string => `You pay at most ${money(mostUsd)}.`;

/** A price on a button or in a table. */
export const cost = (usd: number): string => (usd === 0 ? "free" : money(usd));

/** A price with the most it can come to. */
export const priceWords = ({ total_usd: usd, most_usd: most }: { total_usd: number; most_usd: number }): string =>
  most > usd ? `${money(usd)}, at most ${money(most)}` : cost(usd);

/** A duration: `7.5 s`, `1:04`, `1:02:09`. */
export function length(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${hours ? String(minutes).padStart(2, "0") : minutes}:${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${tail}` : tail;
}

/** A position in a film, always minutes and seconds. */
export const timecode = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Elapsed time in whole seconds. */
export const stopwatch = (ms: number): string => timecode(Math.max(0, ms) / 1000);

/** A rough remaining time. */
export function roughly(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `about ${seconds < 10 ? seconds : Math.ceil(seconds / 5) * 5} s`;
  return `about ${Math.round(seconds / 60)} min`;
}

const sizes = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
export const size = (bytes: number): string =>
  bytes < 1e6 ? `${sizes.format(bytes / 1e3)} kB` : `${sizes.format(bytes / 1e6)} MB`;

const days = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
/** How long ago something was made; the date after a day. */
export function ago(iso: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(iso)) / 1000;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return days.format(new Date(iso));
}
export const moment = (iso: string): string => moments.format(new Date(iso));

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** The start of a long text, cut at a word's end. */
export function opening(text: string, characters: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= characters) return line;
  return `${line.slice(0, characters).replace(/\s+\S*$/, "")}…`;
}

/** Positions from 0, written from 1 with neighbors joined: `1–3, 5`. In ascending order. */
export function numbers(positions: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const position of positions) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === position) last[1] = position + 1;
    else runs.push([position + 1, position + 1]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(", ");
}
