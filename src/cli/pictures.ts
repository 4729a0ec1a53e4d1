import { VidpipeError } from "../domain/errors.ts";
import type { GivenReference, GivenStill, OwnPicture } from "../service.ts";
import { plain } from "./text.ts";

/** More than any picture that is taken; read no further. */
const MOST_BYTES = 64 * 2 ** 20;

/** A picture from a file, which `from` names in messages. @throws VidpipeError input.invalid, input.too_large */
export async function readPicture(path: string, from: string): Promise<OwnPicture> {
  const file = Bun.file(path);
  const facts = await file.stat().catch((cause: unknown) => {
    throw new VidpipeError("input.invalid", `${from} cannot be read`, { cause });
  });
  if (!facts.isFile()) throw new VidpipeError("input.invalid", `${from} is not a file`);
  if (facts.size > MOST_BYTES) throw new VidpipeError("input.too_large", `${from} is too large to be a picture`);
  return { bytes: await file.bytes(), from };
}

/** What messages call a file that a flag names. */
export const flagged = (flag: string, path: string): string => `${flag} ${plain(path)}`;

/** `NAME=FILE` or `FILE`; what has a folder before its first equals sign is a file. */
function splitReference(typed: string): { readonly name: string | null; readonly path: string } {
  const [, name, path] = /^([^/=]*)=(.*)$/s.exec(typed) ?? [];
  return name === undefined || path === undefined ? { name: null, path: typed } : { name, path };
}

/** The pictures behind every `--reference` of a command. @throws VidpipeError input.invalid, input.too_large */
export const readReferences = (typed: string | undefined): Promise<GivenReference[]> =>
  Promise.all(
    (typed?.split("\n") ?? []).map(async (word) => {
      const { name, path } = splitReference(word);
      return { ...(await readPicture(path, flagged("--reference", path))), name };
    }),
  );

/** `--reference`, given once for each picture. */
export const REFERENCE_ARG = {
  reference: {
    type: "string",
    valueHint: "[name=]file...",
    description: "A picture of who or what is in the film; may be given several times",
  },
} as const;

/** What `--reference` and `--start-image` bring to a new film. @throws VidpipeError input.invalid, input.too_large */
export async function readOwnPictures(
  references: string | undefined,
  startImage: string | undefined,
): Promise<{ references?: GivenReference[]; stills: GivenStill[] }> {
  return {
    ...(references === undefined ? {} : { references: await readReferences(references) }),
    stills:
      startImage === undefined
        ? []
        : [{ still: 0, picture: await readPicture(startImage, flagged("--start-image", startImage)) }],
  };
}
