import { Scene, type Storyboard } from "../domain/storyboard.ts";
import { printYaml } from "./print-yaml.ts";
import type { Path } from "./problems.ts";
import { NOTES, optionalFields, toFieldName, toFileName } from "./storyboard-fields.ts";
import { isMapping } from "./yaml.ts";

/** Files of the user's own: images by still 0..N, clips by scene 0..N-1. */
export interface OwnNames {
  readonly stills: ReadonlyMap<number, string>;
  readonly clips: ReadonlyMap<number, string>;
}

/** A storyboard as plain values under the names of the file; a scene's number is its place in the list. */
export function storyboardJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storyboardJson);
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).filter(([key, child]) => key !== "sceneIndex" && child !== undefined);
  return Object.fromEntries(entries.map(([key, child]) => [toFileName(key), storyboardJson(child)]));
}

/** What a field is for; a field that means something else in a list has a note under the list's name. */
function noteOf(path: Path): string[] {
  const [list, place, ...rest] = path;
  const isExplained = typeof place !== "number" || place === 0;
  const field = toFieldName(String(path.at(-1)));
  const note = (rest.length === 1 ? NOTES[`${list}.${field}`] : undefined) ?? NOTES[field];
  return note === undefined || !isExplained ? [] : [note];
}

/** Which stills of a scene, and whether its clip, are the user's own; the start of a scene is the end of the one before. */
function ownFilesOf(place: number, { stills, clips }: OwnNames): string[] {
  const clip = clips.get(place);
  if (clip !== undefined) return [`Your own clip: ${clip}. It stays whatever the text says.`];
  const [start, end] = [place === 0 ? stills.get(0) : undefined, stills.get(place + 1)];
  const names = [start && `its first keyframe is ${start}`, end && `its last keyframe is ${end}`].filter(Boolean);
  return names.length === 0 ? [] : [`Your own picture: ${names.join(", ")}.`];
}

/** A storyboard as YAML that says what each field does. `readStoryboard` gives the same storyboard back. */
export function printStoryboard(
  storyboard: Storyboard,
  head: readonly string[] = [],
  own: OwnNames = { stills: new Map(), clips: new Map() },
): string {
  const absent = (scene: Scene | undefined): string[] =>
    optionalFields(Scene.shape)
      .filter((field) => scene !== undefined && !Object.hasOwn(scene, field))
      .flatMap((field) => [...noteOf(["scenes", 0, field]), `${toFileName(field)}:`]);
  return printYaml(storyboardJson(storyboard), {
    head,
    before: (path) => {
      const place = path.at(-1);
      if (typeof place === "string") return noteOf(path);
      return path[0] === "scenes" && path.length === 2 && place !== undefined ? [`Scene ${place + 1}`] : [];
    },
    after: ([list, place, ...rest]) => {
      if (list !== "scenes" || typeof place !== "number" || rest.length > 0) return [];
      return [...ownFilesOf(place, own), ...(place === 0 ? absent(storyboard.scenes[0]) : [])];
    },
  });
}
