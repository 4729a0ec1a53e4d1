import { fstatSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { FileHasher } from "../ports/files.ts";
import type { Log } from "../ports/runtime.ts";
import { HashAnswer, type HashRequest } from "./hash-messages.ts";

/** Where the thread's program is: beside this file, or in the executable, which keeps it below its root. */
const PROGRAM = new URL(
  import.meta.url.endsWith("/file-hasher.ts") ? "./hash-worker.ts" : "./platform/hash-worker.js",
  import.meta.url,
);

/** Bytes from which on a file is hashed in the thread: below it, asking takes as long as doing. */
const smallestBytes = 4 * 1024 * 1024;

type Digest = Awaited<ReturnType<FileHasher>>;

/**
 * Hashes large files in a thread of their own, started with the first of them and kept. Where no thread can be started, or it
 * fails, the answer is null for what was asked and for what is asked later.
 */
export function createFileHasher(log: Log, program: URL = PROGRAM, fromBytes = smallestBytes): FileHasher {
  const waiting = new Map<number, (digest: Digest) => void>();
  let count = 0;
  let thread: Worker | "none" | null = null;

  const settle = (id: number, digest: Digest): void => {
    waiting.get(id)?.(digest);
    waiting.delete(id);
    // A thread that has nothing to do does not keep the program running; one that has does.
    if (waiting.size === 0 && thread instanceof Worker) thread.unref();
  };
  const giveUp = (): void => {
    thread = "none";
    log.warn("no thread could be started: large files are hashed between requests, which slows both down");
    for (const id of [...waiting.keys()]) settle(id, null);
  };

  function start(): Worker | "none" {
    try {
      const worker = new Worker(program);
      worker.on("message", (message: unknown) => {
        const { id, sha256, bytes } = HashAnswer.parse(message);
        settle(id, sha256 === null ? null : { sha256, bytes });
      });
      worker.once("online", () => log.debug("large files are hashed in a thread of their own"));
      worker.once("error", giveUp);
      return worker;
    } catch {
      giveUp();
      return "none";
    }
  }

  return (fd) => {
    if (fstatSync(fd).size < fromBytes) return Promise.resolve(null);
    thread ??= start();
    if (thread === "none") return Promise.resolve(null);
    const worker = thread;
    const id = ++count;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      worker.ref();
      worker.postMessage({ id, fd } satisfies HashRequest);
    });
  };
}
