import type { Random } from "./random.ts";

/** The faults that concern the core, numbered as the plan of reliability tests numbers them. */
export const FAULTS = {
  F1: "crash before an intent is written",
  F2: "crash after the intent, before the send",
  F3: "crash after the send, before its answer",
  F4: "crash after the answer, before its name is written",
  F5: "crash at any other durable step",
  F6: "429 with, without and with absurd Retry-After",
  F7: "429 storm",
  F8: "500, 502, 503, 504",
  F9: "connection refused",
  F10: "no answer for minutes; the order may be billed",
  F11: "the order is billed, its answer is garbage or lost",
  F12: "an operation that takes very long",
  F13: "an operation that is gone",
  F14: "an operation that ends with an error",
  F15: "refused by the safety filter",
  F16: "an operation that is done without a clip",
  F17: "model retired, key revoked, billing disabled",
  F19: "a download that is short, empty, reset or wrong",
  F20: "a stored file that rots",
  F21: "disk full",
  F22: "disk errors",
  F23: "database busy, full, read-only, failing",
  F24: "the wall clock is set forward or back",
  F25: "a process is stopped past its lease, then wakes",
  F26: "several processes at once",
  F27: "ffmpeg fails or is slow",
  F29: "configuration changes between two starts",
  F30: "the user cancels, resumes, stitches at any time, twice at once",
  F31: "a storyboard that is not one, or of another length",
  F32: "a still of another shape, a clip of another length or shape",
  F33: "an answer that is cut off, empty or garbage; an operation without a name",
  F34: "an answer that comes late, also after the process gave up",
  F36: "ffmpeg prints garbage while it checks what is whole",
  F37: "an answer cannot be stored: disk full, EIO on write, fsync, rename",
  F38: "crash while an answer is checked",
  F39: "crash between an answer's file and its row",
  F40: "the day's money is spent",
  POWER: "power loss: what was not synced is gone",
} as const;
/** What a user does to direct a film, at any time: each must happen, too. */
export const ACTS = {
  D1: "a scene is reworded",
  D2: "a scene is added",
  D3: "a scene is removed",
  D4: "scenes are put in another order",
  D5: "a transition is changed",
  D6: "an edit keeps all else in its place",
  D7: "further takes are ordered",
  D8: "a take is picked",
  D9: "the film goes back to a former revision",
  D10: "the price is looked at and approved",
  D11: "the film is to go on until another stage",
  D12: "a finished film is edited, paid for, put back",
} as const;
export type ActId = keyof typeof ACTS;

/** All that must happen at some time, and be lived through. */
export const HAPPENINGS = { ...FAULTS, ...ACTS } as const;
export type FaultId = keyof typeof HAPPENINGS;
export const FAULT_IDS: readonly FaultId[] = Object.keys(HAPPENINGS).filter((id): id is FaultId => id in HAPPENINGS);

export interface Profile {
  readonly name: string;
  /** Probability at each occasion. */
  readonly rates: Partial<Record<FaultId, number>>;
  /** Most crashes in the faulty part of a run. */
  readonly crashes: number;
  /** Probability at each moment that a user directs a film. */
  readonly directs: number;
  /** Probability that a film gets a limit when it is ordered. */
  readonly caps?: number;
  /** Probability that a configuration has a cap for the day. */
  readonly dayCaps?: number;
  /** Whether processes may run side by side. */
  readonly several: boolean;
}

const NETWORK = { F6: 0.03, F8: 0.05, F9: 0.06, F10: 0.03, F11: 0.05, F12: 0.1, F19: 0.5, F34: 0.04 } as const;
const ANSWERS = {
  ...{ F13: 0.08, F14: 0.1, F15: 0.04, F16: 0.08, F17: 0.02 },
  ...{ F31: 0.15, F32: 0.08, F33: 0.05 },
} as const;
const DISK = { F20: 0.8, F21: 0.5, F22: 0.03, F23: 0.01, F27: 0.15, F36: 0.08, F37: 0.1 } as const;

/** Everything comes, nothing as it was ordered, and all of it is billed. */
const GREEDY = {
  ...{ F10: 0.1, F11: 0.1, F13: 0.1, F14: 0.2, F15: 0.1, F16: 0.1, F19: 0.3 },
  ...{ F29: 0.2, F30: 0.04, F31: 0.4, F32: 0.25, F33: 0.15, F34: 0.1, F36: 0.05, F38: 0.05, F39: 0.05 },
} as const;

export const PROFILES: readonly Profile[] = [
  { name: "calm", rates: { F30: 0.02 }, crashes: 4, directs: 0.15, several: false },
  { name: "flaky-net", rates: { ...NETWORK, ...ANSWERS, F30: 0.03 }, crashes: 4, directs: 0.06, several: false },
  {
    name: "crashy",
    rates: { F11: 0.03, F29: 0.3, F34: 0.05, F38: 0.1, F39: 0.1, POWER: 0.4 },
    crashes: 7,
    directs: 0.12,
    several: false,
  },
  { name: "disk", rates: { ...DISK, POWER: 0.7 }, crashes: 4, directs: 0.08, several: false },
  { name: "greedy-429", rates: { F6: 0.25, F7: 1, F8: 0.03 }, crashes: 4, directs: 0.06, several: false },
  {
    name: "two-process",
    rates: { F11: 0.05, F24: 0.5, F25: 0.6, F26: 1, F30: 0.08, F34: 0.05 },
    crashes: 5,
    directs: 0.12,
    several: true,
  },
  { name: "greedy-provider", rates: GREEDY, crashes: 4, directs: 0.06, caps: 0.8, several: false },
  {
    name: "hostile",
    rates: { ...NETWORK, ...ANSWERS, ...DISK, F7: 0.2, F24: 0.5, F25: 0.4, F26: 0.7, F29: 0.3, F30: 0.08, POWER: 0.5 },
    crashes: 5,
    directs: 0.1,
    several: true,
  },
];

/** The switchboard of one run's faults. */
export interface Faults {
  readonly profile: Profile;
  /** Whether a fault happens here; counted when it does. */
  strikes(id: FaultId): boolean;
  /** Counts a fault that something else brought about. */
  happened(id: FaultId): void;
  /** From now on everything works. */
  calm(): void;
  isCalm(): boolean;
  readonly counts: ReadonlyMap<FaultId, number>;
}

export function createFaults(profile: Profile, random: Random, silent: ReadonlySet<FaultId> = new Set()): Faults {
  const counts = new Map<FaultId, number>();
  let calm = false;
  const happened = (id: FaultId): void => {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  };
  return {
    profile,
    strikes(id) {
      const drawn = random.random(profile.rates[id] ?? 0);
      if (!drawn || calm || silent.has(id)) return false;
      happened(id);
      return true;
    },
    happened,
    calm() {
      calm = true;
    },
    isCalm: () => calm,
    counts,
  };
}
