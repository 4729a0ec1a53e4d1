import type { Clock } from "../../ports/runtime.ts";

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
