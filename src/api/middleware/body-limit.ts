import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { VidpipeError } from "../../domain/errors.ts";
import { MAX_IMAGE_BYTES } from "../../editing/user-images.ts";
import type { Clock } from "../../ports/runtime.ts";
import { isImage } from "./image-body.ts";

/** Longest request body, in bytes; a picture may be longer. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Ms in which a whole body must arrive: a client that sends a byte now and then would hold its connection for days. */
const bodyTimeoutMs = 30_000;
/** The same for a picture: 20 MiB at 1.5 Mbit/s. */
const imageTimeoutMs = 120_000;
/** Pictures that may be uploaded at once: each is held in memory until it is stored. */
const maxImagesAtOnce = 8;

const limitTo = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new VidpipeError("input.too_large", `the request body is longer than ${maxSize} bytes, which is the most`);
    },
  });

const JSON_BODY = { limit: limitTo(MAX_BODY_BYTES), timeoutMs: bodyTimeoutMs };
const IMAGE_BODY = { limit: limitTo(MAX_IMAGE_BYTES), timeoutMs: imageTimeoutMs };

/**
 * Reads the whole body before the route looks at it. It is refused when it is too long, by its announced length or
 * while it streams in, or too slow. @throws VidpipeError input.too_large, input.too_slow, server.too_many, from the middleware
 */
export function requestBodyLimit(clock: Clock): MiddlewareHandler {
  let images = 0;

  async function readBody(c: Context, { limit, timeoutMs }: typeof JSON_BODY): Promise<void> {
    const complete = new AbortController();
    const late = clock.sleep(timeoutMs, complete.signal).then(() => {
      if (complete.signal.aborted) return;
      throw new VidpipeError("input.too_slow", `the request body took longer than ${timeoutMs / 1_000} s`);
    });
    // Hono keeps what was read; the handler reports a body that breaks off.
    const read = limit(c, async () => void (await c.req.arrayBuffer().catch(() => undefined)));
    await Promise.race([read, late]).finally(() => complete.abort());
  }

  return async (c, next) => {
    if (c.req.method === "GET") return next();
    if (!isImage(c.req.method, c.req.path, c.req.raw.headers)) {
      await readBody(c, JSON_BODY);
      return next();
    }
    if (images >= maxImagesAtOnce)
      throw new VidpipeError("server.too_many", `${maxImagesAtOnce} pictures are being uploaded: try again`, {
        retryAfterMs: 5_000,
      });
    images++;
    try {
      await readBody(c, IMAGE_BODY);
      await next();
    } finally {
      images--;
    }
  };
}
