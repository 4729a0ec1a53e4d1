import type { CastMember } from "./cast.ts";
import { mentionsIn } from "./mentions.ts";
import { divided, grouped, unitsOf } from "./segment.ts";

/** A scene's part in the story. */
export type Role = "establish" | "told" | "linger" | "resolve";

/** One scene before it is staged. */
export interface Beat {
  readonly role: Role;
  /** What the text says here; for an added beat, what it belongs to. */
  readonly passage: string;
  /** 0 for the first added beat of its role, to vary the wording. */
  readonly turn: number;
}

/** Scenes of a short prompt when nobody asks for a number. */
const SHORT_FILM = 4;
/** Most scenes of a text of ordinary length. */
const ORDINARY_FILM = 5;
/** Characters of a longer script that make one scene. */
const CHARACTERS_PER_SCENE = 320;

export interface ArcOrder {
  readonly prompt: string;
  readonly sceneCount: number | null;
  readonly maxScenes: number;
}

/** How many scenes a text asks for by itself. */
function naturalCount(units: readonly string[], length: number): number {
  if (units.length < 3) {
    const events = divided(units, ORDINARY_FILM).length;
    return events < 3 ? SHORT_FILM : events;
  }
  return Math.min(units.length, Math.max(ORDINARY_FILM, Math.round(length / CHARACTERS_PER_SCENE)));
}

const told = (passage: string): Beat => ({ role: "told", passage, turn: 0 });

/**
 * Adds beats until there are `count`: an opening that shows the place, an end that comes to rest, and moments that
 * linger on what was told.
 */
function filledOut(passages: readonly string[], count: number): readonly Beat[] {
  const missing = count - passages.length;
  const [first = ""] = passages;
  const last = passages.at(-1) ?? first;
  const opening: Beat[] = missing >= 2 ? [{ role: "establish", passage: first, turn: 0 }] : [];
  const closing: Beat[] = missing >= 1 ? [{ role: "resolve", passage: last, turn: 0 }] : [];
  const lingering = Math.max(0, missing - 2);
  const middle = passages.flatMap((passage, place) => {
    // Spread evenly: passage `place` gets its share of the lingering beats.
    const from = Math.floor((place * lingering) / passages.length);
    const until = Math.floor(((place + 1) * lingering) / passages.length);
    const moments = Array.from(
      { length: until - from },
      (_, moment): Beat => ({ role: "linger", passage, turn: from + moment }),
    );
    return [told(passage), ...moments];
  });
  return [...opening, ...middle, ...closing];
}

/** The scenes of a text, in order: exactly `sceneCount` when it is given, else 3 to 5, more for longer scripts. */
export function beatsOf({ prompt, sceneCount, maxScenes }: ArcOrder): readonly Beat[] {
  const units = unitsOf(prompt);
  const count = sceneCount ?? Math.min(maxScenes, naturalCount(units, prompt.length));
  if (units.length >= count) return grouped(units, count).map(told);
  return filledOut(divided(units, count), count);
}

const NOBODY = "the place";

/** Moments that linger, in words that fit any story. */
const MOMENTS: readonly ((who: string) => string)[] = [
  (who) => `On ${who}: a moment to take it in.`,
  (who) => `The light shifts around ${who}, and something small changes.`,
  (who) => `Stillness. ${capital(who)} waits, and so do we.`,
  (who) => `The turn: from here on, nothing is the same for ${who}.`,
  (who) => `A detail that matters, seen just past ${who}.`,
  (who) => `${capital(who)}, from another side.`,
  (who) => `A breath between two moments. ${capital(who)} stays.`,
  (who) => `The world goes on around ${who}.`,
];

export const capital = (text: string): string => (text[0]?.toUpperCase() ?? "") + text.slice(1);

/** "The cat" is "the cat" within a sentence, "Mira" stays "Mira". */
const within = (name: string): string => name.replace(/^The /u, "the ");

/** Words that show a text is English, so that added scenes may be told in English. */
const ENGLISH = /\b(?:the|an?|and|of|in|on|at|to|is|with|she|he|her|his|it|they|from)\b/iu;

/** A clause that lost its subject gets it back: "finds a castle" becomes "The knight finds a castle". */
export function completed(passage: string, protagonist: CastMember | undefined): string {
  const [first] = mentionsIn(passage);
  if (first?.at === 0) return capital(passage);
  const verbFirst = /^(?!(?:is|as|was|has|his|its|this|always|perhaps|across)\b)\p{Ll}+(?<!s)s\s/u.test(passage);
  return verbFirst && protagonist !== undefined ? `${protagonist.name} ${passage}` : capital(passage);
}

/** What a scene shows, in a sentence or more for its caption. `where` is e.g. "a city street at night". */
export function describe(beat: Beat, where: string, protagonist: CastMember | undefined): string {
  const who = within(protagonist?.name ?? NOBODY);
  if (beat.role === "told" || !ENGLISH.test(beat.passage)) return beat.passage;
  switch (beat.role) {
    case "establish":
      return protagonist === undefined
        ? `We open on ${where}.`
        : `We open on ${where}. ${capital(who)} comes into view.`;
    case "linger":
      return (MOMENTS[beat.turn % MOMENTS.length] ?? capital)(who);
    case "resolve":
      return `The view opens and the story comes to rest: ${who}, ${where}.`;
  }
}
