import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import { cured, quote } from "../../domain/refusal.ts";
import { nearest } from "../../formats/nearest.ts";
import { plain } from "../output/text.ts";

/** An amount of US dollars; 0 buys nothing. */
export const amount = z.number("must be an amount in US dollars").min(0).max(1_000_000);

const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** "; did you mean X?" when a known word is close to what was typed, else nothing. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const close = nearest(typed, known);
  return close === undefined ? "" : `; did you mean ${close}?`;
}

/** What a value must be; limits of numbers are said with the limit, whatever else the domain says of them. */
function expectation(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`;
  if (issue?.code === "too_big" && issue.origin !== "string")
    return `must be ${issue.maximum.toLocaleString("en-US")} or less`;
  if (issue?.code === "too_small" && issue.origin !== "string")
    return `must be ${issue.inclusive ? "" : "more than "}${issue.minimum}${issue.inclusive ? " or more" : ""}`;
  return issue?.message ?? "is not valid";
}

/** A flag as it was typed; `example` is a value that would do, for the refusal. */
function check<T>(flag: string, typed: string, value: unknown, schema: z.ZodType<T>, example: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const meant = issue?.code === "invalid_value" ? didYouMean(typed, issue.values.map(String)) : "";
  throw refused(flag, expectation(issue), typed, example, meant);
}

/** A suggestion is a value that would do already. */
const refused = (flag: string, complaint: string, typed: string, example: string, meant = ""): VidpipeError =>
  new VidpipeError(
    "input.invalid",
    `${flag} ${meant === "" ? cured(complaint, plain(typed), example) : `${complaint}, not ${quote(plain(typed))}${meant}`}`,
  );

/**
 * A flag that holds text; undefined when it was not given. `example` is a value that would do.
 * @throws VidpipeError input.invalid
 */
export const textFlag = <T>(
  flag: string,
  typed: string | undefined,
  schema: z.ZodType<T>,
  example: string,
): T | undefined => (typed === undefined ? undefined : check(flag, typed, typed, schema, example));

/**
 * A flag that holds a number; undefined when it was not given. `example` is a value that would do.
 * @throws VidpipeError input.invalid
 */
export function numberFlag<T>(flag: string, typed: string, schema: z.ZodType<T>, example: string): T;
export function numberFlag<T>(
  flag: string,
  typed: string | undefined,
  schema: z.ZodType<T>,
  example: string,
): T | undefined;
export function numberFlag<T>(
  flag: string,
  typed: string | undefined,
  schema: z.ZodType<T>,
  example: string,
): T | undefined {
  if (typed === undefined) return undefined;
  const text = typed.trim();
  if (!NUMERIC.test(text)) throw refused(flag, "must be a number", typed, example);
  return check(flag, typed, Number(text), schema, example);
}
