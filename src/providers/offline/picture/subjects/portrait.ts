import { circle, ellipse, line, path } from "../svg.ts";
import type { Draw, Paint } from "./drawing.ts";
import type { Build } from "./figure.ts";

const shoulders = (p: Paint): string =>
  path("M-46 0Q-46 -26 -20 -32L-8 -38H12L22 -32Q48 -26 48 0Z", p.body) +
  path("M-46 0Q-44 -22 -26 -29Q-30 -12 -28 0Z", p.shade) +
  path("M2 -28L0 0", "none", { stroke: p.shade, "stroke-width": 1.6 });

const neckAndScarf = (p: Paint): string =>
  path("M-9 -46H12L14 -30Q2 -22 -11 -30Z", p.skin) +
  path("M-17 -36Q2 -24 21 -36L22 -25Q2 -13 -18 -25Z", p.accent) +
  path("M-10 -24L-15 -1H-2L2 -22Z", p.accent) +
  path("M-17 -30Q2 -18 21 -30", "none", { stroke: p.shade, "stroke-width": 1, opacity: 0.5 });

const eye = (x: number, p: Paint): string =>
  ellipse(x, -70, 3.5, 2.9, p.pale) +
  circle(x + 1, -70, 2.3, p.dark) +
  circle(x + 1.8, -71, 0.7, p.pale) +
  line(`M${x - 4} -76.5Q${x} -79 ${x + 4.5} -76.5`, p.hair, 1.5);

const face = (p: Paint): string =>
  path("M-17 -72Q-18 -96 4 -97Q25 -96 24 -70Q23 -52 14 -45Q6 -40 -3 -45Q-15 -53 -17 -72Z", p.skin) +
  eye(3, p) +
  eye(17, p) +
  path("M11 -69L14.5 -60.5Q12 -59 9.5 -60", "none", { stroke: p.dark, "stroke-width": 1, opacity: 0.45 }) +
  line("M5 -53Q10 -50.5 15.5 -53.5", p.dark, 1.3, { opacity: 0.65 }) +
  path("M-17 -72Q-15 -53 -3 -45Q-9 -56 -9 -74Z", p.dark, { opacity: 0.16 });

const longHair = (p: Paint): string =>
  path("M-18 -90Q-32 -60 -24 -24Q-14 -26 -10 -34L-14 -74Z", p.hair) +
  path("M22 -88Q34 -62 28 -28Q22 -30 20 -40L23 -72Z", p.hair);

const fringe = (p: Paint): string =>
  path("M-19 -66Q-25 -102 5 -103Q31 -102 26 -74Q22 -86 12 -89Q0 -84 -10 -86Q-14 -80 -15 -68Z", p.hair);

const pointedHat = (p: Paint): string =>
  path("M-36 -84Q4 -100 44 -84Q26 -77 4 -78Q-18 -77 -36 -84Z", p.body) +
  path("M-20 -87Q-4 -118 -18 -148Q20 -122 28 -87Q4 -96 -20 -87Z", p.body) +
  line("M-20 -90Q4 -100 27 -90", p.accent, 5);

const inGlassHelmet = (p: Paint): string =>
  shoulders(p) +
  circle(4, -66, 40, p.pale) +
  circle(6, -66, 32, p.dark) +
  `<g transform="translate(1.5 -13) scale(0.8)">${face(p)}</g>` +
  line("M-14 -82Q-6 -96 10 -97", p.glow, 3);

const inVisor = (p: Paint): string =>
  shoulders(p) +
  path("M-22 -40Q-30 -104 4 -104Q34 -104 29 -40Q4 -28 -22 -40Z", p.pale) +
  path("M-6 -74H29V-64H-6Z", p.dark) +
  line("M4 -104V-38", p.shade, 2) +
  path("M0 -104Q-40 -122 -42 -84Q-26 -104 2 -101Z", p.accent);

/** Head and shoulders, three-quarter view. */
export const portrait =
  ({ hair, beard, hat }: Build): Draw =>
  (p) => {
    if (hat === "glass") return inGlassHelmet(p);
    if (hat === "visor") return inVisor(p);
    return [
      hair === "long" ? longHair(p) : "",
      shoulders(p),
      neckAndScarf(p),
      ellipse(-15, -68, 3.6, 5.6, p.skin),
      face(p),
      beard ? path("M-16 -66Q-8 -56 4 -56Q12 -52 22 -58Q22 -34 8 -24Q-10 -36 -16 -66Z", p.hair) : "",
      fringe(p),
      hat === "pointed" ? pointedHat(p) : "",
    ].join("");
  };
