import { afterAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder, removeFolders } from "../support/binary.ts";

const main = join(import.meta.dir, "../../src/main.ts");
afterAll(removeFolders);

test.each<readonly [string, string, RegExp]>([
  ["an ffmpeg that is not there", "VIDPIPE_FFMPEG__PATH", /no film can be made now: ffmpeg: [^\n]*doctor/],
  [
    "a folder for films that cannot be one",
    "VIDPIPE_STORAGE__TMP_DIR",
    /no film can be made now: [^\n]*temporary files cannot be made[^\n]*doctor/,
  ],
])("serve says when it starts that no film can be made with %s", async (_what, name, line) => {
  const cwd = emptyFolder("serve");
  const file = join(cwd, "file");
  writeFileSync(file, "mine");
  const server = Bun.spawn([process.execPath, main, "serve", "--port", "0"], {
    cwd,
    env: { PATH: process.env.PATH ?? "", HOME: emptyFolder("home"), [name]: join(file, "none") },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  for await (const chunk of server.stderr.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    if (line.test(said)) server.kill("SIGTERM");
  }
  expect(said.match(new RegExp(line, "g"))).toHaveLength(1);
  expect(await server.exited).toBe(0);
});
