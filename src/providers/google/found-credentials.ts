import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import type { FoundRule } from "../../domain/settings.ts";
import { WAYS_TO_LOG_IN } from "./settings.ts";

/** Longest credentials file that is read, in bytes; a real one has two thousand. */
const MAX_BYTES = 65_536;

/** Where Google's logins get their tokens. */
const TOKEN_HOSTS = ["oauth2.googleapis.com", "www.googleapis.com", "accounts.google.com"];

const isTokenAddress = (value: string): boolean => {
  const url = URL.parse(value);
  return url !== null && url.protocol === "https:" && url.port === "" && TOKEN_HOSTS.includes(url.hostname);
};

/** What both kinds may say besides; anything else in the file is left out. */
const shared = {
  project_id: z.string().exactOptional(),
  quota_project_id: z.string().exactOptional(),
  universe_domain: z.literal("googleapis.com").exactOptional(),
  token_uri: z.string().refine(isTokenAddress).exactOptional(),
};

/**
 * Credentials that can only talk to Google. Files of other kinds (`external_account` and its relatives) name files to
 * read, programs to run and addresses to send what they say to.
 */
const GooglesOwn = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("service_account"),
    client_email: z.string(),
    private_key: z.string(),
    private_key_id: z.string().exactOptional(),
    ...shared,
  }),
  z.object({
    type: z.literal("authorized_user"),
    client_id: z.string(),
    client_secret: z.string(),
    refresh_token: z.string(),
    ...shared,
  }),
]);
type GooglesOwn = z.infer<typeof GooglesOwn>;

/** What such a file says; undefined when it is of another kind, or no file of this size. @throws Error when it cannot be read */
function googlesOwnIn(path: string): GooglesOwn | undefined {
  const about = statSync(path);
  // A pipe or a device would be waited for.
  if (!about.isFile() || about.size > MAX_BYTES) return undefined;
  return GooglesOwn.safeParse(JSON.parse(readFileSync(path, "utf8"))).data;
}

/** A file that is not there sends nothing anywhere; it is looked at again before it is used. */
function isGooglesOwn(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return true;
  return googlesOwnIn(path) !== undefined;
}

/** The rule for a credentials file that a found file names, wherever it lies. */
export const onlyGooglesOwn: FoundRule = {
  allows: (path) => {
    try {
      return typeof path === "string" && isGooglesOwn(path);
    } catch {
      return false;
    }
  },
  words: "only one of type service_account or authorized_user with Google's own token host",
};

/**
 * Reads credentials that were merely found. What was checked is what is used: the file may change between the two.
 * @throws VidpipeError provider.not_configured
 */
export function readFoundCredentials(path: string): GooglesOwn {
  const refused = (why: string, cause?: unknown) =>
    new VidpipeError("provider.not_configured", `nothing was sent, since the credential file ${path} ${why}`, {
      cause,
    });
  let own: GooglesOwn | undefined;
  try {
    own = googlesOwnIn(path);
  } catch (thrown) {
    throw refused(`cannot be read: ${WAYS_TO_LOG_IN}`, thrown);
  }
  if (own !== undefined) return own;
  throw refused(
    "is not of type service_account or authorized_user with Google's own token host: 'vidpipe trust' lets this folder name it",
  );
}
