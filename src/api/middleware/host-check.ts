import { VidpipeError } from "../../domain/errors.ts";
import { quote } from "../../domain/refusal.ts";
import { HOST, howToSet, isLoopback } from "../../domain/settings.ts";

/** Where a server listens and what else it is called. */
export interface Bind {
  readonly host: string;
  readonly port: number;
  /** Further Host headers to answer to, exactly as clients send them, e.g. `films.example.com`. */
  readonly allowedHosts?: readonly string[];
  /** The IP addresses this machine has now; they count when it listens on all of them. */
  readonly ownAddresses?: () => readonly string[];
}

/** Whether a Host header (null when there is none) is one this server answers to. */
export type HostRule = (host: string | null) => boolean;

const EVERYWHERE = new Set(["0.0.0.0", "::"]);

/**
 * A server that other machines can reach could spend the user's money: without a token it does not start.
 * @throws VidpipeError config.invalid
 */
export function requireToken(host: string, tokens: readonly object[]): void {
  if (isLoopback(host) || tokens.length > 0) return;
  throw new VidpipeError(
    "config.invalid",
    `listening on ${host} needs a token, or anyone who reaches it could spend your money: set server.auth_token to 32 random characters or more (environment: VIDPIPE_SERVER__AUTH_TOKEN=$(vidpipe token)), or listen on 127.0.0.1`,
  );
}

/**
 * The Host rule of a bind, against DNS rebinding (a hostile page whose name starts to point at this machine):
 * exact names only, wherever it listens. They are its own address, those of this machine when it listens on all,
 * and what `allowedHosts` adds.
 */
export function createHostRule({ host, port, allowedHosts = [], ownAddresses = () => [] }: Bind): HostRule {
  const withPort = (name: string): string[] => {
    const literal = name.includes(":") ? `[${name}]` : name;
    return port === 80 ? [literal, `${literal}:80`] : [`${literal}:${port}`];
  };
  const known = new Set([...["localhost", "127.0.0.1", "::1", host].flatMap(withPort), ...allowedHosts]);
  if (!EVERYWHERE.has(host)) return (typed) => typed !== null && known.has(typed);
  // Asked when needed: addresses come and go while a server runs.
  return (typed) => typed !== null && (known.has(typed) || ownAddresses().flatMap(withPort).includes(typed));
}

/** Why a request is not answered, and the setting that would let it in. */
export function wrongHost(host: string | null): string {
  if (host === null || host === "")
    return "this server answers only to its own names, and no Host header came: send one such as localhost:8000";
  if (!HOST.test(host))
    return `this server does not answer to the Host ${quote(host)}: it must be a name such as localhost:8000`;
  return `this server does not answer to the Host ${host}: if that is its name, ${howToSet("server.allowed_hosts", host)}, beside others separated by commas`;
}
