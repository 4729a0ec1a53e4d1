import type { Canvas } from "./canvas.ts";
import type { Color } from "./color.ts";
import type { Scenery } from "./scenery.ts";
import { ellipse, polygon, rect } from "./svg.ts";
import { floorLine, hangingLamp, shell, windowOf } from "./walls.ts";

function picture(canvas: Canvas, x: number, y: number, w: number, h: number, tint: Color): string {
  return (
    rect(x, y, w, h, canvas.surface("#5f4632", 0.3)) +
    rect(x + 7, y + 7, w - 14, h - 14, canvas.surface(tint, 0.35)) +
    polygon(
      [
        [x + 7, y + h - 7],
        [x + w * 0.4, y + h * 0.45],
        [x + w * 0.62, y + h * 0.7],
        [x + w * 0.78, y + h * 0.55],
        [x + w - 7, y + h - 7],
      ],
      canvas.surface("#6b7d74", 0.35),
    )
  );
}

function table(canvas: Canvas, x: number, y: number, w: number, wood: Color): string {
  const color = canvas.surface(wood, 0.18);
  return (
    rect(x, y, w, 14, color, { rx: 3 }) +
    rect(x + 14, y + 12, 12, canvas.height * 0.16, color) +
    rect(x + w - 26, y + 12, 12, canvas.height * 0.16, color)
  );
}

export function room(canvas: Canvas): Scenery {
  const { width, height } = canvas;
  const house = shell(canvas, { wall: "#c9a98a", floor: "#8d6544", trim: "#6d4c36" });
  const base = floorLine(canvas);
  return {
    back: house.back,
    far:
      windowOf(canvas) +
      picture(canvas, width * 0.14, height * 0.2, 130, 100, "#d9c08f") +
      picture(canvas, width * 0.26, height * 0.27, 84, 104, "#9fb8c4") +
      picture(canvas, width * 1.02, height * 0.2, 120, 150, "#c99f8f"),
    middle: "",
    near:
      house.floor +
      ellipse(width * 0.48, height * 0.88, width * 0.34, height * 0.07, canvas.surface("#9c4f46", 0.2)) +
      ellipse(width * 0.48, height * 0.88, width * 0.3, height * 0.055, canvas.surface("#c98d63", 0.2)) +
      table(canvas, width * 0.82, base - height * 0.06, width * 0.24, "#7a5638") +
      rect(width * 0.9, base - height * 0.13, 30, height * 0.07, canvas.surface("#4d6b74", 0.2), { rx: 6 }) +
      hangingLamp(canvas, width * 0.3, height * 0.1, 38),
    front: "",
    definitions: house.definitions,
  };
}

const SPINES: readonly [Color, ...Color[]] = [
  "#8c3f3a",
  "#3f5f7a",
  "#4f7355",
  "#b08a4a",
  "#6a4f7d",
  "#a86a45",
  "#d0c2a2",
];

export function library(canvas: Canvas): Scenery {
  const { left, right, height, width } = canvas;
  const house = shell(canvas, { wall: "#6e5440", floor: "#6b4a33", trim: "#3f2c20" });
  const random = canvas.random("books");
  const base = floorLine(canvas);
  const shelves: string[] = [];
  const bays = 7;
  const step = (right - left) / bays;
  for (let bay = 0; bay < bays; bay++) {
    const x = left + bay * step;
    shelves.push(rect(x + 6, height * 0.03, step - 12, base - height * 0.03, canvas.surface("#4a3424", 0.4)));
    for (let row = 0; row < 5; row++) {
      const y = height * 0.05 + (row + 1) * ((base - height * 0.07) / 5);
      for (let book = x + 18; book < x + step - 30; ) {
        const thick = random.between(9, 20);
        const tall = height * random.between(0.062, 0.1);
        if (random.random(0.92))
          shelves.push(
            rect(book, y - tall, thick - 1.5, tall, canvas.surface(random.pick(SPINES), 0.36), { stroke: "none" }),
          );
        book += thick;
      }
      shelves.push(rect(x + 6, y, step - 12, 7, canvas.surface("#7a593d", 0.36)));
    }
  }
  return {
    back: house.back,
    far: shelves.join(""),
    middle: "",
    near:
      house.floor +
      table(canvas, width * 0.7, base - height * 0.02, width * 0.34, "#7a5030") +
      hangingLamp(canvas, width * 0.28, height * 0.08, 34) +
      hangingLamp(canvas, width * 0.76, height * 0.06, 34),
    front: "",
    definitions: house.definitions,
  };
}

export function cafe(canvas: Canvas): Scenery {
  const { width, height, left } = canvas;
  const house = shell(canvas, { wall: "#b7835f", floor: "#6f5a4c", trim: "#4f3527" });
  const base = floorLine(canvas);
  const jars = Array.from({ length: 12 }, (_, place) =>
    rect(
      width * 0.02 + place * 30,
      height * 0.27 - (place % 3) * 6,
      18,
      30 + (place % 3) * 6,
      canvas.surface(SPINES[place % SPINES.length] ?? "#8c3f3a", 0.35),
      { rx: 4 },
    ),
  );
  return {
    back: house.back,
    far:
      windowOf(canvas) +
      rect(width * -0.02, height * 0.27 + 30, width * 0.36, 9, canvas.surface("#5a3f2d", 0.3)) +
      jars.join("") +
      rect(width * 0.05, height * 0.1, width * 0.2, height * 0.11, canvas.surface("#2b302f", 0.25), { rx: 6 }) +
      [0, 1, 2]
        .map((row) =>
          rect(
            width * 0.07,
            height * (0.125 + row * 0.024),
            width * (0.14 - row * 0.03),
            4,
            canvas.surface("#e9e2d2", 0.25),
            { stroke: "none" },
          ),
        )
        .join(""),
    middle: "",
    near:
      house.floor +
      rect(left, base - height * 0.12, width * 0.72, height * 0.17, canvas.surface("#7d5236", 0.2)) +
      rect(left, base - height * 0.13, width * 0.73, 12, canvas.surface("#d8b98c", 0.2)) +
      table(canvas, width * 0.78, base + height * 0.02, width * 0.22, "#8d6544") +
      [0.14, 0.4, 0.86, 1.12].map((share) => hangingLamp(canvas, width * share, height * 0.1, 28)).join(""),
    front: "",
    definitions: house.definitions,
  };
}
