import { circle, ellipse, line, path, polygon } from "../svg.ts";
import { dogPortrait, walker } from "./beasts.ts";
import type { Draw, Drawing, Paint } from "./drawing.ts";

/** A sitting cat, tail around its paws. */
const cat: Draw = (p) =>
  path("M-22 -8Q-50 -4 -46 -26Q-44 -38 -34 -36Q-40 -22 -30 -18Q-18 -14 -6 -12Z", p.shade) +
  path("M-24 0Q-34 -22 -18 -46Q-8 -60 4 -62L22 -52Q26 -30 22 0Z", p.body) +
  path("M8 -44Q22 -40 22 0H10Q12 -22 8 -44Z", p.pale) +
  path("M-24 0Q-32 -20 -16 -30Q-2 -26 0 0Z", p.shade) +
  ellipse(-8, -2.5, 10, 3.6, p.body) +
  ellipse(16, -2.5, 8, 3.6, p.pale) +
  path("M-2 -88L-1 -106L12 -93Z", p.body) +
  path("M20 -93L32 -105L32 -86Z", p.body) +
  path("M1 -90L1.5 -100L8 -93Z", p.accent) +
  path("M23 -92L30 -100L30 -88Z", p.accent) +
  ellipse(15, -78, 20, 17.5, p.body) +
  ellipse(19, -71, 10, 7.5, p.pale) +
  ellipse(9, -80, 3.6, 4.2, p.glow) +
  ellipse(24, -80, 3.4, 4.2, p.glow) +
  ellipse(9.8, -80, 1.3, 3.8, p.dark) +
  ellipse(24.6, -80, 1.3, 3.8, p.dark) +
  path("M17 -74L22 -74L19.5 -71Z", p.accent) +
  line("M10 -70L-6 -73M10 -68L-5 -66M29 -70L44 -73M29 -68L43 -66", p.pale, 0.8) +
  path("M-2 -64Q12 -56 28 -64L27 -58Q12 -51 -3 -58Z", p.accent) +
  circle(13, -55, 3, p.glow);

const catPortrait: Draw = (p) =>
  path("M-46 0Q-44 -30 -18 -40H20Q46 -30 48 0Z", p.body) +
  path("M-14 0Q-16 -26 0 -34Q18 -26 16 0Z", p.pale) +
  path("M-40 -62L-42 -116L-6 -88Z", p.body) +
  path("M10 -88L46 -115L44 -62Z", p.body) +
  path("M-35 -74L-37 -104L-15 -87Z", p.accent) +
  path("M19 -87L41 -104L39 -74Z", p.accent) +
  ellipse(2, -60, 46, 37, p.body) +
  path("M-12 -97Q-8 -84 -10 -76M2 -97V-78M16 -97Q12 -84 14 -76", "none", {
    stroke: p.shade,
    "stroke-width": 3.6,
    "stroke-linecap": "round",
  }) +
  path("M-43 -56L-26 -52M-42 -46L-27 -46M47 -56L30 -52M46 -46L31 -46", "none", {
    stroke: p.shade,
    "stroke-width": 3,
    "stroke-linecap": "round",
  }) +
  ellipse(2, -43, 20, 14, p.pale) +
  ellipse(-17, -63, 10.5, 11, p.glow) +
  ellipse(21, -63, 10.5, 11, p.glow) +
  ellipse(-15.5, -63, 3.2, 9.6, p.dark) +
  ellipse(22.5, -63, 3.2, 9.6, p.dark) +
  circle(-19, -67, 2.4, "#ffffff") +
  circle(19, -67, 2.4, "#ffffff") +
  path("M-3.5 -50L7.5 -50L2 -44Z", p.accent) +
  line("M2 -44V-40M2 -40Q-4 -35 -9 -39M2 -40Q8 -35 13 -39", p.dark, 1.4) +
  line("M-14 -44L-50 -50M-14 -40L-50 -38M18 -44L54 -50M18 -40L54 -38", "#ffffff", 0.9, { opacity: 0.75 }) +
  path("M-30 -27Q2 -10 34 -27L33 -18Q2 0 -29 -18Z", p.accent) +
  circle(2, -10, 6, p.glow);

const bird: Draw = (p) =>
  path("M-6 -52Q-30 -98 -70 -100Q-46 -76 -30 -44Z", p.shade) +
  path("M-58 -40Q-78 -36 -88 -26Q-66 -24 -44 -30Z", p.shade) +
  path("M-60 -34Q-30 -56 14 -54Q34 -56 40 -44Q36 -28 8 -24Q-30 -20 -60 -34Z", p.body) +
  path("M-30 -30Q0 -22 30 -34Q0 -20 -30 -30Z", p.pale) +
  circle(38, -50, 13, p.body) +
  path("M49 -54L66 -47L49 -44Z", p.accent) +
  circle(42, -53, 2.4, p.dark) +
  path("M-20 -46Q-2 -96 48 -104Q34 -70 16 -42Z", p.body) +
  path("M-8 -48Q10 -80 40 -96Q26 -68 12 -44Z", p.pale, { opacity: 0.5 });

const fish: Draw = (p) =>
  path("M-50 -50L-88 -80L-78 -50L-88 -18Z", p.accent) +
  path("M-14 -78Q10 -104 34 -76Z", p.accent) +
  path("M-8 -22Q6 -2 22 -22Z", p.accent) +
  path("M-56 -50Q-20 -92 34 -82Q66 -72 74 -48Q62 -24 30 -18Q-20 -10 -56 -50Z", p.body) +
  path("M-30 -36Q10 -10 66 -42Q40 -16 8 -18Q-14 -20 -30 -36Z", p.pale) +
  line("M34 -78Q24 -50 34 -22", p.shade, 3) +
  circle(52, -56, 7, p.pale) +
  circle(53.5, -56, 3.8, p.dark) +
  path("M4 -52Q-10 -40 -2 -32Q10 -36 12 -50Z", p.shade);

const whale: Draw = (p) =>
  path("M-96 -92Q-124 -108 -136 -88Q-118 -84 -104 -70Q-126 -66 -130 -50Q-104 -48 -90 -62Z", p.shade) +
  path("M-104 -76Q-60 -64 -26 -88Q30 -112 92 -84Q126 -64 118 -40Q90 -6 20 -6Q-60 -8 -104 -76Z", p.body) +
  path("M118 -42Q90 -6 20 -6Q-10 -7 -34 -18Q40 -14 118 -42Z", p.pale) +
  line("M40 -12Q74 -18 104 -34M20 -9Q64 -12 96 -26", p.shade, 1.6) +
  path("M24 -26Q2 10 -22 8Q-18 -12 2 -32Z", p.shade) +
  circle(86, -52, 4.4, p.dark) +
  circle(87.5, -53.5, 1.3, "#ffffff") +
  line("M118 -46Q96 -38 78 -42", p.dark, 2, { opacity: 0.5 });

const turtle: Draw = (p) =>
  path("M40 -34Q66 -58 78 -40Q80 -28 62 -24L40 -20Z", p.pale) +
  circle(70, -42, 2.6, p.dark) +
  path("M30 -20Q52 10 66 2Q58 -16 40 -26Z", p.pale) +
  path("M-40 -22Q-62 4 -74 -2Q-64 -18 -48 -28Z", p.pale) +
  path("M-58 -22Q-44 -82 2 -80Q46 -76 50 -24Q0 -8 -58 -22Z", p.body) +
  path("M-34 -34Q-22 -64 0 -66Q24 -62 32 -34Q0 -26 -34 -34Z", p.shade) +
  line("M-12 -31L-8 -64M12 -30L10 -64M-44 -46Q0 -36 44 -46", p.body, 2.4);

const butterfly: Draw = (p) =>
  path("M0 -50Q-50 -104 -62 -74Q-66 -48 -2 -46Z", p.accent) +
  path("M0 -46Q-56 -44 -44 -16Q-26 0 0 -40Z", p.body) +
  path("M2 -50Q40 -110 62 -88Q70 -58 4 -46Z", p.accent) +
  path("M2 -46Q56 -50 48 -20Q30 -2 2 -40Z", p.body) +
  circle(-42, -72, 7, p.pale) +
  circle(44, -80, 7, p.pale) +
  ellipse(1, -46, 4, 20, p.dark) +
  line("M0 -64Q-8 -80 -16 -82M2 -64Q10 -82 18 -84", p.dark, 1.8);

const elephant: Draw = (p) => {
  const leg = (x: number, color: Paint["body"]) =>
    path(`M${x - 10} -42L${x - 10} -3Q${x} 1 ${x + 10} -3L${x + 11} -42Z`, color);
  return (
    leg(-44, p.shade) +
    leg(14, p.shade) +
    leg(-26, p.body) +
    leg(30, p.body) +
    line("M-62 -62Q-72 -46 -68 -32", p.shade, 4) +
    path("M-64 -40Q-70 -92 -20 -92Q20 -94 40 -84L48 -36Q0 -26 -64 -40Z", p.body) +
    circle(52, -76, 25, p.body) +
    path("M66 -78Q86 -66 80 -34Q78 -16 90 -14Q86 -4 76 -6Q64 -12 66 -36Q68 -54 56 -58Z", p.body) +
    path("M62 -58Q74 -52 84 -58Q76 -46 64 -50Z", "#f7f2e4") +
    path("M30 -96Q6 -98 10 -62Q24 -46 44 -60Z", p.shade) +
    circle(62, -80, 2.6, p.dark)
  );
};

const dragon: Draw = (p) =>
  path("M-46 -40Q-96 -46 -112 -12Q-118 -2 -104 -6Q-90 -28 -44 -22Z", p.body) +
  path("M-106 -4L-124 -12L-118 6Z", p.accent) +
  path("M-16 -62Q-62 -142 -112 -128Q-92 -112 -88 -94Q-72 -102 -64 -86Q-50 -92 -40 -74Q-30 -74 -4 -52Z", p.shade) +
  path("M-50 -20Q-56 -66 -10 -66Q20 -66 30 -44Q36 -14 8 -8Q-30 -4 -50 -20Z", p.body) +
  path("M-24 -12Q10 -2 28 -30Q26 -8 4 -6Q-12 -5 -24 -12Z", p.pale) +
  path("M-34 -16L-40 -2H-22L-18 -14Z", p.shade) +
  path("M4 -12L4 -2H22L18 -16Z", p.shade) +
  path("M6 -54Q34 -72 36 -98Q40 -114 58 -114Q82 -112 92 -98Q94 -90 84 -90Q70 -88 62 -84Q64 -50 28 -32Z", p.body) +
  path("M46 -112L34 -128L54 -116Z", p.accent) +
  path("M54 -114L48 -132L64 -115Z", p.accent) +
  circle(64, -104, 3.6, p.glow) +
  circle(65, -104, 1.5, p.dark) +
  line("M92 -95Q78 -94 68 -92", p.dark, 1.5) +
  [
    [22, -70],
    [30, -84],
    [8, -62],
    [-8, -68],
    [-24, -66],
  ]
    .map(([x = 0, y = 0]) =>
      polygon(
        [
          [x - 5, y + 3],
          [x - 3, y - 9],
          [x + 5, y],
        ],
        p.accent,
      ),
    )
    .join("") +
  path("M4 -58Q-10 -130 -70 -150Q-48 -128 -44 -108Q-30 -112 -26 -94Q-14 -96 -10 -80Q-2 -80 12 -52Z", p.accent, {
    opacity: 0.9,
  });

export const ANIMALS = {
  cat: { draw: cat, portrait: catPortrait, height: 0.42, breadth: 0.9, element: "ground" },
  dog: walker({ ears: "flop", tail: "thin", snout: 6, legs: 28, neck: 0 }, 0.46, 1.3, dogPortrait("flop")),
  fox: walker({ ears: "pointed", tail: "brush", snout: 10, legs: 26, neck: 0 }, 0.42, 1.4, dogPortrait("pointed")),
  wolf: walker({ ears: "pointed", tail: "brush", snout: 9, legs: 32, neck: 0 }, 0.5, 1.4, dogPortrait("pointed")),
  bear: walker(
    { ears: "round", tail: "stub", snout: 4, legs: 24, neck: -4, bulk: 1.4 },
    0.8,
    1.2,
    dogPortrait("round"),
  ),
  rabbit: walker({ ears: "long", tail: "stub", snout: -4, legs: 14, neck: -14 }, 0.34, 1.1),
  horse: walker({ ears: "pointed", tail: "hair", snout: 12, legs: 44, neck: 22, mane: true }, 1.05, 1.2),
  deer: walker({ ears: "pointed", tail: "stub", snout: 8, legs: 44, neck: 16, antlers: true }, 0.95, 1.15),
  elephant: { draw: elephant, height: 1.25, breadth: 1.5, element: "ground" },
  dragon: { draw: dragon, height: 1.25, breadth: 1.7, element: "ground" },
  bird: { draw: bird, height: 0.3, breadth: 1.5, element: "air" },
  fish: { draw: fish, height: 0.32, breadth: 1.6, element: "water" },
  whale: { draw: whale, height: 0.9, breadth: 2.4, element: "water" },
  turtle: { draw: turtle, height: 0.34, breadth: 1.6, element: "ground" },
  butterfly: { draw: butterfly, height: 0.2, breadth: 1.2, element: "air" },
} as const satisfies Record<string, Drawing>;
