import { lstatSync } from "node:fs";
import { copyFile, link, lstat, rename, rm, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { asVidpipeError, VidpipeError } from "../domain/errors.ts";
import type { ArtifactStore, Clock, FileSlot, Owner, StoredFile } from "../ports.ts";
import { diskFailure, diskFull, errnoOf } from "./disk-failures.ts";
import { exportFile, exportTarget } from "./export-file.ts";
import { absent, type Content, contentOf, damaged, makeFolder, syncFolder, withPlainFile } from "./plain-file.ts";
import { filesBelow } from "./project-files.ts";
import { createWorkplaces } from "./workplaces.ts";

/** Characters of a sha256 that become part of a file's name. */
const shownHashLength = 12;
/**
 * Free bytes below which a tool that failed to write is taken to have met a full disk: ffmpeg does not say so,
 * it may even exit with 0 and leave half a file.
 */
const fullBelowBytes = 1024 * 1024;

const NAME = "[a-z0-9]+(?:-[a-z0-9]+)*";
const EXTENSION = "(?:png|jpg|webp|mp4)";
const SLOT = new RegExp(`^${NAME}$`);
const KEY = new RegExp(`^${NAME}/${NAME}\\.${EXTENSION}$`);
const HASH_IN_KEY = new RegExp(`-([0-9a-f]{${shownHashLength}})\\.${EXTENSION}$`);

/** Immutable files below one folder: `<root>/<project>/<name>-<start of sha256>.<extension>`. */
export function createArtifactStore(
  cfg: { readonly root: string },
  deps: { readonly owner: Owner; readonly clock: Clock },
): ArtifactStore {
  const root = resolve(cfg.root);
  const workplaces = createWorkplaces(join(root, "tmp"), deps);

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw diskFailure(thrown, root);
    }
  };

  function pathOf(key: string): string {
    if (!KEY.test(key)) throw damaged(JSON.stringify(key), "is no artifact's name");
    const path = join(root, key);
    if (isLink(path) || isLink(dirname(path))) throw damaged(path, "is a symbolic link");
    return path;
  }

  /** Runs a writer; its failure on a disk without room is the disk's. */
  async function fill<T>(path: string, write: (path: string) => Promise<T>): Promise<T> {
    try {
      return await write(path);
    } catch (thrown) {
      const { code } = asVidpipeError(thrown);
      const byTool = code === "internal" || code === "storage.io" || code.startsWith("media.");
      if (byTool && (await freeBytes()) < fullBelowBytes) throw diskFull(root, thrown);
      throw thrown;
    }
  }

  async function keep({ projectId, name, extension }: FileSlot, path: string): Promise<StoredFile> {
    const content = await sealed(path, name);
    const key = `${projectId}/${name}-${content.sha256.slice(0, shownHashLength)}.${extension}`;
    const target = await placeFor(key);
    // The same content again leaves the file alone; a damaged one or a planted link is replaced.
    if (!(await holds(target, content))) await rename(path, target);
    await syncFolder(dirname(target));
    return { key, ...content };
  }

  /** Path of a key whose folder exists, durably. */
  async function placeFor(key: string): Promise<string> {
    if (!KEY.test(key)) throw new VidpipeError("internal", `${JSON.stringify(key)} cannot name an artifact`);
    const path = join(root, key);
    const folder = dirname(path);
    await makeFolder(folder);
    if (!(await lstat(folder)).isDirectory()) throw damaged(folder, "is not a folder");
    return path;
  }

  async function freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(await nearestFolder(root));
    return bavail * bsize;
  }

  return {
    put: (slot, write) =>
      guarded(() => {
        if (!SLOT.test(slot.name)) throw new VidpipeError("internal", `${JSON.stringify(slot.name)} is no slot's name`);
        return workplaces.with(async (folder) => {
          const path = join(folder, `${slot.name}.${slot.extension}`);
          const written = await fill(path, write);
          return { ...(await keep(slot, path)), written };
        });
      }),
    pathOf,
    read: (key) =>
      guarded(() =>
        withPlainFile(pathOf(key), async (file) => {
          const bytes = new Uint8Array(await file.readFile());
          const expected = HASH_IN_KEY.exec(key)?.[1] ?? "";
          if (!sha256Of(bytes).startsWith(expected)) throw damaged(pathOf(key), "is not what was stored");
          return bytes;
        }),
      ),
    intact: (file) => guarded(async () => KEY.test(file.key) && holds(join(root, file.key), file)),
    publish: (key, name) =>
      guarded(async () => {
        const published = `${key.slice(0, key.indexOf("/"))}/${name}`;
        if (HASH_IN_KEY.test(published)) throw new VidpipeError("internal", `${name} is an artifact's own name`);
        const target = await placeFor(published);
        await withPlainFile(pathOf(key), () =>
          workplaces.with(async (folder) => {
            const temp = join(folder, name);
            await linkOrCopy(pathOf(key), temp);
            await rename(temp, target);
          }),
        );
        await syncFolder(dirname(target));
        return published;
      }),
    export: (key, destination) =>
      guarded(() => withPlainFile(pathOf(key), () => exportFile(pathOf(key), destination, workplaces.uniqueName()))),
    async checkExport(destination) {
      await exportTarget(destination);
    },
    files: () => guarded(() => filesBelow(root)),
    discard: (id) =>
      guarded(async () => {
        const folder = join(root, id);
        // A planted link is removed itself; what it leads to is left alone.
        await rm(folder, { recursive: true, force: true });
        await syncFolder(root).catch(absent);
      }),
    freeBytes: () => guarded(freeBytes),
    sweep: () => guarded(() => workplaces.sweep()),
  };
}

/** Makes sure that a writer left a regular file with something in it, measures it and makes it durable. */
async function sealed(path: string, name: string): Promise<Content> {
  const content = await withPlainFile(path, async (file) => {
    const measured = await contentOf(file);
    await file.sync();
    return measured;
  }).catch((thrown: unknown) => {
    throw thrown instanceof VidpipeError ? nothingWritten(name, thrown) : thrown;
  });
  if (content.bytes === 0) throw nothingWritten(name);
  return content;
}

const nothingWritten = (name: string, cause?: unknown): VidpipeError =>
  new VidpipeError("storage.io", `${name} was not written: nothing was kept, it will be made again`, { cause });

/** True when a regular file of exactly this content is there. */
async function holds(path: string, { sha256, bytes }: Content): Promise<boolean> {
  const there = await lstat(path).catch(absent);
  if (there === null || !there.isFile() || there.size !== bytes) return false;
  return withPlainFile(path, async (file) => (await contentOf(file)).sha256 === sha256);
}

const sha256Of = (bytes: Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/** Filesystems without hard links (FAT, some network shares) get a copy. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (thrown) {
    if (!/^(EPERM|EXDEV|EMLINK|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(errnoOf(thrown) ?? "")) throw thrown;
    await copyFile(source, target);
    await withPlainFile(target, (file) => file.sync());
  }
}

async function nearestFolder(path: string): Promise<string> {
  const there = await lstat(path).catch(absent);
  return there !== null || dirname(path) === path ? path : nearestFolder(dirname(path));
}
