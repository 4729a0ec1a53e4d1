import { circle, line, path, rect } from "../svg.ts";
import type { Draw, Drawing, Paint } from "./drawing.ts";
import { type Build, standing } from "./figure.ts";
import { portrait } from "./portrait.ts";

const PLAIN: Build = { hair: "short", skirt: false, beard: false, child: false, hat: "none", staff: false };

const person = (build: Partial<Build>, height: number): Drawing => {
  const whole = { ...PLAIN, ...build };
  return { draw: standing(whole), portrait: portrait(whole), height, breadth: 0.36, element: "ground" };
};

const crowd: Draw = (p) =>
  [
    [-58, 0.86],
    [52, 0.9],
    [-30, 0.98],
    [26, 0.94],
    [0, 1],
  ]
    .map(
      ([x, size], place) =>
        `<g transform="translate(${x} 0) scale(${size})">${standing({ ...PLAIN, hair: place % 2 === 0 ? "short" : "long", skirt: place % 2 === 1 })(place % 2 === 0 ? p : { ...p, body: p.shade, accent: p.body })}</g>`,
    )
    .join("");

const robot: Draw = (p) =>
  rect(-13, -22, 9, 20, p.dark) +
  rect(5, -22, 9, 20, p.dark) +
  rect(-17, -5, 15, 5, p.shade, { rx: 2 }) +
  rect(3, -5, 15, 5, p.shade, { rx: 2 }) +
  line("M-20 -54Q-28 -44 -24 -32M20 -54Q29 -46 27 -34", p.shade, 5) +
  circle(-24, -31, 4, p.dark) +
  circle(27, -33, 4, p.dark) +
  rect(-20, -60, 40, 40, p.body, { rx: 7 }) +
  rect(-11, -50, 22, 14, p.dark, { rx: 3 }) +
  circle(-4, -43, 2.4, p.glow) +
  rect(1, -45, 8, 4, p.accent) +
  rect(-4, -66, 8, 8, p.dark) +
  rect(-19, -92, 38, 28, p.pale, { rx: 9 }) +
  rect(-12, -86, 29, 15, p.dark, { rx: 6 }) +
  circle(-3, -78.5, 3.6, p.glow) +
  circle(9, -78.5, 3.6, p.glow) +
  line("M0 -92V-98", p.dark, 2) +
  circle(0, -99, 2.6, p.accent);

const robotPortrait: Draw = (p) =>
  path("M-46 0Q-44 -26 -18 -28H20Q46 -26 48 0Z", p.body) +
  rect(-9, -40, 20, 16, p.dark) +
  line("M-8 -35H10M-8 -30H10", p.shade, 1.5) +
  rect(-34, -98, 70, 60, p.pale, { rx: 16 }) +
  rect(-24, -86, 56, 34, p.dark, { rx: 12 }) +
  circle(-8, -69, 8, p.glow) +
  circle(17, -69, 8, p.glow) +
  circle(-6, -71, 2.5, "#ffffff") +
  circle(19, -71, 2.5, "#ffffff") +
  line("M-2 -47Q5 -44 12 -47", p.shade, 1.8) +
  rect(-40, -78, 7, 20, p.shade, { rx: 3 }) +
  rect(35, -78, 7, 20, p.shade, { rx: 3 }) +
  line("M0 -98V-108", p.dark, 3) +
  circle(0, -110, 4, p.accent);

const sword = (p: Paint): string =>
  path("M18 -50L21.5 -92L24 -96L25.5 -91L22.5 -49Z", p.pale) + line("M13 -51L28 -47", p.accent, 3);
const knight = standing({ ...PLAIN, hat: "visor" });

export const PEOPLE = {
  man: person({}, 1),
  woman: person({ hair: "long", skirt: true }, 0.96),
  boy: person({ child: true }, 0.7),
  girl: person({ hair: "long", skirt: true, child: true }, 0.68),
  elder: person({ hair: "short", beard: true }, 0.95),
  astronaut: person({ hat: "glass" }, 1),
  knight: { ...person({ hat: "visor" }, 1), draw: (p: Paint) => knight(p) + sword(p) },
  wizard: person({ hat: "pointed", beard: true, skirt: true, staff: true }, 1),
  robot: { draw: robot, portrait: robotPortrait, height: 0.82, breadth: 0.56, element: "ground" },
  crowd: { draw: crowd, height: 1, breadth: 1.5, element: "ground" },
} as const satisfies Record<string, Drawing>;
