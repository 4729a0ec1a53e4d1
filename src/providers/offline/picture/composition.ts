import type { Frame, Shot, Side, Subject } from "../frame.ts";
import type { Drawing } from "./subjects/drawing.ts";
import { DRAWINGS } from "./subjects/drawings.ts";

/** A subject's place in the picture, in pixels. */
export interface Placement {
  readonly subject: Subject;
  readonly drawing: Drawing;
  /** Head and shoulders instead of the whole figure. */
  readonly portrait: boolean;
  readonly x: number;
  /** Where its feet, wheels or lower edge are. */
  readonly base: number;
  readonly height: number;
  readonly facesLeft: boolean;
}

/** Most subjects that a picture holds without becoming a crowd. */
const MOST_SUBJECTS = 3;

/** Shares of the width at which the first, second and third subject stand. */
const POSTS: Readonly<Record<Side, readonly [number, number, number]>> = {
  left: [0.33, 0.7, 0.52],
  centre: [0.5, 0.78, 0.22],
  right: [0.67, 0.3, 0.48],
};

/** The same beside a face that fills half of the picture. */
const CLOSE_POSTS: typeof POSTS = {
  left: [0.3, 0.68, 0.89],
  centre: [0.5, 0.86, 0.13],
  right: [0.7, 0.32, 0.11],
};

/** Height of a grown person as a share of the picture's, and how far smaller things are brought closer to it. */
const SCALE: Readonly<Record<Shot, { readonly person: number; readonly evening: number; readonly widest: number }>> = {
  "wide shot": { person: 0.4, evening: 0.72, widest: 0.5 },
  "medium shot": { person: 0.62, evening: 0.42, widest: 0.6 },
  "close-up": { person: 0.78, evening: 0.14, widest: 0.78 },
};

/** Things as tall as this stand behind the others, like scenery. */
const LANDMARK = 1.4;

interface Field {
  readonly width: number;
  readonly height: number;
  readonly weightless: boolean;
  readonly water: boolean;
}

const isPerson = (drawing: Drawing): boolean => drawing.portrait !== undefined && drawing.breadth < 0.6;

function heightOf(drawing: Drawing, shot: Shot, place: number, field: Field): number {
  const { person, evening, widest } = SCALE[shot];
  const evened = Math.min(1.9, drawing.height) ** evening;
  // Beside a face, everything else is small and keeps to its side.
  const beside = shot === "close-up" && place > 0;
  const wanted = person * evened * field.height * (beside ? 0.6 : 1);
  return Math.min(wanted, (field.width * (beside ? 0.36 : widest)) / drawing.breadth);
}

/** Lower edges of subjects as shares of the picture's height. */
const BASES: Readonly<Record<Shot, { aloft: number; afloat: number; landmark: number; standing: number }>> = {
  "wide shot": { aloft: 0.52, afloat: 0.76, landmark: 0.76, standing: 0.9 },
  "medium shot": { aloft: 0.72, afloat: 0.84, landmark: 0.92, standing: 0.95 },
  "close-up": { aloft: 0.88, afloat: 0.84, landmark: 0.92, standing: 0.95 },
};

function baseShare(drawing: Drawing, shot: Shot, field: Field): number {
  const { aloft, afloat, landmark, standing } = BASES[shot];
  if (field.weightless || drawing.element === "air") return aloft;
  if (drawing.element === "water" && field.water) return afloat;
  return drawing.height >= LANDMARK ? landmark : standing;
}

function placeOne(subject: Subject, place: number, frame: Frame, field: Field): Placement {
  const drawing: Drawing = DRAWINGS[subject.kind];
  const posts = frame.shot === "close-up" ? CLOSE_POSTS : POSTS;
  const post = posts[frame.side][place] ?? 0.5;
  const rank = { subject, drawing, x: field.width * post, facesLeft: post > 0.5 };
  if (frame.shot === "close-up" && place === 0 && drawing.portrait !== undefined) {
    const height = Math.min(field.height * 0.84, field.width * 0.92);
    return { ...rank, portrait: true, base: field.height + 2, height };
  }
  if (frame.shot === "medium shot" && isPerson(drawing)) {
    // Cut at the thighs, as a medium shot is.
    const height = Math.min(field.height * 1.12, field.width * 1.5) * drawing.height ** 0.4;
    return { ...rank, portrait: false, base: field.height * 0.13 + height, height };
  }
  const height = heightOf(drawing, frame.shot, place, field);
  return { ...rank, portrait: false, base: field.height * baseShare(drawing, frame.shot, field), height };
}

/** Where everyone stands, furthest first. */
export function compose(frame: Frame, field: Field): readonly Placement[] {
  // A lighthouse beside a face would be a toy: landmarks accompany others in wide shots only.
  const shown = frame.subjects.filter(
    ({ kind }, place) => place === 0 || frame.shot === "wide shot" || DRAWINGS[kind].height < LANDMARK,
  );
  const placed = shown.slice(0, MOST_SUBJECTS).map((subject, place) => placeOne(subject, place, frame, field));
  const [first, ...rest] = placed;
  if (first === undefined) return [];
  const behind = rest.filter((other) => other.height >= first.height * 0.8);
  const before = rest.filter((other) => other.height < first.height * 0.8);
  return first.drawing.height >= LANDMARK ? [first, ...rest] : [...behind, first, ...before];
}
