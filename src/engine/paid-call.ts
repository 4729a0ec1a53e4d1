import { VidpipeError } from "../domain/errors.ts";
import type { PaidAnswer } from "../ports/provider.ts";

/** How far a paid call got, as this process knows. */
export type CallPhase = "unsent" | "sent" | "answered";

/** Sends a step's paid call once, or gives the answer that is kept of it. */
export type Buy = (prepare: () => Promise<() => Promise<PaidAnswer>>) => Promise<PaidAnswer>;

interface PaidCallDeps {
  /** The answer that is kept of the piece's last purchase; null: it is to be bought. @throws VidpipeError */
  readonly kept: (() => Promise<PaidAnswer>) | null;
  /** Tells, when it is called, whether a paid call may leave. */
  readonly mayLeave: () => boolean;
  readonly onSent: () => void;
  /** Keeps an answer as it came; returns when it is durable. */
  readonly keep: (answer: PaidAnswer) => Promise<void>;
}

/** One paid call with a record of how far it got. What `prepare` reads is read before anything is sent. */
export function createPaidCall({ kept, mayLeave, onSent, keep }: PaidCallDeps) {
  let phase: CallPhase = "unsent";
  let heldBack = false;
  const buy: Buy = async (prepare) => {
    if (kept !== null) {
      phase = "answered";
      return kept();
    }
    const send = await prepare();
    heldBack = !mayLeave();
    if (heldBack) throw new VidpipeError("run.interrupted", "the call was held back: nothing was sent");
    phase = "sent";
    onSent();
    const answer = await send();
    phase = "answered";
    await keep(answer);
    return answer;
  };
  return {
    buy,
    phase: () => phase,
    /** True when the call was stopped just before it was sent. */
    heldBack: () => heldBack,
  };
}
