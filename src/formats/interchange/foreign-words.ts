import { Quote } from "../../domain/money.ts";
import { plain } from "../../domain/plain-text.ts";
import type { ProjectRecord } from "../../domain/project-record.ts";
import { printable } from "../../domain/refusal.ts";

/** Longest text of any field, characters: a prompt with the words of all its characters is far shorter. */
export const MOST_TEXT_CHARACTERS = 100_000;
/** Deepest nesting of a record: far more than any row has. */
const deepest = 20;

const UNITS: readonly string[] = Quote.shape.unit.options;
const HASH = /^[0-9a-f]{64}$/;
/** Also of a file that the user brought. */
const INPUT_KEY = /^(?:own )?[0-9a-f]{64}$/;
/** Names of models, also with their folder or endpoint, and the words that stand in a model's place. */
const MODEL = /^[a-z0-9][\w.:/@+ -]{0,199}$/i;
/** Printable ASCII, as services name their jobs. */
const OPERATION = /^[\x21-\x7e]{1,2000}(?: [\x21-\x7e]{1,2000})?$/;
const CODEC = /^[\w.()/: +-]{0,100}$/;
const isWord = (text: string): boolean => text.length <= 1_000 && plain(text) === text;

/**
 * What a text may be, by its field's name, or by its field's and that of what it stands in. All other fields are plain
 * text, which every face cleans: what people and models write has no other form.
 */
const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  unit: (text) => UNITS.includes(text),
  model: (text) => MODEL.test(text),
  textModel: (text) => MODEL.test(text),
  imageModel: (text) => MODEL.test(text),
  videoModel: (text) => MODEL.test(text),
  "models.storyboard": (text) => MODEL.test(text),
  "models.keyframe": (text) => MODEL.test(text),
  "models.clip": (text) => MODEL.test(text),
  provider: (text) => /^[a-z][\w-]{0,63}$/i.test(text),
  operationName: (text) => OPERATION.test(text),
  "operation.name": (text) => OPERATION.test(text),
  inputKey: (text) => INPUT_KEY.test(text),
  sha256: (text) => HASH.test(text),
  key: (text) => /^[0-9a-f-]{36}\/[a-z0-9][a-z0-9-]{0,99}\.[a-z0-9]{1,5}$/.test(text),
  codec: (text) => CODEC.test(text),
  profile: (text) => CODEC.test(text),
  pixelFormat: (text) => CODEC.test(text),
  "options.*": isWord,
};

/** Names of fields, also of those that no schema lists. */
const FIELD = /^\w{1,100}$/;

/** A value on the way through a record, with its name and that of what holds it. */
interface Place {
  readonly path: string;
  readonly name: string;
  readonly within: string;
}

/**
 * The first thing in a record from elsewhere that this program never writes, in a few words: a unit, a model or a name
 * that is none, a text of no possible length, a field that has no name. Null when there is none. Pure.
 */
export const foreignWord = (record: ProjectRecord): string | null => {
  for (const [name, value] of Object.entries(record)) {
    const fault = faultIn(value, { path: name, name, within: "" }, 0);
    if (fault !== null) return fault;
  }
  return null;
};

function faultIn(value: unknown, place: Place, depth: number): string | null {
  if (typeof value === "string") return textFault(value, place);
  if (typeof value !== "object" || value === null) return null;
  if (depth > deepest) return `${place.path} is nested too deeply`;
  for (const [key, inner] of Object.entries(value)) {
    // The items of a list are what the list is.
    const next = Array.isArray(value)
      ? { ...place, path: `${place.path}[${key}]` }
      : { path: `${place.path}.${key}`, name: key, within: place.name };
    if (!Array.isArray(value) && !FIELD.test(key)) return `${place.path} has a field "${printable(key)}"`;
    const fault = faultIn(inner, next, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

function textFault(text: string, { path, name, within }: Place): string | null {
  if (text.length > MOST_TEXT_CHARACTERS)
    return `${path} is longer than ${MOST_TEXT_CHARACTERS.toLocaleString("en-US")} characters`;
  if (!text.isWellFormed()) return `${path} is not well-formed Unicode text`;
  const check = CHECKS[`${within}.${name}`] ?? CHECKS[`${within}.*`] ?? CHECKS[name];
  return check === undefined || check(text) ? null : `${path} is "${printable(text)}"`;
}
