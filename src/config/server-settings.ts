import { z } from "zod";
import { HOST, ORIGIN } from "../domain/settings.ts";

/** Least length of a token: what is shorter can be guessed. */
const MIN_TOKEN_BYTES = 32;

/** A value that a variable holds as JSON; anything else unchanged. */
export function parseJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** A list that a variable holds: as JSON, or separated by commas. */
function toList(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const list = value.trim().startsWith("[") ? parseJson(value) : value;
  return typeof list === "string" ? list.split(",").map((item) => item.trim()) : list;
}

/** A list, in the environment as JSON or separated by commas. */
const listOf = (pattern: RegExp, expected: string, read: (value: unknown) => unknown = toList) =>
  z.preprocess(
    read,
    z.array(z.string(expected).regex(pattern, expected), expected).max(100, "must have 100 entries or fewer"),
  );

const tokenExpected = `must be ${MIN_TOKEN_BYTES} to 500 plain characters without spaces`;
/** What a client sends as `Authorization: Bearer ...`. */
export const accessToken = z.string(tokenExpected).regex(/^[\x21-\x7e]{32,500}$/, tokenExpected);

const tokensExpected = "must be a list of {name, token, scope}: token of 32 characters or more, scope read or spend";
const NamedToken = z.strictObject(
  {
    /** Shown in logs. */
    name: z.string(tokensExpected).regex(/^[\w.-]{1,40}$/, "must name each token in letters, digits, _, - and ."),
    token: accessToken,
    scope: z.enum(["read", "spend"], tokensExpected),
  },
  tokensExpected,
);
/** More tokens, each with a name and what it allows. */
export const namedTokens = z
  .preprocess(parseJson, z.array(NamedToken, tokensExpected).max(100, "must have 100 entries or fewer"))
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, "must not use a name twice");

/** Address bars show an origin with a slash after it; browsers send it without. */
function toOrigins(value: unknown): unknown {
  const list = toList(value);
  return Array.isArray(list)
    ? list.map((item: unknown) => (typeof item === "string" ? item.replace(/\/$/, "") : item))
    : list;
}

/** Origins of other sites, as browsers send them. */
export const origins = listOf(ORIGIN, "must be origins such as https://films.example.com", toOrigins);

/** Host headers or hosts of URLs, each with its port if it has one. */
export const hosts = listOf(HOST, "must be host names, each with its port if clients send one, separated by commas");

const secretExpected = "must be whsec_ and 24 to 64 bytes in base64, several separated by commas";
/** Secrets that messages to webhooks are signed with, the newest first. */
export const webhookSecrets = listOf(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, secretExpected);
