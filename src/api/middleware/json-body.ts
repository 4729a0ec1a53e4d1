import type { Context, Env, MiddlewareHandler } from "hono";
import { resolver } from "hono-openapi";
import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import { cured, kindOf, quote, valueAt } from "../../domain/refusal.ts";
import { documented } from "../openapi/route-docs.ts";
import { exampleOf, fieldsOf, schemaAt } from "../schemas/example-of.ts";

/** Most problems and unknown fields that one answer lists; a body can hold a hundred thousand of them. */
const MAX_LISTED = 5;
const MAX_LISTED_CHARACTERS = 60;

/**
 * Reads the body as JSON and checks it against a strict schema; the handler finds it under `c.req.valid("json")`.
 * With `optional`, no body at all means `{}`, whatever its content type.
 * @throws VidpipeError input.media_type, input.malformed, input.invalid naming field and reason, from the middleware
 */
export function jsonBody<S extends z.ZodType<object>>(
  schema: S,
  presence: "required" | "optional" = "required",
): MiddlewareHandler<Env, string, { in: { json: z.input<S> }; out: { json: z.output<S> } }> {
  const middleware: MiddlewareHandler = async (c, next) => {
    const bytes = await readBytes(c);
    const value = presence === "optional" && bytes.byteLength === 0 ? {} : parseJson(c.req.raw.headers, bytes, schema);
    c.req.addValidatedData("json", checked(schema, value));
    await next();
  };
  const content = { "application/json": { schema: resolver(schema) } };
  return documented(middleware, { requestBody: { required: presence === "required", content } });
}

/** @throws VidpipeError input.malformed where the body broke off */
export async function readBytes(c: Context): Promise<ArrayBuffer> {
  try {
    return await c.req.arrayBuffer();
  } catch (cause) {
    throw new VidpipeError("input.malformed", "the request ended before its body was complete", { cause });
  }
}

function parseJson(headers: Headers, bytes: ArrayBuffer, schema: z.ZodType): unknown {
  if (!isJsonType(headers.get("content-type")))
    throw new VidpipeError(
      "input.media_type",
      `send JSON with the header Content-Type: application/json, ${seenHeader(headers.get("content-type"))}`,
    );
  refuseEncoding(headers);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new VidpipeError(
      "input.malformed",
      `the request body is not JSON in UTF-8 (${bytes.byteLength} bytes came): send an object such as ${smallestOf(schema)}`,
      { cause },
    );
  }
}

/** A body with one field, if there are any. */
function smallestOf(schema: z.ZodType): string {
  const [name] = fieldsOf(schema);
  const field = name === undefined ? undefined : schemaAt(schema, [name]);
  return name === undefined || field === undefined ? "{}" : quote({ [name]: exampleOf(field) });
}

/** What a header said instead. */
export const seenHeader = (value: string | null): string => (value === null ? "and none came" : `not ${quote(value)}`);

/** @throws VidpipeError input.media_type */
export function refuseEncoding(headers: Headers): void {
  if (headers.has("content-encoding"))
    throw new VidpipeError(
      "input.media_type",
      `send the body as it is, without Content-Encoding, ${seenHeader(headers.get("content-encoding"))}`,
    );
}

/** JSON is UTF-8 by its standard; a charset parameter may only repeat that. */
function isJsonType(header: string | null): boolean {
  const [essence, ...parameters] = (header ?? "").toLowerCase().split(";");
  return essence?.trim() === "application/json" && parameters.every((p) => /^\s*(charset="?utf-8"?\s*)?$/.test(p));
}

/** A value checked against a schema. @throws VidpipeError input.invalid with every reason and the first field */
export function checked<S extends z.ZodType<object>>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value, { error: reasonOf });
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const problems = issues.map((issue, place) => (place < MAX_LISTED ? problemOf(issue, value, schema) : ""));
  const field = issues[0] && fieldOf(issues[0]);
  throw new VidpipeError("input.invalid", listed(problems, "; "), field === undefined ? {} : { field });
}

/** The path of the field at fault, keys and places joined by dots; undefined where it is the whole value. */
function fieldOf(issue: z.core.$ZodIssue): string | undefined {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1).map(shortened) : [];
  const path = [...issue.path, ...unknown];
  return path.length === 0 ? undefined : path.join(".");
}

const shortened = (key: string): string => key.toWellFormed().slice(0, MAX_LISTED_CHARACTERS);

/** Messages where the schemas give none. */
const reasonOf: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kindOf(issue.expected)}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}`;
    case "too_small":
      return `must be ${issue.minimum} or more`;
    case "too_big":
      return `must be ${issue.maximum} or less`;
    default:
      return undefined;
  }
};

/** What is wrong with a field, the value it has, and one that would do. */
function problemOf(issue: z.core.$ZodIssue, body: unknown, schema: z.ZodType): string {
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => JSON.stringify(shortened(key)));
    const known = fieldsOf(schemaAt(schema, issue.path) ?? schema).join(", ");
    return `unknown field ${listed(keys, ", ")}: ${known === "" ? "send none" : `there are ${known}`}`;
  }
  if (issue.path.length === 0) return `the request body must be a JSON object, not ${quote(body)}`;
  const name = issue.path.join(".");
  const seen = valueAt(body, issue.path);
  const field = schemaAt(schema, issue.path);
  const example = field === undefined ? undefined : quote(exampleOf(field));
  if (seen === undefined && issue.code !== "custom") return `${name} is missing: ${example} would do`;
  // The value is fine by itself, or there is none: the rule is about several fields together.
  if (field === undefined || z.safeParse(field, seen).success) return `${name} ${issue.message}`;
  return `${name} ${cured(issue.message, seen, String(example))}`;
}

const listed = (items: readonly string[], separator: string): string =>
  items.length > MAX_LISTED
    ? `${items.slice(0, MAX_LISTED).join(separator)} and ${items.length - MAX_LISTED} more`
    : items.join(separator);
