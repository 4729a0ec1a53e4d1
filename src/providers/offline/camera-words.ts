import { CAMERA_MOVES, type CameraMove } from "../../domain/media.ts";

/** Camera moves as a crew says them. */
export const MOVE_WORDS: Readonly<Record<CameraMove, string>> = {
  push_in: "Push in",
  pull_out: "Pull out",
  pan_left: "Pan left",
  pan_right: "Pan right",
  tilt_up: "Tilt up",
  tilt_down: "Tilt down",
  drift: "Drift",
  hold: "Hold",
};

const SPOKEN: readonly (readonly [RegExp, CameraMove])[] = [
  [
    /\b(push(es|ing)?|dolly|dollies|zoom(s|ing)?|mov(es|ing)|track(s|ing)?) (slowly |gently )?(in|forward|closer|toward|towards)\b|\bpush-in\b/i,
    "push_in",
  ],
  [
    /\b(pull(s|ing)?|dolly|dollies|zoom(s|ing)?|draw(s|ing)?|mov(es|ing)) (slowly |gently )?(out|back|away)\b|\bpull-(out|back)\b/i,
    "pull_out",
  ],
  [/\b(pan(s|ning)?|truck(s|ing)?|track(s|ing)?|slid(es?|ing)|swe?eps?)\b.{0,24}\bleft\b/i, "pan_left"],
  [/\b(pan(s|ning)?|truck(s|ing)?|track(s|ing)?|slid(es?|ing)|sweeps?)\b.{0,24}\bright\b/i, "pan_right"],
  [/\b(tilt|crane|boom|pedestal|rise|rises|rising)(s|ing)?\b.{0,16}\b(up|upward|upwards|above|over)\b/i, "tilt_up"],
  [
    /\b(tilt|crane|boom|pedestal|descend|descends|lowers?)(s|ing)?\b.{0,16}\b(down|downward|downwards)\b|\bdescends\b/i,
    "tilt_down",
  ],
  [/\b(hold|holds|static|locked|still|fixed|tripod)\b/i, "hold"],
  [/\bpan(s|ning)?\b/i, "pan_right"],
];

/** The camera move that motion words name; words that name none drift. */
export function moveOf(motion: string): CameraMove {
  const plain = motion.toLowerCase().replaceAll("_", " ");
  const exact = CAMERA_MOVES.find((move) => plain.startsWith(`camera: ${MOVE_WORDS[move].toLowerCase()}`));
  return exact ?? SPOKEN.find(([pattern]) => pattern.test(motion))?.[1] ?? "drift";
}
