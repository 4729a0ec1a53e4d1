import type { z } from "zod";
import { kindOf, printable, quote, valueAt } from "../domain/refusal.ts";
import { nearest } from "./nearest.ts";

/** The way to a value in a file: names of keys and places in lists. */
export type Path = readonly (string | number)[];

/** Where something stands in a file, both from 1. */
export interface Place {
  readonly line: number | undefined;
  /** Given where the line holds other things before it. */
  readonly column?: number;
}

/** Something wrong with a file, and its place if that is known. */
export interface Problem extends Place {
  /** One line without the file's name. */
  readonly message: string;
}

/** A problem for people: `line 12: scenes[3].description is empty`, `line 1, column 80: ...`. */
export function problemLine({ line, column, message }: Problem): string {
  if (line === undefined) return message;
  return `line ${line}${column === undefined ? "" : `, column ${column}`}: ${message}`;
}

function tooBig({ origin, maximum }: z.core.$ZodIssueTooBig, value: unknown): string {
  const most = maximum.toLocaleString("en-US");
  if (origin === "string") return `is longer than ${most} characters`;
  return origin === "array" ? `has more than ${most} entries` : `must be ${most} or less, not ${quote(value)}`;
}

function tooSmall({ origin, minimum, inclusive }: z.core.$ZodIssueTooSmall, value: unknown): string {
  if (origin === "string") return "is empty";
  if (origin === "array") return `needs at least ${minimum}`;
  return `must be ${inclusive ? "" : "more than "}${minimum}${inclusive ? " or more" : ""}, not ${quote(value)}`;
}

/** What is wrong, after the name of the field. */
function complaint(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "too_big") return tooBig(issue, value);
  if (issue.code === "too_small") return tooSmall(issue, value);
  if (issue.code === "invalid_type")
    return value === undefined ? "is missing" : `must be ${kindOf(issue.expected)}, not ${quote(value)}`;
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

/** How a file spells the fields of a schema, and where they stand in it. */
export interface Spelling {
  /** A field's name as the file has it. */
  readonly nameOf: (field: string) => string;
  /** All field names, to suggest the one that was probably meant. */
  readonly known: readonly string[];
  readonly placeOf: (path: Path) => Place;
}

/** What a schema refuses in a file's values, in the file's own words and lines. */
export function problemsOf(error: z.ZodError, root: unknown, spelling: Spelling): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
    const written = path.map((part) => (typeof part === "number" ? part : spelling.nameOf(part)));
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => unknownField([...written, spelling.nameOf(key)], spelling));
    const what = written.length === 0 ? "the file" : nameOf(written);
    return [{ ...spelling.placeOf(written), message: `${what} ${complaint(issue, valueAt(root, path))}` }];
  });
}

function unknownField(path: Path, { known, placeOf }: Spelling): Problem {
  const name = String(path.at(-1));
  const meant = nearest(name, known);
  const hint = meant === undefined || meant === name ? "remove it" : `did you mean ${meant}?`;
  return { ...placeOf(path), message: `${printable(nameOf(path))} is not a known field: ${hint}` };
}
