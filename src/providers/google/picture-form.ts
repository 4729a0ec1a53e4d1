import type { ClipOrder, KeyframeOrder } from "../../domain/step.ts";

const LIKENESS =
  "The picture is the frame before. Keep the same characters, faces, clothes, setting and style, and draw this next frame:\n";

/** What each picture of a request is for, in the order in which they are sent. */
function rolesOf({ previous, references = [] }: KeyframeOrder): string {
  const follows = previous !== null;
  if (references.length === 0) return follows ? LIKENESS : "";
  const first = follows ? 2 : 1;
  const lines = references.map(({ name }, place) => {
    const seen = name === null ? "what appears in this film" : name;
    return `Picture ${first + place} shows ${seen}: wherever it is seen, keep exactly this face, shape, clothes and colors, but not this picture's background or framing.`;
  });
  const before = "Picture 1 is the frame before. Keep the same characters, faces, clothes, setting and style.";
  return `${[...(follows ? [before] : []), ...lines].join("\n")}\nDraw this frame:\n`;
}

/** What a model that looks at pictures is told for a still. */
export const stillText = (order: KeyframeOrder): string => rolesOf(order) + order.prompt;

/** How many pictures it is shown: the still before and the references. */
export const picturesShown = ({ previous, references = [] }: KeyframeOrder): number =>
  (previous === null ? 0 : 1) + references.length;

/** What Omni is told for a clip between its two stills. */
export const omniText = ({ prompt }: ClipOrder): string =>
  `<FIRST_FRAME> <LAST_FRAME> In a single continuous shot: ${prompt}`;
