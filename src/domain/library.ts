import { z } from "zod";
import { REFERENCE_KINDS, Reference } from "./direction.ts";

/** A file's own name, in the folder it is looked for in. */
const FILE_NAME = /^[^/\\\p{Cc}]+\.(?:png|jpe?g|webp)$/iu;

/** A character, place or product that many films may show, as the library keeps it. */
export const LibraryEntry = z.strictObject({
  /** What films call it; no two entries have the same. */
  name: z
    .string()
    .trim()
    .min(1)
    .max(120)
    .refine((name) => !/[\p{Cc},=]/u.test(name), "must have no comma, equals sign or control character"),
  kind: z.enum(REFERENCE_KINDS),
  /** The canonical words: they go as they are into every prompt of a scene that names it. */
  description: Reference.shape.description.unwrap(),
  /** A picture file beside the entry's own; absent where only words say what it looks like. */
  picture: z
    .string()
    .refine((name) => FILE_NAME.test(name) && !name.startsWith("."), "must be a PNG, JPEG or WebP file beside this one")
    .optional(),
});
export type LibraryEntry = z.infer<typeof LibraryEntry>;
