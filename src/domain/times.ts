/** A time to the minute, as people read it anywhere on earth: `2026-12-01 14:05 UTC`. */
export const utcMinute = (epochMs: number): string =>
  `${new Date(epochMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
