import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { VidpipeError } from "../../domain/errors.ts";
import { MAX_IMAGE_BYTES } from "../../editing/user-images.ts";
import type { Clock } from "../../ports/runtime.ts";
import { inTime } from "./body-time.ts";
import { isClip } from "./clip-body.ts";
import { isImage } from "./image-body.ts";

/** Longest request body, in bytes; a picture or a video may be longer. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Ms in which a whole body must arrive. */
const bodyTimeoutMs = 30_000;
/** The same for a picture: 20 MiB at 1.5 Mbit/s. */
const imageTimeoutMs = 120_000;
/** Pictures that may be uploaded at once: each is held in memory until it is stored. */
const maxImagesAtOnce = 8;
/** Videos that may be uploaded, and made plain, at once. */
const maxClipsAtOnce = 2;

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
 * Reads the whole body before the route looks at it, but for a video, which the route writes to a file. It is refused
 * when it is too long, by its announced length or while it streams in, or too slow.
 * @throws VidpipeError input.too_large, input.too_slow, server.too_many, from the middleware
 */
export function requestBodyLimit(clock: Clock): MiddlewareHandler {
  const pictures = placesFor(maxImagesAtOnce, "pictures");
  const videos = placesFor(maxClipsAtOnce, "videos");

  async function readBody(c: Context, { limit, timeoutMs }: typeof JSON_BODY): Promise<void> {
    // Hono keeps what was read; the handler reports a body that breaks off.
    await inTime(
      clock,
      timeoutMs,
      limit(c, async () => void (await c.req.arrayBuffer().catch(() => undefined))),
    );
  }

  return async (c, next) => {
    const { method, path, raw } = c.req;
    if (method === "GET") return next();
    if (isClip(method, path, raw.headers)) return videos(next);
    if (!isImage(method, path, raw.headers)) {
      await readBody(c, JSON_BODY);
      return next();
    }
    return pictures(async () => {
      await readBody(c, IMAGE_BODY);
      await next();
    });
  };
}

/** Lets so many requests at a time go on; the next one is refused. @throws VidpipeError server.too_many */
function placesFor(most: number, what: string): (work: () => Promise<void>) => Promise<void> {
  let taken = 0;
  return async (work) => {
    if (taken >= most)
      throw new VidpipeError("server.too_many", `${most} ${what} are being uploaded: try again`, {
        retryAfterMs: 5_000,
      });
    taken++;
    try {
      await work();
    } finally {
      taken--;
    }
  };
}
