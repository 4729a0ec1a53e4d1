import type { Canvas } from "./canvas.ts";
import type { Scenery } from "./scenery.ts";
import { sky } from "./sky.ts";
import { circle, ellipse, line, num, path, polygon, rect } from "./svg.ts";
import { along, groundGradient, hills, pine, range, tufts, water, waterGradient } from "./terrain.ts";

const sail = (canvas: Canvas, x: number, y: number, size: number): string =>
  polygon(
    [
      [x, y - size * 1.5],
      [x + size * 0.75, y - size * 0.2],
      [x, y - size * 0.2],
    ],
    canvas.surface("#f7f2e6", 0.45),
  ) +
  polygon(
    [
      [x - 4, y - size * 1.2],
      [x - size * 0.5, y - size * 0.2],
      [x - 4, y - size * 0.2],
    ],
    canvas.surface("#e6dccb", 0.45),
  ) +
  path(
    `M${num(x - size * 0.7)} ${num(y - size * 0.14)}h${num(size * 1.6)}q${num(-size * 0.2)} ${num(size * 0.26)} ${num(-size * 0.5)} ${num(size * 0.26)}h${num(-size * 0.7)}Z`,
    canvas.surface("#6b4a3a", 0.4),
  );

export function bay(canvas: Canvas): Scenery {
  const { horizon, height, width, left } = canvas;
  const shore = height * 0.83;
  const wood = canvas.surface("#6d5a48", 0.12);
  const posts = Array.from({ length: 5 }, (_, place) =>
    rect(width * (-0.2 + place * 0.12), shore - 50 + place * 4, 14, 74, wood),
  );
  const lights = canvas.light.lamps
    ? along(canvas, "town-lights", 46, (x, random) =>
        circle(x, horizon - random.between(3, height * 0.045), random.between(1.2, 2.6), canvas.glow("#ffd79a"), {
          opacity: random.between(0.5, 1),
          stroke: "none",
        }),
      )
    : "";
  return {
    back: sky(canvas),
    far: range(canvas, "far-range", horizon + 2, height * 0.22, canvas.surface("#6f86a5", 0.95), { count: 5 }),
    middle:
      hills(canvas, "headland", horizon + 2, height * 0.08, canvas.surface("#55705f", 0.7)) +
      lights +
      water(canvas) +
      sail(canvas, width * 0.2, horizon + height * 0.06, height * 0.06) +
      sail(canvas, width * 0.86, horizon + height * 0.035, height * 0.042),
    near:
      path(
        `M${num(left)} ${num(shore + 16)}Q${num(width * 0.3)} ${num(shore - 18)} ${num(width * 0.7)} ${num(shore + 8)}T${num(canvas.right)} ${num(shore)}V${num(height + 4)}H${num(left)}Z`,
        "url(#ground)",
      ) +
      along(canvas, "stones", 16, (x, random) =>
        ellipse(
          x,
          shore + random.between(18, 60),
          random.between(14, 46),
          random.between(8, 20),
          canvas.surface("#77767a", 0.15),
        ),
      ) +
      posts.join(""),
    front: tufts(canvas, "reeds", height + 6, height * 0.16, 16, canvas.surface("#3f4a35", 0)),
    definitions: groundGradient(canvas, "ground", "#b59f7c", 0.3) + waterGradient(canvas),
  };
}

export function beach(canvas: Canvas): Scenery {
  const { horizon, height, width, left, right } = canvas;
  const shore = height * 0.76;
  const palm = (x: number, y: number, size: number) => {
    const trunk = line(
      `M${num(x)} ${num(y)}Q${num(x + size * 0.04)} ${num(y - size * 0.5)} ${num(x + size * 0.18)} ${num(y - size)}`,
      canvas.surface("#7a5a3c", 0.15),
      size * 0.05,
    );
    const leaf = canvas.surface("#3f7a45", 0.12);
    const fronds = [-2.9, -2.4, -1.7, -1.1, -0.5, -0.1].map((angle) => {
      const [tx, ty] = [
        x + size * 0.18 + Math.cos(angle) * size * 0.42,
        y - size + Math.sin(angle) * size * 0.2 + size * 0.12,
      ];
      return path(
        `M${num(x + size * 0.18)} ${num(y - size)}Q${num((x + size * 0.18 + tx) / 2)} ${num(y - size * 1.2)} ${num(tx)} ${num(ty)}Q${num((x + size * 0.18 + tx) / 2)} ${num(y - size * 1.06)} ${num(x + size * 0.18)} ${num(y - size)}Z`,
        leaf,
      );
    });
    return trunk + fronds.join("");
  };
  const foam = path(
    `M${num(left)} ${num(shore)}Q${num(width * 0.1)} ${num(shore - 16)} ${num(width * 0.32)} ${num(shore + 2)}T${num(width * 0.8)} ${num(shore - 2)}T${num(right)} ${num(shore)}V${num(shore + 24)}H${num(left)}Z`,
    canvas.surface("#ffffff", 0.2),
    { opacity: 0.85, stroke: "none" },
  );
  return {
    back: sky(canvas),
    far: range(canvas, "far-range", horizon + 2, height * 0.1, canvas.surface("#7f9ab0", 0.95), { count: 4 }),
    middle: water(canvas),
    near:
      foam +
      path(
        `M${num(left)} ${num(shore + 12)}Q${num(width * 0.1)} ${num(shore - 4)} ${num(width * 0.32)} ${num(shore + 14)}T${num(width * 0.8)} ${num(shore + 10)}T${num(right)} ${num(shore + 12)}V${num(height + 4)}H${num(left)}Z`,
        "url(#ground)",
        { stroke: "none" },
      ) +
      palm(width * 0.06, height * 0.9, height * 0.52) +
      palm(width * 1.1, height * 0.86, height * 0.46),
    front: "",
    definitions: groundGradient(canvas, "ground", "#e6cf9c", 0.3) + waterGradient(canvas),
  };
}

export function lake(canvas: Canvas): Scenery {
  const { horizon, height } = canvas;
  return {
    back: sky(canvas),
    far: range(canvas, "far-range", horizon + 2, height * 0.3, canvas.surface("#6f86a5", 0.9), {
      snow: canvas.surface("#ffffff", 0.75),
    }),
    middle:
      hills(canvas, "mid-hills", horizon + 4, height * 0.07, canvas.surface("#46684f", 0.62)) +
      along(canvas, "far-pines", 44, (x, random) =>
        pine(
          x,
          horizon + 6,
          height * random.between(0.06, 0.13),
          canvas.surface("#3d5f49", 0.55),
          canvas.surface("#43352a", 0.55),
        ),
      ) +
      water(canvas, horizon + 6),
    near:
      path(
        `M${num(canvas.left)} ${num(height * 0.86)}Q${num(canvas.width * 0.5)} ${num(height * 0.8)} ${num(canvas.right)} ${num(height * 0.88)}V${num(height + 4)}H${num(canvas.left)}Z`,
        "url(#ground)",
      ) + tufts(canvas, "reeds", height * 0.87, height * 0.08, 34, canvas.surface("#6b7f45", 0.15)),
    front: tufts(canvas, "front-reeds", height + 6, height * 0.2, 14, canvas.surface("#34432a", 0)),
    definitions: groundGradient(canvas, "ground", "#71834f", 0.3) + waterGradient(canvas),
  };
}
