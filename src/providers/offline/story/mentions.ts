import { SUBJECTS, type Subject, type SubjectKind } from "../frame.ts";
import { hashOf } from "../picture/random.ts";
import type { Finding } from "./lexicon.ts";
import { findSubjects } from "./subject-words.ts";

/** A word in a text that means someone or something. */
export type Mention = Finding<SubjectKind | "anyone" | "anyChild">;

/** Directions to the crew are not things in the picture. */
const CREW = /\bthe camera\b/giu;

/** Buildings that are seen even when they only name somebody's trade. */
const LANDMARKS: readonly Mention["meaning"][] = ["lighthouse", "house", "tree"];

/** Stands in the picture like scenery. */
export const isLandmark = (kind: SubjectKind): boolean => LANDMARKS.includes(kind);

/** Mentions of subjects; of a compound such as "cat burglar" only its head counts, unless it starts with a landmark. */
export function mentionsIn(text: string): readonly Mention[] {
  const found = findSubjects(text.replace(CREW, (words) => " ".repeat(words.length)));
  return found.filter((mention, place) => {
    const next = found[place + 1];
    return (
      next === undefined ||
      LANDMARKS.includes(mention.meaning) ||
      text.slice(mention.at + mention.word.length, next.at) !== " "
    );
  });
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

/** The gender that a text's pronouns speak of most; undefined when they do not say. */
function toldGender(text: string): "she" | "he" | undefined {
  const she = count(text, /\b(?:she|her|hers|herself)\b/giu);
  const he = count(text, /\b(?:he|him|his|himself)\b/giu);
  return she === he ? undefined : she > he ? "she" : "he";
}

/** As the text says, else settled by the word, so that it is the same every time. */
export const genderOf = (text: string, word: string): "she" | "he" =>
  toldGender(text) ?? (hashOf(word.toLowerCase()) % 2 === 0 ? "she" : "he");

/** Makes a person whose word names no gender a man or a woman, a boy or a girl. */
export function kindOf({ meaning, word }: Mention, adjectives: string, text: string): SubjectKind {
  const gender = genderOf(text, word);
  if (meaning === "anyChild") return gender === "she" ? "girl" : "boy";
  const mayBeHe = meaning === "man" || (meaning === "anyone" && toldGender(text) !== "she");
  if (mayBeHe && /\b(?:old|elderly|aged|ancient)\b/iu.test(adjectives)) return "elder";
  return meaning === "anyone" ? (gender === "she" ? "woman" : "man") : meaning;
}

const ADJECTIVES =
  /(?:^|[^\p{L}'-])(?:an?|the|one|her|his|its|their|my|our|this|that|some|another)\s+((?:[\p{L}'-]+\s+){1,3})$/iu;
const NOT_ADJECTIVES =
  /\b(?:and|or|of|in|on|at|to|from|with|for|by|is|was|are|that|who|which|into|over|under|through|near|a|an|the)\b/iu;
const WORN =
  /^\s+(?:in|wearing|with|holding|carrying)\s+(?:an?\s+|the\s+|her\s+|his\s+|its\s+|their\s+)?((?:[\p{L}-]+\s+){0,2}(?:coat|raincoat|dress|jacket|cloak|robe|suit|uniform|sweater|shirt|gown|armou?r|hoodie|kimono|scarf|hat|cap|collar|ribbon|backpack|hair|beard|eyes|fur|feathers|wings|sails?|stripes?))\b/iu;

/** Adjectives before a mention, in lower case. */
export const adjectivesOf = (text: string, mention: Mention): string => {
  const words = ADJECTIVES.exec(text.slice(0, mention.at))?.[1]?.trim() ?? "";
  return NOT_ADJECTIVES.test(words) ? "" : words.toLowerCase();
};

/** What a mention is said to wear or have: "red coat". */
export const wornOf = (text: string, mention: Mention): string =>
  WORN.exec(text.slice(mention.at + mention.word.length))?.[1]?.toLowerCase() ?? "";

/** The subject that a description of one means: the first kind it names. */
export function subjectIn(description: string): Subject | undefined {
  const [first] = mentionsIn(description);
  if (first === undefined) return undefined;
  const kind = kindOf(first, adjectivesOf(description, first), description);
  return SUBJECTS.includes(kind) ? { kind, words: description } : undefined;
}
