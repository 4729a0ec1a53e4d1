import { sized } from "../support/size.ts";

/** How much one size of the simulation tries. */
export interface Size {
  readonly seeds: number;
  /** Reference runs whose every boundary of a port is a crash point. */
  readonly references: number;
  /** Every how many of those points is tried. */
  readonly crashPointStride: number;
  /** The same of a film that is directed meanwhile, which has twice as many. */
  readonly directedStride: number;
  /** Seeds after which a planted bug counts as missed. */
  readonly mutantSeeds: number;
}

/** The sizes of the reliability plan, section 7. */
export const SIZES = {
  sample: { seeds: 400, references: 1, crashPointStride: 1, directedStride: 8, mutantSeeds: 2_000 },
  pr: { seeds: 2_000, references: 1, crashPointStride: 1, directedStride: 1, mutantSeeds: 2_000 },
  nightly: { seeds: 200_000, references: 50, crashPointStride: 1, directedStride: 1, mutantSeeds: 2_000 },
  release: { seeds: 1_000_000, references: 50, crashPointStride: 1, directedStride: 1, mutantSeeds: 2_000 },
} as const satisfies Record<string, Size>;
/** The size of a run of the test suite. */
export const TEST_SIZE: Size = sized(0, 1) === 1 ? SIZES.pr : SIZES.sample;
export type SizeName = keyof typeof SIZES;
export const isSizeName = (word: string): word is SizeName => Object.hasOwn(SIZES, word);
