const dayMs = 86_400_000;

/** Midnight UTC of a moment's day, epoch ms: where the daily spending cap starts to count. */
export const dayStartMs = (nowMs: number): number => nowMs - (nowMs % dayMs);
