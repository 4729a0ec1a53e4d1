import type { ProjectId } from "../domain/ids.ts";
import type { ResumeOptions } from "../domain/project.ts";
import type { Way, WayAction, WayBody } from "../domain/way.ts";

/** The options of going on that a way can have. */
export type Choice = Pick<
  ResumeOptions,
  | "retryAmbiguous"
  | "retryRefused"
  | "retryRejected"
  | "retryGone"
  | "useRejected"
  | "retrySkipped"
  | "skipBlocked"
  | "model"
>;

/** The most that going on with these options can cost, US dollars; null where nobody knows it. */
export type WayPrice = (choice: Choice) => number | null;

const bodyOf = (choice: Choice): WayBody => ({
  ...(choice.retryAmbiguous === true && { retry_ambiguous: true }),
  ...(choice.retryRefused === true && { retry_refused: true }),
  ...(choice.retryRejected === true && { retry_rejected: true }),
  ...(choice.retryGone === true && { retry_gone: true }),
  ...(choice.useRejected === true && { use_rejected: true }),
  ...(choice.retrySkipped === true && { retry_skipped: true }),
  ...(choice.skipBlocked === true && { skip_blocked: true }),
  ...(choice.model !== undefined && { model: choice.model }),
});

/** Options of the command line have the names of the API's fields. */
const flagsOf = (body: WayBody): string[] =>
  Object.entries(body).flatMap(([field, value]) => [
    `--${field.replaceAll("_", "-")}`,
    ...(value === true ? [] : [String(value)]),
  ]);

/** Going on with a film, in the words of the command line and of the HTTP API. */
export function resumeWay(action: WayAction, id: ProjectId, choice: Choice, priceOf: WayPrice): Way {
  const body = bodyOf(choice);
  return {
    action,
    command: ["vidpipe resume", id, ...flagsOf(body)].join(" "),
    request: { method: "POST", path: `/api/projects/${id}/resume`, body },
    usd: priceOf(choice),
  };
}

/** Another take of a scene's clip instead of the one that is there; `usd` is what one costs. */
export const retakeWay = (id: ProjectId, scene: number, usd: number | null): Way => ({
  action: "retake",
  command: `vidpipe retake ${id} --scene ${scene + 1} --pick`,
  request: { method: "POST", path: `/api/projects/${id}/retakes`, body: { scene, piece: "clip" } },
  usd,
});

export const cancelWay = (id: ProjectId): Way => ({
  action: "cancel",
  command: `vidpipe cancel ${id}`,
  request: { method: "POST", path: `/api/projects/${id}/cancel`, body: {} },
  usd: 0,
});
