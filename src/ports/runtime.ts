/** Ports for the machine: clock, process identity, random numbers, log. */

export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Ms that never jump; only differences mean anything. */
  monotonic(): number;
  /**
   * Ms since the machine started, awake or asleep; the same for every process on it, and never set. Times that processes
   * compare with each other are by this clock.
   */
  sinceBoot(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Identity of this process and whether another one still lives. */
export interface ProcessIdentity {
  readonly self: string;
  isLive(owner: string): boolean;
}

/** This process and the clock that all processes of the machine share: leases and temp files are judged by them. */
export interface OwnProcess {
  readonly owner: ProcessIdentity;
  readonly clock: Clock;
}

export interface RandomSource {
  /** 0 <= x < 1 */
  number(): number;
  /** UUIDv7 */
  id(): string;
}

/** Names that a line has for itself: a field of that name would take its place. */
type OwnNames = { readonly [Name in "time" | "level" | "message"]?: never };

type LogLine = (message: string, fields?: Record<string, unknown> & OwnNames) => void;
export type Log = Readonly<Record<"debug" | "info" | "warn" | "error", LogLine>>;
