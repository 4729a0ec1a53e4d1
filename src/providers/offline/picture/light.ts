import type { TimeOfDay, Weather } from "../frame.ts";
import { type Color, mix } from "./color.ts";

/** How a time of day looks. */
export interface Light {
  /** Sky from its top to the horizon. */
  readonly sky: readonly [top: Color, middle: Color, low: Color];
  /** Multiplies the colour of every surface. */
  readonly ambient: Color;
  /** What distance fades into. */
  readonly haze: Color;
  /** Share of the haze on the furthest layer. */
  readonly hazeAmount: number;
  /** Share of black on the nearest layer: low sun makes silhouettes. */
  readonly silhouette: number;
  readonly body: "sun" | "moon";
  readonly bodyColor: Color;
  /** Height of sun or moon between horizon (0) and the top of the sky (1). */
  readonly altitude: number;
  /** Share of the picture's width. */
  readonly azimuth: number;
  /** Edge light on subjects. */
  readonly rim: Color;
  readonly cloud: Color;
  /** 0 none to 1 a sky full. */
  readonly stars: number;
  /** Windows and lamps are lit. */
  readonly lamps: boolean;
}

const LIGHTS: Readonly<Record<TimeOfDay, Light>> = {
  night: {
    sky: ["#050a20", "#12204e", "#33477f"],
    ambient: "#5a6fae",
    haze: "#2f437c",
    hazeAmount: 0.62,
    silhouette: 0.45,
    body: "moon",
    bodyColor: "#f1f4ff",
    altitude: 0.74,
    azimuth: 0.76,
    rim: "#9db8ff",
    cloud: "#33457a",
    stars: 1,
    lamps: true,
  },
  dawn: {
    sky: ["#37487f", "#c87f95", "#ffd3a3"],
    ambient: "#d6b2c0",
    haze: "#f3bfa6",
    hazeAmount: 0.66,
    silhouette: 0.34,
    body: "sun",
    bodyColor: "#fff3cf",
    altitude: 0.08,
    azimuth: 0.34,
    rim: "#ffe0b5",
    cloud: "#f3a9a0",
    stars: 0.12,
    lamps: true,
  },
  morning: {
    sky: ["#4f9bd6", "#a5d4ee", "#fdf0cf"],
    ambient: "#fff3dc",
    haze: "#d6e9ee",
    hazeAmount: 0.6,
    silhouette: 0.1,
    body: "sun",
    bodyColor: "#fff8da",
    altitude: 0.42,
    azimuth: 0.24,
    rim: "#fffbe6",
    cloud: "#ffffff",
    stars: 0,
    lamps: false,
  },
  day: {
    sky: ["#2878c8", "#6bb2e8", "#d3edf7"],
    ambient: "#ffffff",
    haze: "#bfdcec",
    hazeAmount: 0.55,
    silhouette: 0.08,
    body: "sun",
    bodyColor: "#fffbe6",
    altitude: 0.82,
    azimuth: 0.72,
    rim: "#ffffff",
    cloud: "#ffffff",
    stars: 0,
    lamps: false,
  },
  "golden hour": {
    sky: ["#4a4d8f", "#e8865f", "#ffd27d"],
    ambient: "#ffc597",
    haze: "#ffca8c",
    hazeAmount: 0.66,
    silhouette: 0.32,
    body: "sun",
    bodyColor: "#fff0b8",
    altitude: 0.14,
    azimuth: 0.66,
    rim: "#ffdc9a",
    cloud: "#f29a78",
    stars: 0,
    lamps: true,
  },
  dusk: {
    sky: ["#161c46", "#5b4583", "#e08a84"],
    ambient: "#8d7fb3",
    haze: "#a8749b",
    hazeAmount: 0.62,
    silhouette: 0.45,
    body: "moon",
    bodyColor: "#fde9dc",
    altitude: 0.5,
    azimuth: 0.26,
    rim: "#f0a8b4",
    cloud: "#8a5d8f",
    stars: 0.45,
    lamps: true,
  },
};

/** How much of the clear light a weather takes away. */
const GLOOM: Readonly<Record<Weather, number>> = { clear: 0, fog: 0.45, snow: 0.4, rain: 0.55, storm: 0.78 };

/** Light under open sky. */
export function daylight(time: TimeOfDay, weather: Weather): Light {
  const light = LIGHTS[time];
  const gloom = GLOOM[weather];
  const overcast: Color = light.stars > 0.3 ? "#141a2c" : "#68727f";
  const dimmed = (color: Color, share: number) => mix(color, overcast, gloom * share);
  return {
    ...light,
    sky: [dimmed(light.sky[0], 1), dimmed(light.sky[1], 0.9), dimmed(light.sky[2], 0.7)],
    ambient: dimmed(light.ambient, 0.5),
    haze: dimmed(light.haze, 0.6),
    cloud: mix(light.cloud, "#3b4354", gloom * 0.8),
  };
}

/** Light within walls: when it is dark outside, lamps warm it. */
export function lamplight(time: TimeOfDay): Light {
  const light = LIGHTS[time];
  if (!light.lamps) return { ...light, silhouette: 0.06 };
  return {
    ...light,
    ambient: mix(light.ambient, "#ffdfb4", 0.72),
    haze: mix(light.haze, "#8a6a50", 0.75),
    hazeAmount: 0.3,
    silhouette: 0.14,
    rim: "#ffdca6",
  };
}
