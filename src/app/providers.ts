import type { Config } from "../config/load.ts";
import { VidpipeError } from "../domain/errors.ts";
import type { Finding } from "../ports/media.ts";
import type { ModelProvider } from "../ports/provider.ts";
import { parseOverrides } from "../providers/catalog/overrides.ts";
import { type GoogleConfig, googleCredentials } from "../providers/google/settings.ts";

export function googleConfig({ googleCloud, models, catalog }: Config): GoogleConfig {
  const { useVertexAi, apiKey, projectId, location, credentialsPath, vertexBaseUrl, geminiBaseUrl } = googleCloud;
  return {
    mode: useVertexAi === null ? null : useVertexAi ? "vertex" : "gemini",
    apiKey,
    project: projectId,
    location,
    credentialsFile: credentialsPath,
    wellKnownCredentialsFile: googleCloud.wellKnownCredentialsPath,
    vertexBaseUrl,
    geminiBaseUrl,
    storageBaseUrl: googleCloud.storageBaseUrl,
    models: {
      text: models.storyboardLlm,
      image: models.imageGen,
      conditionedImage: models.imageConditioned,
      video: models.videoGen,
    },
    imageSize: googleCloud.imageSize,
    resolution: googleCloud.resolution,
    outputGcsUri: googleCloud.outputGcsUri,
    maxClipBytes: null,
    catalog: parseOverrides(catalog),
  };
}

export function chooseProvider(
  name: string,
  google: GoogleConfig,
  providers: ReadonlyMap<string, ModelProvider>,
): ModelProvider {
  const chosen = name === "auto" ? (googleCredentials(google).configured ? "google" : "animatic") : name;
  const provider = providers.get(chosen);
  if (provider !== undefined) return provider;
  throw new VidpipeError("input.invalid", `provider must be auto, ${[...providers.keys()].join(" or ")}`, {
    field: "provider",
  });
}

export function requireCredentials({ name }: ModelProvider, google: GoogleConfig): void {
  if (name !== "google") return;
  const { configured, reason } = googleCredentials(google);
  if (!configured) throw new VidpipeError("provider.not_configured", `provider google: ${reason}`);
}

export function credentialFinding(google: GoogleConfig): Finding {
  const { configured, reason } = googleCredentials(google);
  if (configured) return { topic: "google", level: "ok", message: reason, fix: null };
  const message = "no usable credentials: films are made with the offline provider animatic";
  return { topic: "google", level: "warn", message, fix: reason };
}
