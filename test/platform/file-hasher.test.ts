import { expect, test } from "bun:test";
import { open, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createFileHasher } from "../../src/platform/file-hasher.ts";
import { createArtifactStore } from "../../src/storage/files/artifact-store.ts";
import { projectId } from "../storage/samples.ts";
import { tempFolders } from "../storage/temp-folder.ts";
import { createManualClock } from "../support/manual-clock.ts";

const tempFolder = tempFolders();

/** A log that keeps what it was told. */
function recordingLog() {
  const lines: string[] = [];
  const line = (message: string) => void lines.push(message);
  return { lines, log: { debug: line, info: line, warn: line, error: line } };
}

/** ms of CPU that this thread has used. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function fileOf(content: string): Promise<string> {
  const path = join(tempFolder(), "file");
  await writeFile(path, content);
  return path;
}

test("gives the length and hash of open files, several at a time", async () => {
  const hash = createFileHasher(recordingLog().log, undefined, 0);
  const contents = ["", "a", "moving pictures".repeat(1_000_000)];
  const digests = await Promise.all(
    contents.map(async (content) => {
      await using file = await open(await fileOf(content));
      return await hash(file.fd);
    }),
  );
  expect(digests).toEqual(
    contents.map((content) => ({
      sha256: new Bun.CryptoHasher("sha256").update(content).digest("hex"),
      bytes: content.length,
    })),
  );
});

test("leaves a small file to whoever asks, and starts nothing for it", async () => {
  const { log, lines } = recordingLog();
  await using file = await open(await fileOf("small"));
  expect(await createFileHasher(log, new URL("./no-such-program.ts", import.meta.url))(file.fd)).toBeNull();
  expect(lines).toEqual([]);
});

test("a file that cannot be read has no answer, and the next one has", async () => {
  const hash = createFileHasher(recordingLog().log, undefined, 0);
  const path = await fileOf("x");
  await using file = await open(path);
  await using writable = await open(path, "a");
  expect(await hash(writable.fd)).toBeNull();
  expect(await hash(file.fd)).toMatchObject({ bytes: 1 });
});

test("where no thread can be started it says so, and a store hashes large files itself", async () => {
  const { log, lines } = recordingLog();
  const hasher = createFileHasher(log, new URL("./no-such-program.ts", import.meta.url));
  const owner = { self: "boot.1.2.3", isLive: () => true };
  const store = createArtifactStore({ root: tempFolder(), hasher }, { owner, clock: createManualClock() });
  const zeros = new Uint8Array(8 * 1024 ** 2);
  const put = store.put({ projectId: projectId(1), name: "clip-01", extension: "mp4" }, (path) =>
    Bun.write(path, zeros),
  );
  expect((await put).sha256).toBe(new Bun.CryptoHasher("sha256").update(zeros).digest("hex"));
  expect(lines.join()).toContain("no thread could be started");
});

test("storing and checking 200 MB costs the thread that answers requests almost nothing", async () => {
  const hasher = createFileHasher(recordingLog().log);
  const owner = { self: "boot.1.2.3", isLive: () => true };
  const store = createArtifactStore({ root: tempFolder(), hasher }, { owner, clock: createManualClock() });
  const before = cpuMs();
  const { written: _, ...file } = await store.put(
    { projectId: projectId(1), name: "clip-01", extension: "mp4" },
    async (path) => {
      await writeFile(path, "");
      await truncate(path, 200_000_000);
    },
  );
  expect(await store.intact(file)).toBe(true);
  // Hashed here it is some 300 ms.
  expect(cpuMs() - before).toBeLessThan(100);
});
