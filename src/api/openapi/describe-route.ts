import type { Context, Hono, MiddlewareHandler } from "hono";
import type { z } from "zod";
import type { ApiEnv } from "../middleware/auth.ts";

/** What the reference says of a route. Handlers carry their part of it, so it cannot drift from what they do. */
export interface RouteDoc {
  /** One line, imperative. */
  readonly summary: string;
  /** Schema or content type of each answer, by status. */
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  readonly body: z.ZodType | undefined;
  readonly bodyIsOptional: boolean;
  /** Content types of a body that is no JSON. */
  readonly rawBody: readonly string[] | undefined;
  readonly query: z.ZodObject | undefined;
  /** Whether the route takes an Idempotency-Key. */
  readonly idempotent: boolean;
  /** Whether it answers without a token. */
  readonly isOpen: boolean;
}

/** Looks at a request before its handler does. Throws when something is wrong with it. */
type Check = (c: Context) => void | Promise<void>;

/** What a handler does and what the reference says of it. */
interface RoutePart extends Partial<RouteDoc> {
  readonly check?: Check;
}

/** JSON by a schema, or the content type of something else. */
export type AnswerDoc = z.ZodType | string;

const DOC = Symbol("route doc");

/** The part of the reference that is written on a handler, if any. */
export const docOf = (handler: object): RoutePart | undefined => Reflect.get(handler, DOC);

/** A step before a route's handler that looks at the request; `doc` says what it asks for. */
export const checking = (check: Check, doc: Partial<RouteDoc>): MiddlewareHandler =>
  withDoc(
    async (c, next) => {
      await check(c);
      await next();
    },
    { ...doc, check },
  );

const withDoc = (handler: MiddlewareHandler, part: RoutePart): MiddlewareHandler =>
  Object.assign(handler, { [DOC]: part });

/** Says what a route is for and what it answers. */
export const described = (
  summary: string,
  answers: RouteDoc["answers"],
  more: Partial<Pick<RouteDoc, "idempotent" | "isOpen">> = {},
): MiddlewareHandler => withDoc((_, next) => next(), { summary, answers, ...more });

/** What answers the requests of a route. */
export type RouteHandler = (c: Context<ApiEnv>) => Response | Promise<Response>;

/** Each route of a book as one handler that makes its checks itself: Hono's chain costs a promise for every step. */
export function routesOf(book: Pick<Hono<ApiEnv>, "routes">) {
  const parts = Map.groupBy(book.routes, ({ method, path }) => `${method} ${path}`);
  return [...parts.values()].flatMap((steps) => {
    const last = steps.at(-1);
    if (last === undefined) return [];
    const checks = steps.slice(0, -1).flatMap(({ handler }) => checksOf(handler));
    return { method: last.method, path: last.path, handler: checkedHandler(checks, last.handler) };
  });
}

function checksOf(step: object): readonly Check[] {
  const doc = docOf(step);
  if (doc === undefined) throw new Error("before the handler of a route stand only descriptions and checks");
  return doc.check === undefined ? [] : [doc.check];
}

const nothingNext = async () => {};

function checkedHandler(checks: readonly Check[], handler: Hono<ApiEnv>["routes"][number]["handler"]): RouteHandler {
  if (checks.length === 0) return (c) => handler(c, nothingNext);
  return async (c) => {
    for (const check of checks) await check(c);
    return handler(c, nothingNext);
  };
}
