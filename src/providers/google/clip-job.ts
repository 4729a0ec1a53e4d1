import type { ClipOrder } from "../../domain/step.ts";
import type { ClipCheck, StillImage } from "../../ports/provider.ts";
import type { CallContext } from "./call.ts";
import { type ClipDeps, type ClipSource, saveClip } from "./download.ts";
import type { FrozenOptions, SelectedModel } from "./select-models.ts";

/** One clip to be bought. */
export interface ClipJob extends CallContext {
  readonly order: ClipOrder;
  readonly stills: { readonly start: StillImage; readonly end: StillImage };
  readonly selected: SelectedModel;
  readonly options: FrozenOptions;
  /** Marks the request on the account's bill; null when the caller has no name for it. */
  readonly submitId: string | null;
  /** Folder in Cloud Storage for this submit alone; null: the clip comes in the answer. */
  readonly output: string | null;
}

/** Ms for sending a clip's request: two stills go up, a name comes back. */
const SUBMIT_TIMEOUT_MS = 120_000;
/** Ms for asking how an operation stands; a finished clip may come with the answer. */
const POLL_TIMEOUT_MS = 120_000;

export const submitSpec = (job: ClipJob) => ({
  ...job.purpose,
  what: "the clip",
  signal: job.signal,
  timeoutMs: SUBMIT_TIMEOUT_MS,
});

export const pollSpec = (look: CallContext) => ({
  ...look.purpose,
  what: "the state of the clip",
  signal: look.signal,
  timeoutMs: POLL_TIMEOUT_MS,
});

/** A job that ended without a clip. It is charged unless Google says that it is not. */
export const ended = (said: string, retryable: boolean, charged: boolean): ClipCheck => ({
  kind: "failed",
  reason: charged ? `${said}; Google does not say that it is free` : said,
  retryable,
  charged,
});

/** Where a clip is, of the two ways Google says so; null when it says neither. */
export function sourceOf(base64: string | undefined, uri: string | undefined): ClipSource | null {
  if (base64 !== undefined && base64 !== "") return { kind: "inline", base64 };
  return uri === undefined || uri === "" ? null : { kind: "uri", uri };
}

export const ready = (source: ClipSource, look: CallContext, deps: ClipDeps): ClipCheck => ({
  kind: "ready",
  save: (path, signal) => saveClip(source, path, { ...deps, ...look }, signal),
});
