import { CAMERA_MOVES, type CameraMove } from "../../../domain/media.ts";
import { type Frame, SHOTS, type Shot, type Side } from "../frame.ts";

/** Sides in turn. */
const SIDES_IN_TURN: readonly [Side, ...Side[]] = ["left", "right", "centre"];

export const sideAt = (turn: number): Side => SIDES_IN_TURN[turn % SIDES_IN_TURN.length] ?? "left";

/** Going closer or further the subject stays where it is in the frame; otherwise it changes sides. */
export const nextSide = (before: Frame, shot: Shot, newPlace: boolean): Side =>
  newPlace || shot === before.shot || (shot === "wide shot" && before.shot === "medium shot")
    ? sideAt(SIDES_IN_TURN.indexOf(before.side) + 1)
    : before.side;

/** What decides how close the camera stands. */
export interface ShotClues {
  readonly previous: Shot;
  readonly last: boolean;
  readonly newPlace: boolean;
  /** Someone or something is seen for the first time. */
  readonly newSubject: boolean;
}

/** The first still is wide; afterwards places are met from afar, things from near, and the film ends wide. */
export function nextShot({ previous, last, newPlace, newSubject }: ShotClues): Shot {
  if (last) return previous === "wide shot" && !newPlace ? "medium shot" : "wide shot";
  if (newPlace && previous !== "wide shot") return "wide shot";
  if (newSubject && previous !== "close-up") return "close-up";
  if (previous === "medium shot") return newPlace ? "wide shot" : "close-up";
  return "medium shot";
}

const CLOSER: readonly CameraMove[] = ["push_in", "tilt_down", "drift"];
const WIDER: readonly CameraMove[] = ["pull_out", "tilt_up", "pan_right"];
const ALIKE: readonly CameraMove[] = ["pan_right", "drift", "pan_left", "hold"];

/** The move that leads from one still to the next, other than the one before. */
export function moveBetween(start: Frame, end: Frame, previous: CameraMove | undefined): CameraMove {
  const distance = SHOTS.indexOf(end.shot) - SHOTS.indexOf(start.shot);
  const options = distance > 0 ? CLOSER : distance < 0 ? WIDER : ALIKE;
  return options.find((move) => move !== previous) ?? CAMERA_MOVES[0];
}
