import { VidpipeError } from "../domain/errors.ts";
import type { ProjectEvent } from "../domain/facts.ts";
import { type ProjectId, ProjectIdPrefix } from "../domain/ids.ts";
import type { Submit } from "../domain/step.ts";
import type { ProjectView, WatchTick } from "../domain/view.ts";
import type { ChangeFeed } from "../engine/change-feed.ts";
import { watch } from "../engine/watch.ts";
import { planned } from "../planning/plan.ts";
import type { ListFilter, ProjectListItem, StatusRow } from "../ports/server.ts";
import type { World } from "../ports/world.ts";
import type { Commands } from "./commands.ts";

/** What is recorded of projects, for people to see. Writes nothing. */
export interface ProjectReading {
  /**
   * The id that starts with what was typed.
   * @throws VidpipeError project.not_found, project.ambiguous_id, input.invalid
   */
  resolve(typed: string): Promise<ProjectId>;
  /** @throws VidpipeError project.not_found */
  get(id: ProjectId): Promise<ProjectView>;
  /** The project's cached status; cheap. @throws VidpipeError project.not_found */
  status(id: ProjectId): Promise<StatusRow>;
  /** Newest first; all of them unless filtered. */
  list(filter?: ListFilter): Promise<readonly ProjectListItem[]>;
  /** Every paid call of a project, oldest first. @throws VidpipeError project.not_found */
  ledger(id: ProjectId): Promise<readonly Submit[]>;
  /** At most `limit` events after one, oldest first. @throws VidpipeError project.not_found */
  events(id: ProjectId, afterSeq: number, limit: number): Promise<readonly ProjectEvent[]>;
  /** A tick at once, then one after every change, until the project is settled or the signal aborts. */
  watch(id: ProjectId, signal: AbortSignal, afterSeq?: number): AsyncIterable<WatchTick>;
  /** Calls `listener` after every change that this process makes, until the returned function is called. */
  subscribe(id: ProjectId, listener: () => void): () => void;
}

/** Ids shown when a prefix fits several projects. */
const shownMatches = 5;

export function createProjectReading(
  world: Pick<World, "repository" | "clock">,
  commands: Pick<Commands, "view">,
  feed: ChangeFeed,
): ProjectReading {
  const { repository } = world;
  return {
    async resolve(typed) {
      const prefix = ProjectIdPrefix.safeParse(typed);
      if (!prefix.success)
        throw new VidpipeError("input.invalid", prefix.error.issues[0]?.message ?? "not a project id", { field: "id" });
      const found = await repository.findByPrefix(prefix.data, shownMatches);
      const [only] = found;
      if (only === undefined)
        throw new VidpipeError("project.not_found", `no project ${prefix.data}: 'vidpipe list' shows all of them`);
      if (found.length > 1)
        throw new VidpipeError("project.ambiguous_id", `${prefix.data} fits several projects: ${found.join(", ")}`);
      return only;
    },
    get: async (id) => commands.view(planned(await repository.facts(id))),
    status: (id) => repository.status(id),
    list: (filter = {}) => repository.list(filter),
    ledger: async (id) => (await repository.facts(id)).submits,
    events: (id, afterSeq, limit) => repository.events(id, afterSeq, limit),
    watch: (id, signal, afterSeq = 0) =>
      watch(id, afterSeq, signal, world, feed, (facts) => commands.view(planned(facts))),
    subscribe: (id, listener) => feed.subscribe(id, listener),
  };
}
