import type { Clock } from "../../src/ports/runtime.ts";
import { hashText, type Random } from "./random.ts";

/** One simulated process, as the event loop knows it. */
export interface SimProcess {
  readonly name: string;
  /** False once it was killed: nothing it waits for ever comes. */
  alive: boolean;
  /** Virtual ms until which the process is stopped (SIGSTOP). */
  stoppedUntilMs: number;
  /** It was killed. */
  hasDied: boolean;
  /** It was told to end: what it cannot store in its grace time is lost with it. */
  isEnding: boolean;
}

/** What happened in a run that must not happen; the run ends with it. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/**
 * The seeded event loop: everything that may run next waits at a gate, one of them is chosen by the seed, and it
 * runs to its next gate. Time stands still while anything can run, then jumps to the next timer.
 */
export interface Loop {
  /** Virtual ms since the start of the run. */
  elapsedMs(): number;
  /** The wall clock, epoch ms; it may have been set. */
  wallMs(): number;
  /** Waits for its turn. `process` null: the world outside. */
  gate(process: SimProcess | null, label: string): Promise<void>;
  sleep(process: SimProcess | null, ms: number, signal?: AbortSignal): Promise<void>;
  clockOf(process: SimProcess): Clock;
  /** Sets the wall clock forward or back. */
  jump(ms: number): void;
  /** The whole machine sleeps: time passes, nothing on it moves. */
  suspend(ms: number): void;
  /** Runs until the promise settles. @throws Violation when nothing could ever settle it or it takes too long */
  run<T>(work: Promise<T>): Promise<T>;
  /** Marks real work in progress (disk): nothing else is chosen until it ends. */
  busy<T>(work: Promise<T>): Promise<T>;
  /** Ends the run at the next turn. */
  fail(what: string): void;
  /** Ends the run at the next turn unless the promise holds. */
  must(holds: boolean, otherwise: string): void;
  note(label: string): void;
  traceHash(): string;
  /** The last lines of what happened. */
  tail(): readonly string[];
  turns(): number;
}

interface Waiting {
  readonly process: SimProcess | null;
  readonly label: string;
  readonly go: () => void;
}

interface Timer extends Waiting {
  readonly atMs: number;
}

const startMs = Date.UTC(2026, 10, 22, 12);
/** Turns of one run beyond which it counts as an endless loop. */
const mostTurns = 100_000;
const keptLines = 60;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createLoop(random: Random): Loop {
  let elapsed = 0;
  let skew = 0;
  let slept = 3_600_000;
  let turns = 0;
  let working = 0;
  let hash = 0x811c9dc5;
  let failure: Violation | null = null;
  let ready: Waiting[] = [];
  let timers: Timer[] = [];
  const lines: string[] = [];

  const note = (label: string): void => {
    hash = hashText(label, hash ^ elapsed);
    lines.push(`${(elapsed / 1_000).toFixed(3)} ${label}`);
    if (lines.length > keptLines) lines.shift();
  };
  const mayRun = ({ process }: Waiting): boolean => process === null || process.stoppedUntilMs <= elapsed;
  const exists = ({ process }: Waiting): boolean => process === null || process.alive;

  function sleep(process: SimProcess | null, ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const go = () => {
        timers = timers.filter((timer) => timer !== entry);
        ready = ready.filter((waiting) => waiting !== entry);
        signal?.removeEventListener("abort", go);
        resolve();
      };
      const entry: Timer = {
        process,
        label: `${process?.name ?? "world"} wakes`,
        atMs: elapsed + Math.ceil(Math.max(0, ms)),
        go,
      };
      timers.push(entry);
      signal?.addEventListener("abort", go);
    });
  }

  /** Runs one thing that can run. False: everything waits for time. */
  function step(): boolean {
    ready = ready.filter(exists);
    const able = ready.filter(mayRun);
    if (able.length === 0) return false;
    const chosen = able.length === 1 ? able[0] : random.pick(able);
    if (chosen === undefined) return false;
    ready = ready.filter((waiting) => waiting !== chosen);
    note(chosen.label);
    chosen.go();
    return true;
  }

  /** Moves time to the next timer. False: nothing is left that could move. */
  function leap(): boolean {
    timers = timers.filter(exists);
    const times = timers.map(({ atMs, process }) => Math.max(atMs, process?.stoppedUntilMs ?? 0));
    const thaws = ready.map(({ process }) => process?.stoppedUntilMs ?? 0).filter((at) => at > elapsed);
    const next = Math.min(...times, ...thaws);
    if (!Number.isFinite(next)) return false;
    elapsed = Math.max(elapsed, next);
    ready.push(...timers.filter((timer) => timer.atMs <= elapsed));
    timers = timers.filter((timer) => timer.atMs > elapsed);
    return true;
  }

  async function quiesce(): Promise<void> {
    await turn();
    while (working > 0) await turn();
  }

  function move(): void {
    if (failure !== null) throw failure;
    if (++turns > mostTurns) throw new Violation(`storm: more than ${mostTurns} turns`);
    if (!step() && !leap()) throw new Violation("deadlock: nothing runs and no timer is set");
  }

  function fail(what: string): void {
    failure ??= new Violation(what);
  }

  return {
    elapsedMs: () => elapsed,
    wallMs: () => startMs + skew + elapsed,
    gate: (process, label) => new Promise((go) => ready.push({ process, label, go })),
    sleep,
    clockOf: (process) => ({
      now: () => startMs + skew + elapsed,
      monotonic: () => elapsed,
      sinceBoot: () => slept + elapsed,
      sleep: (ms, signal) => sleep(process, ms, signal),
    }),
    jump(ms) {
      skew += ms;
    },
    suspend(ms) {
      skew += ms;
      slept += ms;
    },
    async run(work) {
      let settled = false;
      const mark = () => {
        settled = true;
      };
      work.then(mark, mark);
      for (;;) {
        await quiesce();
        if (settled && failure === null) return work;
        move();
      }
    },
    async busy(work) {
      working += 1;
      try {
        return await work;
      } finally {
        working -= 1;
      }
    },
    fail,
    must(holds, otherwise) {
      if (!holds) fail(otherwise);
    },
    note,
    traceHash: () => (hash >>> 0).toString(16).padStart(8, "0"),
    tail: () => lines,
    turns: () => turns,
  };
}
