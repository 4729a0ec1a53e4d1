/** A word found in a text. */
export interface Finding<T> {
  readonly meaning: T;
  /** The word as written. */
  readonly word: string;
  /** Place of its first letter in the text. */
  readonly at: number;
}

/** Finds the words of a list in a text, in the order in which they stand there. */
export type Finder<T> = (text: string) => readonly Finding<T>[];

/** Scripts that are written without spaces, and pictographs: a word there has no edges. */
const EDGELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}]/u;

/** Meanings and their words: separated by spaces, an underscore stands for a space within one. */
export type Vocabulary<T extends string> = Readonly<Partial<Record<T, string>>>;

/** A finder for a vocabulary. Where two words overlap, the longer one counts. */
export function finderOf<T extends string>(vocabulary: Vocabulary<T>, meanings: readonly T[]): Finder<T> {
  const byWord = new Map<string, T>();
  for (const meaning of meanings)
    for (const word of (vocabulary[meaning] ?? "").split(/\s+/u))
      if (word !== "") byWord.set(word.replaceAll("_", " ").toLowerCase(), meaning);
  const words = [...byWord.keys()].sort((one, other) => other.length - one.length);
  const pattern = words
    .map((word) =>
      EDGELESS.test(word) ? word : `(?<![\\p{L}\\p{N}])${word.replaceAll(" ", "[\\s-]+")}(?![\\p{L}\\p{N}])`,
    )
    .join("|");
  const search = new RegExp(pattern, "giu");
  return (text) =>
    [...text.matchAll(search)].flatMap((match) => {
      const meaning = byWord.get(match[0].toLowerCase().replace(/[\s-]+/g, " "));
      return meaning === undefined ? [] : [{ meaning, word: match[0], at: match.index }];
    });
}
