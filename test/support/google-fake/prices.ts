/** What the services charge, US dollars: the fake's own list, so that a wrong price in the program is noticed. */
const PER_MILLION: Readonly<Record<string, { in: number; out: number }>> = {
  "gemini-3.8-flash": { in: 0.75, out: 3.75 },
  "gemini-nano-banana-2.1": { in: 1.5, out: 7.5 },
  "gemini-3.1-flash-image": { in: 0.5, out: 3 },
  "gemini-3-pro-image": { in: 2, out: 12 },
  "gemini-omni-1.2-flash": { in: 1.5, out: 9 },
};
const PER_UNIT: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "gemini-nano-banana-2.1": { "1K": 0.0336, "2K": 0.0504, "4K": 0.1134 },
  "gemini-3.1-flash-image": { "1K": 0.0672, "2K": 0.1008, "4K": 0.1512 },
  "gemini-3-pro-image": { "1K": 0.1344, "2K": 0.1344, "4K": 0.24 },
  "gemini-omni-1.2-flash": { "360p": 0.0232, "720p": 0.0695, "1080p": 0.1043, "4k": 0.2085 },
  "veo-3.1-lite-generate-001": { "720p": 0.05, "1080p": 0.08 },
  "veo-3.1-fast-generate-001": { "720p": 0.1, "1080p": 0.12, "4k": 0.3 },
};
const PICTURE_TOKENS = 1_120;

/** What one request cost. */
export interface Charge {
  readonly model: string;
  /** Pictures or seconds; 0 for text. */
  readonly units: number;
  readonly size: string;
  readonly pictures: number;
  /** All the words of the request. */
  readonly words: string;
  /** Tokens of the answer and of thinking. */
  readonly tokensOut: number;
}

/** US dollars, by the worst reading of a request: every byte is a token. 0 for a model that is not on the list. */
export function chargeOf({ model, units, size, pictures, words, tokensOut }: Charge): number {
  const tokens = PER_MILLION[model] ?? { in: 0, out: 0 };
  const tokensIn = Buffer.byteLength(words) + pictures * PICTURE_TOKENS;
  return units * (PER_UNIT[model]?.[size] ?? 0) + (tokensIn * tokens.in + tokensOut * tokens.out) / 1e6;
}
