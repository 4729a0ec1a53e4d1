import type { Captions } from "../../src/ports/media.ts";

/** Captions without drawing: their words as bytes, and a camera that stands. */
export const createFakeCaptions = (): Captions => ({
  draw: async (note) => ({ png: new TextEncoder().encode(JSON.stringify(note)), move: "hold" }),
});
