import { isSameName } from "../domain/direction.ts";
import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import { LibraryEntry } from "../domain/library.ts";
import { MAX_IMAGE_BYTES, type ReferenceInput, type UserImage } from "../editing/user-images.ts";
import { extensionOf } from "../engine/steps/read-still.ts";
import { printEntry, readEntry } from "../formats/library-entry.ts";
import { problemLine } from "../formats/problems.ts";
import type { UserFolder } from "../ports/files.ts";
import type { World } from "../ports/world.ts";
import { checkImage } from "./image-intake.ts";
import { checkSignal } from "./interrupt.ts";

/** An entry and the file it stands in. */
export interface KeptEntry extends LibraryEntry {
  /** Absolute path of its YAML. */
  readonly path: string;
}

/** The entries of the library, and one line for each file that could not be used. */
export interface LibraryList {
  readonly entries: readonly KeptEntry[];
  readonly faults: readonly string[];
}

/**
 * Characters, places and products that many films may show: a folder with one YAML file each and its image beside it,
 * which people may edit themselves. A film gets copies: a change here changes no film.
 */
export type Library = ReturnType<typeof createLibrary>;

/** Longest file of an entry, bytes. */
const maxEntryBytes = 2 ** 16;

export function createLibrary(folder: UserFolder, world: Pick<World, "artifacts" | "media">) {
  async function readFile(file: string): Promise<KeptEntry | string> {
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await folder.read(file, maxEntryBytes));
      const reading = readEntry(text, file);
      if (reading.entry !== null) return { ...reading.entry, path: folder.pathOf(file) };
      return `${file}: ${reading.problems.map(problemLine).join("; ")}`;
    } catch (thrown) {
      return thrown instanceof TypeError ? `${file} is not UTF-8 text` : asVidpipeError(thrown).message;
    }
  }

  /** Sorted by name. */
  async function list(signal: AbortSignal): Promise<LibraryList> {
    checkSignal(signal, "nothing was changed");
    return listAll();
  }

  async function listAll(): Promise<LibraryList> {
    const files = (await folder.names()).filter((name) => /\.ya?ml$/.test(name));
    const read = await Promise.all(files.map(readFile));
    const entries = read.flatMap((one) => (typeof one === "string" ? [] : one));
    return {
      entries: entries.toSorted((a, b) => a.name.localeCompare(b.name, "en")),
      faults: read.flatMap((one) => (typeof one === "string" ? one : [])),
    };
  }

  /** @throws VidpipeError input.invalid when there is none of that name, in any case, or two */
  async function get(name: string, signal: AbortSignal): Promise<KeptEntry> {
    const { entries, faults } = await list(signal);
    const [found, twin] = entries.filter((entry) => isSameName(entry.name, name));
    if (twin !== undefined)
      throw new VidpipeError("input.invalid", `two files of the library are called "${name}": rename one of them`);
    if (found !== undefined) return found;
    const unread = faults.length === 0 ? "" : `; what cannot be read there: ${faults.join("; ")}`;
    const known = entries.length === 0 ? "it is empty" : `it has ${entries.map((one) => one.name).join(", ")}`;
    throw new VidpipeError("input.invalid", `the library has no "${name}": ${known}${unread}`);
  }

  /** Writes an entry. @throws VidpipeError input.invalid when there is one of that name, or the image is not valid */
  async function add(
    given: Omit<LibraryEntry, "picture">,
    picture: UserImage | null,
    signal: AbortSignal,
  ): Promise<KeptEntry> {
    const entry = LibraryEntry.parse(given);
    const { entries } = await list(signal);
    const known = entries.find((one) => isSameName(one.name, entry.name));
    if (known !== undefined)
      throw new VidpipeError("input.invalid", `the library has "${known.name}" already: edit ${known.path}`);
    const stem = stemOf(entry.name, await folder.names());
    const type = picture && (await checkImage(world, picture, signal));
    const file = type && `${stem}.${extensionOf(type)}`;
    if (picture !== null && file !== null) await folder.write(file, picture.bytes);
    const made = file === null ? entry : { ...entry, picture: file };
    // The entry last: without its image it would be reported as broken.
    await folder.write(`${stem}.yaml`, new TextEncoder().encode(printEntry(made))).catch(async (thrown: unknown) => {
      if (file !== null) await folder.remove(file).catch(() => {});
      throw thrown;
    });
    return { ...made, path: folder.pathOf(`${stem}.yaml`) };
  }

  async function referenceOf({ name, kind, description, picture }: KeptEntry): Promise<ReferenceInput> {
    const from = `"${name}" of the library`;
    const bytes = picture === undefined ? null : await folder.read(picture, MAX_IMAGE_BYTES);
    return { name, kind, description, bytes, from: picture === undefined ? from : `${from} (${picture})` };
  }

  return {
    list,
    get,
    add,
    /** Removes an entry and its image. @throws as get does */
    async remove(name: string, signal: AbortSignal): Promise<KeptEntry> {
      const entry = await get(name, signal);
      await folder.remove(fileOf(entry.path));
      // Not interrupted here: the entry is gone, its image must follow.
      const { entries, faults } = await listAll();
      // A file that cannot be read may name the image too.
      const isNeeded = faults.length > 0 || entries.some(({ picture }) => picture === entry.picture);
      if (entry.picture !== undefined && !isNeeded) await folder.remove(entry.picture);
      return entry;
    },
    /** Copies of entries for a film. @throws as get does, and input.invalid, input.too_large for their images */
    async cast(names: readonly string[], signal: AbortSignal): Promise<ReferenceInput[]> {
      const cast: ReferenceInput[] = [];
      for (const name of names) cast.push(await referenceOf(await get(name, signal)));
      return cast;
    },
  };
}

const fileOf = (path: string): string => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

/** A readable file name, without extension, that is not in use. */
function stemOf(name: string, taken: readonly string[]): string {
  const plain = folded(name).replace(/\p{M}/gu, "");
  const words =
    plain
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .slice(0, 60)
      .replace(/^-+|-+$/g, "") || "entry";
  const stems = new Set(taken.map((file) => folded(file.replace(/\.\w+$/, ""))));
  const numbered = Array.from({ length: taken.length + 1 }, (_, n) => (n === 0 ? words : `${words}-${n + 1}`));
  return numbered.find((stem) => !stems.has(folded(stem))) ?? words;
}

/** Equal for names that some file systems treat as one. */
const folded = (name: string): string => name.normalize("NFKD").toLowerCase();
