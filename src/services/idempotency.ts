import { VidpipeError } from "../domain/errors.ts";
import { ProjectId, ProjectIdPrefix } from "../domain/ids.ts";
import type { KeyEntry } from "../ports/server.ts";
import type { World } from "../ports/world.ts";

/** A request as its client named it. */
export interface KeyedRequest {
  /** The client's key, with whatever tells clients apart. */
  readonly key: string;
  /** sha256 of what is asked. */
  readonly fingerprint: string;
}

/** Requests that are carried out once, however often they are sent. */
export interface Idempotency {
  /**
   * Carries out a request once per key, also when it comes fifty times at once, again after a restart, or after a crash
   * in the middle: `work` gets the id of what it makes, and it is the same one every time. `isMade` tells whether
   * that is there already; a project unless given.
   * @throws VidpipeError input.invalid when the key was used for something else
   */
  once<Answer>(
    request: KeyedRequest,
    work: (id: ProjectId) => Promise<Answer>,
    isMade?: (id: ProjectId) => Promise<boolean>,
  ): Promise<{ readonly answer: Answer; readonly replayed: boolean }>;
  /** Forgets old keys. */
  tidy(): Promise<void>;
}

/** Ms that a request's key is remembered: a day, as clients of other services expect. */
const keyMs = 24 * 3_600_000;

export function createIdempotency({
  repository,
  clock,
  random,
}: Pick<World, "repository" | "clock" | "random">): Idempotency {
  const { keys } = repository;
  const exists = async (id: ProjectId) => (await repository.findByPrefix(ProjectIdPrefix.parse(id), 1)).length > 0;
  const underWay = new Map<string, Promise<string>>();

  type Work = (id: ProjectId) => Promise<unknown>;

  async function execute(entry: KeyEntry, work: Work, isMade: typeof exists): Promise<string> {
    try {
      const answer = JSON.stringify(await work(entry.projectId));
      await keys.settle(entry.key, answer);
      return answer;
    } catch (thrown) {
      // What made nothing may be asked again, with another body too.
      if (!(await isMade(entry.projectId))) await keys.forget(entry.key);
      throw thrown;
    }
  }

  async function answerTo(request: KeyedRequest, work: Work, isMade: typeof exists) {
    const entry = await keys.claim({ ...request, projectId: ProjectId.parse(random.id()), createdAtMs: clock.now() });
    if (entry.fingerprint !== request.fingerprint)
      throw new VidpipeError("input.invalid", "this Idempotency-Key came with another request: use a new key", {
        field: "Idempotency-Key",
      });
    if (entry.answer !== null) return { text: entry.answer, replayed: true };
    const running = underWay.get(request.key);
    if (running !== undefined) return { text: await running, replayed: true };
    const mine = execute(entry, work, isMade).finally(() => underWay.delete(request.key));
    underWay.set(request.key, mine);
    return { text: await mine, replayed: false };
  }

  return {
    async once(request, work, isMade = exists) {
      const { text, replayed } = await answerTo(request, work, isMade);
      return { answer: JSON.parse(text), replayed };
    },
    tidy: () => keys.prune(clock.now() - keyMs),
  };
}
