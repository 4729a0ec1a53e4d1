/** How much one size of the simulation tries. */
export interface Size {
  readonly seeds: number;
  /** Reference runs whose every boundary of a port is a crash point. */
  readonly references: number;
  /** Seeds after which a planted bug counts as missed. */
  readonly mutantSeeds: number;
}

/** The sizes of the reliability plan, section 7. */
export const SIZES = {
  pr: { seeds: 2_000, references: 1, mutantSeeds: 2_000 },
  nightly: { seeds: 200_000, references: 50, mutantSeeds: 2_000 },
  release: { seeds: 1_000_000, references: 50, mutantSeeds: 2_000 },
} as const satisfies Record<string, Size>;
export type SizeName = keyof typeof SIZES;
export const isSizeName = (word: string): word is SizeName => Object.hasOwn(SIZES, word);
