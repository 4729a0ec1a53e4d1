import type { Frame, Shot, Side } from "../frame.ts";
import { type Canvas, createCanvas } from "./canvas.ts";
import { compose, type Placement } from "./composition.ts";
import { finish, finishDefinitions } from "./finish.ts";
import { daylight, lamplight } from "./light.ts";
import { paintOf, rimOf } from "./paint.ts";
import type { Scenery } from "./scenery.ts";
import { PLACES } from "./settings.ts";
import { radialGlow, skyDefinitions, weatherVeil } from "./sky.ts";
import { circle, element, ellipse, group, num, rect } from "./svg.ts";
import type { Treatment } from "./treatment.ts";

/** How close the camera is: scenery grows, and what is far off goes out of focus. */
const LENS: Readonly<Record<Shot, { readonly zoom: number; readonly farBlur: number; readonly nearBlur: number }>> = {
  "wide shot": { zoom: 1, farBlur: 0, nearBlur: 0 },
  "medium shot": { zoom: 1.45, farBlur: 2.2, nearBlur: 0 },
  "close-up": { zoom: 2.1, farBlur: 7, nearBlur: 5 },
};

/** Share of the width by which the scenery shifts when the subject stands to one side. */
const PAN: Readonly<Record<Side, number>> = { left: 0.12, centre: 0, right: -0.12 };

/** How strongly each layer follows the camera's zoom and pan. */
const FOLLOW = { back: 0.15, far: 0.4, middle: 0.65, near: 1 } as const;

export interface PictureOrder {
  readonly frame: Frame;
  readonly width: number;
  readonly height: number;
  readonly treatment: Treatment;
  /** Same for all stills of a film, so that its places stay the same. */
  readonly salt: string;
}

/** Blurs what is in the picture; scenery beyond its edges would make the region many times as large. */
const blurred = (radius: number, id: string, { width, height }: PictureOrder): string =>
  radius === 0
    ? ""
    : element(
        "filter",
        {
          id,
          "color-interpolation-filters": "sRGB",
          filterUnits: "userSpaceOnUse",
          x: -3 * radius,
          y: -3 * radius,
          width: width + 6 * radius,
          height: height + 6 * radius,
        },
        element("feGaussianBlur", { stdDeviation: radius }),
      );

function layers(canvas: Canvas, frame: Frame, scenery: Scenery): string {
  const { zoom, farBlur, nearBlur } = LENS[frame.shot];
  const layer = (name: keyof typeof FOLLOW) => {
    const scale = 1 + (zoom - 1) * FOLLOW[name];
    const pan = PAN[frame.side] * canvas.width * FOLLOW[name];
    const [cx, cy] = [canvas.width / 2, canvas.horizon];
    const transform = `translate(${num(cx + pan)} ${num(cy)}) scale(${scale}) translate(${num(-cx)} ${num(-cy)})`;
    return group(scenery[name], { transform });
  };
  // Filters sit outside the transforms: their radius is in pixels of the picture.
  const far = group(layer("far") + layer("middle"), farBlur === 0 ? {} : { filter: "url(#far-blur)" });
  const near = group(layer("near"), nearBlur === 0 ? {} : { filter: "url(#near-blur)" });
  return layer("back") + far + near;
}

/** Front scenery only frames wide views: closer, it would hide the subject. */
const frontOf = (frame: Frame, scenery: Scenery): string => (frame.shot === "wide shot" ? scenery.front : "");

function drawn(placement: Placement, canvas: Canvas, treatment: Treatment, floating: boolean): string {
  const { drawing, subject, x, base, height, facesLeft } = placement;
  const draw = placement.portrait ? (drawing.portrait ?? drawing.draw) : drawing.draw;
  const scale = height / 100;
  const turn = floating ? ` rotate(${facesLeft ? -9 : -7})` : "";
  const at = (dx: number, dy: number) =>
    `translate(${num(x + dx)} ${num(base + dy)}) scale(${facesLeft ? -scale : scale} ${scale})${turn}`;
  const lightFrom = canvas.light.azimuth * canvas.width > x ? 1 : -1;
  const edge = Math.max(1.2, height * 0.004);
  // The outline is as thick around a large subject as around a small one.
  const outline = treatment.outline === null ? {} : { "stroke-width": (treatment.outline.width * 1.3) / scale };
  const rim = group(draw(rimOf(canvas)), { transform: at(lightFrom * edge, -edge), stroke: "none" });
  return rim + group(draw(paintOf(subject, canvas)), { transform: at(0, 0), ...outline });
}

function shadow({ x, base, height, drawing, portrait }: Placement, weightless: boolean): string {
  if (portrait || weightless || drawing.element !== "ground") return "";
  return ellipse(x, base, (height * drawing.breadth) / 2, height * 0.045, "#000000", { opacity: 0.32, stroke: "none" });
}

/** Warm light around something that shines; stronger where it is dark. */
function shine({ x, base, height, drawing }: Placement, canvas: Canvas, share: number): string {
  if (drawing.shines !== true) return "";
  return circle(x, base - height * 0.5, height * 1.5, "url(#lamp)", {
    opacity: share * (canvas.light.lamps ? 1 : 0.45),
    stroke: "none",
  });
}

function subjects(frame: Frame, canvas: Canvas, treatment: Treatment): string {
  const place = PLACES[frame.setting];
  const placements = compose(frame, {
    width: canvas.width,
    height: canvas.height,
    weightless: place.weightless,
    water: place.water,
  });
  const halos = placements.map(({ x, base, height, drawing }) =>
    ellipse(
      x,
      base - height * 0.5,
      height * Math.max(0.5, drawing.breadth) * 0.85,
      height * 0.75,
      "url(#halo-behind)",
      { stroke: "none" },
    ),
  );
  const metrics = placements.map(
    (placement) =>
      shadow(placement, place.weightless) +
      shine(placement, canvas, 1) +
      drawn(placement, canvas, treatment, place.weightless && placement.drawing.element === "ground"),
  );
  const over = placements.map((placement) => shine(placement, canvas, 0.35));
  return halos.join("") + metrics.join("") + over.join("");
}

/** One still's picture as SVG: definitions and content, to be placed above its caption. */
export function drawPicture(order: PictureOrder): { definitions: string; content: string } {
  const { frame, width, height, treatment, salt } = order;
  const place = PLACES[frame.setting];
  const weather = place.sheltered ? "clear" : frame.weather;
  const canvas = createCanvas({
    width,
    height,
    light: place.lamplit ? lamplight(frame.time) : daylight(frame.time, weather),
    weather,
    treatment,
    salt: `${salt}/${frame.setting}`,
  });
  const scenery = place.draw(canvas);
  const { farBlur, nearBlur } = LENS[frame.shot];
  const outline =
    treatment.outline === null
      ? {}
      : { stroke: treatment.outline.color, "stroke-width": treatment.outline.width, "stroke-linejoin": "round" };
  const art = layers(canvas, frame, scenery) + subjects(frame, canvas, treatment) + frontOf(frame, scenery);
  // Wandering edges would bare the paper at the picture's borders: the art is drawn a little larger.
  const larger = `translate(${num(width * -0.015)} ${num(height * -0.015)}) scale(1.03)`;
  const wobbly = treatment.finishes.includes("wobble")
    ? group(group(art, { ...outline, transform: larger }), { filter: "url(#wobble)" })
    : group(art, outline);
  return {
    definitions:
      skyDefinitions(canvas) +
      scenery.definitions +
      radialGlow("lamp", canvas.glow("#ffcf7d"), 0.75) +
      radialGlow("halo-behind", canvas.glow(canvas.light.haze), canvas.light.lamps ? 0.4 : 0.2) +
      blurred(farBlur, "far-blur", order) +
      blurred(nearBlur, "near-blur", order) +
      finishDefinitions(treatment, { width, height }),
    content:
      rect(0, 0, width, height, canvas.surface("#808080", 0.5)) +
      wobbly +
      weatherVeil(canvas) +
      finish(treatment, { width, height }),
  };
}
