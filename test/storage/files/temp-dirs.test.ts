import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FileSlot } from "../../../src/ports/files.ts";
import type { ProcessIdentity } from "../../../src/ports/runtime.ts";
import { createArtifactStore } from "../../../src/storage/files/artifact-store.ts";
import { abandonedAfterMs } from "../../../src/storage/files/temp-dirs.ts";
import { failureOf } from "../../contract/repository/bench.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { projectId } from "../samples.ts";
import { tempFolders } from "../temp-folder.ts";

const tempFolder = tempFolders();
const owner = (self: string, living: readonly string[] = [self]): ProcessIdentity => ({
  self,
  isLive: (other) => living.includes(other),
});
const open = (root: string, who: ProcessIdentity = owner("boot/1.2.3"), nowMs = Date.now()) =>
  createArtifactStore({ root }, { owner: who, clock: createManualClock(nowMs) });
const slot: FileSlot = { projectId: projectId(1), name: "keyframe-00", extension: "png" };
const write = (content: string) => (path: string) => Bun.write(path, content);

describe("sweep", () => {
  /** A root in which a process was killed in the middle of a put. */
  async function interrupted(who: string, madeAtMs = 1): Promise<{ readonly root: string; readonly left: string }> {
    const root = tempFolder();
    const left = join(root, "tmp", `${encodeURIComponent(who)}.${madeAtMs}-1.part`);
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, "clip-00.mp4"), "half");
    return { root, left };
  }

  test("knows the names that a store gives its temporary folders", async () => {
    const root = tempFolder();
    let swept = 0;
    const attempt = open(root, owner("boot/1.2.3")).put(slot, async (path) => {
      await Bun.write(path, "still");
      swept = await open(root, owner("other")).sweep();
    });
    expect(await failureOf(attempt)).toBe("storage.io");
    expect(swept).toBe(1);
  });

  test("removes what a dead process left", async () => {
    const { root } = await interrupted("boot/9.9.9");
    expect(await open(root).sweep()).toBe(1);
    expect(readdirSync(join(root, "tmp"))).toEqual([]);
  });

  test("leaves what a living one is at, until it is a day old", async () => {
    const madeAtMs = Date.UTC(2026, 10, 22);
    const { root } = await interrupted("boot/9.9.9", madeAtMs);
    const who = owner("me", ["me", "boot/9.9.9"]);
    expect(await open(root, who, madeAtMs + abandonedAfterMs).sweep()).toBe(0);
    expect(await open(root, who, madeAtMs + abandonedAfterMs + 1).sweep()).toBe(1);
  });

  test("leaves what a living one is at, whatever the clock on the wall is set to", async () => {
    const clock = createManualClock();
    const { root } = await interrupted("boot/9.9.9", clock.sinceBoot());
    clock.jump(3e11);
    const store = createArtifactStore({ root }, { owner: owner("me", ["me", "boot/9.9.9"]), clock });
    expect(await store.sweep()).toBe(0);
  });

  test("touches nothing that is not a temporary folder", async () => {
    const root = tempFolder();
    mkdirSync(join(root, "tmp", "notes"), { recursive: true });
    writeFileSync(join(root, "tmp", "film.part"), "somebody's");
    expect(await open(root).sweep()).toBe(0);
    expect(readdirSync(join(root, "tmp"))).toHaveLength(2);
  });

  test("of a store that was never used finds nothing", async () => {
    expect(await open(join(tempFolder(), "none")).sweep()).toBe(0);
  });

  test("a name that an earlier process of this identity left is not used again", async () => {
    const { root, left } = await interrupted("boot/1.2.3");
    const { key } = await open(root, owner("boot/1.2.3")).put(slot, write("still"));
    expect(existsSync(join(root, key))).toBe(true);
    expect(existsSync(join(left, "clip-00.mp4"))).toBe(true);
  });
});
