import { type Mention, mentionsIn } from "./mentions.ts";

const PLACE_BEFORE = /\b(?:in|at|to|from|of|near|over|across|through|around|toward|towards|into|for|by)\s+$/iu;
const NOT_NAMES =
  /^(?:I|The|A|An|And|But|Then|When|While|As|In|On|At|It|He|She|They|We|You|His|Her|Their|Its|This|That|There|Here|Now|After|Before|Once|One|Two|Suddenly|Finally|Later|Meanwhile|Each|Every|All|No|Not|With|From|To|Of|For|By|If|Scene|Act|Day|Night|INT|EXT|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December|Mr|Mrs|Ms|Dr|St|English|French|Japanese|German|Italian|Chinese|American|Christmas)$/u;

/** A proper name and where it first stands. */
export interface Name {
  readonly name: string;
  readonly at: number;
}

/** One place where a capitalised word stands. */
interface Sighting extends Name {
  /** In the middle of a sentence, where only names are capitalised. */
  readonly inside: boolean;
  /** Introduced as a name: "named Bolt", "Mira, a young astronaut". */
  readonly called: boolean;
}

function sightingsIn(text: string): readonly Sighting[] {
  return [...text.matchAll(/\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?/gu)].flatMap((match) => {
    const [name] = match;
    const before = text.slice(Math.max(0, match.index - 24), match.index);
    if (NOT_NAMES.test(name) || PLACE_BEFORE.test(before) || mentionsIn(name).length > 0) return [];
    const after = text.slice(match.index + name.length);
    const called = /\b(?:named|called)\s+$/iu.test(before) || /^,?\s+(?:an?|the)\s/u.test(after);
    const opens = match.index === 0 || /[.!?…:"“\n]\s*$/u.test(before);
    return [{ name, at: match.index, inside: !opens, called }];
  });
}

/** Proper names of persons: called so, or capitalised again and again where no place is meant. */
export function namesIn(text: string): readonly Name[] {
  const byName = Map.groupBy(sightingsIn(text), ({ name }) => name);
  return [...byName].flatMap(([name, sightings]) => {
    const told =
      sightings.some(({ called }) => called) || (sightings.length > 1 && sightings.some(({ inside }) => inside));
    const [first] = sightings;
    return first !== undefined && (told || sightings.length > 2) ? [{ name, at: first.at }] : [];
  });
}

/** The subject that a name belongs to: "a robot named Bolt", "Mira, a young astronaut". */
export function bearerOf(text: string, { name, at }: Name, mentions: readonly Mention[]): Mention | undefined {
  const after = at + name.length;
  const apposition = /^,?\s+(?:is\s+)?(?:an?|the)\s+([^.,;!?]{1,48})/iu.exec(text.slice(after));
  if (apposition !== null)
    return mentions.find((mention) => mention.at > after && mention.at < after + apposition[0].length);
  return mentions.find(
    (mention) =>
      /^\s*,?\s*(?:named|called)?\s*$/iu.test(text.slice(mention.at + mention.word.length, at)) && mention.at < at,
  );
}
