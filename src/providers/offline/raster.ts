import fontPath from "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf" with { type: "file" };
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import wasmPath from "@resvg/resvg-wasm/index_bg.wasm" with { type: "file" };
import { readTypeface, type Typeface } from "./picture/typeface.ts";

/** Turns SVG into PNG. */
export interface Raster {
  readonly typeface: Typeface;
  png(svg: string): Uint8Array;
}

async function load(): Promise<Raster> {
  const [wasm, font] = await Promise.all([Bun.file(wasmPath).arrayBuffer(), Bun.file(fontPath).bytes()]);
  await initWasm(wasm);
  const typeface = readTypeface(font, "Inter");
  return {
    typeface,
    png: (svg) => {
      const drawing = new Resvg(svg, { font: { fontBuffers: [font], defaultFontFamily: typeface.family } });
      const image = drawing.render();
      const bytes = image.asPng();
      image.free();
      drawing.free();
      return bytes;
    },
  };
}

/** The library can be started once in a process, so its loading is shared; nothing is loaded before the first still. */
let loading: Promise<Raster> | undefined;

export function loadRaster(): Promise<Raster> {
  loading ??= load();
  return loading;
}
