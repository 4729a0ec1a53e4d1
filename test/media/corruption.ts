/** Clips and stills damaged at random: 12.10 cut off, 12.11 flipped bits, and pieces swapped. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import { createRandom, type Random } from "../sim/random.ts";
import { clip, ffmpeg, realTool, tempFolder } from "../support/media.ts";
import { never } from "../support/never.ts";

const tool = realTool();
const folder = tempFolder();
/** A sound file and how it is checked. */
export interface Subject {
  readonly name: string;
  readonly bytes: Buffer;
  /** What is accepted of it, in words. */
  readonly whole: string;
  readonly check: (path: string) => Promise<string>;
}

const frames = 24;

let made: Promise<readonly Subject[]> | undefined;
/** A clip and a still of each kind. */
export const subjects = (): Promise<readonly Subject[]> => (made ??= makeSubjects());

async function makeSubjects(): Promise<readonly Subject[]> {
  const film = readFileSync(await clip({ frames, size: "128x72", gop: 6 }));
  const check = async (path: string) => `${(await tool.verify(path, never)).video.frames} frames`;
  const stills = await Promise.all(
    ["still.png", "still.jpg", "still.webp"].map(async (name): Promise<Subject> => {
      const path = join(folder, name);
      await ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=128x72", "-frames:v", "1", "-update", "1", path]);
      const size = async (damaged: string) => {
        const { width, height } = await tool.verifyStill(damaged, "16:9", never);
        return `${width}x${height}`;
      };
      return { name, bytes: readFileSync(path), whole: "128x72", check: size };
    }),
  );
  return [{ name: "clip.mp4", bytes: film, whole: `${frames} frames`, check }, ...stills];
}

const DAMAGES: readonly { readonly name: string; readonly harm: (bytes: Buffer, random: Random) => Buffer }[] = [
  {
    name: "one bit flipped",
    harm(bytes, random) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    },
  },
  { name: "cut off", harm: (bytes, random) => bytes.subarray(0, random.below(bytes.length)) },
  {
    name: "two pieces swapped",
    harm(bytes, random) {
      const length = 1 + random.below(Math.floor(bytes.length / 4));
      const [a, b] = [random.below(bytes.length - length), random.below(bytes.length - length)];
      const piece = Buffer.from(bytes.subarray(a, a + length));
      bytes.copy(bytes, a, b, b + length);
      piece.copy(bytes, b);
      return bytes;
    },
  },
];

/** What is wrong with how one damaged file is taken; null when it is refused in one line, or as good as before. */
export async function complaint(subject: Subject, path: string, isCut: boolean): Promise<string | null> {
  try {
    const found = await subject.check(path);
    if (isCut) return `a part of it was accepted as ${found}`;
    return found === subject.whole ? null : `accepted as ${found} instead of ${subject.whole}`;
  } catch (thrown) {
    if (!(thrown instanceof VidpipeError)) return `threw ${String(thrown)}`;
    if (thrown.code !== "media.invalid") return `${thrown.code}: ${thrown.message}`;
    return /^[^\p{Cc}]+$/u.test(thrown.message) ? null : "its message is more than a line";
  }
}

/** Files that are checked at once: their programs wait for the disk and for each other. */
const atOnce = availableParallelism() + 1;

/** Damages one file and says what is wrong with how it is taken; null when nothing is. */
async function damageOne(all: readonly Subject[], seed: number): Promise<string | null> {
  const random = createRandom(seed);
  const subject = seed % 2 === 0 ? all[0] : random.pick(all.slice(1));
  if (subject === undefined) throw new RangeError("nothing to damage");
  const { name, harm } = random.pick(DAMAGES);
  const path = join(folder, `${seed}-${subject.name}`);
  writeFileSync(path, harm(Buffer.from(subject.bytes), random));
  const wrong = await complaint(subject, path, name === "cut off");
  rmSync(path);
  return wrong === null ? null : `seed ${seed}, ${subject.name}, ${name}: ${wrong}`;
}

/** Damages a file per seed. Returns a line for each that was not taken as it should be. */
export async function damageMany(firstSeed: number, count: number): Promise<readonly string[]> {
  const all = await subjects();
  const complaints: string[] = [];
  let next = firstSeed;
  const work = async () => {
    while (next < firstSeed + count) {
      const found = await damageOne(all, next++);
      if (found !== null) complaints.push(found);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return complaints.toSorted((a, b) => a.localeCompare(b));
}
