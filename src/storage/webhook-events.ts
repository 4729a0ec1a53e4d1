import type { ProjectEvent } from "../domain/facts.ts";
import { SETTLED_STATUSES } from "../domain/lifecycle.ts";

/** Webhooks hear when a project has come to rest, however it did; progress is for those who watch. */
export const tellsWebhook = ({ type, data }: Pick<ProjectEvent, "type" | "data">): boolean =>
  type === "project" && SETTLED_STATUSES.some((status) => status === data.status);
