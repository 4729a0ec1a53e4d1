import { expect, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { createMediaTool } from "../../../src/media/ffmpeg/tool.ts";
import { quietLog, realClock, realTool, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";

const deps = { clock: realClock, log: quietLog };

async function codeOf(work: Promise<unknown>): Promise<string> {
  const thrown: unknown = await work.catch((reason: unknown) => reason);
  return thrown instanceof VidpipeError ? thrown.code : `not a failure: ${String(thrown)}`;
}

/** An ffmpeg and ffprobe that only print. */
async function program(version: string): Promise<string> {
  const folder = tempFolder();
  for (const name of ["ffmpeg", "ffprobe"]) {
    await Bun.write(join(folder, name), `#!/bin/sh\necho 'ffmpeg version ${version} Copyright'\n`);
    await chmod(join(folder, name), 0o755);
  }
  return join(folder, "ffmpeg");
}

const nowhere = { bundleRoot: "/", onPath: () => null };

test("without ffmpeg every piece of work says that it is missing, and doctor lists it", async () => {
  const tool = createMediaTool({ ffmpegPath: null, tempDir: tempFolder() }, { ...deps, places: nowhere });
  expect(await codeOf(tool.require(never))).toBe("media.ffmpeg_missing");
  expect(await codeOf(tool.verify("/a.mp4", never))).toBe("media.ffmpeg_missing");
  expect(await tool.inspect(never)).toMatchObject([
    { level: "fail", fix: expect.stringContaining("apt-get") },
    { topic: "ffmpeg limits", level: "warn" },
  ]);
});

test("an ffmpeg that is installed later is found without a restart", async () => {
  let ffmpeg: string | null = null;
  const places = { bundleRoot: "/", onPath: (name: string) => (name === "ffmpeg" ? ffmpeg : null) };
  const tool = createMediaTool({ ffmpegPath: null, tempDir: tempFolder() }, { ...deps, places });
  expect(await codeOf(tool.require(never))).toBe("media.ffmpeg_missing");
  ffmpeg = await program("7.1.5");
  expect(await codeOf(tool.require(never))).toBe("media.ffmpeg_unfit");
});

test("an ffmpeg that is too old is unfit, by name", async () => {
  const tool = realTool({ ffmpegPath: await program("4.4.2") });
  expect(await codeOf(tool.require(never))).toBe("media.ffmpeg_unfit");
  expect((await tool.inspect(never))[0]?.message).toContain("version 4.4.2 is older than 5.1");
});

test("a scratch folder that cannot be made is a failure of storage", async () => {
  expect(await codeOf(realTool({ tempDir: "/dev/null/x" }).verify("/a.mp4", never))).toBe("storage.io");
});
