import type { Canvas } from "./canvas.ts";
import type { Color } from "./color.ts";
import type { Scenery } from "./scenery.ts";
import { sky } from "./sky.ts";
import { circle, num, path, rect } from "./svg.ts";
import { along, floor, groundGradient, hills, roundTree, tufts } from "./terrain.ts";

export function meadow(canvas: Canvas): Scenery {
  const { horizon, height } = canvas;
  const petals: readonly [Color, ...Color[]] = ["#f26b6b", "#ffd75e", "#f7f3ee", "#b78af0", "#ff9e5e"];
  const fence = along(canvas, "fence", 24, (x) =>
    rect(x - 4, horizon + height * 0.05, 8, height * 0.09, canvas.surface("#8c7358", 0.32)),
  );
  return {
    back: sky(canvas),
    far: hills(canvas, "far-hills", horizon, height * 0.16, canvas.surface("#7fa07f", 0.85)),
    middle:
      hills(canvas, "mid-hills", horizon + height * 0.04, height * 0.1, canvas.surface("#84a85c", 0.55)) +
      along(canvas, "trees", 8, (x, random) =>
        roundTree(
          random,
          x,
          horizon + height * 0.03,
          height * random.between(0.12, 0.22),
          canvas.surface("#527a41", 0.45),
          canvas.surface("#5d4634", 0.45),
        ),
      ),
    near:
      floor(canvas, horizon + height * 0.06) +
      fence +
      rect(canvas.left, horizon + height * 0.075, canvas.right - canvas.left, 6, canvas.surface("#8c7358", 0.32)) +
      tufts(canvas, "grass", horizon + height * 0.22, height * 0.05, 60, canvas.surface("#6d963f", 0.22)) +
      along(canvas, "flowers", 60, (x, random) =>
        circle(
          x,
          horizon + height * random.between(0.13, 0.36),
          random.between(2.5, 6),
          canvas.surface(random.pick(petals), 0.15),
        ),
      ),
    front: tufts(canvas, "front-grass", height + 6, height * 0.15, 34, canvas.surface("#3c5a25", 0)),
    definitions: groundGradient(canvas, "ground", "#85a94f", 0.4),
  };
}

export function garden(canvas: Canvas): Scenery {
  const { horizon, height, width } = canvas;
  const wood = canvas.surface("#7a5c43", 0.2);
  const [bx, by] = [width * 0.8, horizon + height * 0.14];
  const bench =
    rect(bx - 80, by - 44, 160, 10, wood) +
    rect(bx - 84, by - 20, 168, 12, wood) +
    [-68, 60].map((dx) => rect(bx + dx, by - 44, 10, 54, wood)).join("");
  return {
    ...meadow(canvas),
    far: along(canvas, "far-trees", 18, (x, random) =>
      roundTree(
        random,
        x,
        horizon + 6,
        height * random.between(0.26, 0.4),
        canvas.surface("#6f9c69", 0.75),
        canvas.surface("#6a5645", 0.75),
      ),
    ),
    middle: along(canvas, "mid-trees", 9, (x, random) =>
      roundTree(
        random,
        x,
        horizon + height * 0.06,
        height * random.between(0.32, 0.46),
        canvas.surface(random.pick(["#5d8f4d", "#77a354", "#e79bb0"]), 0.42),
        canvas.surface("#5d4634", 0.42),
      ),
    ),
    near:
      floor(canvas, horizon + height * 0.05) +
      path(
        `M${num(width * 0.5)} ${num(horizon + height * 0.05)}Q${num(width * 0.4)} ${num(height * 0.82)} ${num(width * 0.16)} ${num(height + 4)}H${num(width * 0.66)}Q${num(width * 0.56)} ${num(height * 0.8)} ${num(width * 0.54)} ${num(horizon + height * 0.05)}Z`,
        canvas.surface("#d9c7a3", 0.25),
      ) +
      bench +
      along(canvas, "flowers", 50, (x, random) =>
        circle(
          x,
          horizon + height * random.between(0.1, 0.3),
          random.between(3, 7),
          canvas.surface(random.pick(["#f26b6b", "#ffd75e", "#f7f3ee", "#d58af0"]), 0.15),
        ),
      ),
  };
}
