import type { Canvas } from "./canvas.ts";
import type { Color } from "./color.ts";
import type { Random } from "./random.ts";
import { group, line, num, polygon, rect } from "./svg.ts";
import { along } from "./terrain.ts";

export const WINDOW: Color = "#ffd08a";

/** Lit and dark windows over a front. */
export function windows(
  canvas: Canvas,
  random: Random,
  area: { x: number; y: number; width: number; height: number },
  cell: number,
  dark: Color,
): string {
  const columns = Math.max(1, Math.floor(area.width / cell));
  const rows = Math.max(1, Math.floor(area.height / (cell * 1.25)));
  const litShare = canvas.light.lamps ? 0.5 : 0;
  const step = { x: area.width / columns, y: area.height / rows };
  const panes = Array.from({ length: columns * rows }, (_, place) => {
    const x = area.x + ((place % columns) + 0.25) * step.x;
    const y = area.y + (Math.floor(place / columns) + 0.3) * step.y;
    if (!random.random(litShare)) return rect(x, y, step.x * 0.5, step.y * 0.5, dark, { opacity: 0.5 });
    const light = canvas.glow(random.random(0.8) ? WINDOW : "#bfe3ff");
    return rect(x, y, step.x * 0.5, step.y * 0.5, light, { opacity: random.between(0.5, 0.95) });
  });
  return group(panes.join(""), { stroke: "none" });
}

export const FRONTS: readonly [Color, ...Color[]] = ["#7d8494", "#8a7f7a", "#6f7f92", "#94897d", "#767089"];

interface BlockOrder {
  readonly name: string;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly depth: number;
  readonly cell: number;
}

/** A row of buildings of different heights and roofs. */
export function blocks(canvas: Canvas, { name, y, low, high, count, depth, cell }: BlockOrder): string {
  return along(canvas, name, count, (x, random) => {
    const width = ((canvas.right - canvas.left) / count) * random.between(0.72, 1.25);
    const height = random.between(low, high);
    const front = canvas.surface(random.pick(FRONTS), depth);
    const dark = canvas.surface("#3a4152", depth);
    const [left, top] = [x - width / 2, y - height];
    const roof = random.next();
    const crown =
      roof < 0.2
        ? polygon(
            [
              [left, top],
              [x, top - height * 0.12],
              [left + width, top],
            ],
            front,
          )
        : roof < 0.42
          ? rect(left + width * 0.2, top - height * 0.08, width * 0.6, height * 0.09, front)
          : roof < 0.6
            ? line(`M${num(x)} ${num(top)}V${num(top - height * 0.2)}`, front, Math.max(1.5, width * 0.03))
            : "";
    const body = rect(left, top, width, height + 4, front);
    const edge = rect(left + width * 0.82, top, width * 0.18, height + 4, dark, { opacity: 0.28, stroke: "none" });
    const area = { x: left + width * 0.06, y: top + height * 0.04, width: width * 0.86, height: height * 0.9 };
    return crown + body + edge + windows(canvas, random, area, cell, dark);
  });
}
