import { isSameName } from "../domain/direction.ts";
import { Storyboard } from "../domain/storyboard.ts";
import { type Path, type Place, type Problem, problemsOf } from "./problems.ts";
import { NOTES, OWN_STILL_FIELDS, toFieldName, toFileName } from "./storyboard-fields.ts";
import { isMapping, readYaml } from "./yaml.ts";

/** A storyboard that was read, or why there is none. */
export type StoryboardReading =
  | { readonly storyboard: Storyboard; readonly images: readonly StillFile[]; readonly warnings: readonly Problem[] }
  | { readonly storyboard: null; readonly problems: readonly Problem[] };

/** A picture file that a scene names for one of its stills. */
export interface StillFile {
  /** 0..N: the end of a scene is the start of the next. */
  readonly still: number;
  /** As written: from the file's own folder. */
  readonly path: string;
  readonly line: number | undefined;
  /** `scenes[1].end_image`. */
  readonly field: string;
}

/** The file's names as the program's, at every depth. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [toFieldName(name), renamed(child)]));
}

/** Adds the scene numbers, which are not in the file. */
function numbered(value: unknown): unknown {
  if (!isMapping(value) || !Array.isArray(value.scenes)) return value;
  const scenes = value.scenes.map((scene: unknown, sceneIndex) =>
    isMapping(scene) && !Object.hasOwn(scene, "sceneIndex") ? { ...scene, sceneIndex } : scene,
  );
  return { ...value, scenes };
}

const knownNames = Object.keys(NOTES).map(toFileName);

/** Scenes with a number of their own, although their place in the list is what counts. */
const numberedByHand = (value: unknown): number[] =>
  isMapping(value) && Array.isArray(value.scenes)
    ? value.scenes.flatMap((scene: unknown, place) =>
        isMapping(scene) && Object.hasOwn(scene, "sceneIndex") ? place : [],
      )
    : [];

/** Things that are allowed but probably not meant. */
function oddities({ characters, scenes }: Storyboard, cast: readonly string[], placeOf: PlaceOf): Problem[] {
  const names = new Set(characters.map(({ name }) => name));
  const isKnown = (name: string) => names.has(name) || cast.some((one) => isSameName(one, name));
  const words = scenes.map(({ sceneIndex: _, ...scene }) => JSON.stringify(scene));
  return scenes.flatMap((scene, place) => {
    const first = words.indexOf(words[place] ?? "");
    const undescribed = scene.characters.filter((name) => !isKnown(name));
    return [
      ...(first === place
        ? []
        : [{ ...placeOf(["scenes", place]), message: `scenes[${place}] repeats scenes[${first}] word for word` }]),
      ...undescribed.map((name, number) => ({
        ...placeOf(["scenes", place, "characters", number]),
        message: `scenes[${place}].characters names ${JSON.stringify(name)}, which is not described in characters`,
      })),
    ];
  });
}

type PlaceOf = (path: Path) => Place;

/** The scenes without the picture files that they name. */
function withoutImages(value: unknown): unknown {
  if (!isMapping(value) || !Array.isArray(value.scenes)) return value;
  const scenes = value.scenes.map((scene: unknown) => {
    if (!isMapping(scene)) return scene;
    const { startImage: _, endImage: __, ...words } = scene;
    return words;
  });
  return { ...value, scenes };
}

/** What scenes say where the names of picture files go. */
function namedImages(value: unknown, placeOf: PlaceOf) {
  if (!isMapping(value) || !Array.isArray(value.scenes)) return [];
  return value.scenes.flatMap((scene: unknown, place) =>
    OWN_STILL_FIELDS.flatMap((field, offset) => {
      const path = isMapping(scene) ? scene[field] : undefined;
      const name = toFileName(field);
      const at = placeOf(["scenes", place, name]);
      return path == null ? [] : [{ still: place + offset, path, at, field: `scenes[${place}].${name}` }];
    }),
  );
}

/** The picture files that scenes name, one for each still; the end of a scene is the start of the next. */
function readImages(value: unknown, placeOf: PlaceOf) {
  const images: StillFile[] = [];
  const problems: Problem[] = [];
  for (const { path, at, field, still } of namedImages(value, placeOf)) {
    const before = images.find((image) => image.still === still);
    if (typeof path !== "string" || path.trim() === "")
      problems.push({ ...at, message: `${field} must be the name of a picture file` });
    else if (before === undefined) images.push({ still, path, line: at.line, field });
    else if (before.path !== path)
      problems.push({ ...at, message: `${field} is the same still as ${before.field}: name one file for it` });
  }
  return { images, problems };
}

/**
 * Reads the YAML or JSON that `printStoryboard` writes and people edit. `cast`: names that are described elsewhere.
 * @throws VidpipeError input.invalid when it cannot be read as YAML, with line and column
 */
export function readStoryboard(text: string, name: string, cast: readonly string[] = []): StoryboardReading {
  const { value: written, placeOf } = readYaml(text, name, "input.invalid");
  const fields = renamed(written ?? {});
  const byHand = numberedByHand(fields);
  if (byHand.length > 0)
    return {
      storyboard: null,
      problems: byHand.map((place) => ({
        ...placeOf(["scenes", place, "scene_index"]),
        message: `scenes[${place}].scene_index must be removed: the place in the list is what counts`,
      })),
    };
  const { images, problems: unfit } = readImages(fields, placeOf);
  const value = withoutImages(numbered(fields));
  const parsed = Storyboard.safeParse(value);
  if (parsed.success && unfit.length === 0)
    return { storyboard: parsed.data, images, warnings: oddities(parsed.data, cast, placeOf) };
  const spelling = { nameOf: toFileName, known: knownNames, placeOf };
  const problems = parsed.success ? [] : problemsOf(parsed.error, value, spelling);
  return { storyboard: null, problems: [...problems, ...unfit] };
}
