import type { Canvas } from "./canvas.ts";
import { type Color, darken } from "./color.ts";
import type { Scenery } from "./scenery.ts";
import { ellipse, line, num, path, polygon, rect } from "./svg.ts";
import { floorLine, shell } from "./walls.ts";

export function laboratory(canvas: Canvas): Scenery {
  const { width, height, left, right } = canvas;
  const house = shell(canvas, { wall: "#7f95a3", floor: "#5d6872", trim: "#3f4a55" });
  const base = floorLine(canvas);
  const random = canvas.random("screens");
  const screen = (x: number, y: number, w: number, h: number) => {
    const glowing = canvas.glow(random.pick(["#57e3d8", "#6fb4ff", "#9dff9a"]));
    const wave = Array.from(
      { length: 9 },
      (_, place) => `${num(x + 12 + (place * (w - 24)) / 8)} ${num(y + h * random.between(0.25, 0.8))}`,
    ).join("L");
    return (
      rect(x, y, w, h, canvas.surface("#141c26", 0.15), { rx: 6 }) +
      line(`M${wave}`, glowing, 2.4) +
      rect(x + 12, y + h - 16, w * 0.4, 4, glowing, { opacity: 0.6, stroke: "none" }) +
      ellipse(x + w / 2, y + h / 2, w * 0.75, h * 0.8, "url(#lamp)", { opacity: 0.18, stroke: "none" })
    );
  };
  const flask = (x: number, y: number, tint: Color) =>
    path(`M${num(x - 6)} ${num(y - 44)}h12v18l14 26q2 6 -5 6h-30q-7 0 -5 -6l14 -26Z`, canvas.surface("#dbe9ee", 0.2), {
      opacity: 0.7,
    }) + path(`M${num(x - 12)} ${num(y - 14)}h24l8 14q2 6 -5 6h-30q-7 0 -5 -6Z`, canvas.glow(tint));
  return {
    back: house.back,
    far:
      [0.04, 0.3, 0.56, 0.82, 1.08]
        .map((share) => screen(width * share, height * 0.16, width * 0.19, height * 0.2))
        .join("") +
      rect(left, height * 0.06, right - left, 10, canvas.glow("#e8f6ff"), { opacity: 0.85, stroke: "none" }),
    middle: rect(left, height * 0.42, right - left, 8, canvas.surface("#56646f", 0.35)),
    near:
      house.floor +
      rect(left, base - height * 0.1, right - left, height * 0.13, canvas.surface("#c9d4da", 0.24)) +
      rect(left, base - height * 0.115, right - left, 12, canvas.surface("#eef4f6", 0.2)) +
      flask(width * 0.12, base - height * 0.115, "#7dffb2") +
      flask(width * 0.18, base - height * 0.115, "#ff8ad0") +
      flask(width * 0.9, base - height * 0.115, "#6fd0ff"),
    front: "",
    definitions: house.definitions,
  };
}

/** A theatre: curtains, boards and a beam of light. */
export function stage(canvas: Canvas): Scenery {
  const { width, height, left, right } = canvas;
  const house = shell(canvas, { wall: "#3d2230", floor: "#8a5c3c", trim: "#5a3826" });
  const fold = (x: number, w: number, shade: number) =>
    rect(x, -4, w, height * 0.74, canvas.surface(darken("#a1283a", shade), 0.25), { stroke: "none" });
  const drape = (from: number) =>
    Array.from({ length: 9 }, (_, place) =>
      fold(from + place * width * 0.045, width * 0.047, place % 2 === 0 ? 0.05 : 0.32),
    ).join("");
  const beam = (x: number, top: number) =>
    polygon(
      [
        [top - 14, -4],
        [top + 14, -4],
        [x + width * 0.15, height * 0.9],
        [x - width * 0.15, height * 0.9],
      ],
      canvas.glow("#fff0c8"),
      { opacity: 0.16, stroke: "none" },
    );
  return {
    back: house.back,
    far:
      drape(left) +
      drape(width * 0.94) +
      Array.from({ length: 22 }, (_, place) =>
        path(
          `M${num(left + (place * (right - left)) / 22)} -4h${num((right - left) / 22)}v${num(height * 0.08)}q${num(-(right - left) / 44)} ${num(height * 0.05)} ${num(-(right - left) / 22)} 0Z`,
          canvas.surface(place % 2 === 0 ? "#8c2233" : "#731b2b", 0.2),
        ),
      ).join(""),
    middle: beam(width * 0.4, width * 0.2) + beam(width * 0.6, width * 0.86),
    near:
      house.floor +
      ellipse(width * 0.5, height * 0.88, width * 0.3, height * 0.07, canvas.glow("#ffe9b8"), {
        opacity: 0.3,
        stroke: "none",
      }),
    front: "",
    definitions: house.definitions,
  };
}
