/** A number as SVG text: a tenth of a pixel is enough. */
export const num = (value: number): string => String(Math.round(value * 10) / 10);

export type Attributes = Readonly<Record<string, string | number>>;

const written = (attributes: Attributes): string =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${typeof value === "number" ? String(Math.round(value * 1000) / 1000) : value}"`)
    .join("");

export const element = (name: string, attributes: Attributes, content = ""): string =>
  content === "" ? `<${name}${written(attributes)}/>` : `<${name}${written(attributes)}>${content}</${name}>`;

export const group = (content: string, attributes: Attributes): string =>
  content === "" ? "" : element("g", attributes, content);

/**
 * A shape's opacity is written as that of its filling and stroke: `opacity` itself would have the renderer open a
 * layer for each of the hundreds of translucent shapes in a picture.
 */
function shape(name: string, attributes: Attributes): string {
  if (!("opacity" in attributes)) return element(name, attributes);
  const { opacity = 1, ...rest } = attributes;
  return element(name, { ...rest, "fill-opacity": opacity, "stroke-opacity": opacity });
}

export const rect = (
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  more: Attributes = {},
): string => shape("rect", { x, y, width, height, fill, ...more });

export const circle = (cx: number, cy: number, r: number, fill: string, more: Attributes = {}): string =>
  shape("circle", { cx, cy, r, fill, ...more });

export const ellipse = (cx: number, cy: number, rx: number, ry: number, fill: string, more: Attributes = {}): string =>
  shape("ellipse", { cx, cy, rx, ry, fill, ...more });

export const path = (d: string, fill: string, more: Attributes = {}): string => shape("path", { d, fill, ...more });

/** A stroke without a filling. */
export const line = (d: string, stroke: string, width: number, more: Attributes = {}): string =>
  shape("path", { d, fill: "none", stroke, "stroke-width": width, "stroke-linecap": "round", ...more });

export type Point = readonly [x: number, y: number];

export const polygon = (points: readonly Point[], fill: string, more: Attributes = {}): string =>
  shape("polygon", { points: points.map(([x, y]) => `${num(x)},${num(y)}`).join(" "), fill, ...more });

/** Text made safe between tags and in attributes. */
export const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
