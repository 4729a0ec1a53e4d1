import { createHash } from "node:crypto";
import { constants, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { copyFile, link, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ArtifactStore, IncomingFile } from "../../src/ports/files.ts";
import { filesBelow } from "../../src/storage/files/list-files.ts";

const Extension = z.enum(["png", "jpg", "webp", "mp4", "json", "bin"]);

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Every test process has a folder named by its pid; a test runner gives no moment at which to remove it. */
const folderOfAll = join(tmpdir(), "vidpipe-test-artifacts");
mkdirSync(folderOfAll, { recursive: true });
for (const pid of readdirSync(folderOfAll))
  if (!isRunning(Number(pid))) rmSync(join(folderOfAll, pid), { recursive: true, force: true });

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** An ArtifactStore over a temp folder that a later test process removes; nothing is synced. */
export function createMemoryArtifacts(): ArtifactStore {
  const own = join(folderOfAll, String(process.pid));
  mkdirSync(own, { recursive: true });
  const root = mkdtempSync(join(own, "store-"));

  const pathOf = (key: string): string => {
    if (!/^[a-z0-9-]+\/[a-z0-9][a-z0-9-]*\.(png|jpg|webp|mp4|json|bin)$/.test(key))
      throw new VidpipeError("storage.damaged", `${JSON.stringify(key)} is not an artifact name`);
    return join(root, key);
  };
  const bytesOf = (key: string): Uint8Array => {
    const path = pathOf(key);
    if (!existsSync(path)) throw new VidpipeError("storage.damaged", `${path} is missing`);
    const bytes = readFileSync(path);
    const start = /-([0-9a-f]{12})\.[a-z0-9]+$/.exec(key)?.[1];
    if (start !== undefined && !sha256Of(bytes).startsWith(start))
      throw new VidpipeError("storage.damaged", `${path} is damaged`);
    return bytes;
  };

  async function receive(id: string, folder: string, { file, write }: IncomingFile): Promise<void> {
    const name = file.key.slice(id.length + 1);
    const hash = /-([0-9a-f]{12})\.[a-z0-9]+$/.exec(name)?.[1] ?? "none";
    const named = /^[a-z0-9-]+\.(png|jpg|webp|mp4|json|bin)$/.test(name) && file.key.startsWith(`${id}/`);
    if (!named || !file.sha256.startsWith(hash))
      throw new VidpipeError("input.invalid", `${file.key} is not a file name`);
    await write(join(folder, name));
    const bytes = await readFile(join(folder, name));
    if (bytes.length !== file.bytes || sha256Of(bytes) !== file.sha256)
      throw new VidpipeError("input.invalid", `${name} is not what its hash says`);
  }

  return {
    async put(slot, write) {
      const folder = await mkdtemp(join(root, "tmp-"));
      try {
        const path = join(folder, `${slot.name}.${slot.extension}`);
        const written = await write(path);
        const bytes = await readFile(path).catch(() => new Uint8Array());
        if (bytes.length === 0) throw new VidpipeError("storage.io", `${slot.name} was left empty: nothing was kept`);
        const sha256 = sha256Of(bytes);
        const key = `${slot.projectId}/${slot.name}-${sha256.slice(0, 12)}.${slot.extension}`;
        mkdirSync(join(root, slot.projectId), { recursive: true });
        if (!existsSync(pathOf(key))) await rename(path, pathOf(key));
        return { key, sha256, bytes: bytes.length, written };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async borrow(slot, use) {
      const folder = await mkdtemp(join(root, "tmp-"));
      try {
        return await use(join(folder, `${slot.name}.${slot.extension}`));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async importProject(id, files, admit) {
      const staged = await mkdtemp(join(root, "tmp-"));
      try {
        let some = false;
        for await (const file of files) {
          await receive(id, staged, file);
          some = true;
        }
        if (existsSync(join(root, id))) throw new VidpipeError("project.conflict", `${id} exists already`);
        if (some) await rename(staged, join(root, id));
        await admit().catch((thrown: unknown) => {
          if (some) rmSync(join(root, id), { recursive: true, force: true });
          throw thrown;
        });
      } finally {
        await rm(staged, { recursive: true, force: true });
      }
    },
    clearAbandonedImport() {}, // no process crashes here
    async find(id, name) {
      const folder = join(root, id);
      const names = existsSync(folder) ? readdirSync(folder) : [];
      const pattern = new RegExp(`^${name}-[0-9a-f]{12}\\.(png|jpg|webp|mp4|json|bin)$`);
      const file = names.find((one) => pattern.test(one));
      if (file === undefined) return null;
      const bytes = readFileSync(join(folder, file));
      const extension = Extension.parse(pattern.exec(file)?.[1]);
      return { key: `${id}/${file}`, sha256: sha256Of(bytes), bytes: bytes.length, extension };
    },
    pathOf,
    async read(key) {
      return bytesOf(key);
    },
    async intact(file) {
      if (!existsSync(pathOf(file.key))) return false;
      const bytes = await readFile(pathOf(file.key));
      return bytes.length === file.bytes && sha256Of(bytes) === file.sha256;
    },
    async publish(key, name) {
      bytesOf(key);
      const published = `${key.slice(0, key.indexOf("/"))}/${name}`;
      const folder = await mkdtemp(join(root, "tmp-"));
      await link(pathOf(key), join(folder, name));
      await rename(join(folder, name), pathOf(published));
      await rm(folder, { recursive: true, force: true });
      return published;
    },
    async export(key, destination) {
      bytesOf(key);
      await copyFile(pathOf(key), destination, constants.COPYFILE_FICLONE).catch((cause: unknown) => {
        throw new VidpipeError("input.invalid", `cannot write ${destination}`, { cause });
      });
    },
    async checkExport(destination) {
      if (!existsSync(dirname(destination)) || statSync(destination, { throwIfNoEntry: false })?.isDirectory())
        throw new VidpipeError("input.invalid", `cannot write to ${destination}: a folder is in the way or missing`);
    },
    files: () => filesBelow(root),
    async discard(id) {
      rmSync(join(root, id), { recursive: true, force: true });
    },
    async freeBytes() {
      return 1_000_000_000_000;
    },
    async sweep() {
      return 0;
    },
  };
}
