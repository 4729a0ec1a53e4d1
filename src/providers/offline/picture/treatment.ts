import { type Color, contrast, grey, lightness, mix, saturate } from "./color.ts";

/** Texture laid over the whole picture, in this order. */
export type Finish = "wobble" | "bloom" | "halftone" | "paper" | "grain" | "vignette";

/** How a style changes a picture that is otherwise drawn the same. */
export interface Treatment {
  readonly name: string;
  /** Words in a requested style that mean this treatment. */
  readonly words: RegExp;
  readonly grade: (color: Color) => Color;
  readonly outline: { readonly color: Color; readonly width: number } | null;
  readonly finishes: readonly Finish[];
  /** For the caption's badge. */
  readonly accent: Color;
  /** In the storyboard's style guide. */
  readonly look: string;
}

/** A colour by its lightness on a scale from a shadow through a middle to a highlight colour. */
const toned = (color: Color, shadow: Color, middle: Color, highlight: Color): Color => {
  const level = lightness(color);
  return level < 0.5 ? mix(shadow, middle, level * 2) : mix(middle, highlight, level * 2 - 1);
};

const cinematic: Treatment = {
  name: "cinematic",
  words: /cinema|film|movie|dramatic|epic|realis|photo|live.?action|documentary|imax|blockbuster/i,
  grade: (color) => contrast(mix(color, toned(color, "#04131c", "#6f7f86", "#fff1dc"), 0.22), 1.06),
  outline: null,
  finishes: ["bloom", "grain", "vignette"],
  accent: "#f2b45c",
  look: "teal shadows, warm highlights, soft depth of field and film grain",
};

/** Most particular first: "film noir" is noir, "animated film" is anime. */
export const TREATMENTS: readonly [Treatment, ...Treatment[]] = [
  {
    name: "noir",
    words: /noir|black.?(and|&|n|-).?white|monochrom|b&w|hard.?boiled/i,
    grade: (color) => contrast(grey(lightness(color) ** 0.82), 1.3),
    outline: null,
    finishes: ["bloom", "grain", "vignette"],
    accent: "#e8e8e8",
    look: "hard black-and-white contrast, pools of light and deep shadow",
  },
  {
    name: "watercolor",
    words: /water.?colou?r|aquarelle|gouache|pastel|ink.?wash|sumi/i,
    grade: (color) => mix(saturate(color, 1.2), "#f7f0e1", 0.28),
    outline: null,
    finishes: ["wobble", "paper"],
    accent: "#8fc3c9",
    look: "pale washes with wandering edges on rough paper",
  },
  {
    name: "sketch",
    words: /sketch|pencil|charcoal|storyboard|line.?art|hand.?drawn|doodle|graphite|etching/i,
    grade: (color) => toned(color, "#45444a", "#c8c4b8", "#faf7ef"),
    outline: { color: "#2b2a2e", width: 1.6 },
    finishes: ["wobble", "paper"],
    accent: "#c9c2b2",
    look: "loose graphite lines and grey washes on cream paper",
  },
  {
    name: "neon",
    words: /neon|cyber.?punk|synth.?wave|vapor.?wave|tron|retro.?futur|futuris|sci.?fi|blade.?runner/i,
    grade: (color) => mix(saturate(color, 1.5), toned(color, "#0a0420", "#a02a9e", "#a8f4ff"), 0.34),
    outline: null,
    finishes: ["bloom", "grain", "vignette"],
    accent: "#ff4fd8",
    look: "indigo darkness cut by magenta and cyan light",
  },
  {
    name: "comic",
    words: /comic|graphic.?novel|pop.?art|cel.?shad|manga|spider.?verse|superhero/i,
    grade: (color) => contrast(saturate(color, 1.45), 1.2),
    outline: { color: "#14121a", width: 2.2 },
    finishes: ["halftone"],
    accent: "#ffd93b",
    look: "bold outlines, saturated flats and printed dots",
  },
  {
    name: "anime",
    words: /anim|ghibli|cartoon|toon|shinkai|disney/i,
    grade: (color) => mix(saturate(color, 1.32), "#ffffff", 0.06),
    outline: { color: "#2a2440", width: 1.2 },
    finishes: ["bloom"],
    accent: "#7fd4ff",
    look: "clean lines, luminous skies and saturated colour",
  },
  {
    name: "vintage",
    words: /vintage|retro|sepia|old.?film|silent|western|super.?8|16.?mm|35.?mm|19[0-8]0s|nostalg|polaroid/i,
    grade: (color) => mix(mix(color, toned(color, "#2a1a10", "#a5845c", "#f6e7c6"), 0.68), "#e9cf9c", 0.06),
    outline: null,
    finishes: ["paper", "grain", "vignette"],
    accent: "#e0b877",
    look: "faded sepia stock with heavy grain and dark corners",
  },
  {
    name: "horror",
    words: /horror|gothic|creepy|spooky|eerie|thriller|dark\b/i,
    grade: (color) => contrast(mix(saturate(color, 0.55), toned(color, "#020605", "#3d5148", "#d5e3cf"), 0.45), 1.15),
    outline: null,
    finishes: ["grain", "vignette", "vignette"],
    accent: "#c8473f",
    look: "sickly greens, thick shadow and very little light",
  },
  {
    name: "painterly",
    words: /paint|oil|impression|fantasy|fairy|storybook|baroque|renaissance|van.?gogh|monet|concept.?art/i,
    grade: (color) => mix(saturate(color, 1.25), "#f3c98b", 0.07),
    outline: null,
    finishes: ["wobble", "bloom", "vignette"],
    accent: "#f0c26a",
    look: "rich painted colour with visible, wandering brush edges",
  },
  {
    name: "minimal",
    words: /minimal|flat|vector|paper.?cut|geometric|low.?poly|simple|clean|corporate|explainer|isometric|pixel/i,
    grade: (color) => mix(saturate(color, 1.05), "#f4efe6", 0.14),
    outline: null,
    finishes: [],
    accent: "#ff8a5c",
    look: "flat shapes, few colours and generous space",
  },
  {
    name: "clay",
    words: /pixar|3d|cgi|clay|stop.?motion|plasticine|toy|lego|whimsical|cute|kawaii|kids|children/i,
    grade: (color) => mix(saturate(color, 1.3), "#fff0d8", 0.08),
    outline: null,
    finishes: ["bloom", "vignette"],
    accent: "#ffb347",
    look: "rounded toy-like forms in warm, generous light",
  },
  cinematic,
];

/** The treatment a requested style asks for; cinematic when it names none of them. */
export const treatmentOf = (style: string): Treatment =>
  TREATMENTS.find((treatment) => treatment.words.test(style)) ?? cinematic;
