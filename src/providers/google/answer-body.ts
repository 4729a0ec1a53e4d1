import { z } from "zod";
import type { PaidAnswer, Reading } from "../../ports/provider.ts";
import { plainText, readGoogleError } from "./error-body.ts";
import { refusedReading, soundsRefused } from "./refusals.ts";

/** A reading without content. */
type NoContent = Exclude<Reading<never>, { readonly kind: "content" }>;

/** An answer that is of no use, and why in one line. */
export const unusable = (reason: string): NoContent => ({ kind: "unusable", reason });

/** The same for one that was cut off at the limit it was given. */
export const truncated = (what: string): NoContent => ({
  kind: "unusable",
  reason: `${what} was cut off at the limit it was given`,
  truncated: true,
});

/** The JSON of an answer as it came; an error where an answer should be is no content. Pure, never throws. */
export function readBody({ bytes }: PaidAnswer): Reading<unknown> {
  const text = new TextDecoder().decode(bytes);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Half a JSON body tells a reader nothing.
    const words = /^\s*[{[]/.test(text) ? "" : plainText(text);
    return unusable(`Google's answer is not JSON${words === "" ? "" : ` (${words})`}`);
  }
  const body: unknown = Array.isArray(json) && json.length === 1 ? json[0] : json;
  return errorIn(body) ?? { kind: "content", content: body };
}

function errorIn(body: unknown): NoContent | null {
  const given = z.looseObject({ error: z.looseObject({}) }).safeParse(body).data?.error;
  if (given === undefined) return null;
  const error = readGoogleError(given);
  const said = [error?.status ?? "", error?.message ?? ""].filter((word) => word !== "").join(": ");
  if (soundsRefused(said)) return refusedReading([said]);
  return unusable(`Google answered with an error${said === "" ? "" : ` (${said})`}`);
}

/** A field that counts as absent when it is of another type than Google documents. */
const maybe = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);

/** A list without the entries that are not what Google documents; empty when it is no list. */
export const listOf = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((entries) =>
      entries.flatMap((entry): z.output<Schema>[] => {
        const read = schema.safeParse(entry);
        return read.success ? [read.data] : [];
      }),
    );

const text = maybe(z.string());
const Part = z.looseObject({
  text,
  thought: maybe(z.boolean()),
  inlineData: maybe(z.looseObject({ data: z.string() })),
});
const Content = z.looseObject({ parts: listOf(Part) });
const Candidate = z.looseObject({ content: maybe(Content), finishReason: text, finishMessage: text });
const Feedback = z.looseObject({ blockReason: text, blockReasonMessage: text });
const GenerateContent = z.looseObject({ candidates: listOf(Candidate), promptFeedback: maybe(Feedback) });

/** What a Gemini model said, as far as it can be made out. */
export interface Said {
  /** Its parts without its thoughts, and these. */
  readonly parts: readonly z.infer<typeof Part>[];
  readonly thoughts: readonly z.infer<typeof Part>[];
  /** Why it ended; undefined when there is no answer at all. */
  readonly finish: string | undefined;
  /** Why the prompt was not taken; undefined when it was. */
  readonly blocked: string | undefined;
  /** What Google says of either end. */
  readonly words: string;
}

/** Reads the body of a generateContent call. Pure, never throws. */
export function readSaid(body: unknown): Said {
  const { candidates = [], promptFeedback } = GenerateContent.safeParse(body).data ?? {};
  const [candidate] = candidates;
  const parts = candidate?.content?.parts ?? [];
  return {
    parts: parts.filter(({ thought }) => thought !== true),
    thoughts: parts.filter(({ thought }) => thought === true),
    finish: candidate?.finishReason,
    blocked: promptFeedback?.blockReason,
    words: plainText(`${promptFeedback?.blockReasonMessage ?? ""} ${candidate?.finishMessage ?? ""}`),
  };
}

/** The text of some parts, as it came. */
export const textOf = (parts: Said["parts"]): string => parts.map((part) => part.text ?? "").join("");

/** How an answer ended that has nothing in it, in Google's words. */
export const endOf = ({ finish, words }: Pick<Said, "finish" | "words">): string =>
  [finish ?? "no candidate", words].filter((word) => word !== "").join(": ");
