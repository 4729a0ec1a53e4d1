import { circle, ellipse, line, path, rect } from "../svg.ts";
import type { Draw, Drawing } from "./drawing.ts";

const lantern: Draw = (p) =>
  `<path d="M-20 -78Q0 -118 20 -78" fill="none" stroke="${p.dark}" stroke-width="4"/>` +
  rect(-26, -82, 52, 9, p.dark, { rx: 4 }) +
  path("M-24 -74H24L30 -16H-30Z", p.glow) +
  path("M-10 -74H10L12 -16H-12Z", "#fff6d8", { opacity: 0.75 }) +
  path("M-6 -26Q-10 -42 0 -56Q10 -42 6 -26Z", p.accent) +
  line("M-24 -74L-30 -16M24 -74L30 -16M-8 -74L-10 -16M8 -74L10 -16", p.dark, 3) +
  rect(-34, -17, 68, 9, p.dark, { rx: 3 }) +
  rect(-26, -8, 52, 8, p.dark, { rx: 3 });

const candle: Draw = (p) =>
  rect(-14, -62, 28, 56, p.pale, { rx: 4 }) +
  path("M-14 -58Q-8 -40 -4 -58Z", "#ffffff", { opacity: 0.6 }) +
  ellipse(0, -4, 34, 7, p.dark) +
  path("M0 -104Q16 -82 8 -70Q0 -64 -8 -70Q-14 -82 0 -104Z", p.glow) +
  path("M0 -92Q8 -80 4 -72Q0 -68 -4 -72Q-7 -80 0 -92Z", "#fff6d8") +
  line("M0 -62V-70", p.dark, 2);

const book: Draw = (p) =>
  path("M-74 -14Q-40 -30 0 -12Q40 -30 74 -14V-82Q40 -98 0 -80Q-40 -98 -74 -82Z", p.body) +
  path("M-68 -20Q-38 -34 0 -18V-78Q-38 -94 -68 -80Z", p.pale) +
  path("M68 -20Q38 -34 0 -18V-78Q38 -94 68 -80Z", p.pale) +
  line(
    "M-56 -74Q-34 -80 -12 -70M-56 -60Q-34 -66 -12 -56M-56 -46Q-34 -52 -12 -42M12 -70Q34 -80 56 -74M12 -56Q34 -66 56 -60M12 -42Q34 -52 56 -46",
    p.shade,
    2.4,
    { opacity: 0.6 },
  ) +
  path("M30 -92L44 -90V-58L37 -64L30 -60Z", p.accent);

const letter: Draw = (p) =>
  rect(-62, -84, 124, 80, p.pale, { rx: 3 }) +
  path("M-62 -84L0 -34L62 -84", "none", { stroke: p.shade, "stroke-width": 3.5 }) +
  path("M-62 -4L-18 -46M62 -4L18 -46", "none", { stroke: p.shade, "stroke-width": 2, opacity: 0.6 }) +
  circle(0, -38, 12, p.accent) +
  circle(0, -38, 6.5, p.body);

const flower: Draw = (p) =>
  line("M0 0Q-6 -34 0 -66", p.hair, 5) +
  path("M-2 -22Q-30 -40 -40 -18Q-18 -10 -2 -22Z", p.hair) +
  path("M0 -32Q26 -50 36 -28Q16 -22 0 -32Z", p.hair) +
  [0, 60, 120, 180, 240, 300]
    .map((turn) => `<ellipse cx="0" cy="-86" rx="10" ry="17" fill="${p.accent}" transform="rotate(${turn} 0 -70)"/>`)
    .join("") +
  circle(0, -70, 10, p.glow);

const tree: Draw = (p) =>
  path("M-9 0L-5 -44L-20 -58L-16 -61L-3 -52L0 -64L5 -52L20 -64L23 -60L7 -42L11 0Z", p.dark) +
  circle(-24, -66, 19, p.body) +
  circle(24, -68, 20, p.body) +
  circle(0, -82, 23, p.body) +
  circle(-8, -62, 17, p.body) +
  circle(14, -88, 10, p.pale, { opacity: 0.35 });

const house: Draw = (p) =>
  rect(22, -96, 14, 30, p.shade) +
  rect(-52, -56, 104, 56, p.pale) +
  path("M-66 -54L0 -102L66 -54Z", p.accent) +
  rect(-11, -34, 24, 34, p.dark, { rx: 2 }) +
  rect(-40, -44, 20, 20, p.glow) +
  rect(22, -44, 20, 20, p.glow) +
  line("M-30 -44V-24M-40 -34H-20M32 -44V-24M22 -34H42", p.dark, 2) +
  circle(0, -74, 7, p.glow);

const lighthouse: Draw = (p) =>
  path("M10 -92L460 -160L460 -26Z", p.glow, { opacity: 0.28 }) +
  path("M-20 0L-12 -78L12 -78L20 0Z", p.pale) +
  path("M-18.5 -16L-16.5 -36L16.5 -36L18.5 -16Z", p.accent) +
  path("M-14.6 -54L-13 -70L13 -70L14.6 -54Z", p.accent) +
  rect(-16, -82, 32, 5, p.dark) +
  rect(-9, -97, 18, 15, p.glow) +
  path("M-12 -96L0 -108L12 -96Z", p.accent) +
  rect(-5, -12, 10, 12, p.dark, { rx: 4 }) +
  ellipse(0, 0, 44, 6, p.shade);

const key: Draw = (p) =>
  `<circle cx="-38" cy="-50" r="22" fill="none" stroke="${p.glow}" stroke-width="11"/>` +
  rect(-16, -55, 86, 10, p.glow) +
  rect(44, -48, 9, 22, p.glow) +
  rect(60, -48, 9, 16, p.glow);

const chest: Draw = (p) =>
  path("M-62 -58Q-62 -96 0 -96Q62 -96 62 -58Z", p.body) +
  rect(-62, -60, 124, 60, p.shade, { rx: 3 }) +
  rect(-62, -62, 124, 10, p.accent) +
  rect(-48, -92, 10, 92, p.accent, { opacity: 0.8 }) +
  rect(38, -92, 10, 92, p.accent, { opacity: 0.8 }) +
  rect(-11, -66, 22, 26, p.glow, { rx: 4 }) +
  circle(0, -54, 4, p.dark);

const cup: Draw = (p) =>
  `<path d="M38 -60Q66 -60 62 -36Q58 -18 34 -20" fill="none" stroke="${p.body}" stroke-width="8"/>` +
  path("M-42 -68H42L34 -10Q32 -2 22 -2H-22Q-32 -2 -34 -10Z", p.body) +
  ellipse(0, -68, 42, 8, p.dark) +
  line("M-16 -80Q-24 -90 -14 -102M6 -80Q-2 -92 8 -104", p.pale, 4, { opacity: 0.6 }) +
  path("M-38 -40H38L36 -28H-36Z", p.accent);

const guitar: Draw = (p) =>
  `<g transform="rotate(28 0 -45)">${rect(-5, -118, 10, 70, p.dark)}${rect(-8, -130, 16, 18, p.shade, { rx: 3 })}${path("M0 -66Q26 -66 22 -46Q18 -38 30 -26Q34 4 0 6Q-34 4 -30 -26Q-18 -38 -22 -46Q-26 -66 0 -66Z", p.body)}${circle(0, -38, 9, p.dark)}${rect(-13, -12, 26, 5, p.dark)}${line("M-2.500 -116V-10M2.500 -116V-10", p.pale, 0.9)}</g>`;

const phone: Draw = (p) =>
  rect(-30, -100, 60, 100, p.dark, { rx: 9 }) +
  rect(-25, -92, 50, 80, p.glow, { rx: 3 }) +
  rect(-18, -82, 36, 8, "#ffffff", { rx: 3, opacity: 0.8 }) +
  rect(-18, -68, 26, 6, "#ffffff", { rx: 3, opacity: 0.6 }) +
  circle(8, -36, 12, p.accent) +
  circle(0, -6, 3, p.pale);

const sword: Draw = (p) =>
  path("M-5 -34L-4 -96L0 -104L4 -96L5 -34Z", p.pale) +
  line("M0 -98V-36", p.shade, 1.4) +
  rect(-20, -36, 40, 6, p.accent, { rx: 3 }) +
  rect(-3.5, -30, 7, 22, p.dark) +
  circle(0, -6, 5.5, p.accent);

const crystal: Draw = (p) =>
  path("M0 -100L30 -62L18 -4L-18 -4L-30 -62Z", p.glow) +
  path("M0 -100L10 -60L4 -4L-18 -4L-30 -62Z", "#ffffff", { opacity: 0.3 }) +
  path("M0 -100L30 -62L10 -60Z", "#ffffff", { opacity: 0.45 }) +
  line("M-30 -62L10 -60L30 -62M10 -60L4 -4", "#ffffff", 1.4, { opacity: 0.6 });

const umbrella: Draw = (p) =>
  `<path d="M0 -90V-14Q0 0 12 0Q20 -2 20 -10" fill="none" stroke="${p.dark}" stroke-width="4"/>` +
  path(
    "M-62 -52Q-54 -98 0 -100Q54 -98 62 -52Q50 -62 40 -52Q30 -62 20 -52Q10 -62 0 -52Q-10 -62 -20 -52Q-30 -62 -40 -52Q-50 -62 -62 -52Z",
    p.accent,
  ) +
  path("M0 -100Q-20 -84 -20 -52Q-10 -62 0 -52Q10 -62 20 -52Q20 -84 0 -100Z", p.body, { opacity: 0.7 });

const door: Draw = (p) =>
  rect(-32, -104, 64, 104, p.dark, { rx: 3 }) +
  rect(-26, -98, 52, 98, p.body) +
  rect(-19, -90, 38, 34, p.shade) +
  rect(-19, -46, 38, 38, p.shade) +
  circle(18, -50, 4, p.glow) +
  path("M-26 -98L-26 0L-32 2L-32 -104Z", p.glow, { opacity: 0.7 });

const kite: Draw = (p) =>
  line("M0 -20Q-20 -6 -8 6T-26 26", p.dark, 1.6) +
  path("M0 -104L38 -62L0 -18L-38 -62Z", p.accent) +
  path("M0 -104L38 -62L0 -62Z", p.glow) +
  path("M0 -18L-38 -62L0 -62Z", p.body) +
  path("M-10 2L-2 8L-14 12Z", p.accent) +
  path("M-18 16L-10 22L-22 26Z", p.body);

const bottle: Draw = (p) =>
  rect(-8, -104, 16, 12, p.hair, { rx: 3 }) +
  path("M-8 -94H8V-72Q26 -62 26 -44V-8Q26 0 18 0H-18Q-26 0 -26 -8V-44Q-26 -62 -8 -72Z", p.glow, { opacity: 0.55 }) +
  rect(-13, -46, 26, 34, p.pale, { rx: 6 }) +
  line("M-7 -38H7M-7 -31H7M-7 -24H3", p.dark, 1.8, { opacity: 0.6 }) +
  path("M-20 -46Q-20 -56 -12 -62V-8H-18Z", "#ffffff", { opacity: 0.4 });

const clock: Draw = (p) =>
  circle(0, -50, 50, p.body) +
  circle(0, -50, 41, p.pale) +
  [0, 90, 180, 270]
    .map((turn) => `<rect x="-2" y="-88" width="4" height="9" fill="${p.dark}" transform="rotate(${turn} 0 -50)"/>`)
    .join("") +
  line("M0 -50V-78M0 -50L20 -38", p.dark, 4) +
  circle(0, -50, 4.5, p.accent);

const crown: Draw = (p) =>
  path("M-50 -10L-60 -78L-28 -48L0 -94L28 -48L60 -78L50 -10Z", p.glow) +
  rect(-50, -18, 100, 18, p.accent, { rx: 3 }) +
  circle(0, -96, 6, p.accent) +
  circle(-60, -80, 5, p.accent) +
  circle(60, -80, 5, p.accent) +
  circle(0, -9, 5, p.pale) +
  circle(-28, -9, 4, p.pale) +
  circle(28, -9, 4, p.pale);

const camera: Draw = (p) =>
  rect(-60, -74, 120, 72, p.dark, { rx: 9 }) +
  path("M-24 -74L-14 -92H20L30 -74Z", p.dark) +
  circle(4, -38, 29, p.shade) +
  circle(4, -38, 21, p.body) +
  circle(4, -38, 13, p.glow, { opacity: 0.75 }) +
  circle(-2, -44, 4.5, "#ffffff", { opacity: 0.85 }) +
  rect(-52, -66, 18, 9, p.accent, { rx: 2 }) +
  circle(46, -62, 5, p.accent);

const ball: Draw = (p) =>
  circle(0, -50, 50, p.accent) +
  path("M-47 -66Q0 -34 47 -66", "none", { stroke: p.pale, "stroke-width": 8 }) +
  path("M-42 -24Q0 0 42 -24", "none", { stroke: p.pale, "stroke-width": 6 }) +
  circle(-18, -72, 8, "#ffffff", { opacity: 0.5 });

const fire: Draw = (p) =>
  line("M-34 -4L30 -14M34 -4L-30 -14", p.dark, 9) +
  path("M0 -104Q40 -66 28 -30Q18 -10 0 -10Q-22 -10 -30 -34Q-34 -58 -14 -72Q-12 -58 -6 -54Q-8 -84 0 -104Z", p.accent) +
  path("M2 -72Q24 -46 16 -26Q10 -14 0 -14Q-12 -14 -16 -28Q-16 -42 -6 -48Q-2 -40 2 -40Q0 -56 2 -72Z", p.glow) +
  path("M2 -44Q12 -30 6 -20Q0 -14 -6 -22Q-6 -32 2 -44Z", "#fff6d8");

const object = (draw: Draw, height: number, breadth: number, shines = false): Drawing => ({
  draw,
  height,
  breadth,
  element: "ground",
  shines,
});

export const OBJECTS = {
  lantern: object(lantern, 0.34, 0.64, true),
  candle: object(candle, 0.28, 0.66, true),
  book: object(book, 0.22, 1.5),
  letter: object(letter, 0.2, 1.5),
  flower: object(flower, 0.32, 0.7),
  tree: object(tree, 1.6, 0.9),
  house: object(house, 1.5, 1.3),
  lighthouse: object(lighthouse, 2.2, 0.9, true),
  key: object(key, 0.18, 1.5),
  chest: object(chest, 0.36, 1.3),
  cup: object(cup, 0.2, 1.1),
  guitar: object(guitar, 0.6, 0.9),
  phone: object(phone, 0.22, 0.6, true),
  sword: object(sword, 0.55, 0.4),
  crystal: object(crystal, 0.3, 0.6, true),
  umbrella: object(umbrella, 0.55, 1.24),
  door: object(door, 1.15, 0.64),
  kite: { draw: kite, height: 0.5, breadth: 0.76, element: "air" },
  bottle: object(bottle, 0.26, 0.52),
  clock: object(clock, 0.34, 1),
  crown: object(crown, 0.24, 1.2, true),
  camera: object(camera, 0.26, 1.3),
  ball: object(ball, 0.26, 1),
  fire: object(fire, 0.42, 0.7, true),
} as const satisfies Record<string, Drawing>;
