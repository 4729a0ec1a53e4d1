/** Boxes of an MP4 or QuickTime file (ISO/IEC 14496-12, 4.2) in memory. What is broken throws a RangeError. */

/** A box inside bytes in memory. */
export interface InnerBox {
  readonly type: string;
  readonly body: Uint8Array;
  /** With its head. */
  readonly whole: Uint8Array;
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The bytes of a view from `at` on. */
export const bytesFrom = (view: DataView, at: number): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + at, Math.max(0, view.byteLength - at));

/** Four characters, as names of boxes and codecs are. */
export const fourAt = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

/** Boxes that follow each other in memory. @throws RangeError when one ends beyond its parent */
export function* innerBoxes(bytes: Uint8Array): Generator<InnerBox> {
  const view = viewOf(bytes);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const short = view.getUint32(at);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? bytes.length - at : short;
    if (size < head || at + size > bytes.length) throw new RangeError("a box ends beyond its parent");
    yield {
      type: fourAt(view, at + 4),
      body: bytes.subarray(at + head, at + size),
      whole: bytes.subarray(at, at + size),
    };
    at += size;
  }
}

/** The first box with a name among those of `bytes`. */
function firstBox(bytes: Uint8Array, name: string): Uint8Array | undefined {
  for (const box of innerBoxes(bytes)) if (box.type === name) return box.body;
  return undefined;
}

/** The content of the box at the end of a path of names; undefined when there is none. */
export function boxAt(bytes: Uint8Array, ...path: readonly string[]): Uint8Array | undefined {
  let body: Uint8Array | undefined = bytes;
  for (const name of path) body = body && firstBox(body, name);
  return body;
}

/** The same of a box that must be there. @throws RangeError when there is none */
export function must(bytes: Uint8Array, ...path: readonly string[]): DataView {
  const body = boxAt(bytes, ...path);
  if (body === undefined) throw new RangeError(`no ${path.join("/")}`);
  return viewOf(body);
}
