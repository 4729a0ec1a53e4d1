import type { Canvas } from "./canvas.ts";
import type { Scenery } from "./scenery.ts";
import { sky } from "./sky.ts";
import { circle, ellipse, line, num, path, polygon, rect } from "./svg.ts";
import { along, floor, groundGradient, hills, pine, range, rock, tufts } from "./terrain.ts";

/** Light that falls through the canopy. */
function shafts({ width, height, horizon, light, weather, glow }: Canvas): string {
  if (weather !== "clear") return "";
  const foot = horizon + height * 0.2;
  const shaft = (share: number) =>
    path(
      `M${num(width * share)} -10h${num(width * 0.06)}L${num(width * (share - 0.1))} ${num(foot)}h${num(width * -0.14)}Z`,
      glow(light.bodyColor),
      { opacity: 0.11, stroke: "none" },
    );
  return [0.18, 0.36, 0.52, 0.7].map(shaft).join("");
}

export function forest(canvas: Canvas): Scenery {
  const { horizon, height, left, right } = canvas;
  const trunks = (name: string, count: number, depth: number, thick: number) =>
    along(canvas, name, count, (x, random) => {
      const w = thick * random.between(0.7, 1.3);
      const bark = canvas.surface("#5b4635", depth);
      return polygon(
        [
          [x - w * 0.75, horizon + height * 0.1 * (1.4 - depth)],
          [x - w * 0.4, -10],
          [x + w * 0.4, -10],
          [x + w * 0.75, horizon + height * 0.1 * (1.4 - depth)],
        ],
        bark,
      );
    });
  const canopy = (name: string, y: number, count: number, size: number, depth: number) =>
    along(canvas, name, count, (x, random) =>
      circle(x, y + random.between(-20, 20), size * random.between(0.7, 1.2), canvas.surface("#3f6b42", depth)),
    );
  return {
    back:
      sky(canvas) +
      rect(left, 0, right - left, height, canvas.surface("#6f9470", 0.8), { opacity: 0.55, stroke: "none" }),
    far: trunks("far-trunks", 34, 0.8, 12) + canopy("far-canopy", height * 0.06, 26, height * 0.13, 0.72),
    middle:
      trunks("mid-trunks", 17, 0.5, 24) +
      canopy("mid-canopy", -height * 0.01, 20, height * 0.15, 0.45) +
      shafts(canvas),
    near:
      floor(canvas, horizon + height * 0.04) +
      along(canvas, "bushes", 18, (x, random) =>
        ellipse(
          x,
          horizon + height * 0.07,
          random.between(30, 80),
          random.between(16, 40),
          canvas.surface("#3d6339", 0.3),
        ),
      ) +
      tufts(canvas, "ferns", horizon + height * 0.15, height * 0.07, 36, canvas.surface("#4d7a3f", 0.2)),
    front: tufts(canvas, "front-ferns", height + 8, height * 0.15, 18, canvas.surface("#223a20", 0)),
    definitions: groundGradient(canvas, "ground", "#5c7343", 0.4),
  };
}

export function mountains(canvas: Canvas): Scenery {
  const { horizon, height } = canvas;
  return {
    back: sky(canvas),
    far: range(canvas, "far-range", horizon, height * 0.48, canvas.surface("#7387a6", 0.85), {
      snow: canvas.surface("#ffffff", 0.55),
      count: 5,
    }),
    middle:
      range(canvas, "mid-range", horizon + height * 0.05, height * 0.24, canvas.surface("#566a73", 0.55), {
        count: 7,
      }) +
      along(canvas, "mid-pines", 40, (x, random) =>
        pine(
          x,
          horizon + height * 0.07,
          height * random.between(0.05, 0.1),
          canvas.surface("#3e5b4a", 0.45),
          canvas.surface("#43352a", 0.45),
        ),
      ),
    near:
      hills(canvas, "near-hills", horizon + height * 0.1, height * 0.05, canvas.surface("#6d7d57", 0.3)) +
      floor(canvas, horizon + height * 0.1) +
      along(canvas, "rocks", 12, (x, random) =>
        rock(canvas, x, horizon + height * random.between(0.14, 0.24), random.between(16, 44), 0.2),
      ),
    front: along(canvas, "front-pines", 5, (x) =>
      x > canvas.width * 0.2 && x < canvas.width * 0.8
        ? ""
        : pine(x, height + 20, height * 0.42, canvas.surface("#1f3328", 0), canvas.surface("#2a2019", 0)),
    ),
    definitions: groundGradient(canvas, "ground", "#75805a", 0.35),
  };
}

export function desert(canvas: Canvas): Scenery {
  const { horizon, height } = canvas;
  const cactus = (x: number, y: number, size: number) =>
    line(
      `M${num(x)} ${num(y)}V${num(y - size)}M${num(x)} ${num(y - size * 0.4)}h${num(size * 0.24)}v${num(-size * 0.3)}M${num(x)} ${num(y - size * 0.55)}h${num(-size * 0.22)}v${num(-size * 0.24)}`,
      canvas.surface("#4f7350", 0.22),
      size * 0.13,
      { "stroke-linejoin": "round" },
    );
  const mesa = (x: number, w: number, h: number) =>
    polygon(
      [
        [x - w * 0.62, horizon + 4],
        [x - w * 0.46, horizon - h * 0.5],
        [x - w * 0.4, horizon - h],
        [x + w * 0.4, horizon - h],
        [x + w * 0.47, horizon - h * 0.45],
        [x + w * 0.64, horizon + 4],
      ],
      canvas.surface("#b0694a", 0.75),
    ) +
    rect(x - w * 0.42, horizon - h * 0.78, w * 0.84, h * 0.06, canvas.surface("#8c4f3c", 0.75), {
      opacity: 0.6,
      stroke: "none",
    });
  return {
    back: sky(canvas),
    far:
      mesa(canvas.width * 0.12, canvas.width * 0.2, height * 0.2) +
      mesa(canvas.width * 0.44, canvas.width * 0.12, height * 0.15) +
      mesa(canvas.width * 0.9, canvas.width * 0.24, height * 0.23),
    middle:
      hills(canvas, "far-dunes", horizon + height * 0.03, height * 0.08, canvas.surface("#d9a868", 0.6)) +
      hills(canvas, "mid-dunes", horizon + height * 0.09, height * 0.1, canvas.surface("#d29a58", 0.42)),
    near:
      floor(canvas, horizon + height * 0.09) +
      hills(canvas, "near-dunes", horizon + height * 0.2, height * 0.07, canvas.surface("#dba765", 0.18)) +
      along(canvas, "cacti", 6, (x, random) =>
        cactus(x, horizon + height * random.between(0.12, 0.2), height * random.between(0.1, 0.18)),
      ),
    front: hills(canvas, "front-dunes", height * 1.0, height * 0.05, canvas.surface("#8c6236", 0)),
    definitions: groundGradient(canvas, "ground", "#d6a15e", 0.35),
  };
}

export function cave(canvas: Canvas): Scenery {
  const { horizon, height, width, left, right } = canvas;
  const mouth = (grow: number) =>
    `M${num(left)} -10H${num(right)}V${num(height + 10)}H${num(left)}ZM${num(width * (0.26 - grow))} ${num(horizon + 20)}Q${num(width * (0.28 - grow))} ${num(height * (0.24 - grow))} ${num(width * 0.46)} ${num(height * (0.16 - grow))}Q${num(width * (0.72 + grow))} ${num(height * (0.12 - grow))} ${num(width * (0.76 + grow))} ${num(horizon + 20)}Z`;
  const teeth = along(canvas, "teeth", 18, (x, random) => {
    const [w, h] = [random.between(14, 34), height * random.between(0.06, 0.24)];
    return polygon(
      [
        [x - w, -4],
        [x, h],
        [x + w, -4],
      ],
      canvas.surface("#3f3a44", 0.12),
    );
  });
  const gems = along(canvas, "gems", 14, (x, random) => {
    const y = horizon + height * random.between(0.08, 0.2);
    return polygon(
      [
        [x - 6, y],
        [x, y - random.between(14, 34)],
        [x + 6, y],
      ],
      canvas.glow(random.pick(["#7de3ff", "#b98bff", "#7dffcf"])),
      { opacity: 0.85 },
    );
  });
  return {
    back: sky(canvas),
    far: hills(canvas, "far-hills", horizon, height * 0.12, canvas.surface("#7f9a93", 0.85)),
    middle: path(mouth(0), canvas.surface("#5b5560", 0.35), { "fill-rule": "evenodd" }),
    near:
      path(mouth(0.07), canvas.surface("#443f4a", 0.16), { "fill-rule": "evenodd" }) +
      floor(canvas, horizon + height * 0.05) +
      gems +
      along(canvas, "rocks", 10, (x, random) =>
        rock(canvas, x, horizon + height * random.between(0.12, 0.22), random.between(18, 50), 0.15),
      ),
    front: teeth,
    definitions: groundGradient(canvas, "ground", "#5a5358", 0.35),
  };
}

export function snowfield(canvas: Canvas): Scenery {
  const { horizon, height, width } = canvas;
  const aurora =
    canvas.light.stars > 0.3
      ? [0.2, 0.32, 0.44]
          .map((y, place) =>
            path(
              `M${num(canvas.left)} ${num(horizon * y)}Q${num(width * 0.3)} ${num(horizon * (y - 0.22))} ${num(width * 0.6)} ${num(horizon * (y + 0.06))}T${num(canvas.right)} ${num(horizon * (y - 0.1))}V${num(horizon * (y + 0.2))}Q${num(width * 0.7)} ${num(horizon * (y + 0.3))} ${num(canvas.left)} ${num(horizon * (y + 0.22))}Z`,
              canvas.glow(place === 1 ? "#7df0c0" : "#7fb8ff"),
              { opacity: 0.14, stroke: "none" },
            ),
          )
          .join("")
      : "";
  return {
    back: sky(canvas) + aurora,
    far: range(canvas, "far-range", horizon + 2, height * 0.34, canvas.surface("#a9bcd4", 0.8), {
      snow: canvas.surface("#ffffff", 0.5),
    }),
    middle:
      hills(canvas, "mid-hills", horizon + height * 0.04, height * 0.08, canvas.surface("#dfe9f3", 0.55)) +
      along(canvas, "pines", 20, (x, random) =>
        pine(
          x,
          horizon + height * 0.05,
          height * random.between(0.1, 0.2),
          canvas.surface("#6f8a86", 0.45),
          canvas.surface("#4b3d34", 0.45),
        ),
      ),
    near:
      floor(canvas, horizon + height * 0.06) +
      along(canvas, "drifts", 16, (x, random) =>
        ellipse(
          x,
          horizon + height * random.between(0.14, 0.34),
          random.between(80, 190),
          random.between(8, 18),
          canvas.surface("#ffffff", 0.2),
          { opacity: 0.7, stroke: "none" },
        ),
      ),
    front: hills(canvas, "front-drift", height * 1.0, height * 0.05, canvas.surface("#b9c9dc", 0.02)),
    definitions: groundGradient(canvas, "ground", "#eef4fb", 0.45),
  };
}
