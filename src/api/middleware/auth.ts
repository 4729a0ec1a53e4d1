import { timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { errorResponse } from "../error-response.ts";

/** What a token allows: only reading, or also what changes something or costs money. */
export const TOKEN_SCOPES = ["read", "spend"] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** A key to this server. */
export interface AccessToken {
  /** Name for logs and limits; never secret. */
  readonly name: string;
  readonly token: string;
  readonly scope: TokenScope;
}

/** Who sends a request. */
export type Caller = Omit<AccessToken, "token">;

/** Every caller, when the server has no tokens. */
const LOCAL: Caller = { name: "local", scope: "spend" };

/** One token after exactly this word and one space: a request that can be read in two ways is refused. */
const BEARER = /^Bearer ([\x21-\x7e]{1,500})$/;

/**
 * The access rules. Without tokens every client that reaches the server may do everything. `isSame` compares two hashes
 * in constant time.
 */
export function createAccess(tokens: readonly AccessToken[], isSame = timingSafeEqual) {
  // Hashes have one length, so comparing them does not reveal the token's.
  const known = tokens.map(({ token, ...caller }) => ({ caller, hash: sha256(token) }));
  return {
    /** Whether a token is needed at all. */
    isGuarded: known.length > 0,
    /** The caller of an Authorization header; undefined without a known token. Takes the same time for every token. */
    callerOf(authorization: string | undefined): Caller | undefined {
      if (known.length === 0) return LOCAL;
      const given = sha256(BEARER.exec(authorization ?? "")?.[1] ?? "");
      let found: Caller | undefined;
      for (const { caller, hash } of known) if (isSame(hash, given)) found = caller;
      return found;
    },
  };
}

export type Access = ReturnType<typeof createAccess>;

const sha256 = (text: string): Uint8Array => new Bun.CryptoHasher("sha256").update(text).digest();

/** What every handler knows of its request. */
export interface ApiEnv {
  Variables: {
    caller: Caller | undefined;
    requestId: string;
    /** The answer is made while it is sent: nobody may wait for its end. */
    streamed?: boolean;
  };
}

/** Name of who sends a request, for limits and keys. */
export const callerName = (c: Context<ApiEnv>): string => c.get("caller")?.name ?? "";

/** Paths that answer without a token; they reveal nothing about projects. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/api/health", "/api/ready", "/api/openapi.json", "/api/docs"]);
/** An estimate changes nothing. */
const READING_POSTS: ReadonlySet<string> = new Set(["/api/estimate"]);

/** Lets only known callers through, except to the open paths; a reading token only reads. */
export const auth =
  (access: Access): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const caller = access.callerOf(access.isGuarded ? c.req.header("authorization") : undefined);
    c.set("caller", caller);
    const { method, path } = c.req;
    const isReading = method === "GET" || READING_POSTS.has(path);
    const mayPass = isReading ? caller !== undefined || OPEN_PATHS.has(path) : caller?.scope === "spend";
    if (!mayPass) return denial(caller, c.req.header("authorization"));
    await next();
  };

/** What came instead of a known token; never the token. */
function seenIn(authorization: string | undefined): string {
  if (authorization === undefined || authorization === "") return "no Authorization header came";
  return BEARER.test(authorization)
    ? "the token that came is not one of this server's"
    : "the Authorization header that came is not Bearer, one space and one token";
}

const denial = (caller: Caller | undefined, authorization: string | undefined): Response =>
  caller === undefined
    ? errorResponse(
        "http.unauthorized",
        `send the header Authorization: Bearer TOKEN with a token of this server, which its owner set as server.auth_token (environment: VIDPIPE_SERVER__AUTH_TOKEN) or in server.tokens: ${seenIn(authorization)}`,
        { headers: { "WWW-Authenticate": "Bearer" } },
      )
    : errorResponse(
        "http.read_only_token",
        `token ${caller.name} has the scope read and may only read: send one with the scope spend, which is server.auth_token or an entry of server.tokens with scope: spend`,
        { headers: { "WWW-Authenticate": 'Bearer error="insufficient_scope", scope="spend"' } },
      );
