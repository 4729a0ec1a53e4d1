import { blocks, WINDOW } from "./buildings.ts";
import type { Canvas } from "./canvas.ts";
import type { Random } from "./random.ts";
import type { Scenery } from "./scenery.ts";
import { sky } from "./sky.ts";
import { circle, ellipse, line, num, path, polygon, rect } from "./svg.ts";
import { along, floor, groundGradient, hills, pine, range, roundTree, tufts } from "./terrain.ts";

function cottage(canvas: Canvas, random: Random, x: number, y: number, size: number, depth: number): string {
  const wall = canvas.surface(random.pick(["#d9c7a8", "#c9b29b", "#e0d6c2", "#b99c86"]), depth);
  const roof = canvas.surface(random.pick(["#8c4a3c", "#6d4a44", "#755a3f", "#5c5560"]), depth);
  const glass = canvas.light.lamps ? canvas.glow(WINDOW) : canvas.surface("#5f7488", depth);
  return [
    rect(x + size * 0.2, y - size * 1.02, size * 0.14, size * 0.4, roof),
    rect(x - size * 0.5, y - size * 0.56, size, size * 0.6, wall),
    polygon(
      [
        [x - size * 0.62, y - size * 0.54],
        [x, y - size * 1.02],
        [x + size * 0.62, y - size * 0.54],
      ],
      roof,
    ),
    rect(x - size * 0.34, y - size * 0.38, size * 0.2, size * 0.2, glass),
    rect(x + size * 0.16, y - size * 0.38, size * 0.2, size * 0.2, glass),
    rect(x - size * 0.07, y - size * 0.32, size * 0.16, size * 0.34, roof),
  ].join("");
}

export function village(canvas: Canvas): Scenery {
  const { horizon, height, width } = canvas;
  const unit = height;
  return {
    back: sky(canvas),
    far: hills(canvas, "far-hills", horizon - unit * 0.02, unit * 0.2, canvas.surface("#6f8f7a", 0.85)),
    middle:
      hills(canvas, "mid-hills", horizon + unit * 0.02, unit * 0.08, canvas.surface("#6b8a5c", 0.55)) +
      along(canvas, "cottages", 12, (x, random) =>
        cottage(
          canvas,
          random,
          x,
          horizon + unit * random.between(0.02, 0.07),
          unit * random.between(0.11, 0.16),
          0.42,
        ),
      ),
    near:
      floor(canvas, horizon + unit * 0.07) +
      path(
        `M${num(width * 0.44)} ${num(horizon + unit * 0.07)}Q${num(width * 0.62)} ${num(height * 0.8)} ${num(width * 0.26)} ${num(height + 4)}H${num(width * 0.78)}Q${num(width * 0.74)} ${num(height * 0.8)} ${num(width * 0.49)} ${num(horizon + unit * 0.07)}Z`,
        canvas.surface("#c9b48c", 0.22),
      ) +
      along(canvas, "trees", 7, (x, random) =>
        roundTree(
          random,
          x,
          horizon + unit * 0.1,
          unit * random.between(0.16, 0.24),
          canvas.surface("#5c8249", 0.3),
          canvas.surface("#5d4634", 0.3),
        ),
      ),
    front: tufts(canvas, "front-tufts", height + 6, unit * 0.11, 30, canvas.surface("#35512f", 0)),
    definitions: groundGradient(canvas, "ground", "#7f9c5e"),
  };
}

/** Towers and a crenellated wall around a gate. */
function stronghold(canvas: Canvas, x: number, base: number): string {
  const unit = canvas.height;
  const keep = unit * 0.16;
  const stone = canvas.surface("#8d8a92", 0.5);
  const shade = canvas.surface("#55525e", 0.5);
  const roof = canvas.surface("#5b4a72", 0.5);
  const slit = canvas.light.lamps ? canvas.glow(WINDOW) : shade;
  const tower = (x: number, y: number, w: number, h: number) =>
    rect(x - w / 2, y - h, w, h, stone) +
    rect(x + w * 0.18, y - h, w * 0.32, h, shade, { opacity: 0.4, stroke: "none" }) +
    polygon(
      [
        [x - w * 0.66, y - h],
        [x, y - h - w * 1.5],
        [x + w * 0.66, y - h],
      ],
      roof,
    ) +
    rect(x - w * 0.09, y - h * 0.78, w * 0.18, h * 0.12, slit, { rx: w * 0.09 });
  const wall = (from: number, to: number, h: number) => {
    const merlons = Math.max(2, Math.round((to - from) / 22));
    const step = (to - from) / merlons;
    return (
      rect(from, base - h, to - from, h, stone) +
      Array.from({ length: merlons }, (_, place) =>
        rect(from + place * step + step * 0.2, base - h - 10, step * 0.6, 12, stone),
      ).join("")
    );
  };
  return (
    tower(x - keep * 0.95, base - 8, unit * 0.07, unit * 0.3) +
    tower(x + keep * 0.2, base - 8, unit * 0.1, unit * 0.42) +
    tower(x + keep * 1.15, base - 8, unit * 0.065, unit * 0.26) +
    wall(x - keep * 1.3, x + keep * 1.5, unit * 0.15) +
    path(`M${num(x - 16)} ${num(base)}v-34a16 18 0 0 1 32 0v34Z`, shade)
  );
}

export function castle(canvas: Canvas): Scenery {
  const { horizon, height, width } = canvas;
  const unit = height;
  const [x, base] = [width * 0.58, horizon + unit * 0.02];
  return {
    back: sky(canvas),
    far: range(canvas, "far-range", horizon, unit * 0.3, canvas.surface("#7b86a0", 0.92)),
    middle:
      path(
        `M${num(x - width * 0.36)} ${num(horizon + 24)}Q${num(x - width * 0.16)} ${num(base - 6)} ${num(x - width * 0.1)} ${num(base - 14)}H${num(x + width * 0.14)}Q${num(x + width * 0.2)} ${num(base - 4)} ${num(x + width * 0.4)} ${num(horizon + 24)}Z`,
        canvas.surface("#5f6d58", 0.5),
      ) + stronghold(canvas, x, base),
    near:
      floor(canvas, horizon + unit * 0.03) +
      along(canvas, "pines", 13, (px, random) =>
        pine(
          px,
          horizon + unit * random.between(0.07, 0.14),
          unit * random.between(0.12, 0.24),
          canvas.surface("#3f5c48", 0.28),
          canvas.surface("#4b3a2e", 0.28),
        ),
      ),
    front: tufts(canvas, "front-tufts", height + 6, unit * 0.1, 26, canvas.surface("#2c3d2c", 0)),
    definitions: groundGradient(canvas, "ground", "#6f7f58"),
  };
}

export function station(canvas: Canvas): Scenery {
  const { horizon, height, width, left, right } = canvas;
  const steel = canvas.surface("#4b525e", 0.3);
  const columns = Array.from({ length: 9 }, (_, place) => {
    const x = left + ((right - left) * (place + 0.5)) / 9;
    return (
      rect(x - 8, height * 0.14, 16, horizon - height * 0.02, steel) +
      path(`M${num(x - 60)} ${num(height * 0.14)}q60 50 60 90q0 -40 60 -90Z`, steel)
    );
  });
  const lamps = Array.from({ length: 8 }, (_, place) => {
    const x = left + ((right - left) * (place + 1)) / 9;
    return (
      line(`M${num(x)} ${num(height * 0.12)}v44`, steel, 3) +
      ellipse(x, height * 0.12 + 50, 22, 9, canvas.glow("#ffe2a6")) +
      circle(x, height * 0.12 + 54, 120, "url(#lamp)", { stroke: "none" })
    );
  });
  return {
    back: sky(canvas),
    far: blocks(canvas, {
      name: "far-blocks",
      y: horizon + 4,
      low: height * 0.08,
      high: height * 0.24,
      count: 18,
      depth: 0.8,
      cell: 13,
    }),
    middle:
      rect(left, horizon - 6, right - left, 16, canvas.surface("#6f6a66", 0.5)) +
      columns.join("") +
      rect(left, 0, right - left, height * 0.15, canvas.surface("#3a3f4a", 0.25)),
    near:
      floor(canvas, horizon + 8) +
      rect(left, horizon + height * 0.06, right - left, 5, canvas.surface("#c9ccd2", 0.3)) +
      rect(left, horizon + height * 0.1, right - left, 6, canvas.surface("#c9ccd2", 0.3)) +
      rect(left, horizon + height * 0.15, right - left, height, "url(#platform)", { stroke: "none" }) +
      rect(left, horizon + height * 0.15, right - left, 8, canvas.surface("#f2d35c", 0.2)) +
      lamps.join("") +
      rect(width * 0.74, height * 0.3, 150, 62, canvas.surface("#1f2630", 0.1), { rx: 6 }) +
      rect(width * 0.74 + 14, height * 0.3 + 16, 92, 9, canvas.glow("#ffb84d"), { stroke: "none" }) +
      rect(width * 0.74 + 14, height * 0.3 + 36, 66, 9, canvas.glow("#ffb84d"), { stroke: "none" }),
    front: "",
    definitions: groundGradient(canvas, "ground", "#4f4a48") + groundGradient(canvas, "platform", "#a29d98"),
  };
}

export function road(canvas: Canvas): Scenery {
  const { horizon, height, width, left, right } = canvas;
  const centre = width * 0.5;
  const asphalt = polygon(
    [
      [centre - width * 0.015, horizon],
      [centre + width * 0.015, horizon],
      [centre + width * 0.62, height + 4],
      [centre - width * 0.62, height + 4],
    ],
    "url(#asphalt)",
    { stroke: "none" },
  );
  const dashes = Array.from({ length: 8 }, (_, place) => {
    const near = ((place + 0.4) / 8) ** 2.1;
    const y = horizon + (height - horizon) * near;
    return rect(centre - 1 - near * 6, y, 2 + near * 12, 3 + near * 42, canvas.surface("#f6e6a8", 0.2));
  });
  const poles = Array.from({ length: 6 }, (_, place) => {
    const near = ((place + 0.6) / 6) ** 1.9;
    const x = centre - width * (0.05 + 0.6 * near);
    const [y, tall] = [horizon + (height - horizon) * near * 0.5, height * (0.05 + 0.5 * near)];
    const wood = canvas.surface("#4a3d33", 0.4 - near * 0.3);
    return line(
      `M${num(x)} ${num(y)}V${num(y - tall)}M${num(x - tall * 0.14)} ${num(y - tall * 0.92)}h${num(tall * 0.28)}`,
      wood,
      2 + near * 7,
    );
  });
  return {
    back: sky(canvas),
    far: range(canvas, "far-range", horizon + 2, height * 0.2, canvas.surface("#8a8fa3", 0.9)),
    middle: hills(canvas, "mid-hills", horizon + 8, height * 0.06, canvas.surface("#a08f63", 0.6)),
    near:
      rect(left, horizon + 4, right - left, height, "url(#ground)", { stroke: "none" }) +
      asphalt +
      dashes.join("") +
      poles.join(""),
    front: tufts(canvas, "front-tufts", height + 6, height * 0.09, 22, canvas.surface("#5e5433", 0)),
    definitions: groundGradient(canvas, "ground", "#a99a63") + groundGradient(canvas, "asphalt", "#5f626b"),
  };
}
