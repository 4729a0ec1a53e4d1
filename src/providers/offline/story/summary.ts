import { capital } from "./arc.ts";
import { mentionsIn, subjectIn } from "./mentions.ts";
import { settingIn, timeIn } from "./world-words.ts";

/**
 * What a text shows, in plain English words, for captions whose lettering cannot show the text itself:
 * "Cat, lantern · city street · night". A text nothing is understood of says that there is one.
 */
export function summaryOf(text: string): string {
  const kinds = mentionsIn(text).flatMap(({ word }) => subjectIn(word)?.kind ?? []);
  const parts = [[...new Set(kinds)].slice(0, 3).join(", "), settingIn(text) ?? "", timeIn(text) ?? ""];
  const told = parts.filter((part) => part !== "").join(" · ");
  return told === "" ? "(This scene's words are in letters that the preview's font does not have.)" : capital(told);
}
