import type { GenerateVideosOperation, GoogleGenAI, ThinkingConfig } from "@google/genai";
import { VidpipeError } from "../../domain/errors.ts";
import { readFoundCredentials } from "./found-credentials.ts";
import type { Login, LoginSecrets } from "./login.ts";
import type { Mode } from "./models.ts";
import { type GoogleConfig, LOCATION, WAYS_TO_LOG_IN } from "./settings.ts";
import type { Wire } from "./wire.ts";

/** Where a call goes: the mode, and on Vertex AI the project and location. */
export interface Address {
  readonly mode: Mode;
  /** Empty on the Gemini API. */
  readonly project: string;
  /** Empty on the Gemini API. */
  readonly location: string;
}

/** One logged-in client of the SDK. */
export interface Session {
  readonly ai: GoogleGenAI;
  /** Address and version in front of every path, without a slash at the end. */
  readonly baseUrl: string;
  /** The login as headers, for the few requests the SDK has no method for. */
  readonly authHeaders: () => Promise<Headers>;
  /** An operation that a poll can ask about, made from its name alone. */
  readonly operationNamed: (name: string) => GenerateVideosOperation;
  /** The least thinking that can be asked for. */
  readonly minimalThinking: ThinkingConfig;
}

/** Gives the one session of an address, a new one for a new login. @throws VidpipeError provider.not_configured */
export type Sessions = (address: Address) => Promise<Session>;

/** The SDK changes its default between releases; these are the versions its request formats were checked against. */
const API_VERSIONS: Readonly<Record<Mode, string>> = { vertex: "v1beta1", gemini: "v1beta" };

const GEMINI_BASE_URL = "https://generativelanguage.googleapis.com";
/** Locations that span regions have host names of their own. Source: the SDK. */
const MULTI_REGIONS = new Set(["us", "eu"]);

/** @throws VidpipeError provider.invalid_request for a location that cannot be one */
export function baseUrlOf(cfg: GoogleConfig, { mode, location }: Address): string {
  if (mode === "gemini") return cfg.geminiBaseUrl ?? GEMINI_BASE_URL;
  if (cfg.vertexBaseUrl !== null) return cfg.vertexBaseUrl;
  if (!LOCATION.test(location))
    throw new VidpipeError(
      "provider.invalid_request",
      "the location of this call is not one of Google's; nothing was sent",
    );
  if (location === "global") return "https://aiplatform.googleapis.com";
  if (MULTI_REGIONS.has(location)) return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}

export function createSessions(cfg: GoogleConfig, login: Login, wire: Wire): Sessions {
  const sessions = new Map<string, { readonly version: string; readonly opened: Promise<Session> }>();
  return (address) => {
    requireLogin(login, address);
    const key = [address.mode, address.project, address.location].join(" ");
    const version = login.version();
    const known = sessions.get(key);
    if (known?.version === version) return known.opened;
    const opened = openSession({ ...cfg, ...login.current() }, wire, address);
    sessions.set(key, { version, opened });
    return opened;
  };
}

/** A saved operation may belong to another mode than today's configuration. */
function requireLogin(login: Login, address: Address): void {
  const hasKey = login.current().apiKey !== null;
  if (address.mode === "gemini" && !hasKey) login.refused();
  const lacks =
    address.mode === "gemini"
      ? !hasKey && "the Gemini API needs an API key"
      : address.project === "" && "Vertex AI needs a Google Cloud project";
  if (lacks) throw new VidpipeError("provider.not_configured", `${lacks}; nothing was sent: ${WAYS_TO_LOG_IN}`);
}

async function openSession(cfg: GoogleConfig, wire: Wire, address: Address): Promise<Session> {
  // Loaded late: it takes longer than everything else the command line does at its start.
  const sdk = await import("@google/genai");
  class Client extends sdk.GoogleGenAI {
    readonly login = (): Promise<Headers> => this.apiClient.getAuthHeaders();
  }
  const { mode } = address;
  const baseUrl = baseUrlOf(cfg, address).replace(/\/+$/, "");
  const client = withoutChatter(
    () =>
      new Client({
        vertexai: mode === "vertex",
        apiVersion: API_VERSIONS[mode],
        httpOptions: { baseUrl, fetch: wire.fetch },
        ...(mode === "gemini"
          ? { apiKey: cfg.apiKey ?? "" }
          : { project: address.project, location: address.location, googleAuthOptions: authOptions(cfg, address) }),
      }),
  );
  return {
    ai: client,
    baseUrl: `${baseUrl}/${API_VERSIONS[mode]}`,
    authHeaders: client.login,
    minimalThinking: { thinkingLevel: sdk.ThinkingLevel.MINIMAL },
    operationNamed: (name) => Object.assign(new sdk.GenerateVideosOperation(), { name }),
  };
}

/** The login looks the project up over the network unless it is told. */
const authOptions = (cfg: LoginSecrets, { project }: Address) => ({
  projectId: project,
  ...loginFile(cfg),
});

function loginFile({ credentialsFile: path, credentialsAreFound }: LoginSecrets) {
  if (path === null) return {};
  return credentialsAreFound ? { credentials: readFoundCredentials(path) } : { keyFilename: path };
}

/**
 * The SDK's constructor prints to stdout and stderr when the environment holds keys it does not use,
 * which would land in the middle of JSON output.
 */
function withoutChatter<T>(make: () => T): T {
  const { debug, warn } = console;
  Object.assign(console, { debug: () => {}, warn: () => {} });
  try {
    return make();
  } finally {
    Object.assign(console, { debug, warn });
  }
}
