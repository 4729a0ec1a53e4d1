import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
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

function check<T>(flag: string, typed: string, value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const meant = issue?.code === "invalid_value" ? didYouMean(typed, issue.values.map(String)) : "";
  throw new VidpipeError("input.invalid", `${flag} ${expectation(issue)}, not "${plain(typed)}"${meant}`);
}

/** A flag that holds text; undefined when it was not given. @throws VidpipeError input.invalid */
export const textFlag = <T>(flag: string, typed: string | undefined, schema: z.ZodType<T>): T | undefined =>
  typed === undefined ? undefined : check(flag, typed, typed, schema);

/** A flag that holds a number; undefined when it was not given. @throws VidpipeError input.invalid */
export function numberFlag<T>(flag: string, typed: string, schema: z.ZodType<T>): T;
export function numberFlag<T>(flag: string, typed: string | undefined, schema: z.ZodType<T>): T | undefined;
export function numberFlag<T>(flag: string, typed: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (typed === undefined) return undefined;
  const text = typed.trim();
  if (!NUMERIC.test(text)) throw new VidpipeError("input.invalid", `${flag} must be a number, not "${plain(typed)}"`);
  return check(flag, typed, Number(text), schema);
}
