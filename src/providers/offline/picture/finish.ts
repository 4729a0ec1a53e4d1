import type { Color } from "./color.ts";
import { element, ellipse, rect } from "./svg.ts";
import type { Finish, Treatment } from "./treatment.ts";

interface Sheet {
  readonly width: number;
  readonly height: number;
}

const stop = (offset: number, color: Color, opacity: number): string =>
  element("stop", { offset, "stop-color": color, "stop-opacity": opacity });

const noise = (id: string, frequency: number, octaves: number, matrix: string): string =>
  element(
    "filter",
    { id, "color-interpolation-filters": "sRGB", x: 0, y: 0, width: 1, height: 1 },
    element("feTurbulence", { type: "fractalNoise", baseFrequency: frequency, numOctaves: octaves, seed: 7 }) +
      element("feColorMatrix", { type: "matrix", values: matrix }),
  );

/** Definitions of every texture a treatment uses. */
export function finishDefinitions(treatment: Treatment, sheet: Sheet): string {
  const parts: Record<Finish, string> = {
    vignette: element(
      "radialGradient",
      { id: "vignette", cx: 0.5, cy: 0.46, r: 0.78 },
      stop(0.6, "#000000", 0) + stop(1, "#000000", 0.5),
    ),
    grain: noise("grain", 0.85, 1, "0 0 0 0 0  0 0 0 0 0  0 0 0 0 0  0 1.6 0 0 -0.62"),
    paper: noise("paper", 0.22, 2, "0 0 0 0 0.36  0 0 0 0 0.3  0 0 0 0 0.22  0 1.1 0 0 -0.42"),
    wobble: element(
      "filter",
      {
        id: "wobble",
        "color-interpolation-filters": "sRGB",
        filterUnits: "userSpaceOnUse",
        x: -20,
        y: -20,
        width: sheet.width + 40,
        height: sheet.height + 40,
      },
      element("feTurbulence", { type: "fractalNoise", baseFrequency: 0.011, numOctaves: 2, seed: 3, result: "waves" }) +
        element("feDisplacementMap", {
          in: "SourceGraphic",
          in2: "waves",
          scale: 12,
          xChannelSelector: "R",
          yChannelSelector: "G",
        }),
    ),
    halftone:
      element(
        "pattern",
        { id: "halftone", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(28)" },
        element("circle", { cx: 3.5, cy: 3.5, r: 1.7, fill: "#000000" }),
      ) +
      element(
        "linearGradient",
        { id: "halftone-fade", x1: 0, y1: 0, x2: 0, y2: 1 },
        stop(0, "#ffffff", 0.16) + stop(0.5, "#ffffff", 0) + stop(1, "#ffffff", 0.2),
      ) +
      element("mask", { id: "halftone-mask" }, rect(-20, -20, 2000, 2000, "url(#halftone-fade)")),
    bloom: element(
      "radialGradient",
      { id: "bloom", cx: 0.5, cy: 0.3, r: 0.75 },
      stop(0, "#fff4dc", 0.12) + stop(1, "#fff4dc", 0),
    ),
  };
  return [...new Set(treatment.finishes)].map((finish) => parts[finish]).join("");
}

/** Textures laid over a picture. */
export function finish(treatment: Treatment, { width, height }: Sheet): string {
  // A filter replaces what it is applied to, so the opacity must be the layer's own.
  const cover = (filter: string, opacity: number) =>
    element("rect", { x: 0, y: 0, width, height, fill: "#808080", filter: `url(#${filter})`, opacity });
  const overlays: Record<Finish, string> = {
    vignette: rect(0, 0, width, height, "url(#vignette)"),
    grain: cover("grain", 0.13),
    paper: cover("paper", 0.45),
    wobble: "",
    halftone: rect(0, 0, width, height, "url(#halftone)", { mask: "url(#halftone-mask)" }),
    bloom: ellipse(width / 2, height * 0.35, width * 0.7, height * 0.6, "url(#bloom)"),
  };
  return treatment.finishes.map((name) => overlays[name]).join("");
}
