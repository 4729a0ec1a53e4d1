import type { ProjectId } from "../domain/ids.ts";
import { isSettled } from "../domain/lifecycle.ts";
import type { WatchTick } from "../domain/view.ts";
import type { World } from "../ports.ts";
import type { Feed } from "./feed.ts";
import { viewOf } from "./view.ts";

/** Pause between two looks at a project that another process may be driving, ms. */
const lookMs = 1_000;
/** Events read at once. */
const pageSize = 500;

/** A tick at once, then one after every change, until the project is settled or the signal aborts. */
export async function* watch(
  id: ProjectId,
  afterSeq: number,
  signal: AbortSignal,
  { repository, artifacts, clock }: World,
  feed: Feed,
): AsyncGenerator<WatchTick, void, undefined> {
  let seen = afterSeq;
  let changed = new AbortController();
  let first = true;
  const unsubscribe = feed.subscribe(id, () => changed.abort());
  try {
    while (!signal.aborted) {
      changed = new AbortController();
      const events = await repository.events(id, seen, pageSize);
      const project = viewOf(await repository.facts(id), artifacts.pathOf);
      seen = events.at(-1)?.seq ?? seen;
      const more = events.length === pageSize;
      const settled = isSettled(project.status) && !more;
      if (first || events.length > 0 || settled) yield { project, events };
      first = false;
      if (settled) return;
      if (!more) await clock.sleep(lookMs, AbortSignal.any([signal, changed.signal]));
    }
  } finally {
    unsubscribe();
  }
}
