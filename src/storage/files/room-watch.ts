import { statfs } from "node:fs/promises";
import { asVidpipeError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/runtime.ts";
import { diskFull } from "./disk-errors.ts";

/**
 * Free bytes below which a tool that failed to write is taken to have met a full disk: ffmpeg does not say so,
 * it may even exit with 0 and leave half a file.
 */
const fullBelowBytes = 1024 * 1024;

/** Ms between two looks at the disk while a tool writes. */
const lookMs = 50;

/** A disk that is watched while something is written. */
export interface RoomWatch {
  /** True when there was hardly any room at one of the looks, or is none now. */
  ranOut(): Promise<boolean>;
  end(): void;
}

/** Looks at the free bytes of a disk until it is ended. */
export function watchRoom(freeBytes: () => Promise<number>, clock: Pick<Clock, "sleep">): RoomWatch {
  const over = new AbortController();
  let isOut = false;
  const look = async (): Promise<void> => {
    isOut ||= (await freeBytes()) < fullBelowBytes;
  };
  const keepLooking = async (): Promise<void> => {
    while (!over.signal.aborted && !isOut) {
      await look();
      await clock.sleep(lookMs, over.signal);
    }
  };
  // A disk that cannot be asked fails where it is written; the last look tells it.
  void keepLooking().catch(() => {});
  return {
    async ranOut() {
      await look();
      return isOut;
    },
    end: () => over.abort(),
  };
}

/** Free bytes of the disk of a folder. */
export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * Runs a writer below a folder; its failure is the disk's when the disk was full at any moment of it. What a tool cleans
 * up when it fails, and what others remove meanwhile, makes room again before anyone could look.
 * @throws VidpipeError storage.full, else what `write` throws
 */
export async function whileWatched<T>(
  folder: string,
  freeBytes: () => Promise<number>,
  clock: Pick<Clock, "sleep">,
  write: () => Promise<T>,
): Promise<T> {
  const room = watchRoom(freeBytes, clock);
  try {
    return await write();
  } catch (thrown) {
    const { code } = asVidpipeError(thrown);
    const byTool = code === "internal" || code === "storage.io" || code.startsWith("media.");
    if (byTool && (await room.ranOut())) throw diskFull(folder, thrown);
    throw thrown;
  } finally {
    room.end();
  }
}
