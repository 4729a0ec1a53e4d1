/** A thread that hashes open files: the entry of a `Worker`, see file-hasher.ts. Descriptors belong to the whole process. */
import { read } from "node:fs";
import { promisify } from "node:util";
import { parentPort } from "node:worker_threads";
import { type HashAnswer, HashRequest } from "./hash-messages.ts";

/** Bytes hashed at a time. */
const chunkBytes = 4 * 1024 * 1024;

const readInto = promisify(read);

/** Waits for each piece, so that a small file is not kept waiting by a large one. */
async function hash(fd: number): Promise<Omit<HashAnswer, "id">> {
  const hasher = new Bun.CryptoHasher("sha256");
  const buffer = new Uint8Array(chunkBytes);
  for (let bytes = 0; ; ) {
    const { bytesRead } = await readInto(fd, buffer, 0, chunkBytes, bytes);
    if (bytesRead === 0) return { sha256: hasher.digest("hex"), bytes };
    hasher.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}

parentPort?.on("message", (message: unknown) => {
  const { id, fd } = HashRequest.parse(message);
  const answer = (of: Omit<HashAnswer, "id">) => parentPort?.postMessage({ id, ...of } satisfies HashAnswer);
  // Whoever asked reads the file itself then, and meets the failure where it can be told.
  hash(fd).then(answer, () => answer({ sha256: null, bytes: 0 }));
});
