import { LibraryEntry } from "../domain/library.ts";
import { problemsOf } from "./issues.ts";
import { printText } from "./print-storyboard.ts";
import type { Problem } from "./yaml.ts";
import { createLineFinder, parseYaml } from "./yaml.ts";

const NOTES: Readonly<Record<keyof LibraryEntry, string>> = {
  name: "What films call it: vidpipe generate --cast NAME.",
  kind: "character, place or product.",
  description: "What it looks like, in words that go into every prompt of a scene that names it.",
  picture: "A PNG, JPEG or WebP file beside this one; may be left out.",
};

/** An entry that was read, or why there is none. */
export type EntryReading =
  | { readonly entry: LibraryEntry }
  | { readonly entry: null; readonly problems: readonly Problem[] };

/**
 * Reads the file of an entry.
 * @throws VidpipeError input.invalid when it is no YAML at all, with the line
 */
export function readEntry(text: string, name: string): EntryReading {
  const value = parseYaml(text, name, "input.invalid") ?? {};
  const parsed = LibraryEntry.safeParse(value);
  if (parsed.success) return { entry: parsed.data };
  const spelling = { nameOf: (field: string) => field, known: Object.keys(NOTES), lineOf: createLineFinder(text) };
  return { entry: null, problems: problemsOf(parsed.error, value, spelling) };
}

/** An entry as YAML that says what each field is for. `readEntry` gives the same entry back. */
export function printEntry({ name, kind, description, picture }: LibraryEntry): string {
  const lines = [
    `# ${NOTES.name}`,
    `name: ${printText(name, "  ")}`,
    `# ${NOTES.kind}`,
    `kind: ${kind}`,
    `# ${NOTES.description}`,
    `description: ${printText(description, "  ")}`,
    `# ${NOTES.picture}`,
    picture === undefined ? "# picture:" : `picture: ${printText(picture, "  ")}`,
  ];
  return `${lines.join("\n")}\n`;
}
