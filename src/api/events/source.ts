import type { Message } from "./sse-reader.ts";

/** Where the messages of a channel come from. */
export interface Source {
  /** Calls `listener` when there may be news, until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** At most `limit` messages after a number, in order. */
  read(after: number, limit: number): Promise<readonly Message[]>;
  /** Where a client goes on that names this number, or none; what it says first, if anything. */
  start(after: number | undefined): Promise<{ readonly seen: number; readonly hello?: string }>;
  /** Ms in which news are gathered. */
  readonly gatherMs: number;
}
