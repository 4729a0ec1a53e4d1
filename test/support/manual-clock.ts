import type { Clock } from "../../src/ports/runtime.ts";
/** A clock that moves only when nothing else can: virtual time for schedules, without a real wait. */
export interface ManualClock extends Clock {
  /** Marks work in progress that is not a sleep: time stands still until it ends. */
  busy<T>(work: Promise<T>): Promise<T>;
  /** Runs until the promise settles, jumping from timer to timer. Throws when nothing could ever settle it. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Moves the wall clock alone, as a wrong or corrected clock does. */
  jump(ms: number): void;
  /** The machine sleeps: the wall clock and the one since its start go on, timers and the monotonic one do not. */
  suspend(ms: number): void;
}

/** Turns of the event loop without progress after which everything waits for time. */
const idleTurns = 4;
/** Leaps of one run after which it counts as one that never ends: virtual time has no other limit. */
const mostLeaps = 1_000_000;

export function createManualClock(startMs = Date.UTC(2026, 10, 22)): ManualClock {
  let elapsed = 0;
  let skew = 0;
  let slept = 0;
  let working = 0;
  let timers: { readonly at: number; readonly fire: () => void }[] = [];

  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  function sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const fire = () => {
        timers = timers.filter((timer) => timer !== entry);
        signal.removeEventListener("abort", fire);
        resolve();
      };
      const entry = { at: elapsed + Math.max(0, ms), fire };
      timers.push(entry);
      signal.addEventListener("abort", fire);
    });
  }

  /** Lets everything that can run do so; true once the work has settled. */
  async function quiesce(settled: () => boolean): Promise<boolean> {
    for (let still = 0; still < idleTurns; still = working > 0 ? 0 : still + 1) {
      if (settled()) return true;
      await turn();
    }
    return settled();
  }

  /** Fires the earliest timers. False: nothing is left that could move. */
  function leap(): boolean {
    if (timers.length === 0) return false;
    elapsed = Math.max(elapsed, Math.min(...timers.map((timer) => timer.at)));
    for (const timer of timers.filter((t) => t.at <= elapsed)) timer.fire();
    return true;
  }

  return {
    now: () => startMs + skew + elapsed,
    monotonic: () => elapsed,
    sinceBoot: () => startMs + slept + elapsed,
    sleep,
    async busy(work) {
      working += 1;
      try {
        return await work;
      } finally {
        working -= 1;
      }
    },
    async run(work) {
      let settled = false;
      const mark = () => {
        settled = true;
      };
      work.then(mark, mark);
      for (let leaps = 0; !(await quiesce(() => settled)); leaps++) {
        if (leaps >= mostLeaps) throw new Error(`storm: still at work after ${mostLeaps} timers`);
        if (!leap()) throw new Error("deadlock: nothing runs, no timer is set");
      }
      return work;
    },
    jump(ms) {
      skew += ms;
    },
    suspend(ms) {
      skew += ms;
      slept += ms;
    },
  };
}
