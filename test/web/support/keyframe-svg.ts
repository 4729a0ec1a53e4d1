const SIZES: Readonly<Record<string, readonly [number, number]>> = {
  "16:9": [1280, 720],
  "9:16": [720, 1280],
  "1:1": [720, 720],
};
const SKIES = [
  ["#2b3a5c", "#f0b48a"],
  ["#31506b", "#c9dbe6"],
  ["#3a4a5a", "#9fb3b8"],
  ["#1d2440", "#e2935a"],
  ["#141a2e", "#ffce85"],
] as const;

/** A drawn keyframe: sky, sun, three hills. Each position differs. */
export function keyframeSvg(position: number, aspectRatio: string): string {
  const [width, height] = SIZES[aspectRatio] ?? [1280, 720];
  const [top, bottom] = SKIES[position % SKIES.length] ?? ["#222", "#888"];
  const hill = (at: number, rise: number, shade: string) =>
    `<path fill="${shade}" d="M0 ${height * at} Q ${width * (0.2 + position * 0.07)} ${height * (at - rise)} ${width * 0.55} ${height * at} T ${width} ${height * (at - rise / 2)} V ${height} H 0 Z"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient></defs>
<rect width="100%" height="100%" fill="url(#sky)"/>
<circle cx="${width * (0.75 - position * 0.09)}" cy="${height * (0.5 - position * 0.05)}" r="${height * 0.07}" fill="#fff3d6" opacity=".9"/>
${hill(0.66, 0.18, "#4d6272")}${hill(0.76, 0.14, "#33434f")}${hill(0.88, 0.1, "#e7edf2")}
</svg>`;
}
