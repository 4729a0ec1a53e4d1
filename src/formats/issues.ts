import type { z } from "zod";
import { nearest } from "./nearest.ts";
import type { Path, Problem } from "./yaml.ts";
import { printable, quote } from "./yaml.ts";

const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of fields",
};

function tooBig({ origin, maximum }: z.core.$ZodIssueTooBig): string {
  const most = maximum.toLocaleString("en-US");
  if (origin === "string") return `is longer than ${most} characters`;
  return origin === "array" ? `has more than ${most} entries` : `must be ${most} or less`;
}

function tooSmall({ origin, minimum, inclusive }: z.core.$ZodIssueTooSmall): string {
  if (origin === "string") return "is empty";
  if (origin === "array") return `needs at least ${minimum}`;
  return `must be ${inclusive ? "" : "more than "}${minimum}${inclusive ? " or more" : ""}`;
}

/** What is wrong, after the name of the field. */
function complaint(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "too_big") return tooBig(issue);
  if (issue.code === "too_small") return tooSmall(issue);
  if (issue.code === "invalid_type")
    return value === undefined
      ? "is missing"
      : `must be ${WORDS[issue.expected] ?? issue.expected}, not ${quote(value)}`;
  if (issue.code === "invalid_value")
    return `must be one of ${issue.values.map(String).join(", ")}, not ${quote(value)}`;
  return issue.message;
}

/** `scenes[3].description`. */
const nameOf = (path: Path): string =>
  path.reduce<string>((name, part) => {
    if (typeof part === "number") return `${name}[${part}]`;
    return name === "" ? part : `${name}.${part}`;
  }, "");

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, part) => (typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined),
    root,
  );

export interface Spelling {
  /** A field's name as the file has it. */
  readonly nameOf: (field: string) => string;
  /** Every name there is, for the one that was probably meant. */
  readonly known: readonly string[];
  readonly lineOf: (path: Path) => number | undefined;
}

/** What a schema refuses in a file's values, in the file's own words and lines. */
export function problemsOf(error: z.ZodError, root: unknown, spelling: Spelling): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
    const written = path.map((part) => (typeof part === "number" ? part : spelling.nameOf(part)));
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => unknownField([...written, spelling.nameOf(key)], spelling));
    const what = written.length === 0 ? "the file" : nameOf(written);
    return [{ line: spelling.lineOf(written), message: `${what} ${complaint(issue, valueAt(root, path))}` }];
  });
}

function unknownField(path: Path, { known, lineOf }: Spelling): Problem {
  const name = String(path.at(-1));
  const meant = nearest(name, known);
  const hint = meant === undefined || meant === name ? "remove it" : `did you mean ${meant}?`;
  return { line: lineOf(path), message: `${printable(nameOf(path))} is no field that is known here: ${hint}` };
}
