import { VidpipeError } from "../../domain/errors.ts";

/** What the thread runs. Written out, so that the executable needs no second file and the thread none of the program. */
const SOURCE = `
  import { Database } from "bun:sqlite";
  self.onmessage = ({ data }) => {
    try {
      const client = new Database(data.path, { readonly: true });
      client.run("PRAGMA busy_timeout = " + data.busyMs);
      const [first] = Object.values(client.query("PRAGMA quick_check(1)").get());
      client.close();
      postMessage({ first });
    } catch (thrown) {
      const isDamage = /^SQLITE_(CORRUPT|NOTADB)/.test(thrown.code);
      postMessage(isDamage ? { first: thrown.message } : { failed: String(thrown) });
    }
  };`;

/** ms that the check waits for a lock; nobody waits for it. */
const busyMs = 30_000;

/**
 * Reads all pages of a database in a thread of its own, while this one goes on. Returns what SQLite says first: `ok`, or
 * what is damaged. @throws VidpipeError storage.io where it cannot be read, run.interrupted
 */
export async function checkBeside(path: string, signal: AbortSignal): Promise<string> {
  const source = URL.createObjectURL(new File([SOURCE], "check.ts", { type: "application/typescript" }));
  const worker = new Worker(source);
  const over = new AbortController();
  try {
    return await new Promise<string>((resolve, reject) => {
      const fail = (why: string) =>
        reject(new VidpipeError("storage.io", `the pages of ${path} could not be read: ${why}; run vidpipe doctor`));
      worker.onmessage = ({ data }: MessageEvent<{ readonly first?: string; readonly failed?: string }>) =>
        data.first === undefined ? fail(data.failed ?? "no answer") : resolve(data.first);
      worker.onerror = ({ message }) => fail(message);
      const stop = () =>
        reject(new VidpipeError("run.interrupted", "the database was not read to its end: nothing was changed"));
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { signal: over.signal });
      worker.postMessage({ path, busyMs });
    });
  } finally {
    over.abort();
    worker.terminate();
    URL.revokeObjectURL(source);
  }
}
