import { type FileHandle, open } from "node:fs/promises";
import { StreamTarget, type StreamTargetChunk } from "mediabunny";

/**
 * A file to write a film to. Unlike the library's own, it does not take a partial write for a
 * whole one: that is how a disk that fills up shows itself.
 */
export function fileTarget(path: string): StreamTarget {
  let file: FileHandle | undefined;
  const close = async () => {
    const open = file;
    file = undefined;
    await open?.close();
  };
  const stream = new WritableStream<StreamTargetChunk>({
    async start() {
      file = await open(path, "w");
    },
    async write({ data, position }) {
      try {
        if (file !== undefined) await writeAll(file, data, position);
      } catch (thrown) {
        await close(); // a stream whose write failed is told nothing more
        throw thrown;
      }
    },
    close,
    abort: close,
  });
  return new StreamTarget(stream);
}

async function writeAll(file: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}
