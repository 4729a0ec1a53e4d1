/** How long a campaign may take, and where it stands: nothing new is begun when its time is over. */
export interface TimeBox {
  isOver(): boolean;
  /** ms left; infinite without a limit. */
  leftMs(): number;
  /** A part of it: at most so much of what is left. */
  share(part: number): TimeBox;
  /** Passes values on until the time is over, and says now and then how far it is. */
  count<T>(what: string, values: readonly T[]): Generator<T>;
}

const hourMs = 3_600_000;
/** ms between two lines of one row. */
const sayEveryMs = 30_000;
const startedMs = performance.now();

const time = (ms: number): string => {
  const minutes = Math.floor(ms / 60_000);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${String(Math.floor(ms / 1_000) % 60).padStart(2, "0")}`;
};

/** A line about a campaign on stderr, with the time since it began; stdout is for its table. */
export const tell = (line: string): void => {
  process.stderr.write(`${time(performance.now() - startedMs)} ${line}\n`);
};

/** @throws RangeError when the hours are no positive number; undefined: no limit */
export function openTimeBox(hours: string | undefined): TimeBox {
  const limit = hours === undefined ? Number.POSITIVE_INFINITY : Number(hours);
  if (!(limit > 0)) throw new RangeError("--hours must be a number above 0");
  return boxUntil(performance.now() + limit * hourMs);
}

function boxUntil(endMs: number): TimeBox {
  const leftMs = () => endMs - performance.now();
  return {
    leftMs,
    isOver: () => leftMs() <= 0,
    share: (part) => boxUntil(performance.now() + leftMs() * part),
    *count(what, values) {
      const beganMs = performance.now();
      let saidMs = beganMs;
      let done = 0;
      const line = (end: string) => {
        const tookMs = performance.now() - beganMs;
        const each = (tookMs / Math.max(1, done) / 1_000).toFixed(2);
        tell(`${what}: ${done} of ${values.length} in ${time(tookMs)}, ${each} s each${end}`);
        saidMs = performance.now();
      };
      for (const value of values) {
        if (leftMs() <= 0) return line("; the time is over");
        if (performance.now() - saidMs > sayEveryMs) {
          const restMs = ((performance.now() - beganMs) / done) * (values.length - done);
          line(`, ${time(restMs)} to go`);
        }
        yield value;
        done += 1;
      }
      line("");
    },
  };
}

/** The arguments that give a script so much time; none without a limit. */
export const hoursArgs = (box: TimeBox): string[] =>
  Number.isFinite(box.leftMs()) ? ["--hours", String(Math.max(1, box.leftMs()) / hourMs)] : [];

/** 0, 1, ..., count - 1 */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, place) => place);
