import type { MiddlewareHandler } from "hono";
import type { z } from "zod";

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

/** JSON by a schema, or the content type of something else. */
export type AnswerDoc = z.ZodType | string;

const DOC = Symbol("route doc");

/** Writes a part of the reference on a handler. */
export const withDoc = <Handler extends object>(handler: Handler, doc: Partial<RouteDoc>): Handler =>
  Object.assign(handler, { [DOC]: doc });

/** The part of the reference that is written on a handler, if any. */
export const docOf = (handler: object): Partial<RouteDoc> | undefined => Reflect.get(handler, DOC);

/** Whether a handler does nothing but say what its route is for. */
export const isOnlyDoc = (handler: object): boolean => docOf(handler)?.summary !== undefined;

/** Says what a route is for and what it answers. */
export const described = (
  summary: string,
  answers: RouteDoc["answers"],
  more: Partial<Pick<RouteDoc, "idempotent" | "isOpen">> = {},
): MiddlewareHandler => withDoc((_, next) => next(), { summary, answers, ...more });
