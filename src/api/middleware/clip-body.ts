import { open } from "node:fs/promises";
import type { Env, MiddlewareHandler } from "hono";
import { VidpipeError } from "../../domain/errors.ts";
import { MAX_CLIP_BYTES } from "../../editing/user-clips.ts";
import type { Clock } from "../../ports/runtime.ts";
import { documented } from "../openapi/route-docs.ts";
import { inTime } from "./body-time.ts";
import { connectionOf } from "./connection.ts";
import { refuseEncoding, seenHeader } from "./json-body.ts";

/** The only routes that take a video. */
const PATHS = /^\/api\/projects\/[^/]+\/clips\/[^/]+$/;
/** Ms in which a whole video must arrive: 512 MiB at 2.4 Mbit/s. */
const timeoutMs = 1_800_000;
/** A program that does not know what a file is sends the second. */
const TYPES = ["video/*", "application/octet-stream"] as const;

function isClipType(header: string | null): boolean {
  const type = header?.trim().toLowerCase() ?? "";
  return /^video\/[\w.+-]+$/.test(type) || type === TYPES[1];
}

/** Whether a request brings a video to one of the routes that take one. */
export const isClip = (method: string, path: string, headers: Headers): boolean =>
  method === "PUT" && PATHS.test(path) && isClipType(headers.get("content-type"));

/** A body that is not held in memory. */
export interface StreamedBody {
  /** Writes it to a file. @throws VidpipeError input.too_large, input.too_slow, input.malformed when it breaks off */
  save(path: string): Promise<void>;
}

/**
 * Hands the body on as a video that is still to be read; the handler finds it under `c.req.valid("form")`. Its bytes
 * decide its real type. @throws VidpipeError input.media_type, input.too_large by its announced length, from the middleware
 */
export function clipBody(clock: Clock): MiddlewareHandler<Env, string, { in: object; out: { form: StreamedBody } }> {
  const middleware: MiddlewareHandler = async (c, next) => {
    const { headers, body } = c.req.raw;
    const type = headers.get("content-type");
    if (!isClipType(type))
      throw new VidpipeError(
        "input.media_type",
        `send the video itself with the header Content-Type: ${TYPES.join(" or ")}, ${seenHeader(type)}`,
      );
    refuseEncoding(headers);
    if (Number(headers.get("content-length") ?? 0) > MAX_CLIP_BYTES) throw tooLarge();
    // While a long clip is made plain nothing is sent.
    connectionOf(c).setIdleTimeout(0);
    c.req.addValidatedData("form", { save: (path: string) => save(body, path, clock) });
    await next();
  };
  const content = Object.fromEntries(TYPES.map((type) => [type, { schema: { contentMediaType: type } }]));
  return documented(middleware, { requestBody: { required: true, content } });
}

const tooLarge = (): VidpipeError =>
  new VidpipeError("input.too_large", `the video is larger than ${MAX_CLIP_BYTES} bytes, which is the most`);

async function save(body: ReadableStream<Uint8Array> | null, path: string, clock: Clock): Promise<void> {
  if (body === null) throw new VidpipeError("input.malformed", "the request has no body: send the video itself");
  await using file = await open(path, "w");
  const reader = body.getReader();
  const read = async () => {
    for (let bytes = 0; ; ) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new VidpipeError("input.malformed", "the request ended before its body was complete", { cause });
      });
      if (done) return;
      bytes += value.byteLength;
      if (bytes > MAX_CLIP_BYTES) throw tooLarge();
      await file.write(value);
    }
  };
  try {
    await inTime(clock, timeoutMs, read());
  } catch (thrown) {
    await reader.cancel().catch(() => {}); // the first failure is the one to report
    throw thrown;
  }
}
