import { VidpipeError } from "../domain/errors.ts";
import type { ProjectId } from "../domain/ids.ts";
import type { KeyBook, KeyEntry } from "../ports/server.ts";

/** A request as its client named it. */
export interface NamedRequest {
  /** The client's key, with whatever tells clients apart. */
  readonly key: string;
  /** sha256 of what is asked. */
  readonly fingerprint: string;
}

/**
 * Carries out a request once per key, also when it comes fifty times at once, again after a restart, or after a crash
 * in the middle: `work` gets the id of what it makes, and it is the same one every time. `isMade` tells whether
 * that is there already; a project unless given.
 * @throws VidpipeError input.invalid when the key was used for something else
 */
export type Once = <Answer>(
  request: NamedRequest,
  work: (id: ProjectId) => Promise<Answer>,
  isMade?: (id: ProjectId) => Promise<boolean>,
) => Promise<{ readonly answer: Answer; readonly replayed: boolean }>;

export interface OnceDeps {
  readonly keys: KeyBook;
  readonly nowMs: () => number;
  readonly newId: () => ProjectId;
  readonly exists: (id: ProjectId) => Promise<boolean>;
}

export function createOnce({ keys, nowMs, newId, exists }: OnceDeps): Once {
  const underWay = new Map<string, Promise<string>>();

  type Work = (id: ProjectId) => Promise<unknown>;

  async function carryOut(entry: KeyEntry, work: Work, isMade: typeof exists): Promise<string> {
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

  async function answerTo(request: NamedRequest, work: Work, isMade: typeof exists) {
    const entry = await keys.claim({ ...request, projectId: newId(), createdAtMs: nowMs() });
    if (entry.fingerprint !== request.fingerprint)
      throw new VidpipeError("input.invalid", "this Idempotency-Key came with another request: use a new key");
    if (entry.answer !== null) return { text: entry.answer, replayed: true };
    const running = underWay.get(request.key);
    if (running !== undefined) return { text: await running, replayed: true };
    const mine = carryOut(entry, work, isMade).finally(() => underWay.delete(request.key));
    underWay.set(request.key, mine);
    return { text: await mine, replayed: false };
  }

  return async (request, work, isMade = exists) => {
    const { text, replayed } = await answerTo(request, work, isMade);
    return { answer: JSON.parse(text), replayed };
  };
}
