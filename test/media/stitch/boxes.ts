/** Changes boxes of MP4 files, to make what other writers make. */
import { readFile, writeFile } from "node:fs/promises";

/** A box: its content as bytes, or as the boxes in it. */
export interface Box {
  type: string;
  content: Buffer | Box[];
}

const CONTAINERS = ["moov", "trak", "edts", "mdia", "minf", "stbl", "mvex", "moof", "traf", "udta"];

function parse(bytes: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const content = Buffer.from(bytes.subarray(at + 8, at + size));
    boxes.push({ type, content: CONTAINERS.includes(type) ? parse(content) : content });
    at += size;
  }
  return boxes;
}

/** Boxes as bytes. */
export const bytesOf = (boxes: readonly Box[]): Buffer =>
  Buffer.concat(
    boxes.map(({ type, content }) => {
      const body = Buffer.isBuffer(content) ? content : bytesOf(content);
      const head = Buffer.alloc(8);
      head.writeUInt32BE(body.length + 8);
      head.write(type, 4, "latin1");
      return Buffer.concat([head, body]);
    }),
  );

/** The boxes in the box at the end of a path of names, `trak#1` being the second of its name. */
export function inside(boxes: Box[], ...path: readonly string[]): Box[] {
  let found = boxes;
  for (const step of path) {
    const [name, place = "0"] = step.split("#");
    const box = found.filter(({ type }) => type === name)[Number(place)];
    if (box === undefined || Buffer.isBuffer(box.content)) throw new RangeError(`no ${path.join("/")}`);
    found = box.content;
  }
  return found;
}

/** The content of the box at the end of a path of names. */
export function bodyOf(boxes: Box[], ...path: readonly string[]): Buffer {
  const box = inside(boxes, ...path.slice(0, -1)).find(({ type }) => type === path.at(-1));
  if (box === undefined || !Buffer.isBuffer(box.content)) throw new RangeError(`no ${path.join("/")}`);
  return box.content;
}

/** Puts a box in the place of another; null takes it away. */
export function replace(boxes: Box[], path: readonly string[], by: Box | null): void {
  const parent = inside(boxes, ...path.slice(0, -1));
  const at = parent.findIndex(({ type }) => type === path.at(-1));
  if (at < 0) throw new RangeError(`no ${path.join("/")}`);
  parent.splice(at, 1, ...(by === null ? [] : [by]));
}

/** Numbers of 4 bytes. */
export const fours = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value | 0, index * 4);
  return bytes;
};

/**
 * A copy of a file with some boxes changed. Its packets must come before its `moov`, or stay where they are. Returns
 * its path.
 */
export async function patched(source: string, target: string, change: (boxes: Box[]) => void): Promise<string> {
  const boxes = parse(await readFile(source));
  change(boxes);
  await writeFile(target, bytesOf(boxes));
  return target;
}
