import { rmSync } from "node:fs";
import { link, lstat, rename, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { VidpipeError } from "../../domain/errors.ts";
import type { FilmFiles } from "../../ports/files.ts";
import type { OwnProcess } from "../../ports/runtime.ts";
import { diskFailure, errnoOf } from "./disk-errors.ts";
import { absent, syncFolder } from "./plain-file.ts";
import { freeBytesOf, whileWatched } from "./room-watch.ts";
import { createTempDirs, HIDDEN_PREFIX } from "./temp-dirs.ts";
import { exportTarget, syncFile } from "./write-outside.ts";

/** Films at the user's own places, and the room that is needed while they are made. */
export function createFilmFiles(own: OwnProcess): FilmFiles {
  /** Lends a folder in `where`; it goes with the process too, however soon that ends. */
  const lend = <T>(where: string, use: (folder: string) => Promise<T>): Promise<T> =>
    createTempDirs(where, own, HIDDEN_PREFIX).with(async (folder) => {
      const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 2 });
      process.once("exit", remove);
      try {
        return await use(folder);
      } finally {
        process.off("exit", remove);
      }
    });
  return {
    check: (destination, mayReplace) => checkTarget(destination, mayReplace),
    async make(destination, mayReplace, write) {
      const target = await checkTarget(destination, mayReplace);
      const folder = dirname(target);
      try {
        // What was left here by a process that was killed, which may be large.
        await createTempDirs(folder, own, HIDDEN_PREFIX).sweep();
        return await lend(folder, async (scratch) => {
          const film = join(scratch, "film.mp4");
          const room = () => freeBytesOf(folder);
          const written = await whileWatched(folder, room, own.clock, () => write(film, scratch));
          await syncFile(film);
          const { size } = await lstat(film);
          await place(film, target, mayReplace);
          await syncFolder(folder);
          return { path: target, bytes: size, written };
        });
      } catch (thrown) {
        throw diskFailure(thrown, folder);
      }
    },
    lend: (use) => lend(tmpdir(), use),
    async isSame(one, other) {
      const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(absent)));
      return a != null && b != null && a.dev === b.dev && a.ino === b.ino;
    },
  };
}

async function checkTarget(destination: string, mayReplace: boolean): Promise<string> {
  const target = await exportTarget(destination);
  if (!mayReplace && (await lstat(target).catch(absent)) !== null) throw taken(target);
  return target;
}

/** Gives a finished film its name; what appeared there meanwhile stays unless it may be replaced. */
async function place(film: string, target: string, mayReplace: boolean): Promise<void> {
  if (mayReplace) return rename(film, target);
  try {
    await link(film, target);
  } catch (thrown) {
    if (errnoOf(thrown) === "EEXIST") throw taken(target);
    // No hard links here (FAT, some network shares).
    await checkTarget(target, false);
    await rename(film, target);
  }
}

const taken = (target: string): VidpipeError =>
  new VidpipeError("input.invalid", `${target} is there already (--force replaces it)`);
