/** How text is searched; SQLite's index folds letters in the same way. */

/** Text whose case does not matter any more; a Greek sigma is one letter wherever it stands. */
export const folded = (text: string): string => text.toLowerCase().replaceAll("ς", "σ");

/** The words of a search, each once: all of them must be somewhere in a film's title or prompt. */
export const wordsOf = (search: string): readonly string[] => [
  ...new Set(
    folded(search)
      .split(/[\s\0]+/)
      .filter((word) => word !== ""),
  ),
];

export function hasWords(text: string, words: readonly string[]): boolean {
  const here = folded(text);
  return words.every((word) => here.includes(word));
}
