import { circle, ellipse, line, path, rect } from "../svg.ts";
import type { Draw, Drawing, Paint } from "./drawing.ts";

const wheel = (x: number, y: number, r: number, p: Paint): string =>
  circle(x, y, r, p.dark) + circle(x, y, r * 0.5, p.pale) + circle(x, y, r * 0.18, p.dark);

const car: Draw = (p) =>
  path(
    "M-112 -24Q-116 -54 -84 -58Q-62 -62 -46 -88Q-40 -96 -26 -97L28 -97Q44 -96 58 -76L72 -60Q108 -58 114 -40L114 -22Q114 -16 104 -16H-102Q-112 -16 -112 -24Z",
    p.body,
  ) +
  path("M-54 -62L-40 -82Q-36 -88 -26 -88H-6V-62Z", p.dark) +
  path("M2 -62V-88H26Q38 -88 48 -74L56 -62Z", p.dark) +
  path("M-50 -64L-38 -82Q-35 -86 -30 -86L-40 -64Z", p.pale, { opacity: 0.5 }) +
  path("M-112 -30H114V-22Q114 -16 104 -16H-102Q-112 -16 -112 -24Z", p.shade) +
  ellipse(109, -42, 6, 7, p.glow) +
  rect(-114, -48, 7, 12, p.accent, { rx: 3 }) +
  line("M-2 -60V-24", p.shade, 2) +
  rect(6, -54, 14, 4, p.shade, { rx: 2 }) +
  wheel(-66, -16, 18, p) +
  wheel(68, -16, 18, p);

const bicycle: Draw = (p) => {
  const rim = (x: number) =>
    `<circle cx="${x}" cy="-30" r="29" fill="none" stroke="${p.dark}" stroke-width="4"/>${circle(x, -30, 3, p.dark)}`;
  return (
    rim(-46) +
    rim(46) +
    line("M-46 -30L-16 -74L32 -74L0 -30ZM-16 -74L0 -30M32 -74L46 -30M28 -74L34 -92H48M-16 -74L-20 -84", p.body, 5, {
      "stroke-linejoin": "round",
    }) +
    rect(-32, -90, 24, 6, p.dark, { rx: 3 }) +
    rect(40, -90, 22, 18, p.accent, { rx: 3 })
  );
};

const train: Draw = (p) => {
  const carriage = (x: number) =>
    rect(x - 92, -84, 184, 66, p.body, { rx: 8 }) +
    rect(x - 92, -36, 184, 10, p.accent) +
    [-70, -34, 2, 38].map((dx) => rect(x + dx, -72, 28, 26, p.glow, { rx: 3 })).join("") +
    wheel(x - 58, -10, 10, p) +
    wheel(x - 28, -10, 10, p) +
    wheel(x + 30, -10, 10, p) +
    wheel(x + 60, -10, 10, p);
  return (
    carriage(-196) +
    carriage(0) +
    path("M102 -84H150Q196 -78 204 -26Q204 -18 196 -18H102Z", p.body) +
    path("M146 -74Q176 -70 186 -48H146Z", p.dark) +
    rect(102, -36, 101, 10, p.accent) +
    circle(197, -26, 5, p.glow) +
    wheel(124, -10, 10, p) +
    wheel(168, -10, 10, p)
  );
};

const boat: Draw = (p) =>
  line("M0 -22V-100", p.dark, 3.5) +
  path("M4 -98L60 -34L4 -30Z", p.pale) +
  path("M-4 -90L-42 -34L-4 -30Z", p.accent) +
  path("M-74 -24H82Q72 2 44 4H-46Q-68 2 -74 -24Z", p.body) +
  path("M-72 -18H79L76 -11H-69Z", p.pale) +
  ellipse(4, 6, 92, 5, p.pale, { opacity: 0.35 });

const ship: Draw = (p) =>
  rect(-44, -74, 92, 30, p.pale) +
  rect(-24, -92, 44, 20, p.pale) +
  rect(-8, -108, 18, 22, p.accent) +
  rect(-8, -104, 18, 5, p.dark) +
  [-36, -18, 0, 18, 34].map((x) => rect(x, -66, 9, 9, p.glow)).join("") +
  line("M60 -44V-84", p.dark, 3) +
  path("M-120 -46H136Q120 -6 96 2H-92Q-112 -10 -120 -46Z", p.body) +
  path("M-112 -22H122L112 -10H-106Z", p.accent) +
  ellipse(4, 3, 130, 6, p.pale, { opacity: 0.35 });

const plane: Draw = (p) =>
  path("M-92 -62L-116 -100L-100 -100L-68 -62Z", p.accent) +
  path("M-104 -56Q-60 -72 60 -72Q98 -70 118 -54Q104 -40 60 -40Q-60 -38 -104 -56Z", p.body) +
  path("M-100 -54Q0 -42 116 -53Q100 -40 60 -40Q-50 -38 -100 -54Z", p.shade) +
  path("M18 -54L-44 -10L-18 -10L44 -50Z", p.pale) +
  path("M14 -70L-24 -96L-6 -96L38 -70Z", p.shade) +
  [-50, -30, -10, 10, 30, 50].map((x) => circle(x, -60, 3.6, p.dark)).join("") +
  path("M84 -66Q98 -64 104 -58H86Z", p.dark);

const rocket: Draw = (p) =>
  path("M-14 -2L0 26L14 -2Z", p.glow) +
  path("M-7 -2L0 14L7 -2Z", "#fff7d6") +
  path("M-16 -36Q-34 -24 -34 -2L-14 -10Z", p.accent) +
  path("M16 -36Q34 -24 34 -2L14 -10Z", p.accent) +
  path("M0 -104Q26 -78 20 -24L16 -4H-16L-20 -24Q-26 -78 0 -104Z", p.pale) +
  path("M0 -104Q14 -92 19 -76H-19Q-14 -92 0 -104Z", p.accent) +
  path("M0 -104Q26 -78 20 -24L16 -4H4Q12 -60 0 -104Z", p.shade, { opacity: 0.35 }) +
  circle(0, -58, 10, p.dark) +
  circle(0, -58, 7, p.glow, { opacity: 0.8 });

const balloon: Draw = (p) =>
  line("M-14 -30L-8 -14M14 -30L8 -14", p.dark, 1.4) +
  path("M0 -102Q42 -100 42 -66Q38 -40 10 -26H-10Q-38 -40 -42 -66Q-42 -100 0 -102Z", p.body) +
  path("M0 -102Q16 -98 16 -66Q14 -40 5 -26H-5Q-14 -40 -16 -66Q-16 -98 0 -102Z", p.accent) +
  path("M-42 -70Q-36 -60 0 -58Q36 -60 42 -70Q40 -60 38 -56Q0 -46 -38 -56Z", p.pale, { opacity: 0.55 }) +
  rect(-10, -15, 20, 15, p.dark, { rx: 3 }) +
  rect(-10, -15, 20, 4, p.accent);

export const VEHICLES = {
  car: { draw: car, height: 0.62, breadth: 2.3, element: "ground" },
  bicycle: { draw: bicycle, height: 0.6, breadth: 1.6, element: "ground" },
  train: { draw: train, height: 0.95, breadth: 4.9, element: "ground" },
  boat: { draw: boat, height: 0.85, breadth: 1.6, element: "water" },
  ship: { draw: ship, height: 1.1, breadth: 2.6, element: "water" },
  plane: { draw: plane, height: 0.7, breadth: 2.4, element: "air" },
  rocket: { draw: rocket, height: 1.3, breadth: 0.7, element: "air" },
  balloon: { draw: balloon, height: 1.2, breadth: 0.84, element: "air" },
} as const satisfies Record<string, Drawing>;
