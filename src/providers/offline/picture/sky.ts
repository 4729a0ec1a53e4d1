import type { Canvas } from "./canvas.ts";
import { type Color, lighten, mix } from "./color.ts";
import type { Random } from "./random.ts";
import { circle, element, ellipse, group, num, path, rect } from "./svg.ts";

const stop = (offset: number, color: Color, opacity = 1): string =>
  element("stop", { offset, "stop-color": color, "stop-opacity": opacity });

/** A gradient from top to bottom, to be put among the picture's definitions. */
export const verticalGradient = (id: string, colors: readonly Color[]): string =>
  element(
    "linearGradient",
    { id, x1: 0, y1: 0, x2: 0, y2: 1 },
    colors.map((color, place) => stop(place / Math.max(1, colors.length - 1), color)).join(""),
  );

/** A soft round light that fades to nothing. */
export const radialGlow = (id: string, color: Color, strength: number): string =>
  element(
    "radialGradient",
    { id },
    [stop(0, color, strength), stop(0.35, color, strength * 0.42), stop(1, color, 0)].join(""),
  );

function cloud(random: Random, x: number, y: number, size: number, color: Color): string {
  const puffs = Array.from({ length: 5 }, (_, place) => {
    const across = (place / 4 - 0.5) * 1.7 * size;
    const radius = size * (0.5 - Math.abs(place - 2) * 0.1) * random.between(0.85, 1.15);
    return circle(x + across, y - radius * 0.55, radius, color);
  });
  const base = rect(x - size * 1.05, y - size * 0.3, size * 2.1, size * 0.34, color, { rx: size * 0.17 });
  return group([...puffs, base].join(""), { stroke: "none" });
}

function streak(x: number, y: number, length: number, thickness: number, color: Color, opacity: number): string {
  return ellipse(x, y, length, thickness, color, { opacity, stroke: "none" });
}

function clouds(canvas: Canvas): string {
  const random = canvas.random("clouds");
  const { light, width, horizon, weather } = canvas;
  const heavy = weather === "storm" || weather === "rain" || weather === "snow";
  const color = canvas.glow(light.cloud);
  const low = light.altitude < 0.3 || light.stars > 0.3;
  return Array.from({ length: heavy ? 12 : 7 }, () => {
    const x = random.between(canvas.left, canvas.right);
    const y = horizon * random.between(0.12, heavy ? 0.55 : 0.72);
    const size = width * random.between(0.05, 0.1) * (heavy ? 1.7 : 1);
    if (low && !heavy) return streak(x, y, size * 2.6, size * 0.12, color, random.between(0.25, 0.55));
    return cloud(
      random,
      x,
      y,
      size,
      canvas.glow(mix(light.sky[1], light.cloud, heavy ? 0.8 : random.between(0.6, 0.95))),
    );
  }).join("");
}

function stars(canvas: Canvas): string {
  const random = canvas.random("stars");
  const color = canvas.glow("#ffffff");
  return Array.from({ length: Math.round(150 * canvas.light.stars) }, () =>
    circle(
      random.between(canvas.left, canvas.right),
      canvas.horizon * random.next() ** 1.4,
      random.between(0.6, 1.9),
      color,
      { opacity: random.between(0.25, 0.95), stroke: "none" },
    ),
  ).join("");
}

function sunOrMoon(canvas: Canvas): string {
  const { light, width, height, horizon } = canvas;
  const x = width * light.azimuth;
  const y = horizon * (1 - light.altitude);
  const radius = Math.min(width, height) * (light.body === "sun" ? 0.062 : 0.052);
  const color = canvas.glow(light.bodyColor);
  const halo = circle(x, y, radius * (light.body === "sun" ? 7 : 5), "url(#halo)", { stroke: "none" });
  const disc = circle(x, y, radius, color, { stroke: "none" });
  const craters = [
    [-0.3, -0.25, 0.2],
    [0.28, 0.1, 0.26],
    [-0.12, 0.42, 0.15],
  ].map(([dx = 0, dy = 0, r = 0]) =>
    circle(x + dx * radius, y + dy * radius, r * radius, canvas.glow("#cfd6ea"), { opacity: 0.6, stroke: "none" }),
  );
  return halo + disc + (light.body === "moon" ? craters.join("") : "");
}

/** Definitions that `sky` refers to. */
export function skyDefinitions(canvas: Canvas): string {
  const { light } = canvas;
  return (
    verticalGradient("sky", light.sky.map(canvas.glow)) +
    radialGlow("halo", canvas.glow(lighten(light.bodyColor, 0.1)), 0.6)
  );
}

/** Open sky down to a little below the horizon. */
export function sky(canvas: Canvas): string {
  const span = canvas.right - canvas.left;
  const backdrop = rect(canvas.left, 0, span, canvas.height, "url(#sky)", { stroke: "none" });
  const clear = canvas.weather === "clear";
  return (
    backdrop +
    (clear ? stars(canvas) + sunOrMoon(canvas) : "") +
    clouds(canvas) +
    (canvas.weather === "storm" ? lightning(canvas) : "")
  );
}

/** Slanted rain, falling snow or drifting fog over a finished picture. */
export function weatherVeil(canvas: Canvas): string {
  const random = canvas.random("veil");
  const { width, height, weather } = canvas;
  const color = canvas.glow(lighten(canvas.light.haze, 0.35));
  const many = (count: number, draw: (x: number, y: number) => string) =>
    Array.from({ length: count }, () => draw(random.between(-40, width + 40), random.between(-40, height))).join("");
  if (weather === "rain" || weather === "storm") {
    const drops = many(190, (x, y) => {
      const length = random.between(14, 34);
      return path(`M${num(x)} ${num(y)}l${num(-length * 0.28)} ${num(length)}`, "none", {
        stroke: color,
        "stroke-width": random.between(0.8, 1.8),
        opacity: random.between(0.25, 0.6),
      });
    });
    return drops;
  }
  if (weather === "snow")
    return many(170, (x, y) =>
      circle(x, y, random.between(1.2, 4.2), "#ffffff", { opacity: random.between(0.4, 0.9) }),
    );
  if (weather === "fog")
    return many(9, (x, y) =>
      ellipse(x, height * 0.4 + y * 0.5, width * 0.42, height * random.between(0.03, 0.07), color, { opacity: 0.2 }),
    );
  return "";
}

function lightning(canvas: Canvas): string {
  const random = canvas.random("lightning");
  let [x, y] = [canvas.width * random.between(0.2, 0.8), 0];
  let bolt = `M${num(x)} 0`;
  while (y < canvas.horizon * 0.85) {
    x += random.between(-34, 34);
    y += random.between(18, 46);
    bolt += `L${num(x)} ${num(y)}`;
  }
  const color = canvas.glow("#f4f2ff");
  const stroke = (width: number, opacity: number) =>
    path(bolt, "none", { stroke: color, "stroke-width": width, opacity, "stroke-linejoin": "round" });
  return stroke(9, 0.18) + stroke(2.6, 0.95);
}
