import type { Config } from "../../config/load.ts";
import type { ReferenceWords } from "../../domain/direction.ts";
import { VidpipeError } from "../../domain/errors.ts";
import type { ReferenceInput, StillInput, UserImage } from "../../editing/user-images.ts";
import type { CliContext, Sink } from "../context.ts";
import { pad, plain } from "../output/text.ts";
import { withStoppableApp } from "../run/session.ts";

/** More than any picture that is taken; read no further. */
const MOST_BYTES = 64 * 2 ** 20;

/** A picture from a file, which `from` names in messages. @throws VidpipeError input.invalid, input.too_large */
export async function readPicture(path: string, from: string): Promise<UserImage> {
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
export const readReferences = (typed: string | undefined): Promise<ReferenceInput[]> =>
  Promise.all(
    (typed?.split("\n") ?? []).map(async (word) => {
      const { name, path } = splitReference(word);
      return { ...(await readPicture(path, flagged("--reference", path))), name };
    }),
  );

/** Whom `--reference` and `--cast` name. */
export const namesGiven = (references: string | undefined, cast: string | undefined): string[] => [
  ...(references?.split("\n") ?? []).flatMap((word) => splitReference(word).name ?? []),
  ...splitCast(cast ?? ""),
];

const splitCast = (typed: string): string[] => typed.split(/[\n,]/).map((name) => name.trim());

/** `--reference`, given once for each picture. */
export const REFERENCE_ARG = {
  reference: {
    type: "string",
    valueHint: "[name=]file...",
    description: "A picture of who or what is in the film; may be given several times",
  },
} as const;

/** `--cast`: names from the library. */
export const CAST_ARG = {
  cast: {
    type: "string",
    valueHint: "name,...",
    description: "Who and what of the library is in the film; may be given several times",
  },
} as const;

/** Copies of what `--cast` names; nothing is opened where it names nothing. @throws VidpipeError input.invalid */
export async function readCast(
  context: CliContext,
  config: Config,
  typed: string | undefined,
): Promise<ReferenceInput[]> {
  if (typed === undefined) return [];
  const names = splitCast(typed);
  if (names.some((name) => name === ""))
    throw new VidpipeError("input.invalid", "--cast needs names, with a comma between two");
  return withStoppableApp(context, config, ({ library }, signal) => library.cast(names, signal));
}

/** What `--start-image` brings to a new film. @throws VidpipeError input.invalid, input.too_large */
export const readStartImage = async (path: string | undefined): Promise<StillInput[]> =>
  path === undefined ? [] : [{ still: 0, picture: await readPicture(path, flagged("--start-image", path)) }];

/** Somebody or something as a line shows it. */
export interface CastLine extends ReferenceWords {
  readonly hasPicture: boolean;
}

/** Who and what there is, a line each. */
export function castTable(cast: readonly CastLine[], sink: Sink): string {
  const nameOf = ({ name }: CastLine) => plain(name ?? "(every still)");
  const width = Math.max(4, ...cast.map((one) => Bun.stringWidth(nameOf(one)))) + 2;
  const room = Math.max(20, sink.columns() - width - 20);
  const row = (name: string, kind: string, picture: string, words: string) =>
    `${pad(name, width)}${pad(kind, 11)}${pad(picture, 9)}${words.slice(0, room)}`.trimEnd();
  const rows = cast.map((one) =>
    row(nameOf(one), one.kind ?? "", one.hasPicture ? "yes" : "no", plain(one.description ?? "")),
  );
  return [row("NAME", "KIND", "PICTURE", "DESCRIPTION"), ...rows, ""].join("\n");
}
