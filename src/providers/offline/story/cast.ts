import type { Subject, SubjectKind } from "../frame.ts";
import { adjectivesOf, genderOf, kindOf, type Mention, mentionsIn, wornOf } from "./mentions.ts";
import { bearerOf, namesIn } from "./names.ts";
import { ANIMATE } from "./subject-words.ts";
import { describe, isLatin, isPerson } from "./wardrobe.ts";

/** Someone or something of the film, described once and the same ever after. */
export interface CastMember {
  /** "Mira", or "The cat". */
  readonly name: string;
  readonly kind: SubjectKind;
  /** The canonical words, e.g. "a small ginger cat with a red collar". */
  readonly look: string;
  /** Worn things, part of the look; empty for most animals and things. */
  readonly clothing: string;
  readonly animate: boolean;
  /** Words that mean this member, in lower case. */
  readonly words: readonly string[];
}

/** Most members a storyboard has room for. */
const MOST_MEMBERS = 20;

interface Entry extends CastMember {
  /** Where the text first shows them. */
  readonly at: number;
}

/** A member that a word means, perhaps with a proper name. */
function entryOf(text: string, mention: Mention, name: string | undefined, choice: number): Entry {
  const adjectives = adjectivesOf(text, mention);
  const kind = kindOf(mention, adjectives, text);
  const word = mention.word.toLowerCase();
  const { look, clothing } = describe({ kind, word: mention.word, adjectives, worn: wornOf(text, mention) }, choice);
  const title = isLatin(mention.word) ? `The ${word}` : mention.word;
  return {
    name: name ?? title,
    kind,
    look: name === undefined ? look : `${name}, ${look}`,
    clothing,
    animate: ANIMATE.includes(kind),
    words: name === undefined ? [word] : [word, name.toLowerCase()],
    at: mention.at,
  };
}

/** A person of whom the text gives no more than a name or a pronoun. */
function personOf(text: string, title: string | undefined, at: number, choice: number): Entry {
  const kind = genderOf(text, title ?? "someone") === "she" ? "woman" : "man";
  const { look, clothing } = describe({ kind, word: kind, adjectives: "", worn: "" }, choice);
  const name = title ?? `The ${kind}`;
  return {
    name,
    kind,
    look: title === undefined ? look : `${title}, ${look}`,
    clothing,
    animate: true,
    words: [(title ?? kind).toLowerCase()],
    at,
  };
}

/** People are told apart by their words (king, prince); of every other kind there is one. */
const identityOf = ({ kind, words: [word = ""] }: Entry): string => (isPerson(kind) ? word : kind);

/** Everyone and everything a text shows, in the order of appearance. Deterministic; `choice` settles what is open. */
export function castOf(text: string, choice: number): readonly CastMember[] {
  const mentions = mentionsIn(text);
  const named = namesIn(text).map((entry) => ({ ...entry, bearer: bearerOf(text, entry, mentions) }));
  const known = new Map<string, Entry>();
  for (const mention of mentions) {
    const name = named.find(({ bearer }) => bearer?.at === mention.at)?.name;
    const entry = entryOf(text, mention, name, choice + known.size);
    const identity = identityOf(entry);
    const met = known.get(identity);
    known.set(identity, met === undefined ? entry : { ...met, words: [...new Set([...met.words, ...entry.words])] });
  }
  const nameless = named.filter(({ bearer }) => bearer === undefined);
  const people = nameless.map(({ name, at }, place) => personOf(text, name, at, choice + known.size + place));
  const cast = [...known.values(), ...people].sort((one, other) => one.at - other.at).slice(0, MOST_MEMBERS);
  const someone = /\b(?:she|he|her|him|his|i|my|we|you)\b/iu.test(text) && !cast.some(({ animate }) => animate);
  return someone ? [personOf(text, undefined, 0, choice), ...cast].slice(0, MOST_MEMBERS) : cast;
}

/** The one the film is about: the first that lives, or else the first thing. */
export const protagonistOf = (cast: readonly CastMember[]): CastMember | undefined =>
  cast.find(({ animate }) => animate) ?? cast[0];

/** Members that a passage names, in its order. */
export function namedIn(passage: string, cast: readonly CastMember[]): readonly CastMember[] {
  const words = new Map(mentionsIn(passage).map(({ word, at }) => [word.toLowerCase(), at]));
  const lower = passage.toLowerCase();
  const placeOf = (member: CastMember): number => {
    const places = member.words.map(
      (word) => words.get(word) ?? (word === member.name.toLowerCase() ? lower.indexOf(word) : -1),
    );
    return Math.min(...places.map((place) => (place < 0 ? Number.POSITIVE_INFINITY : place)));
  };
  return cast
    .map((member) => ({ member, at: placeOf(member) }))
    .filter(({ at }) => Number.isFinite(at))
    .sort((one, other) => one.at - other.at)
    .map(({ member }) => member);
}

export const subjectOf = ({ kind, look }: CastMember): Subject => ({ kind, words: look });
