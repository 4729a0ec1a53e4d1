/** Seeded randomness: equal seeds give equal runs. */
export interface Random {
  /** 0 <= x < 1 */
  next(): number;
  /** Whole number, 0 <= x < limit. */
  below(limit: number): number;
  /** low <= x < high */
  between(low: number, high: number): number;
  random(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** An independent stream: drawing from one never shifts another. */
  fork(name: string): Random;
}

/** FNV-1a, 32 bits. */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Mulberry32: small, quick and good enough to choose schedules. */
export function createRandom(seed: number): Random {
  let state = hashText(String(seed));
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (low, high) => low + next() * (high - low),
    random: (probability) => next() < probability,
    pick<T>(choices: readonly T[]): T {
      const chosen = choices[below(choices.length)];
      if (chosen === undefined) throw new RangeError("nothing to pick from");
      return chosen;
    },
    fork: (name) => createRandom(hashText(name, state)),
  };
}

/** Deterministic UUIDv7s, in order of making. */
export function createIds(random: Random, now: () => number): () => string {
  let count = 0;
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0").slice(-width);
  return () => {
    count += 1;
    const time = hex(now(), 12);
    const tail = hex(random.below(2 ** 32), 8);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(count, 3)}-8${hex(count >> 12, 3)}-${hex(random.below(65_536), 4)}${tail}`;
  };
}
