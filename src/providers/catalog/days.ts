const DAY_MS = 86_400_000;

/** The day a clock reading falls on, ISO 8601, UTC: services change their prices by it. */
export const dayOf = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 10);

/** The day so many days after another, or before it. */
export const daysAfter = (day: string, days: number): string => dayOf(Date.parse(day) + days * DAY_MS);
