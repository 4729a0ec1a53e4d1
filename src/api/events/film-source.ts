import type { ProjectService } from "../../services/projects.ts";
import { listedAnswer } from "../schemas/list.ts";
import type { Source } from "./source.ts";
import { frame, type Message } from "./sse-reader.ts";

/** Changes that a client may have missed and still be told one by one; with more it reads the list again. */
const mostMissed = 1_000;
/** Ms in which changes are gathered: what changes more often is told once. */
const gatherMs = 250;

export type FilmSourceDeps = Pick<ProjectService, "lastChange" | "changes" | "counts" | "subscribeAll">;

/**
 * The list of films as it changes: `start` when the list is to be read, `film` with a film as the list shows it, `gone`
 * with the id of one that is not in it any more, `counts` with how many there are by status.
 */
export const createFilmSource = (service: FilmSourceDeps): Source => ({
  gatherMs,
  subscribe: (listener) => service.subscribeAll(listener),
  async start(after) {
    const last = await service.lastChange();
    if (after !== undefined && after <= last && last - after <= mostMissed) return { seen: after };
    return { seen: last, hello: frame({ id: last, event: "start" }, await service.counts()) };
  },
  async read(after, limit): Promise<readonly Message[]> {
    const changes = await service.changes(after, limit);
    if (changes.length === 0) return [];
    const counts = frame({ event: "counts" }, await service.counts());
    return changes.map(({ number, id, item }, place) => {
      const text =
        item === null
          ? frame({ id: number, event: "gone" }, { project_id: id })
          : frame({ id: number, event: "film" }, listedAnswer(item));
      return { seq: number, text: place === changes.length - 1 ? text + counts : text };
    });
  },
});
