import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ArtifactStore, FileSlot, StoredFile } from "../../src/ports/files.ts";
import { filesBelow } from "../../src/storage/files/list-files.ts";
import type { Faults } from "./faults.ts";
import type { Loop, SimProcess } from "./loop.ts";
import type { Random } from "./random.ts";

export const sha256Of = (bytes: Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** The order in which a store makes a file durable; the mutants change it. */
export interface StoreHabits {
  readonly syncsBeforeRename: boolean;
  readonly renamesBeforeItReturns: boolean;
  readonly checksHashes: boolean;
  readonly sweepsAnything: boolean;
}

export const GOOD_HABITS: StoreHabits = {
  syncsBeforeRename: true,
  renamesBeforeItReturns: true,
  checksHashes: true,
  sweepsAnything: false,
};

interface Kept {
  /** The bytes reached the platter. */
  contentSynced: boolean;
  /** The name reached the platter. */
  nameSynced: boolean;
}

/**
 * One machine's disk: real files in a temporary folder, with a note of what a power cut would leave of them.
 * Each process gets its own ArtifactStore over it.
 */
export interface Disk {
  readonly root: string;
  storeOf(process: SimProcess, isLive: (owner: string) => boolean, habits: StoreHabits): ArtifactStore;
  /** Drops what was not synced: names vanish, contents are torn. */
  losePower(): void;
  /** True when the file is there with exactly this content. */
  holds(file: StoredFile): boolean;
  /** Whether a whole file of this name lies in a project's folder. */
  has(projectId: string, name: string): boolean;
  /** Flips a bit of a stored file. */
  rot(key: string): void;
  /** Puts back what rotted, as from a backup. */
  restore(): void;
  setFull(full: boolean): void;
  isFull(): boolean;
  /** Virtual ms for which it has been full. */
  fullForMs(): number;
}

const enough = 1_000_000_000_000;
const EXTENSIONS = ["png", "jpg", "webp", "mp4", "json", "bin"] as const satisfies readonly FileSlot["extension"][];

/** `isNamed`: whether a row names a key. */
export function createDisk(deps: {
  readonly root: string;
  readonly loop: Loop;
  readonly faults: Faults;
  readonly random: Random;
  readonly isNamed: (key: string) => boolean;
  readonly kill: (process: SimProcess) => void;
}): Disk {
  const { root, loop, faults, random, isNamed, kill } = deps;
  const kept = new Map<string, Kept>();
  const rotten = new Map<string, Uint8Array>();
  const places = new Map<string, string>();
  let full = false;
  let fullSinceMs = 0;
  let count = 0;

  const pathOf = (key: string): string => {
    if (!/^[a-z0-9-]+\/[a-z0-9][a-z0-9-]*\.(png|jpg|webp|mp4|json|bin)$/.test(key))
      throw new VidpipeError("storage.damaged", `${key} is not an artifact name`);
    return join(root, key);
  };
  const bytesAt = (path: string): Uint8Array | null => (existsSync(path) ? readFileSync(path) : null);
  const holds = ({ key, bytes, sha256 }: StoredFile): boolean => {
    const found = bytesAt(pathOf(key));
    return found !== null && found.length === bytes && sha256Of(found) === sha256;
  };

  const isAnswer = ({ name }: Pick<FileSlot, "name">): boolean => name.startsWith("answer-");

  /** Each of write, fsync and rename may fail. */
  function refuseWhenSick(slot: Pick<FileSlot, "name">, what: string): void {
    if (full) throw new VidpipeError("storage.full", `the disk is full: ${what}`);
    if (faults.strikes("F22")) throw new VidpipeError("storage.io", `EIO: ${what}`);
    if (isAnswer(slot) && faults.strikes("F37"))
      throw new VidpipeError(random.pick(["storage.full", "storage.io"]), `an answer was not stored: ${what}`);
  }

  /** The stored file of a name with whole content. */
  function stored(id: string, name: string): (StoredFile & Pick<FileSlot, "extension">) | null {
    const folder = join(root, id);
    for (const file of existsSync(folder) ? readdirSync(folder) : []) {
      const extension = EXTENSIONS.find((one) => file.endsWith(`.${one}`));
      const start = /-([0-9a-f]{12})\.[a-z0-9]+$/.exec(file)?.[1];
      if (extension === undefined || start === undefined || !file.startsWith(`${name}-${start}`)) continue;
      const bytes = readFileSync(join(folder, file));
      const sha256 = sha256Of(bytes);
      if (sha256.startsWith(start)) return { key: `${id}/${file}`, sha256, bytes: bytes.length, extension };
    }
    return null;
  }

  function place(process: SimProcess): string {
    const folder = join(root, "tmp", `${process.name}.${++count}.part`);
    mkdirSync(folder, { recursive: true });
    places.set(folder, process.name);
    return folder;
  }

  const leave = (folder: string): void => {
    places.delete(folder);
    rmSync(folder, { recursive: true, force: true });
  };

  function rename(path: string, key: string, contentSynced: boolean): void {
    const target = pathOf(key);
    const there = bytesAt(target);
    const fresh = readFileSync(path);
    const same = there !== null && Buffer.compare(there, fresh) === 0;
    if (there !== null && !same && !rotten.has(key) && kept.get(key)?.contentSynced === true)
      loop.fail(`9.2 ${key} was overwritten with other content`);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(path, target);
    rotten.delete(key);
    const before = kept.get(key);
    kept.set(key, {
      contentSynced: contentSynced || (same && before?.contentSynced === true),
      nameSynced: same && before?.nameSynced === true,
    });
  }

  async function keep(process: SimProcess, slot: FileSlot, path: string, habits: StoreHabits): Promise<StoredFile> {
    const bytes = bytesAt(path);
    if (bytes === null || bytes.length === 0) throw new VidpipeError("storage.io", `${slot.name} was not written`);
    const sha256 = sha256Of(bytes);
    const key = `${slot.projectId}/${slot.name}-${sha256.slice(0, 12)}.${slot.extension}`;
    const file = { key, sha256, bytes: bytes.length };
    await loop.gate(process, `${process.name} hashed`);
    refuseWhenSick(slot, "fsync");
    if (habits.syncsBeforeRename) await loop.gate(process, `${process.name} synced`);
    refuseWhenSick(slot, "rename");
    const moved = async () => {
      if (!existsSync(path)) throw new VidpipeError("storage.io", `${path} is gone`);
      rename(path, key, habits.syncsBeforeRename);
      if (isAnswer(slot) && faults.strikes("F39")) kill(process);
      await loop.gate(process, `${process.name} renamed`);
      const entry = kept.get(key);
      if (entry !== undefined) entry.nameSynced = true;
    };
    if (!habits.renamesBeforeItReturns) {
      const late = `${path}.late`;
      renameSync(path, late);
      void loop.gate(process, `${process.name} renames late`).then(() => existsSync(late) && rename(late, key, true));
      return file;
    }
    await moved();
    return file;
  }

  function read(key: string, habits: StoreHabits): Uint8Array {
    const bytes = bytesAt(pathOf(key));
    const expected = /-([0-9a-f]{12})\.[a-z0-9]+$/.exec(key)?.[1] ?? "";
    if (bytes === null || (habits.checksHashes && !sha256Of(bytes).startsWith(expected)))
      throw new VidpipeError("storage.damaged", `${key} is missing or damaged: put it back from a backup`);
    return bytes;
  }

  function storeOf(process: SimProcess, isLive: (owner: string) => boolean, habits: StoreHabits): ArtifactStore {
    return {
      async put(slot, write) {
        refuseWhenSick(slot, "write");
        const folder = place(process);
        try {
          const path = join(folder, `${slot.name}.${slot.extension}`);
          const written = await write(path);
          return { ...(await keep(process, slot, path, habits)), written };
        } finally {
          if (habits.renamesBeforeItReturns) leave(folder);
        }
      },
      async borrow() {
        throw new Error("not in this test");
      },
      async find(id, name) {
        const file = stored(id, name);
        const entry = file === null ? undefined : kept.get(file.key);
        // What is handed out gets a row: it has to be as durable as what was put.
        if (entry !== undefined && habits.syncsBeforeRename)
          Object.assign(entry, { contentSynced: true, nameSynced: true });
        return file;
      },
      pathOf,
      read: async (key) => read(key, habits),
      intact: async (file) => !habits.checksHashes || holds(file),
      async publish(key, name) {
        refuseWhenSick({ name }, "link");
        read(key, habits);
        const target = join(root, dirname(key), name);
        rmSync(target, { force: true });
        linkSync(pathOf(key), target);
        return `${dirname(key)}/${name}`;
      },
      async export(key, destination) {
        writeFileSync(destination, read(key, habits));
      },
      async checkExport() {},
      files: () => filesBelow(root),
      async discard(id) {
        for (const key of kept.keys()) if (key.startsWith(`${id}/`)) kept.delete(key);
        rmSync(join(root, id), { recursive: true, force: true });
      },
      freeBytes: async () => (full ? 0 : enough),
      clearAbandonedImport() {},
      async importProject() {
        throw new Error("nothing comes in from outside here");
      },
      async sweep() {
        if (habits.sweepsAnything) collect();
        const gone = [...places].filter(([, owner]) => habits.sweepsAnything || !isLive(owner));
        for (const [folder] of gone) if (!folder.includes(`${process.name}.`)) leave(folder);
        return gone.length;
      },
    };
  }

  /** Removes every file that no row names yet, as a collector without a grace time does. */
  function collect(): void {
    for (const key of kept.keys()) if (!isNamed(key)) rmSync(pathOf(key), { force: true });
  }

  /** What a power cut leaves of one file. */
  function cut(key: string, { contentSynced, nameSynced }: Kept): void {
    const path = pathOf(key);
    if (!nameSynced && random.random(0.5)) {
      rmSync(path, { force: true });
      kept.delete(key);
      return;
    }
    if (contentSynced || !existsSync(path)) return;
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, random.below(bytes.length)));
  }

  return {
    root,
    storeOf,
    holds,
    has: (id, name) => stored(id, name) !== null,
    losePower() {
      for (const [key, state] of kept) if (!state.nameSynced || !state.contentSynced) cut(key, state);
      for (const state of kept.values()) Object.assign(state, { contentSynced: true, nameSynced: true });
    },
    rot(key) {
      const path = pathOf(key);
      const bytes = bytesAt(path);
      if (bytes === null || rotten.has(key)) return;
      rotten.set(key, bytes);
      const bad = Uint8Array.from(bytes);
      bad[0] = (bad[0] ?? 0) ^ 1;
      writeFileSync(path, bad);
    },
    restore() {
      for (const [key, bytes] of rotten) writeFileSync(pathOf(key), bytes);
      rotten.clear();
    },
    setFull(next) {
      if (next && !full) fullSinceMs = loop.elapsedMs();
      full = next;
    },
    isFull: () => full,
    fullForMs: () => (full ? loop.elapsedMs() - fullSinceMs : 0),
  };
}
