import type { SubjectKind } from "../frame.ts";

const PEOPLE: readonly SubjectKind[] = ["man", "woman", "boy", "girl", "elder"];
const COATS = [
  "a navy coat and an orange scarf",
  "a green coat and a yellow scarf",
  "a brown coat and a red scarf",
  "a grey coat and a teal scarf",
  "a red coat and a gold scarf",
  "a teal coat and a white scarf",
] as const;
const COSTUMES: Partial<Record<SubjectKind, string>> = {
  astronaut: "a white suit with orange markings",
  knight: "silver armour with a red plume",
  wizard: "a purple robe with a gold belt",
  cat: "a red collar",
  dog: "a blue collar",
};
const FURS: Partial<Record<SubjectKind, readonly [string, ...string[]]>> = {
  cat: ["ginger", "grey", "brown", "black"],
  dog: ["brown", "tan", "white", "black"],
  fox: ["orange", "copper"],
  wolf: ["grey", "silver"],
  bear: ["brown", "black"],
  rabbit: ["white", "tan"],
  horse: ["chestnut", "white", "black"],
  bird: ["blue", "red", "white"],
  dragon: ["green", "crimson", "violet"],
  car: ["red", "blue", "yellow"],
  boat: ["brown", "white"],
  balloon: ["red", "orange", "violet"],
  robot: ["silver", "teal", "copper"],
};
const COLOR =
  /\b(?:red|orange|yellow|gold|golden|green|teal|blue|navy|purple|violet|pink|white|black|gr[ea]y|silver|brown|tan|beige|ginger|calico|tabby|copper|chestnut|crimson)\b/iu;

const article = (words: string): string => (/^[aeiou]/iu.test(words) ? `an ${words}` : `a ${words}`);

/** True for words that English can inflect and put an article before. */
export const isLatin = (word: string): boolean => /^[\p{Script=Latin}\s'-]+$/u.test(word);

export const isPerson = (kind: SubjectKind): boolean => PEOPLE.includes(kind);

/** What the text says of a subject. */
export interface Told {
  readonly kind: SubjectKind;
  readonly word: string;
  readonly adjectives: string;
  readonly worn: string;
}

const chosen = <T>(list: readonly [T, ...T[]], choice: number): T => list[choice % list.length] ?? list[0];

function clothingOf({ kind, worn }: Told, choice: number): string {
  if (worn !== "") return article(worn);
  return isPerson(kind) ? chosen(COATS, choice) : (COSTUMES[kind] ?? "");
}

function colorOf({ kind, adjectives, worn }: Told, choice: number): string {
  const furs = FURS[kind];
  return furs === undefined || COLOR.test(adjectives) || COLOR.test(worn) ? "" : chosen(furs, choice);
}

/** Clothes and colours that the text leaves open are settled here, once for the whole film. */
export function describe(told: Told, choice: number): { readonly look: string; readonly clothing: string } {
  const { kind, word, adjectives, worn } = told;
  const noun = isLatin(word) ? word.toLowerCase() : kind;
  const clothing = clothingOf(told, choice);
  const phrase = [adjectives, colorOf(told, choice), noun].filter((part) => part !== "").join(" ");
  const dressed = isPerson(kind) || (worn === "" && kind !== "cat" && kind !== "dog");
  const wear = clothing === "" ? "" : ` ${dressed ? "in" : "with"} ${clothing}`;
  return {
    look: (kind === "crowd" ? phrase : article(phrase)) + wear,
    clothing: clothing.replace(/^\p{Ll}/u, (first) => first.toUpperCase()),
  };
}
