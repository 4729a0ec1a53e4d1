import { expect, test } from "bun:test";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { findFfmpeg } from "../../../src/media/ffmpeg/find.ts";
import { tempFolder } from "../../support/media.ts";

async function program(...path: string[]): Promise<string> {
  const file = join(...path);
  await Bun.write(file, "#!/bin/sh\n");
  await chmod(file, 0o755);
  return file;
}

const nowhere = { bundleRoot: tempFolder(), onPath: () => null };
const failure = (look: Promise<unknown>): Promise<VidpipeError> =>
  look.then(
    () => Promise.reject(new Error("it was found")),
    (thrown: unknown) => (thrown instanceof VidpipeError ? thrown : Promise.reject(thrown)),
  );

test("the configured path wins, with the ffprobe beside it", async () => {
  const folder = tempFolder();
  const ffmpeg = await program(folder, "my-ffmpeg");
  const ffprobe = await program(folder, "ffprobe");
  const onPath = () => "/usr/bin/other";
  expect(await findFfmpeg(ffmpeg, { bundleRoot: folder, onPath })).toEqual({ ffmpeg, ffprobe });
});

test("the bundled ffmpeg comes before PATH, and takes ffprobe from PATH", async () => {
  const root = tempFolder();
  const ffmpeg = await program(root, "node_modules", "ffmpeg-static", "ffmpeg");
  const inner = join(root, "src", "media");
  await mkdir(inner, { recursive: true });
  const onPath = (name: string) => `/opt/${name}`;
  expect(await findFfmpeg(null, { bundleRoot: inner, onPath })).toEqual({ ffmpeg, ffprobe: "/opt/ffprobe" });
});

test("a bare configured name is looked for on PATH, not in the current directory", async () => {
  const folder = tempFolder();
  const ffmpeg = await program(folder, "ffmpeg7");
  const onPath = (name: string) => (name === "ffmpeg7" ? ffmpeg : "/opt/ffprobe");
  expect((await findFfmpeg("ffmpeg7", { ...nowhere, onPath })).ffmpeg).toBe(ffmpeg);
});

test("a relative entry of PATH finds nothing", async () => {
  const folder = tempFolder();
  await program(folder, "ffmpeg");
  const look =
    'import {defaultPlaces} from "./src/media/ffmpeg/find.ts"; process.chdir(process.argv[1]); console.log(defaultPlaces.onPath("ffmpeg"))';
  const run = Bun.spawnSync([process.execPath, "-e", look, folder], { env: { PATH: ".:" } });
  expect(run.stdout.toString().trim()).toBe("null");
});

test("without ffmpeg the message names the install commands of three systems", async () => {
  const error = await failure(findFfmpeg(null, nowhere));
  expect(error.code).toBe("media.ffmpeg_missing");
  expect(error.message).toContain("sudo apt-get install ffmpeg");
  expect(error.message).toContain("brew install ffmpeg");
  expect(error.message).toContain("winget install Gyan.FFmpeg");
});

test.each(["/no/such/ffmpeg", tempFolder()])(
  "a configured path that is no program is refused by name",
  async (path) => {
    const error = await failure(findFfmpeg(path, { ...nowhere, onPath: () => "/opt/x" }));
    expect(error.code).toBe("media.ffmpeg_missing");
    expect(error.message).toContain(path);
  },
);

test("ffmpeg without ffprobe is refused", async () => {
  const ffmpeg = await program(tempFolder(), "ffmpeg");
  const error = await failure(findFfmpeg(ffmpeg, nowhere));
  expect(error.message).toContain("ffprobe");
});
