/** Shapes of Google's API keys and tokens; a message may quote one that is not ours. */
const SECRETS = /AIza[\w-]{20,}|AQ\.[\w-]{20,}|ya29\.[\w.-]{10,}|Bearer\s+[\w.~+/-]{8,}=*/g;

/** Takes secrets out of texts: those in the list, which may grow, and whatever looks like one of Google's. */
export function createRedaction(secrets: readonly (string | null)[]): (text: string) => string {
  return (text) =>
    secrets
      .filter((secret) => secret !== null && secret.length > 3)
      .reduce<string>((clean, secret) => clean.replaceAll(secret ?? "", "[secret]"), text)
      .replace(SECRETS, "[secret]");
}
