import type { ComponentChildren } from "preact";
import type { ProjectStatus } from "../data/api-types.ts";
import { STATUS_WORDS } from "../data/words.ts";

const TONES = {
  pending: "idle",
  storyboarding: "live",
  keyframing: "live",
  video_gen: "live",
  stitching: "live",
  complete: "good",
  review: "ask",
  held: "ask",
  failed: "bad",
  cancelled: "idle",
} as const satisfies Record<ProjectStatus, string>;

/** A project's status: a word, and a colour that says the same. */
export const StatusSign = ({ status }: { status: ProjectStatus }) => (
  <span class={`sign ${TONES[status]}`}>{STATUS_WORDS[status]}</span>
);

/** Marks what was made from words or pictures that have changed since. */
export const StaleSign = ({ of }: { of: string }) => (
  <span class="stale-sign">
    <span class="hidden">, {of} </span>out of date
  </span>
);

/** Said once to everybody, also to screen readers, while the server is away. */
export const Offline = ({ online }: { online: boolean }) => (
  <div role="status">
    {!online && (
      <p class="offline">Connection lost. Films in progress continue on the server; this page is reconnecting.</p>
    )}
  </div>
);

/** A failure in words. */
export const Problem = ({ children }: { children: ComponentChildren }) => (
  <div role="alert">{children !== null && <p class="problem">{children}</p>}</div>
);
