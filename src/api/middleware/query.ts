import type { Env, MiddlewareHandler } from "hono";
import { resolver, uniqueSymbol } from "hono-openapi";
import type { z } from "zod";
import { checked } from "./json-body.ts";

/**
 * Checks the query of a URL; the handler finds it under `c.req.valid("query")`. What the schema does not name is
 * ignored. @throws VidpipeError input.invalid, from the middleware
 */
export function query<S extends z.ZodObject>(
  schema: S,
): MiddlewareHandler<
  Env,
  string,
  { in: { query: Partial<Record<keyof z.input<S>, string>> }; out: { query: z.output<S> } }
> {
  const middleware: MiddlewareHandler = async (c, next) => {
    c.req.addValidatedData("query", checked(schema, c.req.query()));
    await next();
  };
  // Described by its output: a number in a URL is an integer, not text.
  return Object.assign(middleware, {
    [uniqueSymbol]: { target: "query", ...resolver(schema, { options: { io: "output" } }) },
  });
}
