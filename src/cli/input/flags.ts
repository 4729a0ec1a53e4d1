import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import { plain } from "../output/text.ts";

/** What a flag takes. */
type Schema<T> = z.ZodType<T>;

/** An amount of US dollars; 0 buys nothing. */
export const amount = z.number("must be an amount in US dollars").min(0).max(1_000_000);

const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What a value must be; limits of numbers are said with the limit, whatever else the domain says of them. */
function expectation(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`;
  if (issue?.code === "too_big" && issue.origin !== "string")
    return `must be ${issue.maximum.toLocaleString("en-US")} or less`;
  if (issue?.code === "too_small" && issue.origin !== "string")
    return `must be ${issue.inclusive ? "" : "more than "}${issue.minimum}${issue.inclusive ? " or more" : ""}`;
  return issue?.message ?? "is not valid";
}

function check<T>(flag: string, typed: string, value: unknown, schema: Schema<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new VidpipeError("input.invalid", `${flag} ${expectation(parsed.error.issues[0])}, not "${plain(typed)}"`);
}

/** A flag that holds text; undefined when it was not given. @throws VidpipeError input.invalid */
export const textFlag = <T>(flag: string, typed: string | undefined, schema: Schema<T>): T | undefined =>
  typed === undefined ? undefined : check(flag, typed, typed, schema);

/** A flag that holds a number; undefined when it was not given. @throws VidpipeError input.invalid */
export function numberFlag<T>(flag: string, typed: string | undefined, schema: Schema<T>): T | undefined {
  if (typed === undefined) return undefined;
  const text = typed.trim();
  if (!NUMERIC.test(text)) throw new VidpipeError("input.invalid", `${flag} must be a number, not "${plain(typed)}"`);
  return check(flag, typed, Number(text), schema);
}
