import { asVidpipeError, invalidInput, VidpipeError } from "../domain/errors.ts";
import { ProjectId } from "../domain/ids.ts";
import type { HeldKey, KeyClaim, KeyEntry } from "../ports/server.ts";
import type { World } from "../ports/world.ts";
import { checkSignal } from "./interrupt.ts";

/** A request under its client's idempotency key. */
export interface KeyedRequest {
  /** The client's key, prefixed with the client's name. */
  readonly key: string;
  /** sha256 of what is asked. */
  readonly fingerprint: string;
}

/** How a request is carried out and answered. */
export interface KeyedWork<Answer> {
  /** Carries it out; the transaction that records what is asked settles the key. */
  readonly work: (key: HeldKey) => Promise<Answer>;
  /** The answer from what is recorded now, where the work is done and its answer was lost; gets the id of a project it made. */
  readonly recall: (made: ProjectId) => Promise<Answer>;
  /** Reads a recorded answer, or throws. */
  readonly parse: (recorded: unknown) => Answer;
}

/** The answer as JSON text, and whether another request made it. */
interface Answered {
  readonly text: string;
  readonly replayed: boolean;
}

/** Carries out requests once, however often they are sent. */
export type Idempotency = ReturnType<typeof createIdempotency>;

/** Ms that a request's key is kept: a day, as clients of other services expect. */
const keyMs = 24 * 3_600_000;

/** Pauses between two looks at a request that another process carries out, ms. */
const firstPauseMs = 50;
const longestPauseMs = 1_000;
/** Longest wait for another process, ms; a connection without a byte is closed after 30 s. */
const longestWaitMs = 20_000;
/** When a client that waited in vain may ask again, ms. */
const askAgainMs = 5_000;

export function createIdempotency(world: Pick<World, "repository" | "clock" | "random" | "owner" | "log">) {
  const { clock, random, owner, log } = world;
  const { keys } = world.repository;
  const underWay = new Map<string, Promise<string>>();

  const failedTo = (what: string) => (thrown: unknown) =>
    log.warn(`${what}; it is safe to send the request again`, { error: asVidpipeError(thrown).message });

  /** What is asked is recorded already, so a failure here loses only the words of the answer. */
  async function keep(key: string, answer: unknown): Promise<string> {
    const text = JSON.stringify(answer);
    await keys
      .recordAnswer(key, text)
      .catch(failedTo("the answer to a request with an Idempotency-Key was not recorded"));
    return text;
  }

  async function carryOut({ key, projectId }: KeyEntry, { work }: KeyedWork<unknown>): Promise<string> {
    const held = { key, projectId, owner: owner.self };
    try {
      return await keep(key, await work(held));
    } catch (thrown) {
      // A request that made nothing may be sent again, with another body too; a settled key stays.
      await keys.forget(held).catch(failedTo("an Idempotency-Key was kept although its request failed"));
      throw thrown;
    }
  }

  /** The answer of this process; undefined when the request must be looked at again. */
  async function ownAnswer(entry: KeyEntry, job: KeyedWork<unknown>): Promise<Answered | undefined> {
    const running = underWay.get(entry.key);
    const mine = running ?? carryOut(entry, job).finally(() => underWay.delete(entry.key));
    if (running === undefined) underWay.set(entry.key, mine);
    try {
      return { text: await mine, replayed: running !== undefined };
    } catch (thrown) {
      const { code } = asVidpipeError(thrown);
      // The client of the first one left before anything was made: the next one makes it.
      if (code === "run.interrupted" && running !== undefined) return undefined;
      // Its key was settled or taken over meanwhile.
      if (code === "run.lease_lost") return undefined;
      throw thrown;
    }
  }

  /** The answer as far as it can be had now: another process works on it, or the request must be looked at again. */
  async function look(claim: KeyClaim, job: KeyedWork<unknown>): Promise<Answered | "elsewhere" | undefined> {
    const entry = await keys.claim(claim, owner);
    if (entry.fingerprint !== claim.fingerprint)
      throw invalidInput("Idempotency-Key", "this Idempotency-Key came with another request: use a new key");
    if (entry.answer !== null) return { text: entry.answer, replayed: true };
    if (entry.settledAtMs !== null && !underWay.has(entry.key))
      return { text: await keep(entry.key, await job.recall(entry.projectId)), replayed: true };
    return entry.owner === owner.self ? ownAnswer(entry, job) : "elsewhere";
  }

  async function answerTo(request: KeyedRequest, job: KeyedWork<unknown>, signal: AbortSignal): Promise<Answered> {
    const claim = { ...request, projectId: ProjectId.parse(random.id()), createdAtMs: clock.now() };
    const startedAt = clock.monotonic();
    let pauseMs = firstPauseMs;
    while (clock.monotonic() - startedAt < longestWaitMs) {
      checkSignal(signal, "send the request again with the same Idempotency-Key");
      const answered = await look(claim, job);
      if (answered !== undefined && answered !== "elsewhere") return answered;
      if (answered === undefined) continue;
      await clock.sleep(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
    throw new VidpipeError(
      "server.unavailable",
      "another server is still carrying out this request: send it again with the same Idempotency-Key, it is done once",
      { retryAfterMs: askAgainMs },
    );
  }

  return {
    /**
     * Carries out a request once per key, also when it comes fifty times at once or to several servers over one database,
     * again after a restart, or after a crash in the middle. Where another process carries it out, waits for its answer
     * up to 20 s, and goes on with the request when that process is gone.
     * @throws VidpipeError input.invalid when the key was used for something else, server.unavailable when the other
     * process takes longer, storage.damaged when the recorded answer cannot be parsed, and as `work` does
     */
    async once<Answer>(
      request: KeyedRequest,
      job: KeyedWork<Answer>,
      signal: AbortSignal,
    ): Promise<{ readonly answer: Answer; readonly replayed: boolean }> {
      const { text, replayed } = await answerTo(request, job, signal);
      return { answer: parsed(text, job.parse), replayed };
    },
    /** Forgets keys older than a day. */
    tidy: () => keys.prune(clock.now() - keyMs),
  };
}

function parsed<Answer>(text: string, parse: (recorded: unknown) => Answer): Answer {
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    throw new VidpipeError(
      "storage.damaged",
      "the answer recorded for this Idempotency-Key cannot be read: look at the list of projects before you ask again",
      { cause },
    );
  }
}
