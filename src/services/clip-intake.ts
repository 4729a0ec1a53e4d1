import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { MediaInfo } from "../domain/media.ts";
import type { Project } from "../domain/project.ts";
import {
  type ClipInput,
  MAX_CLIP_BYTES,
  MAX_CLIP_SECONDS,
  type PlacedClip,
  type UserClip,
} from "../editing/user-clips.ts";
import type { StoredImage } from "../editing/user-images.ts";
import type { FileSlot, StoredFile } from "../ports/files.ts";
import type { ImageMode, ImageStore } from "./image-intake.ts";
import { checkSignal } from "./interrupt.ts";

/**
 * Makes the user's clips plain, checks them and stores them, or only checks them for a forecast. Their first and last
 * frames become stills of the film, cut to its aspect ratio.
 * @throws VidpipeError input.invalid when one is no clip that can be joined, or the wanted part is not in it,
 * input.too_large, storage.*
 */
export async function storeClips(
  store: ImageStore,
  project: Pick<Project, "id" | "request">,
  given: readonly ClipInput[],
  mode: ImageMode,
  signal: AbortSignal,
): Promise<PlacedClip[]> {
  const keep = mode === "store" ? storing(store, project) : checking(store);
  const placed: PlacedClip[] = [];
  for (const { scene, clip } of given) {
    checkSignal(signal);
    const slot = { name: `clip-${String(scene + 1).padStart(2, "0")}`, extension: "mp4" } as const;
    placed.push(await keep(slot, (path) => plainClip(store, clip, path, signal), framesOf));

    async function framesOf(path: string, media: MediaInfo, file: StoredFile): Promise<PlacedClip> {
      const first = await frame(path, "first", scene);
      return { scene, file, media, first, last: await frame(path, "last", scene + 1) };
    }
  }
  return placed;

  /** The frame of a clip as the still of a place. */
  function frame(clip: string, which: "first" | "last", position: number): Promise<StoredImage> {
    const slot = { name: `keyframe-${String(position).padStart(2, "0")}`, extension: "jpg" } as const;
    const take = (path: string) =>
      store.artifacts.borrow({ name: "frame", extension: "png" }, async (picture) => {
        await store.media.extractStill(clip, which, picture, signal);
        await store.media.fitStill(picture, path, project.request.aspectRatio, "crop", signal);
      });
    return keep(slot, take, async (_path, _size, file) => ({ ...file, mediaType: "image/jpeg" }));
  }
}

/** Puts a file where it is wanted, then makes something more of it while it is there. */
type Keep = <W, R>(
  slot: Omit<FileSlot, "projectId">,
  write: (path: string) => Promise<W>,
  then: (path: string, written: W, file: StoredFile) => Promise<R>,
) => Promise<R>;

const storing =
  ({ artifacts }: ImageStore, { id: projectId }: Pick<Project, "id">): Keep =>
  async (slot, write, then) => {
    const { written, ...file } = await artifacts.put({ ...slot, projectId }, write);
    return then(artifacts.pathOf(file.key), written, file);
  };

const checking =
  ({ artifacts }: ImageStore): Keep =>
  (slot, write, then) =>
    artifacts.borrow(slot, async (path) => {
      const written = await write(path);
      const hasher = new Bun.CryptoHasher("sha256");
      for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
      return then(path, written, { key: "", sha256: hasher.digest("hex"), bytes: Bun.file(path).size });
    });

/** Writes the wanted part of a clip to a private path. */
async function plainClip(
  { media }: ImageStore,
  { from, ...part }: UserClip,
  path: string,
  signal: AbortSignal,
): Promise<MediaInfo> {
  if (Bun.file(part.path).size > MAX_CLIP_BYTES)
    throw new VidpipeError("input.too_large", `${from} is larger than 512 MiB: nothing was made; give a smaller file`);
  return media
    .normalise({ ...part, mostSeconds: MAX_CLIP_SECONDS }, path, signal)
    .catch((thrown: unknown) => Promise.reject(named(from, thrown)));
}

/** A failure by the name that the user knows the clip by: messages of the media tool name a private copy. */
function named(from: string, thrown: unknown): unknown {
  const failure = asVidpipeError(thrown);
  const { code, message, field, facts } = failure;
  const rest = { cause: failure, facts, ...(field !== undefined && { field }) };
  if (code === "media.invalid") {
    const why = message.replace(/^"[^"]*" /, "").replace(/; it was not used$|; make this clip again$/, "");
    return new VidpipeError("input.invalid", `${from} ${why}: nothing was made`, rest);
  }
  if (code !== "input.invalid" && code !== "input.too_large") return thrown;
  return new VidpipeError(code, `${from}: ${message}: nothing was made`, rest);
}
