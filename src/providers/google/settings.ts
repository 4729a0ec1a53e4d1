import { existsSync } from "node:fs";
import type { Readiness } from "../../ports/provider-description.ts";
import type { GoogleOverrides } from "./model-overrides.ts";
import type { Mode } from "./models.ts";

export const GOOGLE = { name: "google", label: "Google", local: false } as const;

/** Everything the Google provider needs to know; nothing is read from the environment behind its back. */
export interface GoogleConfig {
  /** null: the Gemini API when there is a key, else Vertex AI when there is a project. */
  readonly mode: Mode | null;
  /** Gemini API key; unused on Vertex AI. */
  readonly apiKey: string | null;
  /** Google Cloud project; unused on the Gemini API. */
  readonly project: string | null;
  /** Vertex AI location for models that are not bound to one; null is the default region. */
  readonly location: string | null;
  /** Credential file for Vertex AI; null leaves it to Application Default Credentials. */
  readonly credentialsFile: string | null;
  /** A file that nobody named or trusted names that one: it may only be of a kind that talks to Google alone. */
  readonly credentialsAreFound: boolean;
  /** Where gcloud keeps the user's login on this machine; only looked for, never read here. */
  readonly wellKnownCredentialsFile: string | null;
  /** Other addresses of the three services, for proxies and tests; null is Google's own. */
  readonly vertexBaseUrl: string | null;
  readonly geminiBaseUrl: string | null;
  readonly storageBaseUrl: string | null;
  /** Models by the user's choice; null is the catalog's default. `conditionedImage` draws every still but the first. */
  readonly models: {
    readonly text: string | null;
    readonly image: string | null;
    readonly conditionedImage: string | null;
    readonly video: string | null;
  };
  /** Size of stills, e.g. "1K"; null is the model's default. */
  readonly imageSize: string | null;
  /** Resolution of clips, e.g. "720p"; null is the model's default. */
  readonly resolution: string | null;
  /** `gs://bucket/folder` where Vertex AI puts clips, which lets a lost answer be found again; null: in the answer. */
  readonly outputGcsUri: string | null;
  /** Most bytes of one clip; null is 1 GiB. */
  readonly maxClipBytes: number | null;
  readonly catalog: GoogleOverrides;
}

/** The part of the configuration that decides how to log in. */
export type GoogleLogin = Pick<
  GoogleConfig,
  "mode" | "apiKey" | "project" | "credentialsFile" | "credentialsAreFound" | "wellKnownCredentialsFile"
>;

/** A location becomes a part of a host name, and must not become another host. */
export const LOCATION = /^[a-z0-9-]{1,63}$/i;

/** The mode a configuration means; a choice, not a check that it works. */
export function modeOf(cfg: Pick<GoogleLogin, "mode" | "apiKey" | "project">): Mode {
  if (cfg.mode !== null) return cfg.mode;
  return cfg.apiKey === null && cfg.project !== null ? "vertex" : "gemini";
}

/** What a person does to log in: one sentence, three ways. */
export const WAYS_TO_LOG_IN =
  'set GEMINI_API_KEY for the Gemini API, or set a Google Cloud project and run "gcloud auth application-default login", or point GOOGLE_APPLICATION_CREDENTIALS at a credential file';

const missing = (what: string): Readiness => ({ ready: false, reason: `${what}: ${WAYS_TO_LOG_IN}` });

/** Whether this configuration can log in to Google, by looks alone: no network, no secret is read. */
export function googleReadiness(cfg: GoogleLogin): Readiness {
  if (modeOf(cfg) === "gemini") {
    if (cfg.apiKey !== null) return { ready: true, reason: "Gemini API with an API key" };
    return missing(cfg.mode === null ? "no Google credentials" : "the Gemini API needs an API key");
  }
  if (cfg.project === null) return missing("Vertex AI needs a Google Cloud project");
  const vertex = `Vertex AI in project ${cfg.project}`;
  if (cfg.credentialsFile !== null) {
    if (existsSync(cfg.credentialsFile)) return { ready: true, reason: `${vertex} with a credential file` };
    return missing(`the credential file ${cfg.credentialsFile} does not exist`);
  }
  if (cfg.wellKnownCredentialsFile !== null && existsSync(cfg.wellKnownCredentialsFile))
    return { ready: true, reason: `${vertex} with the gcloud login of this machine` };
  return { ready: true, reason: `${vertex} with the login of the machine it runs on, not checked yet` };
}
