import type { MiddlewareHandler } from "hono";
import { API_HEADERS } from "../error-response.ts";

const HEADERS = Object.entries(API_HEADERS);

/** Adds the security headers that an answer lacks; files and pages have values of their own for some of them. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers } = c.res;
  for (const [name, value] of HEADERS) if (!headers.has(name)) headers.set(name, value);
};
