import { type Delivery, webhookIdOf, webhookTypeOf } from "../ports/server.ts";

/** Standard Webhooks: a secret is `whsec_` and 24 to 64 bytes in base64. */
const SECRET = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/;

/** A message as it goes out. */
export interface SignedMessage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The body of a message. `presentable` removes private details from a text. Pure: every attempt sends the same. */
export function bodyOf(delivery: Delivery, presentable: (text: string) => string): string {
  const { projectId, event, eventAtMs } = delivery;
  return JSON.stringify({
    type: webhookTypeOf(delivery),
    timestamp: new Date(eventAtMs).toISOString(),
    data: {
      project_id: projectId,
      status: event.status,
      error_message: typeof event.message === "string" ? presentable(event.message) : null,
      status_url: `/api/projects/${projectId}/status`,
      download_url: event.status === "complete" ? `/api/projects/${projectId}/download` : null,
    },
  });
}

/** Signs a message with every secret, so that receivers can change over while two are in force. */
export function sign(delivery: Delivery, body: string, secrets: readonly string[], nowMs: number): SignedMessage {
  const id = webhookIdOf(delivery);
  const timestamp = Math.floor(nowMs / 1_000);
  return {
    body,
    headers: {
      "Content-Type": "application/json",
      "User-Agent": "vidpipe",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": secrets.map((secret) => signatureOf(`${id}.${timestamp}.${body}`, secret)).join(" "),
    },
  };
}

/** `v1,` and the HMAC-SHA256 of a text, as the specification has it. */
export function signatureOf(text: string, secret: string): string {
  const key = Buffer.from(SECRET.exec(secret)?.[1] ?? "", "base64");
  return `v1,${new Bun.CryptoHasher("sha256", key).update(text).digest("base64")}`;
}
