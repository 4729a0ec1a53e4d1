import { asVidpipeError, invalidInput, VidpipeError } from "../domain/errors.ts";
import type { ProjectFacts } from "../domain/facts.ts";
import { type ProjectId, ProjectIdPrefix } from "../domain/ids.ts";
import type { ProjectView, WatchTick } from "../domain/view.ts";
import type { ChangeFeed } from "../engine/change-feed.ts";
import { watch } from "../engine/watch.ts";
import { planned } from "../planning/plan.ts";
import { receiptOf } from "../planning/receipt.ts";
import type { ListFilter, ProjectHead, Search } from "../ports/server.ts";
import type { World } from "../ports/world.ts";
import type { Commands } from "./commands.ts";
import { everyProject } from "./every-project.ts";

/** Ids shown when a prefix fits several projects. */
const shownMatches = 5;

/** What is recorded of a project; null where it is not recorded. */
export const recordedFacts = (repository: World["repository"], id: ProjectId): Promise<ProjectFacts | null> =>
  repository.facts(id).catch((thrown: unknown) => {
    if (asVidpipeError(thrown).code === "project.not_found") return null;
    throw thrown;
  });

/** What is recorded of projects, for people to see. Writes nothing. Unknown ids are VidpipeError project.not_found. */
export function createProjectReading(
  world: Pick<World, "repository" | "clock" | "leases" | "owner">,
  commands: Pick<Commands, "view">,
  feed: ChangeFeed,
) {
  const { repository } = world;
  const view = (facts: ProjectFacts): ProjectView => commands.view(planned(facts));
  return {
    /**
     * The id that starts with what was typed.
     * @throws VidpipeError project.not_found, project.ambiguous_id, input.invalid
     */
    async resolve(typed: string): Promise<ProjectId> {
      const prefix = ProjectIdPrefix.safeParse(typed);
      if (!prefix.success) throw invalidInput("id", prefix.error.issues[0]?.message ?? "not a project id");
      const found = await repository.findByPrefix(prefix.data, shownMatches);
      const [only] = found;
      if (only === undefined) throw new VidpipeError("project.not_found", `no project ${prefix.data}`);
      if (found.length > 1)
        throw new VidpipeError("project.ambiguous_id", `${prefix.data} fits several projects: ${found.join(", ")}`);
      return only;
    },
    get: async (id: ProjectId) => view(await repository.facts(id)),
    /** Whether a process that exists drives it. */
    async isDriven(id: ProjectId): Promise<boolean> {
      const driver = await world.leases.driver(id);
      return driver !== null && world.owner.isLive(driver);
    },
    /** The project's cached status; cheap. */
    status: (id: ProjectId) => repository.status(id),
    /** Newest first; all of them unless filtered. */
    list: (filter: ListFilter = {}) => repository.list(filter),
    /** All of them, newest first, in slices. */
    every: (): AsyncIterable<readonly ProjectHead[]> => everyProject(repository),
    /** Those whose words fit a text. */
    search: (search: Search) => repository.search(search),
    /** How many there are in each status. */
    counts: () => repository.countProjects(),
    /** The number of the newest change of the list. */
    lastChange: () => repository.lastChange(),
    /** What changed in the list after a change, at most so many projects. */
    changes: (after: number, limit: number) => repository.changes(after, limit),
    /** Every paid call of a project, oldest first, and the sums. */
    receipt: async (id: ProjectId) => receiptOf(await repository.facts(id)),
    /** At most `limit` events after one, oldest first. */
    events: (id: ProjectId, afterSeq: number, limit: number) => repository.events(id, afterSeq, limit),
    /** A tick at once, then one after every change, until the project is settled or the signal aborts. */
    watch: (id: ProjectId, signal: AbortSignal, afterSeq = 0): AsyncIterable<WatchTick> =>
      watch(id, afterSeq, signal, world, feed, view),
    /** Calls `listener` after every change that this process makes, until the returned function is called. */
    subscribe: (id: ProjectId, listener: () => void) => feed.subscribe(id, listener),
    /** The same for every project. */
    subscribeAll: (listener: () => void) => feed.subscribeAll(listener),
  };
}
