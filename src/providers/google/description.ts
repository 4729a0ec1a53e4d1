import { join } from "node:path";
import { z } from "zod";
import {
  baseUrl,
  onlyAddressesOf,
  onOff,
  type SettingDefinition,
  type SettingsSection,
  secret,
  text,
} from "../../domain/settings.ts";
import type { ProviderConfig, ProviderDescription } from "../../ports/provider-description.ts";
import { onlyGooglesOwn } from "./found-credentials.ts";
import { GOOGLE, type GoogleLogin, googleReadiness, LOCATION } from "./settings.ts";

const address = (description: string, example: string, variables: readonly string[] = []): SettingDefinition => ({
  schema: baseUrl.nullable().default(null),
  example,
  description: `${description} https:// only, except on this machine.`,
  variables,
  found: onlyAddressesOf(["googleapis.com"]),
});

const bucketFolder = z
  .string("must be gs://BUCKET/FOLDER")
  .regex(/^gs:\/\/[a-z0-9][\w.-]{1,220}(\/[^\p{C}\s?#]*)?$/u, "must be gs://BUCKET/FOLDER");
const optionalText = text.nullable().default(null);
const location = z.string("must be text").regex(LOCATION, "must be a location such as us-central1");

const section = {
  name: "google_cloud",
  settings: {
    project_id: {
      schema: optionalText,
      example: "my-project",
      found: "account",
      description: "Vertex AI: the project to bill.",
      variables: ["GOOGLE_CLOUD_PROJECT"],
    },
    location: {
      schema: location.nullable().default(null),
      example: "us-central1",
      found: "account",
      description: "Vertex AI: unset is where each model is served (us-central1 for models that live in regions).",
      variables: ["GOOGLE_CLOUD_LOCATION"],
    },
    use_vertex_ai: {
      schema: onOff.nullable().default(null),
      example: "true",
      found: "account",
      description: "true is Vertex AI, false the Gemini API with a key; unset follows the credentials that are there.",
      variables: ["GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"],
    },
    api_key: {
      schema: secret.nullable().default(null),
      example: "a key from aistudio.google.com/apikey",
      found: "account",
      description: "Key of the Gemini API; better kept in .env or the environment.",
      variables: ["GOOGLE_API_KEY", "GEMINI_API_KEY"],
      isSecret: true,
    },
    credentials_file: {
      schema: optionalText,
      example: "keys/service-account.json",
      found: onlyGooglesOwn,
      description: "A service account or other credentials file.",
      variables: ["GOOGLE_APPLICATION_CREDENTIALS"],
      isPath: true,
    },
    vertex_base_url: address("Another server instead of Vertex AI.", "https://aiplatform.googleapis.com", [
      "GOOGLE_VERTEX_BASE_URL",
    ]),
    gemini_base_url: address("Another server instead of the Gemini API.", "https://generativelanguage.googleapis.com", [
      "GOOGLE_GEMINI_BASE_URL",
    ]),
    storage_base_url: address("Another server instead of Cloud Storage.", "https://storage.googleapis.com"),
    output_gcs_uri: {
      schema: bucketFolder.nullable().default(null),
      example: "gs://my-bucket/vidpipe",
      // Films are left there for whoever owns the bucket.
      found: "own",
      description:
        "Vertex AI leaves its clips here, gs://BUCKET/FOLDER: a clip whose answer was lost can then be found again.",
    },
    image_size: {
      schema: optionalText,
      example: "1K",
      found: "film",
      description: "Size of stills in the models' own words, e.g. 1K.",
    },
    resolution: {
      schema: optionalText,
      example: "720p",
      found: "film",
      description: "Size of clips in the models' own words, e.g. 720p.",
    },
  },
  discover: (env, isFound) => ({
    well_known_credentials_file: gcloudLoginPath(env),
    credentials_are_found: isFound("credentials_file"),
  }),
} as const satisfies SettingsSection;

/** Where gcloud keeps a login for programs, by its own rules; null when this user has no home folder. */
function gcloudLoginPath({ CLOUDSDK_CONFIG, APPDATA, HOME }: Readonly<Record<string, string | undefined>>) {
  const home = HOME ? join(HOME, ".config", "gcloud") : null;
  const folder = CLOUDSDK_CONFIG || (process.platform === "win32" && APPDATA ? join(APPDATA, "gcloud") : home);
  return folder === null ? null : join(folder, "application_default_credentials.json");
}

const { settings } = section;
/** The section's values, typed. Checked before; reading them again changes nothing. */
const GoogleSection = z.object({
  project_id: settings.project_id.schema,
  location: settings.location.schema,
  use_vertex_ai: settings.use_vertex_ai.schema,
  api_key: settings.api_key.schema,
  credentials_file: settings.credentials_file.schema,
  vertex_base_url: optionalText,
  gemini_base_url: optionalText,
  storage_base_url: optionalText,
  output_gcs_uri: settings.output_gcs_uri.schema,
  image_size: settings.image_size.schema,
  resolution: settings.resolution.schema,
  well_known_credentials_file: z.string().nullable().default(null),
  credentials_are_found: z.boolean().default(false),
});
type GoogleSection = z.infer<typeof GoogleSection>;

const loginOf = (own: GoogleSection): GoogleLogin => ({
  mode: own.use_vertex_ai === null ? null : own.use_vertex_ai ? "vertex" : "gemini",
  apiKey: own.api_key,
  project: own.project_id,
  credentialsFile: own.credentials_file,
  credentialsAreFound: own.credentials_are_found,
  wellKnownCredentialsFile: own.well_known_credentials_file,
});

/** Google's models, on Vertex AI or the Gemini API. */
export const google: ProviderDescription = {
  ...GOOGLE,
  aliases: [],
  autoRank: 1,
  section,
  readiness: ({ settings: given }: ProviderConfig) => googleReadiness(loginOf(GoogleSection.parse(given))),
  async create({ settings: given, models, catalog }, { clock, log, reread }) {
    const [{ parseGoogleOverrides }, { createGoogleProvider }] = await Promise.all([
      import("./model-overrides.ts"),
      import("./provider.ts"),
    ]);
    const own = GoogleSection.parse(given);
    return createGoogleProvider(
      {
        ...loginOf(own),
        location: own.location,
        vertexBaseUrl: own.vertex_base_url,
        geminiBaseUrl: own.gemini_base_url,
        storageBaseUrl: own.storage_base_url,
        models: {
          text: models.storyboardLlm,
          image: models.imageGen,
          conditionedImage: models.imageConditioned,
          video: models.videoGen,
        },
        imageSize: own.image_size,
        resolution: own.resolution,
        outputGcsUri: own.output_gcs_uri,
        maxClipBytes: null,
        catalog: parseGoogleOverrides(catalog, clock.now()),
      },
      { clock, log, ...(reread && { reread: () => loginOf(GoogleSection.parse(reread())) }) },
    );
  },
};
