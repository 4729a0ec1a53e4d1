import { VidpipeError } from "../../domain/errors.ts";
import type { PaidAnswer } from "../../ports/provider.ts";
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

export interface CallSpec extends Omit<CallPurpose, "paid"> {
  readonly signal: AbortSignal;
  /** Ms without activity after which we stop waiting. */
  readonly timeoutMs: number;
  /** Most bytes of the answer that are read. */
  readonly maxBytes?: number;
}

/** Answers carry pictures and clips as text; the longest clip at the highest rate is about half of this. */
const MAX_ANSWER_BYTES = 256 * 2 ** 20;

type Send<T> = (signal: AbortSignal, alive: () => void) => Promise<T>;

/** Sends one free request, once, and turns whatever goes wrong into a VidpipeError. */
export type Call = <T>(spec: CallSpec, send: Send<T>) => Promise<T>;

/**
 * Sends one request that costs money, once, and gives its answer as it came, whatever `send` makes of it.
 * @throws VidpipeError provider.unclear when no whole answer came and it may have been charged
 */
export type PaidCall = (spec: CallSpec, send: Send<unknown>) => Promise<PaidAnswer>;

/** `redact` takes secrets out of a text; `onEnd` is told how each call ended. */
export function createCalls(
  wire: Wire,
  clock: Clock,
  redact: (text: string) => string,
  onEnd: (failure: VidpipeError | null) => void = () => {},
): { readonly call: Call; readonly callPaid: PaidCall } {
  async function run<T>(spec: CallSpec, paid: boolean, send: Send<T>): Promise<Ended<T>> {
    const stop = new AbortController();
    const watch = watched(spec, clock, stop);
    const trace = newTrace({
      signal: stop.signal,
      maxBytes: spec.maxBytes ?? MAX_ANSWER_BYTES,
      paid,
      alive: watch.alive,
    });
    try {
      stop.signal.throwIfAborted();
      const sending = wire.observe(trace, () => send(stop.signal, watch.alive));
      const result = await Promise.race([sending, aborted(stop.signal)]);
      if (paid && trace.answer === null) throw new Error("an empty answer");
      onEnd(null);
      return { trace, failure: null, result };
    } catch (thrown) {
      if (thrown instanceof VidpipeError) return { trace, failure: thrown };
      const nowMs = clock.now();
      const signals = failureSignalsOf(thrown, trace, watch.stopped(), nowMs);
      const failure = callFailure(signals, { ...spec, paid }, nowMs, redact);
      onEnd(failure);
      return { trace, failure };
    } finally {
      watch.end();
    }
  }

  return {
    call: async (spec, send) => {
      const ended = await run(spec, false, send);
      if (ended.failure !== null) throw ended.failure;
      return ended.result;
    },
    callPaid: async (spec, send) => {
      const { trace, failure } = await run(spec, true, send);
      // An answer that is whole counts, whatever went wrong after it had come.
      if (trace.answer === null) throw failure;
      return trace.answer;
    },
  };
}

type Ended<T> = { readonly trace: Trace } & (
  | { readonly failure: null; readonly result: T }
  | { readonly failure: VidpipeError }
);

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
  if (spec.signal.aborted) onInterrupt();
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
