import { circle, ellipse, line, path, rect } from "../svg.ts";
import type { Draw, Paint } from "./drawing.ts";

/** What tells one person from another. */
export interface Build {
  readonly hair: "short" | "long";
  readonly skirt: boolean;
  readonly beard: boolean;
  /** Children have larger heads. */
  readonly child: boolean;
  readonly hat: "none" | "pointed" | "visor" | "glass";
  readonly staff: boolean;
}

const hairBack = (build: Build, p: Paint): string =>
  build.hair === "long" ? path("M-8 -92Q-14 -78 -11 -64Q-4 -66 2 -70L3 -92Z", p.hair) : "";

const hairFront = (p: Paint): string =>
  path("M-7 -86Q-9.5 -100 1 -100.5Q9.5 -100 8.5 -91Q3 -95.5 -2 -93Q-3 -89 -4.5 -84Z", p.hair);

function headwear(build: Build, p: Paint): string {
  if (build.hat === "pointed")
    return (
      path("M-15 -95Q0 -101 15 -95Q9 -92 0 -92.500Q-9 -92 -15 -95Z", p.body) +
      path("M-9 -96Q-2 -110 -8 -126Q6 -112 9.500 -96Q0 -99 -9 -96Z", p.body) +
      line("M-9 -97.500Q0 -101 9 -97.500", p.accent, 2.4)
    );
  if (build.hat === "visor")
    return (
      path("M-8 -82Q-11 -102 1 -102Q12 -102 9 -82Z", p.pale) +
      rect(-1, -93, 10.5, 3, p.dark) +
      path("M-2 -102Q-16 -110 -17 -98Q-10 -103 0 -101Z", p.accent)
    );
  if (build.hat === "glass")
    return (
      circle(1, -90, 13, p.pale) +
      ellipse(4, -90, 8.4, 8, p.dark) +
      path("M0 -95Q5 -98.500 9 -94", "none", { stroke: p.glow, "stroke-width": 1.6, "stroke-linecap": "round" })
    );
  return "";
}

const face = (build: Build, p: Paint): string =>
  ellipse(1, -90, 7.2, 8.6, p.skin) +
  path("M7.800 -91Q9.600 -88.900 7.600 -87.800Z", p.skin) +
  circle(4.4, -91, 0.95, p.dark) +
  (build.beard ? path("M-4 -87Q1 -84 7 -87Q8 -76 2 -73Q-4 -77 -4 -87Z", p.hair) : "");

/** A helmet hides the head and leaves no room for a scarf. */
const isHelmeted = ({ hat }: Build): boolean => hat === "visor" || hat === "glass";

const headOf = (build: Build, p: Paint): string =>
  isHelmeted(build) ? headwear(build, p) : hairBack(build, p) + face(build, p) + hairFront(p) + headwear(build, p);

const inSkirt = (p: Paint): string =>
  path("M-5 -22L-7 -3L-1 -3L0 -22Z", p.skin) +
  path("M3 -22L7 -3L12 -3L8 -22Z", p.skin) +
  ellipse(-3, -2, 5, 2.4, p.dark) +
  ellipse(10, -2, 5, 2.4, p.dark) +
  path("M-9 -75Q-17 -60 -14 -44L-9.5 -44Q-10 -58 -6 -68Z", p.shade) +
  path("M-9 -76Q0 -81 9 -76L9 -52L17 -20Q1 -14 -15 -20L-9 -52Z", p.body);

const inTrousers = (p: Paint): string =>
  path("M-9 -38L-12 -3L-5 -3L0 -36Z", p.dark) +
  path("M0 -38L7 -3L14 -3L9 -38Z", p.dark) +
  ellipse(-7.5, -2, 6, 2.6, p.dark) +
  ellipse(11.5, -2, 6, 2.6, p.dark) +
  path("M-9 -75Q-17 -60 -14 -44L-9.5 -44Q-10 -58 -6 -68Z", p.shade) +
  path("M-11 -76Q0 -82 11 -76L13 -52L13 -32Q0 -28 -13 -32L-13 -52Z", p.body);

const scarf = (p: Paint): string =>
  path("M-7 -80Q1 -75 8 -80L8 -75Q1 -71 -7 -75Z", p.accent) + path("M-5 -77L-11 -62L-6 -61L-1 -75Z", p.accent);

/** A walker in a coat, a skirt or armour. */
export const standing =
  (build: Build): Draw =>
  (p) => {
    const fold = path("M-2 -79L1 -32", "none", { stroke: p.shade, "stroke-width": 1.2 });
    const neck = rect(-2.5, -84, 6, 8, build.hat === "visor" ? p.dark : p.skin);
    const arm =
      path("M4 -75Q11 -74 12 -66L17 -48Q17 -44 14 -44L9 -56L3 -66Z", p.shade) + circle(15.5, -44.5, 3, p.skin);
    const staff = build.staff ? line("M19 -2V-98", p.dark, 2.6) + circle(19, -101, 4.5, p.glow) : "";
    const body =
      (build.skirt ? inSkirt(p) : inTrousers(p)) + fold + neck + (isHelmeted(build) ? "" : scarf(p)) + arm + staff;
    const head = headOf(build, p);
    return build.child ? `${body}<g transform="translate(0 -78) scale(1.45) translate(0 80)">${head}</g>` : body + head;
  };
