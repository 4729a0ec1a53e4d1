import type { ComponentChildren } from "preact";
import type { ProjectStatus } from "../data/api-types.ts";
import { STATUSES } from "../data/words.ts";

/** A film's status as a word with a color. */
export const StatusLabel = ({ status }: { status: ProjectStatus }) => (
  <span class={`status ${STATUSES[status].tone}`}>{STATUSES[status].label}</span>
);

/** Marks something whose prompt or images changed after it was made. */
export const OutOfDate = ({ of }: { of: string }) => (
  <span class="badge out-of-date">
    <span class="visually-hidden">, {of} </span>out of date
  </span>
);

/** Shown, and read once by screen readers, while the server cannot be reached. */
export const Offline = ({ online }: { online: boolean }) => (
  <div role="status">
    {!online && <p class="offline-banner">Connection lost. Films continue on the server; this page is reconnecting.</p>}
  </div>
);

/** An error message. */
export const Problem = ({ children }: { children: ComponentChildren }) => (
  <div role="alert">{children !== null && <p class="error-message">{children}</p>}</div>
);
