import { lstatSync } from "node:fs";
import { lstat, mkdir, readdir, rename, rm, utimes } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { ProjectId } from "../../domain/ids.ts";
import type { ArtifactStore, FileHasher, FileSlot, IncomingFile, StoredFile } from "../../ports/files.ts";
import type { OwnProcess } from "../../ports/runtime.ts";
import { mappingDiskErrors, mappingDiskErrorsSync } from "./disk-errors.ts";
import { clearImportMark, markImport } from "./import-marks.ts";
import { filesBelow } from "./list-files.ts";
import { trashAbandonedImport } from "./orphan-trash.ts";
import {
  absent,
  type Content,
  damaged,
  hashOf,
  linkOrCopy,
  makeFolder,
  measured,
  syncFolder,
  withPlainFile,
} from "./plain-file.ts";
import { freeBytesOf, whileWatched } from "./room-watch.ts";
import { createTempDirs } from "./temp-dirs.ts";
import { exportFile, exportTarget } from "./write-outside.ts";

/** Characters of a sha256 that become part of a file's name. */
const shownHashLength = 12;
const NAME = "[a-z0-9]+(?:-[a-z0-9]+)*";
const EXTENSIONS = ["png", "jpg", "webp", "mp4", "json", "bin"] as const satisfies readonly FileSlot["extension"][];
const EXTENSION = `(?:${EXTENSIONS.join("|")})`;
const SLOT = new RegExp(`^${NAME}$`);
const KEY = new RegExp(`^${NAME}/${NAME}\\.${EXTENSION}$`);
const HASH_IN_KEY = new RegExp(`-([0-9a-f]{${shownHashLength}})\\.${EXTENSION}$`);

interface ArtifactStoreConfig {
  readonly root: string;
  /** The user's umask, for copies outside; what is kept is made under the umask of the process. */
  readonly umask?: number | undefined;
  /** Free bytes of the disk of a folder; asked of the system unless given. */
  readonly freeBytesAt?: (folder: string) => Promise<number>;
  /** Hashes large files in the background; absent: they are hashed here, piece by piece. */
  readonly hasher?: FileHasher;
}

/** Immutable files below one folder: `<root>/<project>/<name>-<start of sha256>.<extension>`. */
export function createArtifactStore(cfg: ArtifactStoreConfig, own: OwnProcess): ArtifactStore {
  const { umask = process.umask(), freeBytesAt = freeBytesOf, hasher } = cfg;
  const root = resolve(cfg.root);
  const tempDirs = createTempDirs(join(root, "tmp"), own);
  const guarded = mappingDiskErrors(root);

  function pathOf(key: string): string {
    if (!KEY.test(key)) throw damaged(JSON.stringify(key), "is not an artifact name");
    const path = join(root, key);
    if (isLink(path) || isLink(dirname(path))) throw damaged(path, "is a symbolic link");
    return path;
  }

  const fill = <T>(path: string, write: (path: string) => Promise<T>): Promise<T> =>
    whileWatched(root, freeBytes, own.clock, () => write(path));

  async function keep({ projectId, name, extension }: FileSlot, path: string, content: Content): Promise<StoredFile> {
    const key = `${projectId}/${name}-${content.sha256.slice(0, shownHashLength)}.${extension}`;
    const target = await placeFor(key);
    // The same content again leaves the file alone; a damaged one or a planted link is replaced.
    if (!((await holds(target, content, hasher)) && (await renewed(target)))) await rename(path, target);
    await syncFolder(dirname(target));
    return { key, ...content };
  }

  /** Updates the time of a file, so that it does not count as an orphan; false when that is not possible. */
  const renewed = (path: string): Promise<boolean> => {
    const now = own.clock.now() / 1_000;
    return utimes(path, now, now).then(
      () => true,
      () => false,
    );
  };

  /** Path of a key whose folder exists, durably. */
  async function placeFor(key: string): Promise<string> {
    if (!KEY.test(key)) throw new VidpipeError("internal", `${JSON.stringify(key)} cannot name an artifact`);
    const path = join(root, key);
    const folder = dirname(path);
    await makeFolder(folder);
    if (!(await lstat(folder)).isDirectory()) throw damaged(folder, "is not a folder");
    return path;
  }

  /** All files of a project in a folder of their own, then the folder in its place, then the rows that name them. */
  async function importProject(
    id: ProjectId,
    files: AsyncIterable<IncomingFile>,
    admit: () => Promise<void>,
  ): Promise<void> {
    const place = join(root, id);
    const some = await tempDirs.with(async (folder) => {
      const staged = join(folder, id);
      await mkdir(staged);
      let any = false;
      for await (const { file, write } of files) {
        await receive(staged, id, file, (path) => fill(path, write), hasher);
        any = true;
      }
      if (!any) return false;
      await markImport(staged, own);
      await syncFolder(staged);
      if ((await lstat(place).catch(absent)) !== null)
        throw new VidpipeError("project.conflict", `${place} exists already: nothing was written`);
      await rename(staged, place);
      await syncFolder(root);
      return true;
    });
    try {
      await admit();
    } catch (thrown) {
      if (some) await discard(id);
      throw thrown;
    }
    // The rows are there: the mark has lost its meaning, and the next start removes one that stays.
    if (some) await clearImportMark(place).catch(() => {});
  }

  async function discard(id: ProjectId): Promise<void> {
    // A planted link is removed itself; what it leads to is left alone.
    await rm(join(root, id), { recursive: true, force: true });
    await syncFolder(root).catch(absent);
  }

  async function find(id: ProjectId, name: string): ReturnType<ArtifactStore["find"]> {
    const names = await readdir(join(root, id)).catch(absent);
    for (const file of names ?? []) {
      const key = `${id}/${file}`;
      const extension = EXTENSIONS.find((one) => file.endsWith(`.${one}`));
      const hash = HASH_IN_KEY.exec(file)?.[1];
      if (extension === undefined || hash === undefined || !file.startsWith(`${name}-${hash}`)) continue;
      const content = await withPlainFile(join(root, key), (one) => measured(one, hasher));
      if (!content.sha256.startsWith(hash)) continue;
      // The process that put it may have died before its name was durable, and a row is about to name it.
      await syncFolder(join(root, id));
      return { key, ...content, extension };
    }
    return null;
  }

  const freeBytes = async (): Promise<number> => freeBytesAt(await nearestFolder(root));

  /** Fills a private file; `then` may move it to where it stays. */
  async function filled<T, R>(
    slot: Omit<FileSlot, "projectId">,
    write: (path: string) => Promise<T>,
    then: (path: string, written: T) => R | Promise<R>,
  ): Promise<R> {
    if (!SLOT.test(slot.name)) throw new VidpipeError("internal", `${JSON.stringify(slot.name)} is not a slot name`);
    return tempDirs.with(async (folder) => {
      const path = join(folder, `${slot.name}.${slot.extension}`);
      return then(path, await fill(path, write));
    });
  }

  return {
    put: (slot, write) =>
      guarded(() => {
        // Sealed while the disk is watched: a tool on a full one may say that all is well and leave nothing.
        const fill = async (path: string) => ({
          written: await write(path),
          content: await sealed(path, slot.name, hasher),
        });
        return filled(slot, fill, async (path, made) => ({
          ...(await keep(slot, path, made.content)),
          written: made.written,
        }));
      }),
    borrow: (slot, use) => guarded(() => filled(slot, use, (_, made) => made)),
    importProject: (id, files, admit) => guarded(() => importProject(id, files, admit)),
    clearAbandonedImport(id) {
      mappingDiskErrorsSync(root)(() => trashAbandonedImport(root, id, own.clock.now(), own));
    },
    find: (id, name) => guarded(() => find(id, name)),
    pathOf,
    read: (key) =>
      guarded(() =>
        withPlainFile(pathOf(key), async (file) => {
          const bytes = new Uint8Array(await file.readFile());
          const expected = HASH_IN_KEY.exec(key)?.[1] ?? "";
          if (!(await hashOf(bytes)).startsWith(expected)) throw damaged(pathOf(key), "is not what was stored");
          return bytes;
        }),
      ),
    intact: (file) => guarded(async () => KEY.test(file.key) && holds(join(root, file.key), file, hasher)),
    publish: (key, name) =>
      guarded(async () => {
        const published = `${key.slice(0, key.indexOf("/"))}/${name}`;
        if (HASH_IN_KEY.test(published)) throw new VidpipeError("internal", `${name} is an artifact's own name`);
        const target = await placeFor(published);
        await withPlainFile(pathOf(key), () =>
          tempDirs.with(async (folder) => {
            const temp = join(folder, name);
            await linkOrCopy(pathOf(key), temp);
            await rename(temp, target);
          }),
        );
        await syncFolder(dirname(target));
        return published;
      }),
    export: (key, destination) =>
      guarded(() =>
        withPlainFile(pathOf(key), () =>
          exportFile(pathOf(key), destination, { tempName: tempDirs.uniqueName(), umask }),
        ),
      ),
    async checkExport(destination) {
      await exportTarget(destination);
    },
    files: () => guarded(() => filesBelow(root)),
    discard: (id) => guarded(() => discard(id)),
    freeBytes: () => guarded(freeBytes),
    sweep: () => guarded(() => tempDirs.sweep()),
  };
}

/** Writes one file of a project that comes in. @throws VidpipeError input.invalid when it is not what it should be */
async function receive(
  folder: string,
  id: ProjectId,
  { key, sha256, bytes }: StoredFile,
  write: (path: string) => Promise<void>,
  hasher: FileHasher | undefined,
): Promise<void> {
  const [owner, name = ""] = key.split("/");
  if (!KEY.test(key) || owner !== id || HASH_IN_KEY.exec(key)?.[1] !== sha256.slice(0, shownHashLength))
    throw new VidpipeError("input.invalid", `${JSON.stringify(key)} is not a file name`);
  const path = join(folder, name);
  await write(path);
  const content = await sealed(path, name, hasher);
  if (content.sha256 !== sha256 || content.bytes !== bytes)
    throw new VidpipeError("input.invalid", `${name} is not what its hash says`);
}

/** Makes sure that a writer left a regular file with something in it, measures it and makes it durable. */
async function sealed(path: string, name: string, hasher: FileHasher | undefined): Promise<Content> {
  const content = await withPlainFile(path, async (file) => {
    const figures = await measured(file, hasher);
    await file.sync();
    return figures;
  }).catch((thrown: unknown) => {
    throw thrown instanceof VidpipeError ? nothingWritten(name, thrown) : thrown;
  });
  if (content.bytes === 0) throw nothingWritten(name);
  return content;
}

const nothingWritten = (name: string, cause?: unknown): VidpipeError =>
  new VidpipeError("storage.io", `${name} was not written: nothing was kept, it will be made again`, { cause });

/** True when a regular file of exactly this content is there. */
async function holds(path: string, { sha256, bytes }: Content, hasher: FileHasher | undefined): Promise<boolean> {
  const there = await lstat(path).catch(absent);
  if (there === null || !there.isFile() || there.size !== bytes) return false;
  return withPlainFile(path, async (file) => (await measured(file, hasher)).sha256 === sha256);
}

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

async function nearestFolder(path: string): Promise<string> {
  const there = await lstat(path).catch(absent);
  return there !== null || dirname(path) === path ? path : nearestFolder(dirname(path));
}
