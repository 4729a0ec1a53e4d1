/** What a still can show: the vocabulary that the storyboard is written in and the pictures are drawn from. */

export const SHOTS = ["wide shot", "medium shot", "close-up"] as const;
export type Shot = (typeof SHOTS)[number];

export const TIMES = ["night", "dawn", "morning", "day", "golden hour", "dusk"] as const;
export type TimeOfDay = (typeof TIMES)[number];

export const WEATHERS = ["clear", "rain", "snow", "fog", "storm"] as const;
export type Weather = (typeof WEATHERS)[number];

export const SETTINGS = [
  "city skyline",
  "city street",
  "rooftop",
  "bay",
  "beach",
  "lake",
  "forest",
  "mountains",
  "desert",
  "meadow",
  "village",
  "garden",
  "castle",
  "cave",
  "snowfield",
  "road",
  "room",
  "library",
  "cafe",
  "laboratory",
  "stage",
  "station",
  "space",
  "alien planet",
  "underwater",
  "sky",
] as const;
export type Setting = (typeof SETTINGS)[number];

export const SUBJECTS = [
  "man",
  "woman",
  "boy",
  "girl",
  "elder",
  "astronaut",
  "knight",
  "wizard",
  "robot",
  "crowd",
  "cat",
  "dog",
  "fox",
  "wolf",
  "bear",
  "rabbit",
  "horse",
  "deer",
  "elephant",
  "dragon",
  "bird",
  "fish",
  "whale",
  "turtle",
  "butterfly",
  "car",
  "bicycle",
  "train",
  "boat",
  "ship",
  "plane",
  "rocket",
  "balloon",
  "lantern",
  "candle",
  "book",
  "letter",
  "flower",
  "tree",
  "house",
  "lighthouse",
  "key",
  "chest",
  "cup",
  "guitar",
  "phone",
  "sword",
  "crystal",
  "umbrella",
  "door",
  "kite",
  "bottle",
  "clock",
  "crown",
  "camera",
  "ball",
  "fire",
] as const;
export type SubjectKind = (typeof SUBJECTS)[number];

/** Someone or something seen in a still. */
export interface Subject {
  readonly kind: SubjectKind;
  /** The words it was described with; colours and clothes are read from them. */
  readonly words: string;
}

/** Where the first subject stands. */
export const SIDES = ["left", "centre", "right"] as const;
export type Side = (typeof SIDES)[number];

/** One still, before it is drawn. */
export interface Frame {
  readonly shot: Shot;
  readonly time: TimeOfDay;
  readonly weather: Weather;
  readonly setting: Setting;
  /** The first is the one the still is about; at most three are drawn. */
  readonly subjects: readonly Subject[];
  readonly side: Side;
}
