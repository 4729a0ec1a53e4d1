import { expect, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { openInstallation } from "../../../src/media/ffmpeg/installation.ts";
import type { Runner } from "../../../src/media/ffmpeg/run.ts";
import { tempFolder } from "../../support/media.ts";

test("a caller that stops does not stop another one that waits for the same answer", async () => {
  const folder = tempFolder();
  for (const name of ["ffmpeg", "ffprobe"]) {
    await Bun.write(join(folder, name), "#!/bin/sh\n");
    await chmod(join(folder, name), 0o755);
  }
  const asked: AbortSignal[] = [];
  const unused = () => {
    throw new Error("not used");
  };
  const runner: Runner = {
    start: unused,
    frames: unused,
    async text({ signal }) {
      asked.push(signal);
      await Promise.resolve();
      if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped");
      return { stdout: "ffmpeg version 7.1", stderr: "" };
    },
  };
  const places = { bundleRoot: folder, onPath: () => null };
  const installation = openInstallation(join(folder, "ffmpeg"), places, join(folder, "tmp"), runner);
  const stopping = new AbortController();
  const first = installation.capabilities(stopping.signal);
  const second = installation.capabilities(new AbortController().signal);
  stopping.abort();
  await expect(first).rejects.toMatchObject({ code: "run.interrupted" });
  expect((await second).version).toBe("7.1");
  expect(asked.filter((signal) => signal === stopping.signal).length).toBeGreaterThan(0);
});
