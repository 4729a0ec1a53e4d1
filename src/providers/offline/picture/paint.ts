import type { Subject, SubjectKind } from "../frame.ts";
import type { Canvas } from "./canvas.ts";
import { type Color, darken, mix } from "./color.ts";
import { randomOf } from "./random.ts";
import type { Paint } from "./subjects/drawing.ts";

const COLORS: Readonly<Record<string, Color>> = {
  red: "#c8362f",
  crimson: "#a81f34",
  scarlet: "#d8342c",
  orange: "#e5822f",
  ginger: "#d98a3d",
  amber: "#f0a830",
  yellow: "#f0c93a",
  gold: "#e2b23c",
  golden: "#e2b23c",
  blond: "#e6c878",
  blonde: "#e6c878",
  green: "#4a9151",
  emerald: "#1f8f63",
  teal: "#2b8f92",
  turquoise: "#38b6b0",
  blue: "#3c6fc4",
  navy: "#27406f",
  purple: "#7a4fae",
  violet: "#8a5fd0",
  pink: "#e58aa6",
  white: "#f2f0ea",
  black: "#2b2c33",
  grey: "#84878e",
  gray: "#84878e",
  silver: "#b9c0c9",
  brown: "#85583a",
  chestnut: "#7a4528",
  tan: "#c9a173",
  beige: "#dac7a4",
  copper: "#b9683c",
  bronze: "#a5753f",
};

interface Coat {
  readonly body: Color;
  readonly accent: Color;
  readonly pale: Color;
  readonly glow: Color;
}

const coat = (body: Color, accent: Color, pale: Color = "#f1e9da", glow: Color = "#ffd88a"): Coat => ({
  body,
  accent,
  pale,
  glow,
});

const PERSON = coat("#5a6f94", "#d9583f");

/** Colours of a kind when its description names none. */
const COATS: Readonly<Partial<Record<SubjectKind, Coat>>> = {
  man: coat("#4f6488", "#d0503c"),
  woman: coat("#a8485a", "#f0c879"),
  boy: coat("#d08a3a", "#3f79b5"),
  girl: coat("#c9464a", "#f2d16b"),
  elder: coat("#6b6552", "#b5763f"),
  astronaut: coat("#e9edf2", "#e5733a", "#f5f8fb", "#bfe6ff"),
  knight: coat("#8f98a6", "#b53038", "#c9d0da"),
  wizard: coat("#4b3f86", "#e8c35a", "#efe8da", "#8fe8ff"),
  robot: coat("#8fa5b3", "#ef7f4a", "#d8e2e8", "#7ff0e6"),
  crowd: coat("#6f6f7d", "#b5604f"),
  cat: coat("#d58b45", "#c8433c", "#f7e6cb", "#d8f07a"),
  dog: coat("#b07a48", "#3c78b8", "#f2e2c4"),
  fox: coat("#d0652c", "#3f6f6a", "#f6e8d4"),
  wolf: coat("#7c828c", "#4d5563", "#dfe3e8", "#f2d55c"),
  bear: coat("#6d4a33", "#b0503c", "#b08a66"),
  rabbit: coat("#c3b3a0", "#e58aa6", "#f7f0e6"),
  horse: coat("#7d4f31", "#a83a36", "#b58a66"),
  deer: coat("#a8713f", "#7d9a54", "#ecd8b8"),
  elephant: coat("#8a8c96", "#c9803f", "#b6b8c0"),
  dragon: coat("#3f8a5c", "#e0833c", "#d8d08a", "#ffd23c"),
  bird: coat("#4f79b5", "#f0a83c", "#e8eef5"),
  fish: coat("#f08a3c", "#e5563c", "#fff0d8"),
  whale: coat("#41678f", "#2f4d70", "#cfe0ea"),
  turtle: coat("#5f8a4a", "#c9a84a", "#a8c07a"),
  butterfly: coat("#8a5fd0", "#f0933c", "#fff2d8"),
  car: coat("#c2412f", "#e8332c", "#d8dee5", "#fff0b8"),
  bicycle: coat("#2f8a8a", "#b5763f", "#d8d8d8"),
  train: coat("#2f6f8f", "#f0c23c", "#dfe5ea", "#ffe6a8"),
  boat: coat("#8c4f36", "#c8433c", "#f7f0e0"),
  ship: coat("#37506f", "#c8433c", "#eef0f2", "#ffe0a0"),
  plane: coat("#e6ebf0", "#c8433c", "#c3ccd6"),
  rocket: coat("#dfe5ec", "#d9482f", "#f4f6f8", "#ffb648"),
  balloon: coat("#d9583f", "#f2c84b", "#fff2d8"),
  lantern: coat("#8a5f3a", "#ff8a2c", "#f6e3b8", "#ffc04d"),
  candle: coat("#e9dcc0", "#ff9a3c", "#f6ecd4", "#ffbe4d"),
  book: coat("#7a3f36", "#d0a23c", "#f7eed8"),
  letter: coat("#a83a36", "#c8362f", "#f8f0dc"),
  flower: coat("#4a8a4a", "#e5566b", "#ffffff", "#ffd84d"),
  tree: coat("#4f8a48", "#7d5a3a", "#b8d88a"),
  house: coat("#d9c3a0", "#9c4a3c", "#ead9bc", "#ffd88a"),
  lighthouse: coat("#f0ece2", "#c8433c", "#f5f1e8", "#fff0b0"),
  key: coat("#b58a3c", "#e8c35a", "#f6ecd0", "#e2b23c"),
  chest: coat("#8a5a34", "#c9a04a", "#d8b98a", "#f0cb5c"),
  cup: coat("#e9e2d4", "#3c78b8", "#ffffff"),
  guitar: coat("#b5703a", "#e8c35a", "#f2e6cc"),
  phone: coat("#333a48", "#ff7a6b", "#dfe5ec", "#8fd8ff"),
  sword: coat("#9aa5b3", "#d0a23c", "#e6ecf2"),
  crystal: coat("#6fb8e0", "#b98bff", "#e6f6ff", "#7fdcff"),
  umbrella: coat("#a82f3a", "#d8413c", "#f2e6d8"),
  door: coat("#8a5a3c", "#d0a23c", "#c99a6b", "#ffe0a0"),
  kite: coat("#3c78b8", "#e5563c", "#ffffff", "#ffd84d"),
  bottle: coat("#4f8a6a", "#b5763f", "#f6edd6", "#7fc9a5"),
  clock: coat("#7a5638", "#c8433c", "#f7f0de"),
  crown: coat("#d0a23c", "#c8362f", "#fff2d0", "#f2c84b"),
  camera: coat("#4d6b8a", "#e5563c", "#d8dee5", "#9fd8ff"),
  ball: coat("#e5563c", "#e5563c", "#ffffff"),
  fire: coat("#e5702c", "#ff7a2c", "#ffe0a0", "#ffd24d"),
};

const SKINS: readonly [Color, ...Color[]] = ["#f0c9a5", "#d9a67c", "#b57f58", "#8a5a3c", "#e3b890"];
const HAIRS: readonly [Color, ...Color[]] = ["#2e2522", "#4f3524", "#7a4a2a", "#1f1d24", "#9c6b3a"];

const NAMES = Object.keys(COLORS).join("|");
const WORN_OVER_ALL = new RegExp(
  `\\b(${NAMES})\\s+(?:\\w+\\s+)?(?:coat|dress|jacket|cloak|robe|suit|raincoat|uniform|sweater|shirt|gown|armou?r|hoodie|kimono|fur|hull|body|car|boat)\\b`,
  "i",
);
const WORN_AS_ACCENT = new RegExp(
  `\\b(${NAMES})\\s+(?:\\w+\\s+)?(?:scarf|collar|hat|cap|ribbon|bow|bandana|backpack|tie|belt|sail|wings?|stripes?)\\b`,
  "i",
);
const HAIR = new RegExp(`\\b(${NAMES})[- ](?:\\w+\\s+)?(?:hair|haired|beard|mane)\\b`, "i");
const ANY = new RegExp(`\\b(${NAMES})\\b`, "i");

const named = (words: string, pattern: RegExp): Color | undefined => {
  const word = pattern.exec(words)?.[1]?.toLowerCase();
  return word === undefined ? undefined : COLORS[word];
};

/** The colour that is left when the particular ones are taken out of the words. */
function plainColor(words: string): Color | undefined {
  return named(words.replace(WORN_AS_ACCENT, "").replace(HAIR, ""), ANY);
}

/** The colours of a subject in this light. The same words give the same colours in every still. */
export function paintOf(subject: Subject, canvas: Canvas): Paint {
  const { kind, words } = subject;
  const own = COATS[kind] ?? PERSON;
  const random = randomOf(`paint/${kind}/${words}`);
  const body = named(words, WORN_OVER_ALL) ?? plainColor(words) ?? own.body;
  const accent = named(words, WORN_AS_ACCENT) ?? own.accent;
  const hair =
    named(words, HAIR) ??
    (kind === "elder" || kind === "wizard" ? "#d9d6cf" : kind === "flower" ? "#4a8a4a" : random.pick(HAIRS));
  const here = (color: Color) => canvas.figure(color);
  return {
    body: here(body),
    shade: here(darken(body, 0.34)),
    pale: here(own.pale),
    accent: here(accent),
    skin: here(random.pick(SKINS)),
    hair: here(hair),
    dark: here(mix("#1d1c24", body, 0.12)),
    glow: canvas.glow(own.glow),
  };
}

/** One colour for everything: the edge light behind a subject. */
export function rimOf(canvas: Canvas): Paint {
  const rim = canvas.glow(canvas.light.rim);
  return { body: rim, shade: rim, pale: rim, accent: rim, skin: rim, hair: rim, dark: rim, glow: rim };
}
