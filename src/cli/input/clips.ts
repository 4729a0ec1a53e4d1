import { VidpipeError } from "../../domain/errors.ts";
import { MAX_CLIP_BYTES } from "../../editing/user-clips.ts";

/** The path of a clip that the user named, once it is known to be a file; messages call it `from`. @throws VidpipeError input.invalid, input.too_large */
export async function clipPath(path: string, from: string): Promise<string> {
  const facts = await Bun.file(path)
    .stat()
    .catch((cause: unknown) => {
      throw new VidpipeError("input.invalid", `${from} cannot be read`, { cause });
    });
  if (!facts.isFile()) throw new VidpipeError("input.invalid", `${from} is not a file`);
  if (facts.size === 0) throw new VidpipeError("input.invalid", `${from} is empty`);
  if (facts.size > MAX_CLIP_BYTES)
    throw new VidpipeError("input.too_large", `${from} is too large for a clip: 512 MiB or less is read`);
  return path;
}
