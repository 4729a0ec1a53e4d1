import { z } from "zod";
import { Character, Storyboard, StyleGuide, WrittenScene } from "../../domain/storyboard.ts";
import type { PaidAnswer, Reading } from "../../ports/provider.ts";
import { endOf, readBody, readSaid, textOf, truncated, unusable } from "./answer-body.ts";
import { plainText } from "./error-body.ts";
import { readLenientJson } from "./lenient-json.ts";
import { isRefusal, refusedReading } from "./refusals.ts";

/** The storyboard in an answer of a text model. Pure, never throws. */
export function readStoryboardAnswer(answer: PaidAnswer): Reading<Storyboard> {
  const body = readBody(answer);
  if (body.kind !== "content") return body;
  const said = readSaid(body.content);
  const { parts, thoughts, finish, blocked, words } = said;
  if (blocked !== undefined || isRefusal(finish)) return refusedReading([words], blocked ?? finish);
  const written = textOf(parts) || textOf(thoughts);
  const read = fitStoryboard(written);
  if (read.kind === "content") return read;
  if (finish === "MAX_TOKENS") return truncated("the storyboard");
  return written.trim() === "" ? unusable(`the answer has no text (${endOf(said)})`) : read;
}

/** A text within the length of the domain's; one that is longer is cut. What storage cannot hold is left out. */
const cut = (schema: z.ZodString) =>
  z.preprocess((given) => (typeof given === "string" ? shortened(given, schema.maxLength) : given), schema);

const shortened = (text: string, maxLength: number | null): string =>
  text
    .replaceAll("\0", "")
    .trim()
    .slice(0, maxLength ?? undefined)
    .replace(/[\uD800-\uDBFF]$/, "")
    .toWellFormed();

/** A text that may be missing. */
const optional = (schema: z.ZodString) => z.preprocess((given) => given ?? "", cut(schema));

/** Longest lists of the domain's storyboard. */
const MOST_CHARACTERS = 20;

/** A list whose empty and surplus entries are left out; none where it is missing. */
const shortList = <Schema extends z.ZodType>(element: Schema) =>
  z.preprocess(
    (given) => (Array.isArray(given) ? given.filter(isSomething).slice(0, MOST_CHARACTERS) : (given ?? [])),
    z.array(element),
  );

const isSomething = (given: unknown): boolean =>
  given !== null && given !== undefined && !(typeof given === "string" && given.trim() === "");

const Style = z.object({
  visualStyle: cut(StyleGuide.shape.visualStyle),
  colorPalette: cut(StyleGuide.shape.colorPalette),
  cameraStyle: cut(StyleGuide.shape.cameraStyle),
});
const Person = z.object({
  name: cut(Character.shape.name),
  physicalDescription: cut(Character.shape.physicalDescription),
  clothingDescription: optional(Character.shape.clothingDescription),
});
const Scene = z.object({
  description: cut(WrittenScene.shape.description),
  startFramePrompt: cut(WrittenScene.shape.startFramePrompt),
  endFramePrompt: cut(WrittenScene.shape.endFramePrompt),
  motionPrompt: cut(WrittenScene.shape.motionPrompt),
  transitionNotes: optional(WrittenScene.shape.transitionNotes),
  characters: shortList(cut(WrittenScene.shape.characters.element)),
});

/** A storyboard as it is taken: what is too much is left out, and scenes are counted by their places. */
const Written = z
  .object({
    title: z.preprocess((given) => (isSomething(given) ? given : "Untitled"), cut(Storyboard.shape.title)),
    styleGuide: Style,
    characters: shortList(Person),
    scenes: z.array(Scene),
  })
  .transform((written) => ({
    ...written,
    scenes: written.scenes.map((scene, sceneIndex) => ({ sceneIndex, ...scene })),
  }))
  .pipe(Storyboard);

const Wrapped = z.looseObject({ storyboard: z.looseObject({ scenes: z.unknown() }) });
const hasScenes = (json: unknown): boolean => z.looseObject({ scenes: z.array(z.unknown()) }).safeParse(json).success;

/** A list and an object with the storyboard in it are read as what they hold. */
function unwrapped(json: unknown): unknown[] {
  if (Array.isArray(json)) return json.flatMap((entry: unknown) => (Array.isArray(entry) ? [] : unwrapped(entry)));
  return [hasScenes(json) ? json : (Wrapped.safeParse(json).data?.storyboard ?? json)];
}

/** The first storyboard in a text, or what is wrong with the likeliest. */
function fitStoryboard(text: string): Reading<Storyboard> {
  const values = readLenientJson(text).flatMap(unwrapped);
  const complaints: string[] = [];
  for (const value of values) {
    const read = Written.safeParse(value);
    if (read.success) return { kind: "content", content: read.data };
    if (hasScenes(value)) complaints.push(complaintOf(read.error));
  }
  const [likeliest = values.length > 0 ? "the answer is JSON, but no storyboard" : notJson(text)] = complaints;
  return unusable(likeliest);
}

const notJson = (text: string): string => `the answer is not JSON (${plainText(text).slice(0, 80)})`;

const complaintOf = (error: z.ZodError): string =>
  plainText(
    error.issues
      .slice(0, 5)
      .map((issue) => `${issue.path.join(".") || "the answer"}: ${issue.message}`)
      .join("; "),
  );
