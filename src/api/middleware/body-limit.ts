import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { VidpipeError } from "../../domain/errors.ts";
import { MAX_IMAGE_BYTES } from "../../editing/user-images.ts";
import type { Clock } from "../../ports/runtime.ts";
import { isPicture } from "./image-body.ts";

/** Longest request body, in bytes; a picture may be longer. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Ms in which a whole body must have come: a client that sends a byte now and then would keep its place for days. */
const bodyPatienceMs = 30_000;
/** The same for a picture: 20 MiB at 1.5 Mbit/s. */
const picturePatienceMs = 120_000;
/** Pictures that may come in at once: each is held in memory until it is stored. */
const maxReferenceImages = 8;

const limitTo = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new VidpipeError("input.too_large", `the request body is longer than ${maxSize} bytes`);
    },
  });

const PLAIN = { limit: limitTo(MAX_BODY_BYTES), patienceMs: bodyPatienceMs };
const PICTURE = { limit: limitTo(MAX_IMAGE_BYTES), patienceMs: picturePatienceMs };

/**
 * Takes the whole body in before the route looks at it; it is refused when it is too long, by its announced length or
 * while it streams in, or too slow. @throws VidpipeError input.too_large, input.too_slow, server.too_many
 */
export function createBodyBounds(clock: Clock) {
  let pictures = 0;

  async function takeIn(c: Context, { limit, patienceMs }: typeof PLAIN): Promise<void> {
    const whole = new AbortController();
    const late = clock.sleep(patienceMs, whole.signal).then(() => {
      if (whole.signal.aborted) return;
      throw new VidpipeError("input.too_slow", `the request body took longer than ${patienceMs / 1_000} s`);
    });
    // Hono keeps what was read; a body that breaks off is the handler's to complain of.
    const read = limit(c, async () => void (await c.req.arrayBuffer().catch(() => undefined)));
    await Promise.race([read, late]).finally(() => whole.abort());
  }

  return async <T>(c: Context, route: () => T | Promise<T>): Promise<T> => {
    if (!isPicture(c.req.method, c.req.path, c.req.raw.headers)) {
      await takeIn(c, PLAIN);
      return route();
    }
    if (pictures >= maxReferenceImages)
      throw new VidpipeError("server.too_many", `${maxReferenceImages} pictures come in at this moment: try again`, {
        retryAfterMs: 5_000,
      });
    pictures++;
    try {
      await takeIn(c, PICTURE);
      return await route();
    } finally {
      pictures--;
    }
  };
}
