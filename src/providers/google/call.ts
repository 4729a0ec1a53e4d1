import { VidpipeError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/runtime.ts";
import { type FailureSignals, failureSignalsOf } from "./failure-signals.ts";
import { type CallPurpose, callFailure } from "./failures.ts";
import type { Session } from "./sessions.ts";
import { newTrace, type Trace, type Wire } from "./wire.ts";

/** What the calls of one task share. */
export interface CallContext {
  readonly session: Session;
  readonly purpose: Omit<CallPurpose, "what" | "paid">;
  readonly signal: AbortSignal;
}

export interface CallSpec extends CallPurpose {
  readonly signal: AbortSignal;
  /** Ms without activity after which we stop waiting. */
  readonly timeoutMs: number;
  /** Most bytes of the answer that are read. */
  readonly maxBytes?: number;
}

/** Answers carry pictures and clips as text; the longest clip at the highest rate is about half of this. */
const MAX_ANSWER_BYTES = 256 * 2 ** 20;

/** Sends one request, once, and turns whatever goes wrong into a VidpipeError. */
export type Call = <T>(spec: CallSpec, send: (signal: AbortSignal, alive: () => void) => Promise<T>) => Promise<T>;

/** `redact` takes secrets out of a text. */
export function createCall(wire: Wire, clock: Clock, redact: (text: string) => string): Call {
  const failed = (spec: CallSpec, thrown: unknown, trace: Trace, stopped: FailureSignals["stopped"]): VidpipeError =>
    callFailure(failureSignalsOf(thrown, trace, stopped, clock.now()), spec, clock.now(), redact);

  return async (spec, send) => {
    const stop = new AbortController();
    const trace = newTrace(stop.signal, spec.maxBytes ?? MAX_ANSWER_BYTES);
    if (spec.signal.aborted) throw failed(spec, null, trace, "interrupted");
    const watch = watched(spec, clock, stop);
    try {
      return await Promise.race([wire.observe(trace, () => send(stop.signal, watch.alive)), aborted(stop.signal)]);
    } catch (thrown) {
      throw thrown instanceof VidpipeError ? thrown : failed(spec, thrown, trace, watch.stopped());
    } finally {
      watch.end();
    }
  };
}

/** Aborts `stop` when the caller asks for it or nothing has happened for too long. */
function watched(spec: CallSpec, clock: Clock, stop: AbortController) {
  const over = new AbortController();
  let stopped: FailureSignals["stopped"] = null;
  let lastActivityMs = clock.monotonic();
  const end = (why: "timeout" | "interrupted") => {
    if (over.signal.aborted) return;
    stopped ??= why;
    stop.abort();
  };
  const onInterrupt = () => end("interrupted");
  spec.signal.addEventListener("abort", onInterrupt, { once: true });
  const idle = async () => {
    for (let restMs = spec.timeoutMs; restMs > 0 && !over.signal.aborted; ) {
      await clock.sleep(restMs, over.signal);
      restMs = lastActivityMs + spec.timeoutMs - clock.monotonic();
    }
    end("timeout");
  };
  void idle();
  return {
    alive: () => {
      lastActivityMs = clock.monotonic();
    },
    stopped: () => stopped,
    end: () => {
      over.abort();
      spec.signal.removeEventListener("abort", onInterrupt);
    },
  };
}

/** Rejects when the signal aborts: some SDK calls do not listen to theirs, and a login may hang before any request. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")), { once: true });
  });
