/** What laying out a caption needs to know of a TrueType font. */
export interface Typeface {
  readonly bytes: Uint8Array;
  readonly family: string;
  /** True when the font has a picture for the character. */
  has(codePoint: number): boolean;
  /** Width of a text in ems, without kerning. */
  widthOf(text: string): number;
}

/** Offset of each table in the file, by its four letters. */
function tablesOf(view: DataView): ReadonlyMap<string, number> {
  const count = view.getUint16(4);
  return new Map(
    Array.from({ length: count }, (_, place) => {
      const at = 12 + place * 16;
      const tag = String.fromCharCode(...[0, 1, 2, 3].map((letter) => view.getUint8(at + letter)));
      return [tag, view.getUint32(at + 8)];
    }),
  );
}

/** Start of the character map of the Basic Multilingual Plane: `cmap` format 4 of the Windows Unicode table. */
function characterMap(view: DataView, cmap: number): number {
  const records = Array.from({ length: view.getUint16(cmap + 2) }, (_, place) => cmap + 4 + place * 8);
  const unicode = records.find((at) => view.getUint16(at) === 3 && view.getUint16(at + 2) === 1);
  if (unicode === undefined) throw new TypeError("the font has no Unicode character map");
  const start = cmap + view.getUint32(unicode + 4);
  if (view.getUint16(start) !== 4) throw new TypeError("the font's character map has an unknown format");
  return start;
}

/** The glyph of every character the font has: four parallel lists of ends, starts, deltas and offsets. */
function readGlyphs(view: DataView, start: number): ReadonlyMap<number, number> {
  const size = view.getUint16(start + 6);
  const glyphs = new Map<number, number>();
  for (let at = start + 14; at < start + 14 + size; at += 2) {
    const [last, first] = [view.getUint16(at), view.getUint16(at + size + 2)];
    const delta = view.getUint16(at + 2 * size + 2);
    const offsetAt = at + 3 * size + 2;
    const offset = view.getUint16(offsetAt);
    for (let code = first; code <= last && code < 0xffff; code++) {
      const listed = offset === 0 ? code : view.getUint16(offsetAt + offset + (code - first) * 2);
      if (listed !== 0) glyphs.set(code, (listed + delta) & 0xffff);
    }
  }
  return glyphs;
}

/** Reads a TrueType font. @throws TypeError when it is none */
export function readTypeface(bytes: Uint8Array, family: string): Typeface {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = tablesOf(view);
  const table = (tag: string): number => {
    const offset = tables.get(tag);
    if (offset === undefined) throw new TypeError(`the font has no ${tag} table`);
    return offset;
  };
  const glyphs = readGlyphs(view, characterMap(view, table("cmap")));
  const unitsPerEm = view.getUint16(table("head") + 18);
  const widths = table("hmtx");
  const lastWidth = view.getUint16(table("hhea") + 34) - 1;
  const advance = (glyph: number) => view.getUint16(widths + Math.min(glyph, lastWidth) * 4) / unitsPerEm;
  return {
    bytes,
    family,
    has: (codePoint) => glyphs.has(codePoint),
    widthOf: (text) => [...text].reduce((sum, letter) => sum + advance(glyphs.get(letter.codePointAt(0) ?? 0) ?? 0), 0),
  };
}
