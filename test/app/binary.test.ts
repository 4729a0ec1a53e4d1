import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { emptyFolder, removeFolders, runBinary, startBinary } from "../support/binary.ts";
import { filmFacts } from "../support/film-facts.ts";

setDefaultTimeout(60_000);
afterAll(removeFolders);

const film = ["--provider", "offline", "--clip-duration", "1", "--aspect-ratio", "1:1", "--scenes", "2"];
const story = "A cat exploring Tokyo at night. She finds a lantern.";

describe("the binary in an empty folder with an empty home", () => {
  test("makes a film: H.264 and AAC, as many frames as its clips have, save a doubled one", async () => {
    const folder = emptyFolder("film");
    const { exitCode, stdout } = await runBinary(folder, ["generate", story, ...film]);
    expect(exitCode).toBe(0);
    const streams = await filmFacts(stdout.trim());
    expect(streams.map(({ codec }) => codec)).toEqual(["h264", "aac"]);
    expect([2 * 24, 2 * 24 - 1]).toContain(streams[0]?.frames ?? 0);
  });

  test("blends scenes: the film is shorter by every crossfade", async () => {
    const folder = emptyFolder("blend");
    const { exitCode, stdout } = await runBinary(folder, ["generate", story, ...film, "--crossfade", "0.25"]);
    expect(exitCode).toBe(0);
    expect((await filmFacts(stdout.trim()))[0]?.frames).toBe(2 * 24 - 6);
  });

  test("has the program of the thread that hashes large files", async () => {
    const folder = emptyFolder("thread");
    const picture = join(folder, "noise.png");
    const noise = ["-f", "lavfi", "-i", "color=s=1920x1920", "-pix_fmt", "rgb24"];
    Bun.spawnSync(["ffmpeg", "-v", "error", ...noise, "-frames:v", "1", "-compression_level", "0", picture]);
    const until = ["--until", "storyboard", "--start-image", picture, "--verbose"];
    const { exitCode, stderr } = await runBinary(folder, ["generate", story, ...film, ...until]);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("large files are hashed in a thread of their own")]);
    expect(stderr).not.toContain("no thread could be started");
  });

  test("says its version", async () => {
    const { stdout } = await runBinary(emptyFolder("version"), ["--version"]);
    expect(stdout.trim()).toBe(packageJson.version);
  });

  test("is not changed by a planted bunfig.toml, .env, package.json or tsconfig.json", async () => {
    const folder = emptyFolder("planted");
    await Bun.write(join(folder, "evil.ts"), `await Bun.write(${JSON.stringify(join(folder, "pwned"))}, "x");`);
    await Bun.write(join(folder, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    await Bun.write(join(folder, "tsconfig.json"), '{"compilerOptions":{"paths":{"*":["./evil.ts"]}}}');
    await Bun.write(join(folder, "package.json"), '{"name":"evil","imports":{"#x":"./evil.ts"}}');
    const { exitCode } = await runBinary(folder, ["list"]);
    expect(exitCode).toBe(0);
    expect(existsSync(join(folder, "pwned"))).toBe(false);
  });

  test("reads the .env beside it as settings, below the environment", async () => {
    const folder = emptyFolder("dotenv");
    await Bun.write(join(folder, ".env"), "VIDPIPE_PIPELINE__MAX_SCENES=4\n");
    const fromFile = await runBinary(folder, ["config", "--json"]);
    const fromEnvironment = await runBinary(folder, ["config", "--json"], { VIDPIPE_PIPELINE__MAX_SCENES: "6" });
    expect(fromFile.stdout).toMatch(/"pipeline.max_scenes"[^}]*\b4\b/);
    expect(fromEnvironment.stdout).toMatch(/"pipeline.max_scenes"[^}]*\b6\b/);
  });

  test("stops before anything is made when there is no ffmpeg, and names the commands", async () => {
    const folder = emptyFolder("bare");
    const { exitCode, stderr } = await runBinary(folder, ["generate", story, ...film], { PATH: folder });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/apt(-get)? install/);
    expect((await runBinary(folder, ["list", "--json"])).stdout).toBe("");
  });

  test("refuses an output in a missing folder before anything is made", async () => {
    const folder = emptyFolder("output");
    const output = ["--output", join(folder, "missing", "film.mp4")];
    const { exitCode, stderr } = await runBinary(folder, ["generate", story, ...film, ...output]);
    expect(exitCode).toBe(2);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    const { stdout } = await runBinary(folder, ["list", "--json"]);
    expect(stdout.trim()).toBe("");
  });

  test.each(["", "   ", "a\u0000b", "x".repeat(10_001)].map((prompt) => ({ prompt })))(
    "refuses a prompt that is none (%#)",
    async ({ prompt }) => {
      const folder = emptyFolder("prompt");
      await Bun.write(join(folder, "prompt.txt"), prompt);
      const { exitCode, stderr } = await runBinary(folder, ["generate", "--file", "prompt.txt", ...film]);
      expect(exitCode).toBe(2);
      expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
    },
  );

  test("leaves a database that is not its own untouched", async () => {
    const folder = emptyFolder("garbage");
    mkdirSync(join(folder, "vidpipe-data"));
    const path = join(folder, "vidpipe-data", "vidpipe.db");
    await Bun.write(path, "this is a letter, not a database".repeat(200));
    const before = await Bun.file(path).text();
    const { exitCode } = await runBinary(folder, ["list"]);
    expect(exitCode).toBe(2);
    expect(await Bun.file(path).text()).toBe(before);
  });
});

describe("an interrupted run", () => {
  test("stops at SIGINT with code 130, prints the resume command, and that command finishes the film", async () => {
    const folder = emptyFolder("interrupt");
    const program = await startBinary(folder, ["generate", story, ...film]);
    await program.said(/keyframes/);
    program.kill("SIGINT");
    const { exitCode, stderr } = await program.ended;
    expect(exitCode).toBe(130);
    const id = /vidpipe resume ([0-9a-f-]{36})/.exec(stderr)?.[1] ?? "";
    const resumed = await runBinary(folder, ["resume", id]);
    expect(resumed.exitCode).toBe(0);
    expect(existsSync(resumed.stdout.trim())).toBe(true);
    const again = await runBinary(folder, ["resume", id]);
    expect(again.exitCode).toBe(2);
  });
});

describe("the server", () => {
  test("makes a film over HTTP, serves it, and takes up after SIGKILL what it was making", async () => {
    const folder = emptyFolder("server");
    const start = async () => {
      const program = await startBinary(folder, ["serve", "--port", "0"]);
      return { program, url: (await program.firstLine).replace(/\/$/, "") };
    };
    const first = await start();
    const made = await fetch(`${first.url}/api/generate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompt: story, clip_duration: 1, aspect_ratio: "1:1", scenes: 2, provider: "offline" }),
    });
    expect(made.status).toBe(202);
    const Accepted = z.object({ project_id: z.string(), status_url: z.string() });
    const { project_id, status_url } = Accepted.parse(await made.json());
    first.program.kill("SIGKILL");
    await first.program.ended;

    const second = await start();
    const Status = z.object({ status: z.string() });
    const statusNow = async () => Status.parse(await (await fetch(second.url + status_url)).json()).status;
    const deadline = performance.now() + 50_000;
    while (performance.now() < deadline && (await statusNow()) !== "complete") {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await statusNow()).toBe("complete");
    const part = await fetch(`${second.url}/api/projects/${project_id}/download`, { headers: { range: "bytes=4-7" } });
    expect([part.status, await part.text()]).toEqual([206, "ftyp"]);
    second.program.kill("SIGTERM");
    expect((await second.program.ended).exitCode).toBe(0);
  });
});

test("a data folder that cannot be written is one clear line", async () => {
  const folder = emptyFolder("readonly");
  chmodSync(folder, 0o500);
  const { exitCode, stderr } = await runBinary(folder, ["list"], {
    VIDPIPE_STORAGE__DATABASE_URL: "sqlite:////proc/x/v.db",
  });
  expect(exitCode).toBe(2);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([]);
});
