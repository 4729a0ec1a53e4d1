import type { Weather } from "../frame.ts";
import { type Color, darken, lit, mix } from "./color.ts";
import type { Light } from "./light.ts";
import { type Random, randomOf } from "./random.ts";
import type { Treatment } from "./treatment.ts";

/** What the parts of a picture are drawn with. Lengths are pixels of the picture above the caption. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Where the sky meets the ground. */
  readonly horizon: number;
  /** Scenery goes beyond both edges, so that the camera can look elsewhere. */
  readonly left: number;
  readonly right: number;
  readonly light: Light;
  readonly weather: Weather;
  /** A surface as it looks at a depth between 0 (near) and 1 (the horizon). */
  surface(local: Color, depth: number): Color;
  /** A subject's surface: tinted and shaded less than the scenery, so that it reads. */
  figure(local: Color): Color;
  /** Something that shines by itself. */
  glow(color: Color): Color;
  /** The same name gives the same numbers in every still of a film: scenery stays where it is. */
  random(name: string): Random;
}

/** Share of the width that scenery reaches beyond each edge. */
const OVERSCAN = 0.4;

export interface CanvasOrder {
  readonly width: number;
  readonly height: number;
  readonly light: Light;
  readonly weather: Weather;
  readonly treatment: Treatment;
  /** Same for all stills of a film. */
  readonly salt: string;
}

/** How far surfaces take on the colour of the light: all the way makes everything one colour. */
const TINT = 0.82;

const FIGURE_TINT = 0.62;

/** Extra distance haze of a weather, as a share. */
const MURK: Readonly<Record<Weather, number>> = { clear: 0, rain: 0.14, snow: 0.16, fog: 0.34, storm: 0.08 };

export function createCanvas({ width, height, light, weather, treatment, salt }: CanvasOrder): Canvas {
  const thickness = Math.min(0.95, light.hazeAmount + MURK[weather]);
  return {
    width,
    height,
    horizon: height * 0.62,
    left: -width * OVERSCAN,
    right: width * (1 + OVERSCAN),
    light,
    weather,
    surface: (local, depth) => {
      const shaded = darken(mix(local, lit(local, light.ambient), TINT), light.silhouette * (1 - depth));
      return treatment.grade(mix(shaded, light.haze, thickness * depth));
    },
    figure: (local) =>
      treatment.grade(darken(mix(local, lit(local, light.ambient), FIGURE_TINT), light.silhouette * 0.3)),
    glow: (color) => treatment.grade(color),
    random: (name) => randomOf(`${salt}/${name}`),
  };
}
