import { initWasm, Resvg } from "@resvg/resvg-wasm";
import wasmPath from "@resvg/resvg-wasm/index_bg.wasm" with { type: "file" };
import { $ } from "bun";

const background = "#14171c";
const foreground = "#d7dce2";

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Draws lines of text as a terminal of this size shows them, as PNG; the first `typed` rows are what the user typed. */
export async function createTextRaster(size: {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
}): Promise<(lines: readonly string[], typed: number) => Uint8Array<ArrayBuffer>> {
  const font = (await $`fc-match -f %{file} monospace`.text()).trim();
  const bytes = await Bun.file(font).bytes();
  await initWasm(await Bun.file(wasmPath).arrayBuffer());
  const { width, height, columns, rows } = size;
  const [marginX, marginY] = [16, 14];
  const cell = (width - 2 * marginX) / columns;
  const line = (height - 2 * marginY) / rows;
  // A monospaced letter is about 0.602 of the font's size wide.
  const fontSize = cell / 0.602;
  return (lines, typed) => {
    const text = lines
      .map((row, at) => {
        const y = marginY + line * (at + 0.75);
        const colour = at < typed ? "#8fd18a" : foreground;
        return `<text x="${marginX}" y="${y}" fill="${colour}" xml:space="preserve">${escapeXml(row)}</text>`;
      })
      .join("");
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-size="${fontSize}"><rect width="100%" height="100%" fill="${background}"/>${text}</svg>`;
    const drawing = new Resvg(svg, { font: { fontBuffers: [bytes], defaultFontFamily: "DejaVu Sans Mono" } });
    const image = drawing.render();
    const png = new Uint8Array(image.asPng());
    image.free();
    drawing.free();
    return png;
  };
}
