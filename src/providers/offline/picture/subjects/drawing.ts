import type { Color } from "../color.ts";

/** Colours a subject is drawn with, already lit. */
export interface Paint {
  /** Coat, fur or hull. */
  readonly body: Color;
  readonly shade: Color;
  readonly pale: Color;
  /** Scarf, collar, stripe: what the eye recognises it by. */
  readonly accent: Color;
  readonly skin: Color;
  readonly hair: Color;
  readonly dark: Color;
  /** Something that shines. */
  readonly glow: Color;
}

/**
 * Draws a subject that stands on (0, 0), faces right and is 100 units tall; up is negative.
 * Called a second time with one colour for everything, it draws the subject's edge light.
 */
export type Draw = (paint: Paint) => string;

/** How a kind of subject is drawn. */
export interface Drawing {
  readonly draw: Draw;
  /** Head and shoulders for close-ups, same units; without one the whole subject is shown large. */
  readonly portrait?: Draw;
  /** Height beside a grown person's, for shots that show both. */
  readonly height: number;
  /** Width over height. */
  readonly breadth: number;
  /** In the air, on the water or on the ground. */
  readonly element: "ground" | "air" | "water";
  /** Lights its surroundings. */
  readonly shines?: boolean;
}
