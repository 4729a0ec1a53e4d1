import type { Config } from "../../config/load.ts";
import { VidpipeError } from "../../domain/errors.ts";
import type { ReferenceInput, StillInput, UserImage } from "../../editing/user-images.ts";
import type { CliContext } from "../context.ts";
import { plain } from "../output/text.ts";
import { withStoppableApp } from "../run/session.ts";
import { option } from "./options.ts";

/** Largest image file that is read, bytes. */
const MOST_BYTES = 64 * 2 ** 20;

/** An image from a file; messages call it `from`. @throws VidpipeError input.invalid, input.too_large */
export async function readPicture(path: string, from: string): Promise<UserImage> {
  const file = Bun.file(path);
  const facts = await file.stat().catch((cause: unknown) => {
    throw new VidpipeError("input.invalid", `${from} cannot be read`, { cause });
  });
  if (!facts.isFile()) throw new VidpipeError("input.invalid", `${from} is not a file`);
  if (facts.size > MOST_BYTES)
    throw new VidpipeError("input.too_large", `${from} is too large for an image: 64 MiB or less is read`);
  return { bytes: await file.bytes(), from };
}

/** How messages name a file that was given with a flag. */
export const flagged = (flag: string, path: string): string => `${flag} ${plain(path)}`;

/** `NAME=FILE` or `FILE`; a slash before the first equals sign means that all of it is a file. */
function splitReference(typed: string): { readonly name: string | null; readonly path: string } {
  const [, name, path] = /^([^/=]*)=(.*)$/s.exec(typed) ?? [];
  return name === undefined || path === undefined ? { name: null, path: typed } : { name, path };
}

/** The images of every `--reference`. @throws VidpipeError input.invalid, input.too_large */
export const readReferences = (typed: string | undefined): Promise<ReferenceInput[]> =>
  Promise.all(
    (typed?.split("\n") ?? []).map(async (word) => {
      const { name, path } = splitReference(word);
      return { ...(await readPicture(path, flagged("--reference", path))), name };
    }),
  );

/** The names given with `--reference` and `--cast`. */
export const namesGiven = (references: string | undefined, cast: string | undefined): string[] => [
  ...(references?.split("\n") ?? []).flatMap((word) => splitReference(word).name ?? []),
  ...splitCast(cast ?? ""),
];

const splitCast = (typed: string): string[] => typed.split(/[\n,]/).map((name) => name.trim());

/** `--reference`, once for each image. */
export const REFERENCE_ARG = {
  reference: option("[name=]file...", "Image of a character, place or product in the film; may be given several times"),
} as const;

/** `--cast`: names from the library. */
export const CAST_ARG = {
  cast: option("name,...", "Library entries that appear in the film; may be given several times"),
} as const;

/** Copies of the library entries that `--cast` names; without it nothing is opened. @throws VidpipeError input.invalid */
export async function readCast(
  context: CliContext,
  config: Config,
  typed: string | undefined,
): Promise<ReferenceInput[]> {
  if (typed === undefined) return [];
  const names = splitCast(typed);
  if (names.some((name) => name === ""))
    throw new VidpipeError("input.invalid", "--cast needs names separated by commas");
  return withStoppableApp(context, config, ({ library }, signal) => library.cast(names, signal));
}

/** The image of `--start-image` as the first keyframe. @throws VidpipeError input.invalid, input.too_large */
export const readStartImage = async (path: string | undefined): Promise<StillInput[]> =>
  path === undefined ? [] : [{ still: 0, picture: await readPicture(path, flagged("--start-image", path)) }];
