/** Edits that turn one word into the other: insert, delete or replace one character. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Longest word worth comparing, in characters: known words are far shorter. */
const longestTypedCharacters = 100;

/** The known word that was probably meant; undefined when none is close (a third of its letters may differ). */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  if (typed.length > longestTypedCharacters) return undefined;
  const ranked = known
    .map((word) => ({ word, distance: editDistance(typed.toLowerCase(), word) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.ceil(best.word.length / 3) ? best.word : undefined;
}
