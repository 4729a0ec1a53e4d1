import type { Clock, Log, RandomSource } from "../ports/runtime.ts";
import type { Delivery, DeliveryOutcome, Outbox } from "../ports/server.ts";
import type { SendResult } from "./send.ts";
import { bodyOf, type SignedMessage, sign } from "./signature.ts";

/** Seconds until each next attempt after a failed one, about 75 hours in all, as the specification suggests. */
const RETRY_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
/** Longest wait a receiver can ask for, ms. */
const longestAskedMs = 24 * 3_600_000;
/** Pause between two looks for due messages, ms. */
const lookMs = 2_000;
/** Ms for which a message is leased to this process: longer than an attempt takes. */
const leaseMs = 60_000;
/** Messages sent at once. */
const atOnce = 10;

export interface WebhookDeliveryDeps {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Pick<RandomSource, "number">;
  readonly log: Log;
  /** The newest first; more than one while receivers change over. */
  readonly secrets: readonly string[];
  readonly send: (url: string, message: SignedMessage, signal: AbortSignal) => Promise<SendResult>;
  /** Removes private details from a text, e.g. paths of this machine. */
  readonly presentable: (text: string) => string;
}

/** Delivers messages to their webhooks, at least once each. */
export function createWebhookDelivery(deps: WebhookDeliveryDeps) {
  const { outbox, clock, random, log, secrets } = deps;

  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const message = sign(delivery, bodyOf(delivery, deps.presentable), secrets, clock.now());
    const result = await deps.send(delivery.url, message, signal);
    if (signal.aborted) return;
    const outcome = outcomeOf(delivery, result, clock.now(), random.number());
    await outbox.record(delivery, outcome);
    if ("status" in result && result.status === 410) await outbox.abandon(delivery.url, "the receiver wants no more");
    // Never the URL: its path or query may hold the receiver's secret.
    const { projectId: project, seq, attempts: attempt } = delivery;
    log.debug("webhook sent", { project, seq, attempt, state: outcome.state, answered: outcome.lastStatus });
    if (outcome.state !== "delivered") log.warn("a webhook was not delivered", { project, attempt, ...result });
  }

  /** Delivers what is due now. Returns how many attempts were made. */
  async function deliverDue(signal: AbortSignal): Promise<number> {
    const due = await outbox.claim(clock.now(), leaseMs, atOnce);
    await Promise.all(due.map((delivery) => deliver(delivery, signal)));
    return due.length;
  }

  return {
    deliverDue,
    /** Delivers until the signal aborts. Never rejects. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        const sent = await deliverDue(signal).catch((thrown: unknown) => {
          log.error("webhooks cannot be sent; trying again", { error: String(thrown) });
          return 0;
        });
        if (sent < atOnce) await clock.sleep(lookMs, signal);
      }
    },
  };
}

/** What happens to a message after an attempt. Pure; `random` is 0 <= x < 1. */
export function outcomeOf(delivery: Delivery, result: SendResult, nowMs: number, random: number): DeliveryOutcome {
  const lastStatus = "status" in result ? result.status : null;
  const settled = { dueAtMs: nowMs, lastStatus };
  if (lastStatus !== null && lastStatus >= 200 && lastStatus < 300)
    return { ...settled, state: "delivered", lastError: null };
  const lastError = "error" in result ? result.error : `answered ${result.status}`;
  const pauseSeconds = RETRY_SECONDS[delivery.attempts - 1];
  if (lastStatus === 410 || pauseSeconds === undefined) return { ...settled, state: "failed", lastError };
  const asked = "status" in result ? askedMs(result.retryAfter, nowMs) : 0;
  const pauseMs = Math.max(asked, pauseSeconds * 1_000 * (0.9 + 0.2 * random));
  return { state: "pending", dueAtMs: Math.round(nowMs + pauseMs), lastStatus, lastError };
}

/** Retry-After as ms: seconds or an HTTP date. */
function askedMs(retryAfter: string | undefined, nowMs: number): number {
  if (retryAfter === undefined) return 0;
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - nowMs;
  return Number.isFinite(ms) ? Math.min(longestAskedMs, Math.max(0, ms)) : 0;
}
