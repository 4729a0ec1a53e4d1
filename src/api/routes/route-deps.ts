import type { Clock, RandomSource } from "../../ports/runtime.ts";
import type { Assets } from "../../services/assets.ts";
import type { EditingService } from "../../services/editing.ts";
import type { Operations } from "../../services/operations.ts";
import type { ProjectService } from "../../services/projects.ts";
import type { ProjectTrash } from "../../services/trash.ts";
import type { EventHub } from "../events/event-hub.ts";
import type { IdempotentRequests } from "../middleware/idempotency.ts";

/** The use cases and facts that the routes answer with. */
export interface RouteServices {
  readonly service: ProjectService;
  readonly editing: EditingService;
  readonly assets: Assets;
  readonly trash: ProjectTrash;
  readonly operations: Operations;
  readonly clock: Clock;
  readonly random: Pick<RandomSource, "id">;
  /** What `/api/health` says. */
  readonly version: string;
  /** Aborts when the server stops: streams end, waits are answered. */
  readonly stopping: AbortSignal;
}

/** What all groups of routes share; each takes what it needs. */
export interface RouteDeps extends RouteServices {
  readonly idempotent: IdempotentRequests;
  readonly hub: EventHub;
  /** Whether a token is needed. */
  readonly isGuarded: boolean;
  /** Answers since the start, by class of status. */
  readonly answerCounts: ReadonlyMap<string, number>;
  /** Throws when the limit of unfinished projects is reached. */
  readonly admit: () => Promise<void>;
}
