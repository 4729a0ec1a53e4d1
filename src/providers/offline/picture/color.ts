/** A colour as `#rrggbb`. */
export type Color = `#${string}`;

type Channels = readonly [red: number, green: number, blue: number];

function channels(color: Color): Channels {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

function colorOf([red, green, blue]: Channels): Color {
  const clamped = [red, green, blue].map((channel) => Math.max(0, Math.min(255, Math.round(channel))));
  return `#${clamped.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

function combine(one: Color, other: Color, join: (a: number, b: number) => number): Color {
  const [a, b] = [channels(one), channels(other)];
  return colorOf([join(a[0], b[0]), join(a[1], b[1]), join(a[2], b[2])]);
}

/** From the one (share 0) to the other (share 1). */
export const mix = (one: Color, other: Color, share: number): Color =>
  combine(one, other, (a, b) => a + (b - a) * share);

/** A surface of the one colour in light of the other. */
export const lit = (surface: Color, light: Color): Color => combine(surface, light, (a, b) => (a * b) / 255);

/** 0 black to 1 white, as the eye weighs it. */
export function lightness(color: Color): number {
  const [red, green, blue] = channels(color);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}

export function grey(level: number): Color {
  return colorOf([level * 255, level * 255, level * 255]);
}

/** Further from (above 1) or nearer to (below 1) grey. */
export function saturate(color: Color, factor: number): Color {
  return mix(grey(lightness(color)), color, factor);
}

/** Steeper (above 1) or flatter (below 1) about middle grey. */
export const contrast = (color: Color, factor: number): Color => mix("#808080", color, factor);

export const darken = (color: Color, share: number): Color => mix(color, "#000000", share);
export const lighten = (color: Color, share: number): Color => mix(color, "#ffffff", share);
