import type { ResumeChoice, Way } from "./api-types.ts";

/** What a way on asks of the server. */
export const choiceOf = ({ request: { body } }: Pick<Way, "request">): ResumeChoice => ({
  ...(body.retry_ambiguous === true && { retry_ambiguous: true }),
  ...(body.retry_refused === true && { retry_refused: true }),
  ...(body.retry_rejected === true && { retry_rejected: true }),
  ...(body.retry_gone === true && { retry_gone: true }),
  ...(body.use_rejected === true && { use_rejected: true }),
  ...(body.retry_skipped === true && { retry_skipped: true }),
  ...(body.skip_blocked === true && { skip_blocked: true }),
  ...(body.model !== undefined && { model: body.model }),
});
