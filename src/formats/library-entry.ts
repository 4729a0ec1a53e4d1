import { LibraryEntry } from "../domain/library.ts";
import { printYaml } from "./print-yaml.ts";
import { type Problem, problemsOf } from "./problems.ts";
import { readYaml } from "./yaml.ts";

const NOTES: Readonly<Record<keyof LibraryEntry, string>> = {
  name: "The name films use: vidpipe generate --cast NAME.",
  kind: "character, place or product.",
  description: "What it looks like. These words go into the prompt of every scene that names it.",
  picture: "A PNG, JPEG or WebP file beside this one. Optional.",
};

/** An entry that was read, or why there is none. */
export type EntryReading =
  | { readonly entry: LibraryEntry }
  | { readonly entry: null; readonly problems: readonly Problem[] };

/**
 * Reads the file of an entry.
 * @throws VidpipeError input.invalid when it cannot be read as YAML, with line and column
 */
export function readEntry(text: string, name: string): EntryReading {
  const { value = {}, placeOf } = readYaml(text, name, "input.invalid");
  const parsed = LibraryEntry.safeParse(value);
  if (parsed.success) return { entry: parsed.data };
  const spelling = { nameOf: (field: string) => field, known: Object.keys(NOTES), placeOf };
  return { entry: null, problems: problemsOf(parsed.error, value, spelling) };
}

/** An entry as YAML that says what each field is for. `readEntry` gives the same entry back. */
export function printEntry({ name, kind, description, picture }: LibraryEntry): string {
  const fields = { name, kind, description, ...(picture === undefined ? {} : { picture }) };
  return printYaml(fields, {
    before: ([field]) => Object.entries(NOTES).flatMap(([name, note]) => (name === field ? [note] : [])),
    after: (path) => (path.length === 0 && picture === undefined ? [NOTES.picture, "picture:"] : []),
  });
}
