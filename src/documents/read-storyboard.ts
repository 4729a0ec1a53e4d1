import { Storyboard } from "../domain/storyboard.ts";
import { problemsOf } from "./issues.ts";
import type { Problem } from "./lines.ts";
import { NOTES, toFieldName, toFileName } from "./storyboard-fields.ts";
import { createLineFinder, isMapping, type Path, parseYaml } from "./yaml.ts";

/** A storyboard that was read, or why there is none. */
export type StoryboardReading =
  | { readonly storyboard: Storyboard; readonly warnings: readonly Problem[] }
  | { readonly storyboard: null; readonly problems: readonly Problem[] };

/** The file's names as the program's, at every depth. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [toFieldName(name), renamed(child)]));
}

/** The scenes count as they stand: their numbers are not in the file. */
function numbered(value: unknown): unknown {
  if (!isMapping(value) || !Array.isArray(value.scenes)) return value;
  const scenes = value.scenes.map((scene: unknown, sceneIndex) =>
    isMapping(scene) && !Object.hasOwn(scene, "sceneIndex") ? { ...scene, sceneIndex } : scene,
  );
  return { ...value, scenes };
}

const knownNames = Object.keys(NOTES).map(toFileName);

/** Scenes whose number was written although their place is what counts. */
const numberedByHand = (value: unknown): number[] =>
  isMapping(value) && Array.isArray(value.scenes)
    ? value.scenes.flatMap((scene: unknown, place) =>
        isMapping(scene) && Object.hasOwn(scene, "sceneIndex") ? place : [],
      )
    : [];

/** What is allowed and yet probably not meant. */
function oddities({ characters, scenes }: Storyboard, lineOf: (path: Path) => number | undefined): Problem[] {
  const names = new Set(characters.map(({ name }) => name));
  const words = scenes.map(({ sceneIndex: _, ...scene }) => JSON.stringify(scene));
  return scenes.flatMap((scene, place) => {
    const first = words.indexOf(words[place] ?? "");
    const strangers = scene.characters.filter((name) => !names.has(name));
    return [
      ...(first === place
        ? []
        : [{ line: lineOf(["scenes", place]), message: `scenes[${place}] repeats scenes[${first}] word for word` }]),
      ...strangers.map((name, number) => ({
        line: lineOf(["scenes", place, "characters", number]),
        message: `scenes[${place}].characters names ${JSON.stringify(name)}, whom characters does not describe`,
      })),
    ];
  });
}

/**
 * Reads the YAML or JSON that `printStoryboard` writes and people edit.
 * @throws VidpipeError input.invalid when it is no YAML at all, with the line
 */
export function readStoryboard(text: string, name: string): StoryboardReading {
  const fields = renamed(parseYaml(text, name, "input.invalid") ?? {});
  const lineOf = createLineFinder(text);
  const byHand = numberedByHand(fields);
  if (byHand.length > 0)
    return {
      storyboard: null,
      problems: byHand.map((place) => ({
        line: lineOf(["scenes", place, "scene_index"]),
        message: `scenes[${place}].scene_index must go: the place in the list is what counts`,
      })),
    };
  const value = numbered(fields);
  const parsed = Storyboard.safeParse(value);
  if (parsed.success) return { storyboard: parsed.data, warnings: oddities(parsed.data, lineOf) };
  const problems = problemsOf(parsed.error, value, { nameOf: toFileName, known: knownNames, lineOf });
  return { storyboard: null, problems };
}
