import type { Canvas } from "./canvas.ts";
import type { Color } from "./color.ts";
import type { Random } from "./random.ts";
import { verticalGradient } from "./sky.ts";
import { circle, ellipse, group, num, type Point, path, polygon, rect } from "./svg.ts";

/** A filled shape below a line of points, down to the picture's bottom. */
const below = (canvas: Canvas, outline: string, fill: Color): string =>
  path(`M${num(canvas.left)} ${num(canvas.height)}L${outline}L${num(canvas.right)} ${num(canvas.height)}Z`, fill);

/** Smooth hills around a height. */
export function hills(canvas: Canvas, name: string, y: number, swell: number, fill: Color): string {
  const random = canvas.random(name);
  const step = (canvas.right - canvas.left) / 7;
  let outline = `${num(canvas.left)} ${num(y)}`;
  for (let x = canvas.left; x < canvas.right; x += step) {
    const crest = y - swell * random.between(0.15, 1);
    const foot = y - swell * random.between(0, 0.35);
    outline += `Q${num(x + step / 2)} ${num(2 * crest - foot)} ${num(x + step)} ${num(foot)}`;
  }
  return below(canvas, outline, fill);
}

interface Peak {
  readonly x: number;
  readonly y: number;
}

/** Points of a jagged range: peaks and the saddles between them. */
function peaksOf(canvas: Canvas, name: string, y: number, rise: number, count: number): readonly Peak[] {
  const random = canvas.random(name);
  const step = (canvas.right - canvas.left) / count;
  return Array.from({ length: count * 2 + 1 }, (_, place) => ({
    x: canvas.left + place * (step / 2) + random.between(-0.14, 0.14) * step,
    y: place % 2 === 0 ? y - rise * random.between(0.05, 0.35) : y - rise * random.between(0.6, 1),
  }));
}

/** A mountain range; with `snow`, its peaks are capped. */
export function range(
  canvas: Canvas,
  name: string,
  y: number,
  rise: number,
  fill: Color,
  more: { count?: number; snow?: Color } = {},
): string {
  const peaks = peaksOf(canvas, name, y, rise, more.count ?? 6);
  const body = below(canvas, peaks.map((peak) => `${num(peak.x)} ${num(peak.y)}`).join("L"), fill);
  if (more.snow === undefined) return body;
  const snow = more.snow;
  const caps = peaks.flatMap((peak, place) => {
    const [before, after] = [peaks[place - 1], peaks[place + 1]];
    if (place % 2 === 0 || before === undefined || after === undefined) return [];
    const at = (other: Peak, share: number): Point => [
      peak.x + (other.x - peak.x) * share,
      peak.y + (other.y - peak.y) * share,
    ];
    const [left, right] = [at(before, 0.4), at(after, 0.34)];
    const middle = (left[1] + right[1]) / 2;
    const jags: Point[] = [
      right,
      [peak.x + (right[0] - peak.x) * 0.45, middle - rise * 0.05],
      [peak.x + 2, middle + rise * 0.05],
      [peak.x + (left[0] - peak.x) * 0.5, middle - rise * 0.04],
      left,
    ];
    return [polygon([[peak.x, peak.y], ...jags], snow)];
  });
  return body + caps.join("");
}

export function pine(x: number, y: number, height: number, fill: Color, trunk: Color): string {
  const tiers = [0, 1, 2].map((tier) => {
    const top = y - height + tier * height * 0.24;
    const half = height * (0.14 + tier * 0.055);
    return polygon(
      [
        [x, top],
        [x + half, top + height * 0.42],
        [x - half, top + height * 0.42],
      ],
      fill,
    );
  });
  return rect(x - height * 0.03, y - height * 0.14, height * 0.06, height * 0.14, trunk) + tiers.reverse().join("");
}

export function roundTree(random: Random, x: number, y: number, height: number, fill: Color, trunk: Color): string {
  const stem = polygon(
    [
      [x - height * 0.04, y],
      [x - height * 0.025, y - height * 0.5],
      [x + height * 0.025, y - height * 0.5],
      [x + height * 0.04, y],
    ],
    trunk,
  );
  const crown = [
    [0, -0.74, 0.26],
    [-0.2, -0.6, 0.19],
    [0.2, -0.58, 0.2],
    [0.02, -0.52, 0.2],
  ].map(([dx = 0, dy = 0, r = 0]) =>
    circle(x + dx * height, y + dy * height, r * height * random.between(0.92, 1.1), fill),
  );
  return stem + crown.join("");
}

/** Items spread along the width, a little out of step. */
export function along(
  canvas: Canvas,
  name: string,
  count: number,
  draw: (x: number, random: Random, place: number) => string,
): string {
  const random = canvas.random(name);
  const step = (canvas.right - canvas.left) / count;
  return Array.from({ length: count }, (_, place) =>
    draw(canvas.left + (place + 0.5 + random.between(-0.35, 0.35)) * step, random, place),
  ).join("");
}

/** Tufts of grass or reeds. */
export function tufts(canvas: Canvas, name: string, y: number, height: number, count: number, fill: Color): string {
  return along(canvas, name, count, (x, random) => {
    const tall = height * random.between(0.6, 1.2);
    const blades = [-0.5, -0.15, 0.2, 0.55].map((lean) =>
      path(
        `M${num(x - 3)} ${num(y)}Q${num(x + lean * tall * 0.3)} ${num(y - tall * 0.6)} ${num(x + lean * tall * 0.8)} ${num(y - tall)}Q${num(x + lean * tall * 0.35)} ${num(y - tall * 0.5)} ${num(x + 3)} ${num(y)}Z`,
        fill,
      ),
    );
    return blades.join("");
  });
}

/** Water from the horizon (or `top`) down, with the light of sun or moon on it. */
export function water(canvas: Canvas, top = canvas.horizon): string {
  const random = canvas.random("water");
  const { left, right, height, light, width } = canvas;
  const surface = rect(left, top, right - left, height - top, "url(#water)", { stroke: "none" });
  const shine = canvas.glow(light.bodyColor);
  const centre = width * light.azimuth;
  const ripples = Array.from({ length: 64 }, () => {
    const depth = random.next() ** 1.3;
    const y = top + 3 + (height - top) * depth;
    return ellipse(
      random.between(left, right),
      y,
      width * random.between(0.012, 0.05) * (0.5 + depth),
      0.7 + depth * 2,
      canvas.surface("#a9cbe0", 0.35),
      { opacity: random.between(0.1, 0.32), stroke: "none" },
    );
  });
  const glints = Array.from({ length: 46 }, () => {
    const depth = random.next();
    const spread = width * (0.02 + depth * 0.08);
    return ellipse(
      centre + random.between(-spread, spread),
      top + 2 + (height - top) * depth * 0.85,
      width * random.between(0.008, 0.034) * (0.5 + depth),
      0.9 + depth * 2.2,
      shine,
      { opacity: random.between(0.25, 0.75) * (1 - depth * 0.6), stroke: "none" },
    );
  });
  const clear = canvas.weather === "clear";
  return surface + group(ripples.join("") + (clear ? glints.join("") : ""), { stroke: "none" });
}

/** Colours of a ground from its far edge to its near one. */
export const groundGradient = (canvas: Canvas, id: string, color: Color, far = 0.55, near = 0.05): string =>
  verticalGradient(id, [canvas.surface(color, far), canvas.surface(color, near)]);

/** Ground from a height down, filled with a gradient. */
export const floor = (canvas: Canvas, top: number, id = "ground"): string =>
  rect(canvas.left, top, canvas.right - canvas.left, canvas.height - top + 4, `url(#${id})`, { stroke: "none" });

/** The sea takes its colour from the sky. */
export const waterGradient = (canvas: Canvas): string =>
  verticalGradient("water", [
    canvas.glow(canvas.light.sky[2]),
    canvas.surface("#4f86ad", 0.45),
    canvas.surface("#23506f", 0.1),
  ]);

export const rock = (canvas: Canvas, x: number, y: number, size: number, depth: number): string =>
  polygon(
    [
      [x - size, y],
      [x - size * 0.7, y - size * 0.5],
      [x - size * 0.1, y - size * 0.75],
      [x + size * 0.6, y - size * 0.45],
      [x + size, y],
    ],
    canvas.surface("#7d7a78", depth),
  ) +
  polygon(
    [
      [x - size * 0.1, y - size * 0.75],
      [x + size * 0.6, y - size * 0.45],
      [x + size, y],
      [x + size * 0.2, y],
    ],
    canvas.surface("#5e5b5e", depth),
    { opacity: 0.7, stroke: "none" },
  );
