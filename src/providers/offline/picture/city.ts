import { blocks, FRONTS, WINDOW, windows } from "./buildings.ts";
import type { Canvas } from "./canvas.ts";
import { type Color, mix } from "./color.ts";
import type { Scenery } from "./scenery.ts";
import { sky } from "./sky.ts";
import { circle, ellipse, line, num, polygon, rect } from "./svg.ts";
import { along, floor, groundGradient } from "./terrain.ts";

function lampPost(canvas: Canvas, x: number, y: number, height: number): string {
  const iron = canvas.surface("#2b2f38", 0.12);
  const bulb = canvas.glow(canvas.light.lamps ? "#ffe0a3" : "#e9edf2");
  const post = line(`M${num(x)} ${num(y)}V${num(y - height)}q0 -14 16 -14h12`, iron, height * 0.026);
  const head = ellipse(x + 30, y - height - 10, height * 0.05, height * 0.028, bulb, { stroke: "none" });
  const shine = canvas.light.lamps
    ? circle(x + 30, y - height - 8, height * 0.55, "url(#lamp)", { stroke: "none" }) +
      ellipse(x + 30, y, height * 0.5, height * 0.07, "url(#lamp)", { stroke: "none" })
    : "";
  return post + head + shine;
}

export function citySkyline(canvas: Canvas): Scenery {
  const { horizon, height } = canvas;
  const unit = height;
  return {
    back: sky(canvas),
    far: blocks(canvas, {
      name: "far-blocks",
      y: horizon + 6,
      low: unit * 0.14,
      high: unit * 0.36,
      count: 22,
      depth: 0.85,
      cell: 13,
    }),
    middle: blocks(canvas, {
      name: "mid-blocks",
      y: horizon + 14,
      low: unit * 0.1,
      high: unit * 0.3,
      count: 15,
      depth: 0.5,
      cell: 17,
    }),
    near:
      floor(canvas, horizon + 10) +
      along(canvas, "hedge", 26, (x, random) =>
        ellipse(x, horizon + 16, random.between(26, 60), random.between(10, 24), canvas.surface("#4d6b52", 0.35)),
      ) +
      [-0.1, 0.22, 0.7, 1.1]
        .map((share) => lampPost(canvas, canvas.width * share, height * 0.82, height * 0.34))
        .join(""),
    front: railing(canvas),
    definitions: groundGradient(canvas, "ground", "#8b8e96"),
  };
}

function railing(canvas: Canvas): string {
  const { left, right, height } = canvas;
  const iron = canvas.surface("#1d2028", 0);
  const posts = Array.from({ length: 40 }, (_, place) => {
    const x = left + ((right - left) * place) / 39;
    return rect(x - 3, height * 0.93, 6, height * 0.08, iron);
  });
  return rect(left, height * 0.925, right - left, height * 0.014, iron) + posts.join("");
}

/** The road between the kerbs, with its dashes. */
function roadway(canvas: Canvas, centre: number): string {
  const { width, height, horizon, left, right } = canvas;
  const road = polygon(
    [
      [centre - width * 0.05, horizon],
      [centre + width * 0.05, horizon],
      [right, height + 4],
      [left, height + 4],
    ],
    "url(#ground)",
    { stroke: "none" },
  );
  const kerb = (side: -1 | 1) =>
    polygon(
      [
        [centre + side * width * 0.05, horizon],
        [centre + side * width * 0.075, horizon],
        [centre + side * width * 1.1, height],
        [centre + side * width * 0.82, height],
      ],
      canvas.surface("#9a9aa2", 0.25),
      { opacity: 0.6 },
    );
  const dashes = Array.from({ length: 6 }, (_, place) => {
    const near = (place + 0.35) / 6;
    const y = horizon + (height - horizon) * near ** 1.8;
    return rect(centre - 3 - near * 4, y, 6 + near * 9, 3 + near * 16, canvas.surface("#f3ecd2", 0.2), {
      opacity: 0.55,
    });
  });
  return road + kerb(-1) + kerb(1) + dashes.join("");
}

/** A street that runs away from the viewer between fronts with signs. */
export function cityStreet(canvas: Canvas): Scenery {
  const { width, height, horizon } = canvas;
  const centre = width * 0.52;
  return {
    back: sky(canvas),
    far: blocks(canvas, {
      name: "far-blocks",
      y: horizon + 4,
      low: height * 0.16,
      high: height * 0.42,
      count: 20,
      depth: 0.75,
      cell: 13,
    }),
    middle:
      floor(canvas, horizon, "kerb") +
      roadway(canvas, centre) +
      streetSide(canvas, centre, -1) +
      streetSide(canvas, centre, 1),
    near:
      wires(canvas) +
      lampPost(canvas, width * 0.2, height * 0.84, height * 0.46) +
      lampPost(canvas, width * 0.72, height * 0.74, height * 0.3),
    front: "",
    definitions: groundGradient(canvas, "ground", "#5d606b") + groundGradient(canvas, "kerb", "#84838a"),
  };
}

const SIGNS: readonly [Color, ...Color[]] = ["#ff5d73", "#ffb84d", "#56d6ff", "#ff7ad9", "#7dffb2"];

/** Fronts that shrink towards the vanishing point, with shop lights and hanging signs. */
function streetSide(canvas: Canvas, centre: number, side: -1 | 1): string {
  const { width, height, horizon } = canvas;
  const random = canvas.random(`side${side}`);
  const parts: string[] = [];
  for (let place = 5; place >= 0; place--) {
    const near = (6 - place) / 6;
    const inner = centre + side * width * (0.055 + 0.5 * near ** 1.7);
    const outer = centre + side * width * (0.055 + 0.5 * (near + 0.24) ** 1.7);
    const [x, frontWidth] = [Math.min(inner, outer), Math.abs(outer - inner)];
    const base = horizon + (height - horizon) * 0.62 * near ** 1.7;
    const top = horizon - height * (0.16 + 0.62 * near ** 1.25) * random.between(0.85, 1.1);
    const depth = 0.62 - near * 0.42;
    const front = canvas.surface(random.pick(FRONTS), depth);
    const dark = canvas.surface("#2f3442", depth);
    const shop = canvas.light.lamps
      ? canvas.glow(mix(WINDOW, random.pick(SIGNS), 0.25))
      : canvas.surface("#cfd6de", depth);
    const area = { x: x + frontWidth * 0.08, y: top + 8, width: frontWidth * 0.84, height: (base - top) * 0.68 };
    const sign = canvas.light.lamps ? canvas.glow(random.pick(SIGNS)) : canvas.surface(random.pick(SIGNS), depth);
    const [signWidth, signHeight] = [10 + 26 * near, 26 + 84 * near];
    const signX = side < 0 ? x + frontWidth - signWidth * 0.2 : x - signWidth * 0.8;
    const signY = base - (base - top) * random.between(0.42, 0.62);
    parts.push(
      rect(x, top, frontWidth, base - top, front),
      windows(canvas, random, area, 12 + 22 * near, dark),
      rect(x + frontWidth * 0.1, base - (base - top) * 0.2, frontWidth * 0.8, (base - top) * 0.17, shop, {
        opacity: 0.9,
        stroke: "none",
      }),
      rect(x, base - (base - top) * 0.235, frontWidth, (base - top) * 0.04, dark),
      rect(signX, signY, signWidth, signHeight, sign, { rx: 3 }),
      [0.2, 0.45, 0.7]
        .map((at) =>
          rect(signX + signWidth * 0.25, signY + signHeight * at, signWidth * 0.5, signHeight * 0.09, dark, {
            opacity: 0.55,
            stroke: "none",
          }),
        )
        .join(""),
      canvas.light.lamps
        ? circle(signX + signWidth / 2, signY + signHeight / 2, signHeight * 0.9, "url(#lamp)", {
            opacity: 0.6,
            stroke: "none",
          })
        : "",
    );
  }
  return parts.join("");
}

function wires(canvas: Canvas): string {
  const { width, height } = canvas;
  const color = canvas.surface("#14161c", 0.1);
  return [0.12, 0.2, 0.26]
    .map((y, place) =>
      line(
        `M${num(-width * 0.4)} ${num(height * y)}Q${num(width * 0.5)} ${num(height * (y + 0.12 + place * 0.02))} ${num(width * 1.4)} ${num(height * (y - 0.03))}`,
        color,
        1.6,
        { opacity: 0.7 },
      ),
    )
    .join("");
}

export function rooftop(canvas: Canvas): Scenery {
  const { horizon, height, width, left, right } = canvas;
  const city = citySkyline(canvas);
  const brick = canvas.surface("#8a6a5c", 0.18);
  const tank = (x: number) =>
    rect(x - 34, horizon - 44, 68, 74, canvas.surface("#6d5a4c", 0.3)) +
    polygon(
      [
        [x - 40, horizon - 44],
        [x, horizon - 78],
        [x + 40, horizon - 44],
      ],
      canvas.surface("#5a4a40", 0.3),
    ) +
    line(
      `M${num(x - 26)} ${num(horizon + 30)}V${num(horizon + 70)}M${num(x + 26)} ${num(horizon + 30)}V${num(horizon + 70)}`,
      canvas.surface("#3a3230", 0.25),
      6,
    );
  return {
    ...city,
    near:
      tank(width * 0.12) +
      tank(width * 1.12) +
      rect(left, horizon + 44, right - left, height * 0.075, brick) +
      rect(left, horizon + 36, right - left, 10, canvas.surface("#a58b7c", 0.2)) +
      floor(canvas, horizon + 44 + height * 0.075),
    front: "",
    definitions: groundGradient(canvas, "ground", "#75706f"),
  };
}
