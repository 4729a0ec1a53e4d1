import { afterAll, afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder, removeFolders, runBinary, type Started, startBinary } from "../support/binary.ts";
import { createGoogleFake, type GoogleFake } from "../support/google-fake/google-fake.ts";
import { differences } from "../support/ledger-check.ts";
import { lostFiles, recordsIn } from "../support/records.ts";
import { environmentFor, generateArgs } from "../support/wire.ts";

setDefaultTimeout(90_000);

/** Mounts a small disk in memory; false where this user may not. */
function mount(folder: string): boolean {
  return Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=448m", "tmpfs", folder], { stderr: "ignore" }).success;
}
const unmount = (folder: string) => Bun.spawnSync(["umount", "--lazy", folder]);

const probe = emptyFolder("mount");
const canMount = process.platform === "linux" && mount(probe);
if (canMount) unmount(probe);
afterAll(removeFolders);

describe.skipIf(!canMount)("a real full disk (needs the right to mount; skipped without)", () => {
  const scenes = 2;
  let fake: GoogleFake;
  let disk: string;
  let env: Record<string, string>;
  let program: Started | undefined;

  beforeEach(() => {
    fake = createGoogleFake();
    disk = emptyFolder("disk");
    mount(disk);
    env = environmentFor("veo", fake);
  });
  afterEach(async () => {
    program?.kill("SIGKILL");
    await program?.ended;
    unmount(disk);
    fake.stop();
  });

  /** Leaves so many bytes on the disk. */
  function fill(leaveBytes: number): () => void {
    const ballast = join(disk, "ballast");
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
    return () => {
      truncateSync(ballast, 0);
      rmSync(ballast);
    };
  }

  test.each([0, 40_000, 150_000])(
    "that fills up to %d bytes while clips are made: nothing is bought twice and the film is finished once there is room",
    async (leaveBytes) => {
      const release = fake.hold("poll");
      program = await startBinary(disk, generateArgs("veo", scenes), env);
      await fake.arrived("poll", scenes);
      const makeRoom = fill(leaveBytes);
      release();
      await Promise.race([program.ended, program.said(/full|room|could not|failed/i)]);
      makeRoom();
      const { exitCode } = await program.ended;
      expect([0, 3]).toContain(exitCode);
      const { project } = recordsIn(disk);
      if (exitCode === 3) {
        expect(project?.status).toBe("held");
        expect((await runBinary(disk, ["resume", project?.id ?? "", "--yes"], env)).exitCode).toBe(0);
      }
      const records = recordsIn(disk);
      expect(records.project?.status).toBe("complete");
      expect(records.integrity).toBe("ok");
      expect(fake.bill.filter(({ kind }) => kind === "clip")).toHaveLength(scenes);
      expect(differences(records, fake.bill, new Map())).toEqual([]);
      expect(await lostFiles(disk, records.files)).toEqual([]);
    },
  );

  test("that is almost full before the start: nothing is made and nothing is bought", async () => {
    fill(100 * 1024 ** 2);
    const { exitCode, stderr } = await runBinary(disk, generateArgs("veo", scenes), env);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/disk is almost full: nothing was made/);
    expect(fake.bill).toEqual([]);
    expect(recordsIn(disk).project).toBeUndefined();
  });
});
