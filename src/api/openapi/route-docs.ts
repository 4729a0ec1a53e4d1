import type { MiddlewareHandler } from "hono";
import { type DescribeRouteOptions, describeRoute, resolver, uniqueSymbol } from "hono-openapi";
import type { z } from "zod";
import { ErrorAnswer } from "../error-response.ts";

/** A middleware with what it adds to the description of its route. */
export const documented = (middleware: MiddlewareHandler, spec: DescribeRouteOptions): MiddlewareHandler =>
  Object.assign(middleware, { [uniqueSymbol]: { spec } });

/** JSON by a schema, or the content type of something else. */
type AnswerDoc = z.ZodType | string;

const contentOf = (answer: AnswerDoc) =>
  typeof answer === "string"
    ? { [answer]: { schema: { type: "string" as const } } }
    : { "application/json": { schema: resolver(answer) } };

/** A route that needs no token. */
export const OPEN = { security: [] } as const satisfies DescribeRouteOptions;

/** A route that may cost money. */
export const IDEMPOTENT = {
  parameters: [
    {
      name: "Idempotency-Key",
      in: "header",
      required: false,
      description:
        "The same key and body get the same answer and are carried out once. A key is kept for 24 hours after it was first sent.",
      schema: { type: "string", minLength: 1, maxLength: 255 },
    },
  ],
} as const satisfies DescribeRouteOptions;

/** What the reference says of a route: what it does, and what it answers by status; every route can answer an error, too. */
export const described = (
  summary: string,
  answers: Readonly<Record<number, AnswerDoc>>,
  more: DescribeRouteOptions = {},
): MiddlewareHandler => {
  const successes = Object.entries(answers).map(([status, answer]) => [
    status,
    { description: Number(status) < 400 ? "success" : "not available", content: contentOf(answer) },
  ]);
  const failure = { description: "an error, with the reason", content: contentOf(ErrorAnswer) };
  return describeRoute({ summary, ...more, responses: { ...Object.fromEntries(successes), default: failure } });
};
