import type { ProjectFacts } from "../domain/facts.ts";
import type { ProjectId } from "../domain/ids.ts";
import { isSettled } from "../domain/lifecycle.ts";
import type { ProjectView, WatchTick } from "../domain/view.ts";
import type { World } from "../ports/world.ts";
import type { ChangeFeed } from "./change-feed.ts";

/** Pause between two reads of a project that another process may be driving, ms. */
const readMs = 1_000;
/** Events read at once. */
const pageSize = 500;

/** A tick at once, then one after every change, until the project is settled or the signal aborts. */
export async function* watch(
  id: ProjectId,
  afterSeq: number,
  signal: AbortSignal,
  { repository, clock }: Pick<World, "repository" | "clock">,
  feed: ChangeFeed,
  viewOf: (facts: ProjectFacts) => ProjectView,
): AsyncGenerator<WatchTick, void, undefined> {
  let seen = afterSeq;
  let changed = new AbortController();
  let first = true;
  let percent: string | undefined;
  const unsubscribe = feed.subscribe(id, () => changed.abort());
  try {
    while (!signal.aborted) {
      changed = new AbortController();
      const events = await repository.events(id, seen, pageSize);
      const project = viewOf(await repository.facts(id));
      seen = events.at(-1)?.seq ?? seen;
      const more = events.length === pageSize;
      const settled = isSettled(project.status) && !more;
      const before = percent;
      percent = percentsOf(project);
      if (first || events.length > 0 || settled || percent !== before) yield { project, events };
      first = false;
      if (settled) return;
      if (!more) await clock.sleep(readMs, AbortSignal.any([signal, changed.signal]));
    }
  } finally {
    unsubscribe();
  }
}

/** How far running pieces are, in whole percents. */
const percentsOf = ({ stages }: ProjectView): string =>
  stages.map(({ fraction }) => (fraction === undefined ? "" : Math.floor(fraction * 100))).join();
