import type { Env, MiddlewareHandler } from "hono";
import { VidpipeError } from "../../domain/errors.ts";
import { STILL_TYPES } from "../../domain/media.ts";
import { listOfWords } from "../../domain/settings.ts";
import type { UserImage } from "../../editing/user-images.ts";
import { documented } from "../openapi/route-docs.ts";
import { readBytes, refuseEncoding, seenHeader } from "./json-body.ts";

/** The only routes that take anything but JSON. */
const PATHS = /^\/api\/projects\/[^/]+\/(?:references|keyframes)\/[^/]+$/;

const isStillType = (header: string | null): boolean =>
  STILL_TYPES.some((type) => type === header?.trim().toLowerCase());

/** Whether a request brings a picture to one of the routes that take one. */
export const isImage = (method: string, path: string, headers: Headers): boolean =>
  method === "PUT" && PATHS.test(path) && isStillType(headers.get("content-type"));

/**
 * Reads the body as a picture; the handler finds it under `c.req.valid("form")`. Its bytes decide its real type.
 * @throws VidpipeError input.media_type, input.malformed, from the middleware
 */
export function imageBody(): MiddlewareHandler<Env, string, { in: object; out: { form: UserImage } }> {
  const middleware: MiddlewareHandler = async (c, next) => {
    const { headers } = c.req.raw;
    const type = headers.get("content-type");
    if (!isStillType(type))
      throw new VidpipeError(
        "input.media_type",
        `send the picture itself with the header Content-Type: ${listOfWords(STILL_TYPES)}, ${seenHeader(type)}`,
      );
    refuseEncoding(headers);
    c.req.addValidatedData("form", { bytes: new Uint8Array(await readBytes(c)), from: "the picture" });
    await next();
  };
  const content = Object.fromEntries(STILL_TYPES.map((type) => [type, { schema: { contentMediaType: type } }]));
  return documented(middleware, { requestBody: { required: true, content } });
}
