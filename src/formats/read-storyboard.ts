import { z } from "zod";
import { isSameName } from "../domain/direction.ts";
import { Storyboard } from "../domain/storyboard.ts";
import { type Path, type Place, type Problem, problemsOf } from "./problems.ts";
import { NOTES, OWN_STILL_FIELDS, toFieldName, toFileName } from "./storyboard-fields.ts";
import { isMapping, readYaml } from "./yaml.ts";

/** A storyboard that was read, or why there is none. */
export type StoryboardReading =
  | {
      readonly storyboard: Storyboard;
      readonly images: readonly StillFile[];
      readonly clips: readonly ClipFile[];
      readonly warnings: readonly Problem[];
    }
  | { readonly storyboard: null; readonly problems: readonly Problem[] };

/** A file that a scene names. */
export interface OwnFile {
  /** As written: from the file's own folder. */
  readonly path: string;
  readonly line: number | undefined;
  /** `scenes[1].end_image`. */
  readonly field: string;
}

/** A picture file that a scene names for one of its stills. */
export interface StillFile extends OwnFile {
  /** 0..N: the end of a scene is the start of the next. */
  readonly still: number;
}

/** A clip that a scene is, and where it begins and ends in the file, seconds; null: where the file does. */
export interface ClipFile extends OwnFile {
  readonly scene: number;
  readonly inSeconds: number | null;
  readonly outSeconds: number | null;
}

/** The file's names as the program's, at every depth. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [toFieldName(name), renamed(child)]));
}

/**
 * The scenes with their numbers, which are not in the file, and without the files that they name. One that is the user's
 * own clip needs no words beside its description.
 */
function numbered(value: unknown): unknown {
  if (!isMapping(value) || !Array.isArray(value.scenes)) return value;
  const scenes = value.scenes.map((scene: unknown, sceneIndex) => {
    if (!isMapping(scene)) return scene;
    const { startImage: _start, endImage: _end, clip, in: _in, out: _out, ...words } = scene;
    return { ...(clip != null && wordsOfClip(scene.description)), ...words, sceneIndex };
  });
  return { ...value, scenes };
}

/** Where there is no description, only that is missing. */
const wordsOfClip = (description: unknown) => {
  const words = typeof description === "string" && description.trim() !== "" ? description : "own clip";
  return { startFramePrompt: words, endFramePrompt: words, motionPrompt: words, transitionNotes: "", characters: [] };
};

const knownNames = Object.keys(NOTES).map(toFileName);

const scenesOf = (value: unknown): readonly unknown[] =>
  isMapping(value) && Array.isArray(value.scenes) ? value.scenes : [];

/** Scenes with a number of their own, although their place in the list is what counts. */
const numberedByHand = (value: unknown): number[] =>
  scenesOf(value).flatMap((scene, place) => (isMapping(scene) && Object.hasOwn(scene, "sceneIndex") ? place : []));

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

/** Finds the place of a value in the file. */
export type PlaceOf = (path: Path) => Place;

/** What scenes say where the names of picture files go. */
const namedImages = (value: unknown, placeOf: PlaceOf) =>
  scenesOf(value).flatMap((scene, place) =>
    OWN_STILL_FIELDS.flatMap((field, offset) => {
      const path = isMapping(scene) ? scene[field] : undefined;
      const name = toFileName(field);
      const at = placeOf(["scenes", place, name]);
      return path == null ? [] : [{ still: place + offset, path, at, field: `scenes[${place}].${name}` }];
    }),
  );

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
      problems.push({ ...at, message: `${field} is the same keyframe as ${before.field}: name one file for it` });
  }
  return { images, problems };
}

const Moment = z.number("must be a number of seconds").min(0, "must be 0 seconds or more").nullish();
const NO_NAME = "must be the name of a video file";

/** What a scene says of the clip that it is. */
const ClipFields = z
  .object({ clip: z.string(NO_NAME).trim().min(1, NO_NAME).nullish(), in: Moment, out: Moment })
  .superRefine(({ clip, in: from, out: to }, { addIssue }) => {
    const refuse = (field: string, message: string) => addIssue({ code: "custom", path: [field], message });
    if (clip == null && (from ?? to) != null) refuse(from == null ? "out" : "in", "needs a clip");
    else if (to != null && to <= (from ?? 0)) refuse("out", "must be later than in");
  });

/** The clips that scenes are, and what is wrong with them. */
function readClips(value: unknown, placeOf: PlaceOf) {
  const read = scenesOf(value).map((fields, scene) => {
    const { data, error } = ClipFields.safeParse(isMapping(fields) ? fields : {});
    const at = (name: string) => ({ field: `scenes[${scene}].${name}`, place: placeOf(["scenes", scene, name]) });
    return { scene, data, issues: error?.issues ?? [], at };
  });
  const problems = read.flatMap(({ issues, at }) =>
    issues.map(({ path: [name], message }): Problem => {
      const { field, place } = at(String(name));
      return { ...place, message: `${field} ${message}` };
    }),
  );
  const clips = read.flatMap(({ scene, data, at }): ClipFile[] => {
    if (data?.clip == null) return [];
    const { field, place } = at("clip");
    const part = { inSeconds: data.in ?? null, outSeconds: data.out ?? null };
    return [{ scene, path: data.clip, line: place.line, field, ...part }];
  });
  return { clips, problems };
}

/** A storyboard file, parsed; its own word on its version is taken out. */
export interface WrittenStoryboard {
  readonly value: unknown;
  readonly placeOf: PlaceOf;
  /** Names that are described elsewhere. */
  readonly cast: readonly string[];
}

/** How one version of storyboard files is read, into the present shape. */
export type StoryboardReader = (written: WrittenStoryboard) => StoryboardReading;

/**
 * The reader of every version that was released, from version 1; the last is the version that is printed. A file says
 * its version in `version`, and one that says none is of version 1. When an older vidpipe would misread what this one
 * prints, a reader is added at the end and `printStoryboard` writes its number. None is ever removed.
 */
export const STORYBOARD_READERS: readonly StoryboardReader[] = [readFirst];

/**
 * Reads the YAML or JSON that `printStoryboard` writes and people edit, of any version. `cast`: names that are
 * described elsewhere.
 * @throws VidpipeError input.invalid when it cannot be read as YAML, with line and column
 */
export function readStoryboard(
  text: string,
  name: string,
  cast: readonly string[] = [],
  readers = STORYBOARD_READERS,
): StoryboardReading {
  const { value: root = {}, placeOf } = readYaml(text, name, "input.invalid");
  const { version = 1, ...fields } = isMapping(root) ? root : {};
  const refuse = (message: string) => ({ storyboard: null, problems: [{ ...placeOf(["version"]), message }] });
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1)
    return refuse("version must be a whole number, 1 or more; without it the file is of version 1");
  const reader = readers[version - 1];
  if (reader === undefined)
    return refuse(`version ${version} of storyboard files was made by a newer vidpipe: update this one`);
  return reader({ value: isMapping(root) ? fields : root, placeOf, cast });
}

function readFirst({ value: root, placeOf, cast }: WrittenStoryboard): StoryboardReading {
  const fields = renamed(root);
  const misnumbered = numberedByHand(fields).map((place) => ({
    ...placeOf(["scenes", place, "scene_index"]),
    message: `scenes[${place}].scene_index must be removed: the place in the list is what counts`,
  }));
  if (misnumbered.length > 0) return { storyboard: null, problems: misnumbered };
  const { images, problems: unfitImages } = readImages(fields, placeOf);
  const { clips, problems: unfitClips } = readClips(fields, placeOf);
  const unfit = [...unfitImages, ...unfitClips];
  const value = numbered(fields);
  const parsed = Storyboard.safeParse(value);
  if (parsed.success && unfit.length === 0)
    return { storyboard: parsed.data, images, clips, warnings: oddities(parsed.data, cast, placeOf) };
  const spelling = { nameOf: toFileName, known: knownNames, placeOf };
  const problems = parsed.success ? [] : problemsOf(parsed.error, value, spelling);
  return { storyboard: null, problems: [...problems, ...unfit] };
}
