import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import type { Clock } from "../ports/runtime.ts";
import { checkWebhookUrl, isPublicAddress } from "./address.ts";
import type { SignedMessage } from "./signature.ts";

/** Ms a receiver has to answer. */
const timeoutMs = 20_000;
/** Bytes read of an unused response body before the connection is closed. */
const maxAnswerBytes = 64 * 1024;

/** What came of an attempt: an answer, or why there is none. */
export type SendResult =
  | { readonly status: number; readonly retryAfter: string | undefined }
  | { readonly error: string };

export interface SendDeps {
  readonly clock: Clock;
  /** All addresses of a name. */
  readonly resolve: (name: string) => Promise<readonly string[]>;
  /** Hosts that may be anywhere and use http. */
  readonly allowedHosts: readonly string[];
}

/**
 * Sends a message once. The name is resolved once, every address it has must be public, and one of those very
 * addresses is dialled, so that no second answer of a hostile DNS server counts. Redirects are not followed.
 */
export function createSender({ clock, resolve, allowedHosts }: SendDeps) {
  async function pinnedAddress(url: URL): Promise<string> {
    const name = url.hostname.replace(/^\[|\]$/g, "");
    const addresses = isIP(name) > 0 ? [name] : await resolve(name);
    const [first] = addresses;
    if (first === undefined) throw new Error(`${name} has no address`);
    const mayBePrivate = allowedHosts.includes(url.host);
    if (!mayBePrivate && !addresses.every(isPublicAddress)) throw new Error(`${name} leads into a private network`);
    return first;
  }

  return async (typed: string, message: SignedMessage, stop: AbortSignal): Promise<SendResult> => {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, stop]);
    void clock.sleep(timeoutMs, signal).then(() => over.abort());
    try {
      const url = checkWebhookUrl(typed, allowedHosts);
      const address = await pinnedAddress(url);
      const answer = await post(url, address, message, signal);
      return { status: answer.statusCode ?? 0, retryAfter: answer.headers["retry-after"] };
    } catch (thrown) {
      return { error: signal.aborted ? "no answer in time" : reasonOf(thrown) };
    } finally {
      over.abort();
    }
  };
}

function post(url: URL, address: string, message: SignedMessage, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const family = isIP(address);
  const options: RequestOptions = {
    method: "POST",
    headers: { ...message.headers, "Content-Length": String(Buffer.byteLength(message.body)) },
    signal,
    agent: false,
    lookup: (_name, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family)),
  };
  const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options, (answer) => {
    let bytes = 0;
    answer.on("data", (chunk: Uint8Array) => {
      bytes += chunk.byteLength;
      if (bytes > maxAnswerBytes) answer.destroy();
    });
    // The body is not used, so a connection that breaks within it is not a failure.
    answer.on("error", () => {});
    resolve(answer);
  });
  request.on("error", reject);
  request.end(message.body);
  return promise;
}

const reasonOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\p{Cc}/gu, " ").slice(0, 200);
