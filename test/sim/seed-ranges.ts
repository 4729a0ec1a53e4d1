import { join } from "node:path";
import { z } from "zod";

/**
 * The seeds that somebody looked at, in one file: what the simulator was tuned on, or published with. A figure counts
 * only on seeds that nobody tuned on.
 */
const SeedRanges = z.strictObject({
  ranges: z.array(z.strictObject({ from: z.int().min(1), to: z.int().min(1), use: z.string() })),
  /** The first seed that a fresh run may take. */
  freshFrom: z.int().min(1),
});
export type SeedRanges = z.infer<typeof SeedRanges>;

const path = join(import.meta.dir, "seed-ranges.json");

export const readSeedRanges = async (): Promise<SeedRanges> => SeedRanges.parse(await Bun.file(path).json());

/** The first of `count` seeds in a row of which none was used. Pure. */
export function nextFresh({ ranges, freshFrom }: SeedRanges, count: number): number {
  const used = ranges.toSorted((a, b) => a.from - b.from);
  return used.reduce((start, { from, to }) => (start <= to && from < start + count ? to + 1 : start), freshFrom);
}

/** The same with one more range that was used. Pure. */
export const withRange = (known: SeedRanges, from: number, count: number, use: string): SeedRanges => ({
  ...known,
  ranges: [...known.ranges, { from, to: from + count - 1, use }],
});

/** Notes that seeds were used, so that no later run takes them for fresh ones. */
export async function noteUsed(from: number, count: number, use: string): Promise<void> {
  const ranges = withRange(await readSeedRanges(), from, count, use);
  const lines = ranges.ranges.map(
    (range) => `    { "from": ${range.from}, "to": ${range.to}, "use": ${JSON.stringify(range.use)} }`,
  );
  await Bun.write(path, `{\n  "ranges": [\n${lines.join(",\n")}\n  ],\n  "freshFrom": ${ranges.freshFrom}\n}\n`);
}
