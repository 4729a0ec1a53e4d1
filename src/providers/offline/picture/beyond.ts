import type { Canvas } from "./canvas.ts";
import type { Scenery } from "./scenery.ts";
import { radialGlow, sky, verticalGradient } from "./sky.ts";
import { circle, ellipse, group, line, num, path, polygon, rect } from "./svg.ts";
import { along, hills, range } from "./terrain.ts";

function starfield(canvas: Canvas, count: number, name: string): string {
  const random = canvas.random(name);
  return group(
    Array.from({ length: count }, () =>
      circle(
        random.between(canvas.left, canvas.right),
        random.between(0, canvas.height),
        random.between(0.6, 2.3),
        canvas.glow(random.pick(["#ffffff", "#cfe0ff", "#ffe6c4"])),
        { opacity: random.between(0.3, 1) },
      ),
    ).join(""),
    { stroke: "none" },
  );
}

const spaceDefinitions = (canvas: Canvas): string =>
  verticalGradient("deep", [canvas.glow("#05060f"), canvas.glow("#0d1233"), canvas.glow("#1b1440")]) +
  radialGlow("nebula", canvas.glow("#7a4fd0"), 0.5) +
  radialGlow("nebula2", canvas.glow("#2f8fd0"), 0.42) +
  verticalGradient("globe", [canvas.glow("#f0b07a"), canvas.glow("#b8614f"), canvas.glow("#4a2546")]);

function globe(canvas: Canvas, x: number, y: number, r: number): string {
  const band = (dy: number, opacity: number) =>
    ellipse(x, y + dy * r, r * Math.sqrt(1 - dy * dy) * 0.99, r * 0.07, canvas.glow("#7d3f4a"), {
      opacity,
      stroke: "none",
    });
  return (
    circle(x, y, r * 1.25, "url(#nebula2)", { stroke: "none" }) +
    circle(x, y, r, "url(#globe)") +
    [-0.5, -0.2, 0.12, 0.42, 0.68].map((dy, place) => band(dy, 0.2 + (place % 2) * 0.14)).join("") +
    path(
      `M${num(x - r * 1.7)} ${num(y + r * 0.3)}Q${num(x)} ${num(y + r * 0.85)} ${num(x + r * 1.7)} ${num(y - r * 0.32)}Q${num(x + r * 0.1)} ${num(y + r * 0.55)} ${num(x - r * 1.7)} ${num(y + r * 0.3)}Z`,
      canvas.glow("#e8cfa8"),
      { opacity: 0.8 },
    )
  );
}

export function space(canvas: Canvas): Scenery {
  const { left, right, width, height } = canvas;
  return {
    back:
      rect(left, 0, right - left, height + 4, "url(#deep)", { stroke: "none" }) +
      ellipse(width * 0.3, height * 0.4, width * 0.55, height * 0.5, "url(#nebula)", { stroke: "none" }) +
      ellipse(width * 0.85, height * 0.7, width * 0.5, height * 0.45, "url(#nebula2)", { stroke: "none" }) +
      starfield(canvas, 260, "stars"),
    far: globe(canvas, width * 0.8, height * 0.3, Math.min(width, height) * 0.2),
    middle: starfield(canvas, 40, "near-stars"),
    near:
      path(
        `M${num(left)} ${num(height + 8)}Q${num(width * 0.5)} ${num(height * 0.78)} ${num(right)} ${num(height + 8)}Z`,
        canvas.glow("#2d5f93"),
      ) +
      path(
        `M${num(left)} ${num(height + 8)}Q${num(width * 0.5)} ${num(height * 0.8)} ${num(right)} ${num(height + 8)}Z`,
        canvas.glow("#173a66"),
        { stroke: "none" },
      ),
    front: "",
    definitions: spaceDefinitions(canvas),
  };
}

export function alienPlanet(canvas: Canvas): Scenery {
  const { left, right, width, height, horizon } = canvas;
  const crater = (x: number, y: number, r: number) =>
    ellipse(x, y, r, r * 0.26, canvas.surface("#6a4a4f", 0.25)) +
    ellipse(x, y + r * 0.07, r * 0.86, r * 0.18, canvas.surface("#8f6560", 0.3), { stroke: "none" });
  return {
    back:
      rect(left, 0, right - left, height, "url(#deep)", { stroke: "none" }) +
      ellipse(width * 0.4, horizon, width * 0.8, height * 0.5, "url(#nebula)", { stroke: "none" }) +
      starfield(canvas, 170, "stars") +
      globe(canvas, width * 0.78, height * 0.24, Math.min(width, height) * 0.13),
    far: range(canvas, "far-range", horizon + 4, height * 0.2, canvas.surface("#8a5f7a", 0.8), { count: 9 }),
    middle: range(canvas, "mid-range", horizon + height * 0.06, height * 0.1, canvas.surface("#7d4f52", 0.5), {
      count: 11,
    }),
    near:
      rect(left, horizon + height * 0.05, right - left, height, "url(#ground)", { stroke: "none" }) +
      along(canvas, "craters", 9, (x, random) =>
        crater(x, horizon + height * random.between(0.1, 0.34), random.between(30, 90)),
      ),
    front: hills(canvas, "front-dune", height, height * 0.04, canvas.surface("#3d2a33", 0)),
    definitions:
      spaceDefinitions(canvas) +
      verticalGradient("ground", [canvas.surface("#a8726a", 0.45), canvas.surface("#6d4650", 0.05)]),
  };
}

const weed = (canvas: Canvas, name: string, count: number, y: number, tall: number, depth: number): string =>
  along(canvas, name, count, (x, random) => {
    const h = tall * random.between(0.6, 1.2);
    const bend = random.between(-26, 26);
    return path(
      `M${num(x - 7)} ${num(y)}C${num(x - 12 + bend)} ${num(y - h * 0.4)} ${num(x + 10 - bend)} ${num(y - h * 0.7)} ${num(x + bend * 0.5)} ${num(y - h)}C${num(x + 20 - bend)} ${num(y - h * 0.6)} ${num(x + 6 + bend)} ${num(y - h * 0.35)} ${num(x + 9)} ${num(y)}Z`,
      canvas.surface("#3f8f6b", depth),
    );
  });

const coral = (canvas: Canvas): string =>
  along(canvas, "coral", 9, (x, random) => {
    const tint = canvas.surface(random.pick(["#ff7a6b", "#ffb45e", "#d77bd0", "#ff8fae"]), 0.22);
    const s = random.between(26, 60);
    const y = canvas.height * 0.86;
    return [-0.6, -0.2, 0.2, 0.6]
      .map((lean) =>
        line(
          `M${num(x)} ${num(y)}q${num(lean * s * 0.4)} ${num(-s * 0.6)} ${num(lean * s)} ${num(-s * 1.2)}`,
          tint,
          s * 0.16,
        ),
      )
      .join("");
  });

export function underwater(canvas: Canvas): Scenery {
  const { left, right, width, height } = canvas;
  const ray = (share: number, w: number) =>
    polygon(
      [
        [width * share, -4],
        [width * (share + w), -4],
        [width * (share + w - 0.16), height],
        [width * (share - 0.26), height],
      ],
      canvas.glow("#d6fbff"),
      { opacity: 0.1, stroke: "none" },
    );
  const bubbles = along(canvas, "bubbles", 40, (x, random) =>
    circle(x, height * random.between(0.05, 0.9), random.between(2, 8), "none", {
      stroke: canvas.glow("#e6fdff"),
      "stroke-width": 1.4,
      opacity: random.between(0.3, 0.8),
    }),
  );
  return {
    back:
      rect(left, 0, right - left, height, "url(#deepwater)", { stroke: "none" }) +
      [0.1, 0.3, 0.5, 0.75, 1].map((share, place) => ray(share, 0.06 + (place % 2) * 0.05)).join(""),
    far: hills(canvas, "far-reef", height * 0.78, height * 0.22, canvas.surface("#2f6f8a", 0.75)),
    middle:
      hills(canvas, "mid-reef", height * 0.86, height * 0.14, canvas.surface("#2a5f6e", 0.5)) +
      weed(canvas, "far-weed", 16, height * 0.84, height * 0.3, 0.5),
    near:
      hills(canvas, "sand", height * 0.9, height * 0.05, canvas.surface("#d8c89a", 0.25)) +
      rect(left, height * 0.9, right - left, height * 0.2, canvas.surface("#c9b98c", 0.2), { stroke: "none" }) +
      coral(canvas) +
      bubbles,
    front: weed(canvas, "near-weed", 8, height + 8, height * 0.34, 0),
    definitions: verticalGradient("deepwater", [
      canvas.surface("#8fe3ec", 0.3),
      canvas.surface("#2f8fb5", 0.3),
      canvas.surface("#0d3a5c", 0.2),
    ]),
  };
}

/** High among the clouds. */
export function openSky(canvas: Canvas): Scenery {
  const { horizon, height } = canvas;
  const bank = (name: string, y: number, size: number, depth: number) =>
    along(canvas, name, 16, (x, random) =>
      circle(
        x,
        y + random.between(-size * 0.25, size * 0.25),
        size * random.between(0.6, 1.1),
        canvas.surface("#ffffff", depth),
        { stroke: "none" },
      ),
    ) +
    rect(canvas.left, y, canvas.right - canvas.left, height - y + 4, canvas.surface("#ffffff", depth), {
      stroke: "none",
    });
  return {
    back: sky(canvas),
    far: range(canvas, "far-range", horizon + height * 0.16, height * 0.18, canvas.surface("#7f93b5", 0.9)),
    middle: bank("far-bank", horizon + height * 0.16, height * 0.09, 0.7),
    near: bank("near-bank", horizon + height * 0.3, height * 0.11, 0.45),
    front: "",
    definitions: "",
  };
}
