import type { Context } from "hono";

/** What a handler may do with the connection of its request. */
export interface Connection {
  /** Seconds without a byte before this connection is closed; 0 is never. */
  setIdleTimeout(seconds: number): void;
}

/** What the server hands to the API with every request; absent when it is asked without a socket. */
export interface ServerEnv {
  readonly line?: Connection;
}

/** The connection of a request. */
export const connectionOf = (c: Context): Connection => {
  const env: ServerEnv | undefined = c.env;
  return env?.line ?? { setIdleTimeout() {} };
};
