import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import type { FileSlot } from "../../../src/ports/files.ts";
import type { ProcessIdentity } from "../../../src/ports/runtime.ts";
import { createArtifactStore } from "../../../src/storage/files/artifact-store.ts";
import { artifactStoreContract } from "../../contract/artifact-store.ts";
import { failureOf } from "../../contract/repository/bench.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { noMounts, runWithMount } from "../child.ts";
import { projectId } from "../samples.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();
const owner: ProcessIdentity = { self: "boot.1.2.3", isLive: (other) => other === "boot.1.2.3" };
const open = (root: string) => createArtifactStore({ root }, { owner, clock: createManualClock() });
const slot: FileSlot = { projectId: projectId(1), name: "keyframe-00", extension: "png" };
const write = (content: string) => (path: string) => Bun.write(path, content);

artifactStoreContract("disk", async () => open(join(tempFolder(), "artifacts")));

describe("a put on a disk that fills up and has room again before anyone looks", () => {
  const roomy = 2 ** 40;
  /** A store on such a disk; `write` says how a tool on it ends. */
  async function attempt(write: (path: string) => Promise<unknown>): Promise<string | undefined> {
    const clock = createManualClock();
    let free = roomy;
    const seen = Promise.withResolvers<void>();
    const freeBytesAt = async () => {
      if (free === 0) seen.resolve();
      return free;
    };
    const store = createArtifactStore({ root: tempFolder(), freeBytesAt }, { owner, clock });
    const put = store.put(slot, async (path) => {
      free = 0;
      await seen.promise;
      free = roomy;
      return write(path);
    });
    return failureOf(put);
  }

  test.each(["media.ffmpeg_failed", "media.invalid", "storage.io", "internal"] as const)(
    "a tool that ends with %s has met a full disk",
    async (code) => {
      const ended = attempt(() => Promise.reject(new VidpipeError(code, "ended with 1")));
      expect(await ended).toBe("storage.full");
    },
  );

  test("so has one that says all is well and leaves nothing", async () => {
    expect(await attempt((path) => Bun.write(path, ""))).toBe("storage.full");
    expect(await attempt(async () => {})).toBe("storage.full");
  });

  test("a failure that is no tool's stays what it is", async () => {
    const interrupted = new VidpipeError("run.interrupted", "stopped");
    expect(await attempt(() => Promise.reject(interrupted))).toBe("run.interrupted");
  });
});

describe("a put", () => {
  test("leaves one file in the project's folder and none in the temp folder", async () => {
    const root = tempFolder();
    const { key } = await open(root).put(slot, write("still"));
    expect(readdirSync(join(root, projectId(1)))).toEqual([key.slice(key.indexOf("/") + 1)]);
    expect(readdirSync(join(root, "tmp"))).toEqual([]);
  });

  test("that fails leaves no file anywhere, side files of the writer included", async () => {
    const root = tempFolder();
    const attempt = open(root).put(slot, async (path) => {
      await Bun.write(path, "half");
      await Bun.write(`${path}.log`, "pass 1");
      throw new VidpipeError("media.ffmpeg_failed", "ended with 1");
    });
    expect(await failureOf(attempt)).toBe("media.ffmpeg_failed");
    expect(readdirSync(root, { recursive: true })).toEqual(["tmp"]);
  });

  test("writes where nobody else can look", async () => {
    await open(tempFolder()).put(slot, async (path) => {
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
      await Bun.write(path, "still");
    });
  });

  test("mends a file that was damaged meanwhile", async () => {
    const store = open(tempFolder());
    const stored = await store.put(slot, write("still"));
    writeFileSync(store.pathOf(stored.key), "st");
    await store.put(slot, write("still"));
    expect(await store.intact(stored)).toBe(true);
  });

  test("replaces a link that was planted under its name and leaves alone where it leads", async () => {
    const root = tempFolder();
    const store = open(root);
    const { key } = await store.put(slot, write("still"));
    const victim = join(tempFolder(), "precious");
    writeFileSync(victim, "still");
    unlinkSync(join(root, key));
    symlinkSync(victim, join(root, key));
    await store.put(slot, write("still"));
    expect(readFileSync(store.pathOf(key), "utf8")).toBe("still");
    expect(readFileSync(victim, "utf8")).toBe("still");
  });

  test("does not follow a link that the writer left instead of a file", async () => {
    const secret = join(tempFolder(), "secret");
    writeFileSync(secret, "key");
    const attempt = open(tempFolder()).put(slot, async (path) => symlinkSync(secret, path));
    expect(await failureOf(attempt)).toBe("storage.io");
  });

  test("does not write through a project folder that is a link", async () => {
    const [root, elsewhere] = [tempFolder(), tempFolder()];
    symlinkSync(elsewhere, join(root, projectId(1)));
    expect(await failureOf(open(root).put(slot, write("still")))).toBe("storage.damaged");
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test("into a folder that cannot be made is a failure of the disk, in one line", async () => {
    const file = join(tempFolder(), "file");
    writeFileSync(file, "");
    const thrown = await open(join(file, "artifacts"))
      .put(slot, write("still"))
      .catch((failure: unknown) => failure);
    expect(thrown).toMatchObject({ code: "storage.io" });
    expect(String(thrown)).not.toContain("\n");
  });

  test("under a name that is none is a bug, not a file", async () => {
    const root = tempFolder();
    for (const name of ["../x", "", "A", "a.b", "a/b", "-a"])
      expect(await failureOf(open(root).put({ ...slot, name }, write("still")))).toBe("internal");
    expect(existsSync(join(root, "tmp"))).toBe(false);
  });

  test("keeps a large file whole", async () => {
    const content = new Uint8Array(5_000_001).fill(7);
    const { bytes, sha256 } = await open(tempFolder()).put(slot, (path) => Bun.write(path, content));
    expect([bytes, sha256]).toEqual([5_000_001, new Bun.CryptoHasher("sha256").update(content).digest("hex")]);
  });
});

describe("a link that was planted", () => {
  test("is not read, served or found intact", async () => {
    const root = tempFolder();
    const store = open(root);
    const stored = await store.put(slot, write("still"));
    const secret = join(tempFolder(), "secret");
    writeFileSync(secret, "still");
    unlinkSync(join(root, stored.key));
    symlinkSync(secret, join(root, stored.key));
    expect(() => store.pathOf(stored.key)).toThrow("symbolic link");
    expect(await failureOf(store.read(stored.key))).toBe("storage.damaged");
    expect(await store.intact(stored)).toBe(false);
    expect(await failureOf(store.export(stored.key, join(tempFolder(), "out.png")))).toBe("storage.damaged");
    expect(await failureOf(store.publish(stored.key, "first.png"))).toBe("storage.damaged");
  });

  test("under a public name is replaced", async () => {
    const root = tempFolder();
    const store = open(root);
    const { key } = await store.put(slot, write("still"));
    const victim = join(tempFolder(), "precious");
    writeFileSync(victim, "precious");
    symlinkSync(victim, join(root, projectId(1), "first.png"));
    const published = await store.publish(key, "first.png");
    expect(readFileSync(store.pathOf(published), "utf8")).toBe("still");
    expect(readFileSync(victim, "utf8")).toBe("precious");
  });
});

describe("an export", () => {
  const exported = async (destination: string, root = tempFolder()) => {
    const store = open(root);
    const { key } = await store.put(slot, write("still"));
    return failureOf(store.export(key, destination));
  };

  test("leaves nothing beside the destination", async () => {
    const folder = tempFolder();
    expect(await exported(join(folder, "still.png"))).toBeUndefined();
    expect(readdirSync(folder)).toEqual(["still.png"]);
  });

  test("is a copy: the artifact is not the same file", async () => {
    const folder = tempFolder();
    await exported(join(folder, "still.png"));
    expect(statSync(join(folder, "still.png")).nlink).toBe(1);
  });

  test("follows the user's own link to a file and keeps the link", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "real.png"), "old");
    symlinkSync(join(folder, "real.png"), join(folder, "link.png"));
    expect(await exported(join(folder, "link.png"))).toBeUndefined();
    expect(readFileSync(join(folder, "real.png"), "utf8")).toBe("still");
    expect(readdirSync(folder).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["link.png", "real.png"]);
  });

  test("replaces the name alone when the destination has other names", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "one.png"), "old");
    linkSync(join(folder, "one.png"), join(folder, "two.png"));
    await exported(join(folder, "two.png"));
    expect(readFileSync(join(folder, "one.png"), "utf8")).toBe("old");
  });

  test("never replaces a device, a broken link or a folder", async () => {
    const folder = tempFolder();
    symlinkSync(join(folder, "nowhere"), join(folder, "broken.png"));
    for (const destination of ["/dev/null", join(folder, "broken.png"), folder, `${join(folder, "new")}/`, ""])
      expect(await exported(destination)).toBe("input.invalid");
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    expect(readdirSync(folder)).toEqual(["broken.png"]);
  });

  test("into a folder one may not write is refused", async () => {
    const folder = tempFolder();
    chmodSync(folder, 0o500);
    // Root may write everywhere but there.
    const shut = process.getuid?.() === 0 ? "/sys/kernel" : folder;
    expect(await exported(join(shut, "still.png"))).toBe("input.invalid");
    chmodSync(folder, 0o700);
  });

  test.skipIf(noMounts !== undefined)(`to a read-only disk is refused ${noMounts ?? ""}`, async () => {
    const disk = tempFolder();
    const told = await runWithMount(`mount -t tmpfs -o ro tmpfs ${disk}`, "export-once", disk, tempFolder());
    expect(JSON.parse(told)).toEqual({ check: "input.invalid", exported: "input.invalid" });
  });
});
