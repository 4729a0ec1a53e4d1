import { asVidpipeError, invalidInput, VidpipeError } from "../domain/errors.ts";
import { ProjectId, ProjectIdPrefix } from "../domain/ids.ts";
import type { KeyEntry } from "../ports/server.ts";
import type { World } from "../ports/world.ts";

/** A request under its client's idempotency key. */
export interface KeyedRequest {
  /** The client's key, prefixed with the client's name. */
  readonly key: string;
  /** sha256 of what is asked. */
  readonly fingerprint: string;
}

type Work = (id: ProjectId) => Promise<unknown>;

/** The answer as JSON text, and whether it was recorded before. */
interface Answered {
  readonly text: string;
  readonly replayed: boolean;
}

/** Carries out requests once, however often they are sent. */
export type Idempotency = ReturnType<typeof createIdempotency>;

/** Ms that a request's key is kept: a day, as clients of other services expect. */
const keyMs = 24 * 3_600_000;

export function createIdempotency(world: Pick<World, "repository" | "clock" | "random">) {
  const { repository, clock, random } = world;
  const { keys } = repository;
  const exists = async (id: ProjectId) => (await repository.findByPrefix(ProjectIdPrefix.parse(id), 1)).length > 0;
  const underWay = new Map<string, Promise<string>>();

  async function execute(entry: KeyEntry, work: Work, isMade: typeof exists): Promise<string> {
    try {
      const answer = JSON.stringify(await work(entry.projectId));
      await keys.settle(entry.key, answer);
      return answer;
    } catch (thrown) {
      // A request that made nothing may be sent again, with another body too.
      if (!(await isMade(entry.projectId))) await keys.forget(entry.key);
      throw thrown;
    }
  }

  async function answerTo(request: KeyedRequest, work: Work, isMade: typeof exists): Promise<Answered> {
    const entry = await keys.claim({ ...request, projectId: ProjectId.parse(random.id()), createdAtMs: clock.now() });
    if (entry.fingerprint !== request.fingerprint)
      throw invalidInput("Idempotency-Key", "this Idempotency-Key came with another request: use a new key");
    if (entry.answer !== null) return { text: entry.answer, replayed: true };
    const running = underWay.get(request.key);
    if (running !== undefined) return waitFor(running, () => answerTo(request, work, isMade));
    const mine = execute(entry, work, isMade).finally(() => underWay.delete(request.key));
    underWay.set(request.key, mine);
    return { text: await mine, replayed: false };
  }

  /** The answer of the same request under way; where its client left before anything was made, the next one makes it. */
  async function waitFor(running: Promise<string>, again: () => Promise<Answered>): Promise<Answered> {
    try {
      return { text: await running, replayed: true };
    } catch (thrown) {
      if (asVidpipeError(thrown).code === "run.interrupted") return again();
      throw thrown;
    }
  }

  return {
    /**
     * Carries out a request once per key, also when it comes fifty times at once, again after a restart, or after a crash
     * in the middle: `work` gets the id of what it makes, and it is the same one every time. `parse` reads the recorded
     * answer, or throws. `isMade` tells whether what `work` makes exists already; a project unless given.
     * @throws VidpipeError input.invalid when the key was used for something else, storage.damaged when the recorded
     * answer cannot be parsed
     */
    async once<Answer>(
      request: KeyedRequest,
      parse: (recorded: unknown) => Answer,
      work: (id: ProjectId) => Promise<Answer>,
      isMade: typeof exists = exists,
    ): Promise<{ readonly answer: Answer; readonly replayed: boolean }> {
      const { text, replayed } = await answerTo(request, work, isMade);
      return { answer: parsed(text, parse), replayed };
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
