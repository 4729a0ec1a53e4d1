import { constants, type Stats } from "node:fs";
import { lstat, open, readdir, realpath } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import { ProjectId } from "../../domain/ids.ts";
import type { DataModes } from "../../ports/files.ts";
import type { Finding } from "../../ports/media.ts";
import { errnoOf, mappingDiskErrors } from "./disk-errors.ts";
import { absent } from "./plain-file.ts";
import { HIDDEN_PREFIX } from "./temp-dirs.ts";

/** Where everything is kept, absolute paths. */
interface Places {
  readonly databasePath: string;
  readonly filmsPath: string;
  readonly libraryPath: string;
}

/** Permissions of everybody but the owner. */
const OTHERS = 0o077;
const COMPANIONS = ["", "-wal", "-shm", "-journal", "-checked"];
const FILM_FOLDERS: readonly string[] = ["tmp", "bin"];
const LIBRARY_FILES: readonly string[] = [".yaml", ".yml", ".png", ".jpg", ".jpeg", ".webp"];

/**
 * Finds what other users can read of the data folder and takes it from them. A folder that holds something else too is
 * left as it is: only what is vidpipe's in it is looked at. In a folder that nobody else can enter nothing is exposed.
 */
export function createDataModes(places: Places, mode: "private" | "umask"): DataModes {
  const database = dirname(places.databasePath);
  const inDatabase = [
    ...COMPANIONS.map((end) => basename(places.databasePath) + end),
    ...[places.filmsPath, places.libraryPath]
      .filter((path) => dirname(path) === database)
      .map((path) => basename(path)),
  ];
  const rooms: readonly Room[] = [
    { path: database, isOurs: (name) => inDatabase.includes(name) || name.startsWith(HIDDEN_PREFIX) },
    { path: places.filmsPath, isOurs: (name) => FILM_FOLDERS.includes(name) || ProjectId.safeParse(name).success },
    { path: places.libraryPath, isOurs: (name) => LIBRARY_FILES.includes(extname(name).toLowerCase()) },
  ];

  /** What others may enter or read, where it really lies. */
  async function exposed(): Promise<readonly string[]> {
    const found: string[] = [];
    const closed: string[] = [];
    for (const { path, isOurs } of rooms) {
      const folder = await realpath(path).catch(absent);
      if (folder === null || [...closed, ...found].some((above) => isIn(above, folder))) continue;
      if (isPrivate(await lstat(folder))) closed.push(folder);
      else found.push(...(await openIn(folder, isOurs)));
    }
    return found;
  }

  const guarded = mappingDiskErrors(database);
  return {
    inspect: () =>
      guarded(async () => {
        const found = mode === "umask" || process.platform === "win32" ? [] : await exposed();
        return found.length === 0 ? [] : [finding(found)];
      }),
    repair: () =>
      guarded(async () => {
        if (mode === "umask")
          throw new VidpipeError(
            "input.invalid",
            "storage.mode is umask: permissions are left as they are; set it to private to have them changed",
          );
        let changed = 0;
        for (const path of process.platform === "win32" ? [] : await exposed()) changed += await close(path);
        return changed;
      }),
  };
}

/** A folder that vidpipe keeps things in, and which names in it are vidpipe's. */
interface Room {
  readonly path: string;
  readonly isOurs: (name: string) => boolean;
}

const isIn = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`);
const look = (path: string): Promise<Stats | null> => lstat(path).catch(absent);
/** A file or a folder: not a link, a pipe or the like. */
const isKept = (there: Stats): boolean => there.isFile() || there.isDirectory();
const isPrivate = ({ mode }: Stats): boolean => (mode & OTHERS) === 0;

/** A folder with nothing but what is ours in it; of any other what is ours in it and open to others. */
async function openIn(folder: string, isOurs: (name: string) => boolean): Promise<readonly string[]> {
  const names = (await readdir(folder)).toSorted();
  if (names.every(isOurs)) return [folder];
  const found: string[] = [];
  for (const path of names.filter(isOurs).map((name) => join(folder, name))) {
    const there = await look(path);
    if (there !== null && isKept(there) && !isPrivate(there)) found.push(path);
  }
  return found;
}

function finding(found: readonly string[]): Finding {
  const more = found.length > 3 ? ` and ${found.length - 3} more` : "";
  return {
    topic: "data",
    level: "warn",
    message: `other users of this machine may look into what is kept here: ${found.slice(0, 3).join(", ")}${more}`,
    fix: "'vidpipe doctor --repair' makes it yours alone; if others are meant to read it, set storage.mode to umask",
  };
}

/** Takes a file, or a folder with all in it, from everybody but its owner; links are left alone. Returns how many were changed. */
async function close(path: string): Promise<number> {
  const there = await look(path);
  if (there === null || !isKept(there)) return 0;
  let changed = 0;
  if (!isPrivate(there)) {
    // By the open file: the name may lead elsewhere by now.
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(denied);
    await file?.chmod(there.mode & 0o7777 & ~OTHERS).catch(denied);
    changed = 1;
  }
  if (there.isDirectory()) for (const name of await readdir(path)) changed += await close(join(path, name));
  return changed;
}

/** Another user's file in our folder stays as it is: the next look finds it again. */
function denied(thrown: unknown): null {
  if (/^(EACCES|EPERM|ENOENT|ELOOP)$/.test(errnoOf(thrown) ?? "")) return null;
  throw thrown;
}
