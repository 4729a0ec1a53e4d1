import { z } from "zod";

/** Asks for the hash of an open file. */
export const HashRequest = z.object({ id: z.int(), fd: z.int() });
export type HashRequest = z.infer<typeof HashRequest>;

/** The hash of a whole file; null when it could not be read. */
export const HashAnswer = z.object({ id: z.int(), sha256: z.string().nullable(), bytes: z.number() });
export type HashAnswer = z.infer<typeof HashAnswer>;
