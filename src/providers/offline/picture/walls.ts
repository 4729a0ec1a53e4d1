import type { Canvas } from "./canvas.ts";
import { type Color, darken } from "./color.ts";
import { sky, verticalGradient } from "./sky.ts";
import { circle, element, ellipse, group, line, num, path, rect } from "./svg.ts";
import { hills } from "./terrain.ts";

interface RoomColors {
  readonly wall: Color;
  readonly floor: Color;
  readonly trim: Color;
}

/** Indoors the day's light comes tamed: lamps fill the shadows. */
export function shell(canvas: Canvas, colors: RoomColors): { back: string; floor: string; definitions: string } {
  const { left, right, height } = canvas;
  const base = floorLine(canvas);
  const boards = Array.from({ length: 13 }, (_, place) => {
    const share = place / 12 - 0.5;
    const x = canvas.width * (0.5 + share * 1.2);
    return line(
      `M${num(x)} ${num(base)}L${num(canvas.width * 0.5 + (x - canvas.width * 0.5) * 2.3)} ${num(height)}`,
      canvas.surface(darken(colors.floor, 0.3), 0.2),
      1.5,
      { opacity: 0.6 },
    );
  });
  return {
    back: rect(left, 0, right - left, height, "url(#wall)", { stroke: "none" }),
    floor:
      rect(left, base, right - left, height - base + 4, "url(#floor)", { stroke: "none" }) +
      boards.join("") +
      rect(left, base - height * 0.03, right - left, height * 0.03, canvas.surface(colors.trim, 0.3)),
    definitions:
      verticalGradient("wall", [
        canvas.surface(darken(colors.wall, 0.25), 0.32),
        canvas.surface(colors.wall, 0.4),
        canvas.surface(darken(colors.wall, 0.12), 0.3),
      ]) +
      verticalGradient("floor", [
        canvas.surface(colors.floor, 0.35),
        canvas.surface(darken(colors.floor, 0.35), 0.05),
      ]) +
      element("clipPath", { id: "pane" }, rect(...windowBox(canvas), "#000000")),
  };
}

export const floorLine = (canvas: Canvas): number => canvas.height * 0.7;

const windowBox = ({ width, height }: Canvas): readonly [x: number, y: number, width: number, height: number] => {
  const w = Math.min(width * 0.36, height * 0.5);
  return [width * 0.6 - w / 2, height * 0.12, w, height * 0.42];
};

/** A window with the real sky behind it. */
export function windowOf(canvas: Canvas): string {
  const [x, y, w, h] = windowBox(canvas);
  const frame = canvas.surface("#e9dfcc", 0.25);
  const view = group(sky(canvas) + hills(canvas, "view", y + h * 0.9, h * 0.3, canvas.surface("#6f8a80", 0.8)), {
    "clip-path": "url(#pane)",
  });
  const bars = rect(x + w / 2 - 4, y, 8, h, frame) + rect(x, y + h * 0.45, w, 8, frame);
  const border = element("rect", {
    x: x - 6,
    y: y - 6,
    width: w + 12,
    height: h + 12,
    fill: "none",
    stroke: frame,
    "stroke-width": 12,
  });
  const sill = rect(x - 22, y + h, w + 44, 14, frame);
  const curtain = (at: number, turn: 1 | -1) =>
    path(
      `M${num(at)} ${num(y - 22)}h${num(turn * 62)}q${num(turn * -6)} ${num(h * 0.6)} ${num(turn * -30)} ${num(h + 46)}h${num(turn * -32)}Z`,
      canvas.surface("#a8574c", 0.28),
    );
  return (
    view +
    bars +
    border +
    sill +
    curtain(x - 56, 1) +
    curtain(x + w + 56, -1) +
    rect(x - 66, y - 28, w + 132, 8, canvas.surface("#5a4436", 0.2))
  );
}

export function hangingLamp(canvas: Canvas, x: number, length: number, size: number): string {
  const metal = canvas.surface("#2f2c30", 0.15);
  return (
    line(`M${num(x)} 0V${num(length)}`, metal, 2.5) +
    circle(x, length + size * 0.7, size * 3.6, "url(#lamp)", { stroke: "none" }) +
    path(
      `M${num(x - size)} ${num(length + size * 0.8)}Q${num(x - size * 0.8)} ${num(length)} ${num(x)} ${num(length)}Q${num(x + size * 0.8)} ${num(length)} ${num(x + size)} ${num(length + size * 0.8)}Z`,
      metal,
    ) +
    ellipse(x, length + size * 0.84, size * 0.62, size * 0.2, canvas.glow("#ffe8b8"), { stroke: "none" })
  );
}
