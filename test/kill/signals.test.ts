import { afterAll, afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { emptyFolder, removeFolders, runBinary, type Started, startBinary } from "../support/binary.ts";
import { filmFacts } from "../support/film-facts.ts";
import { createGoogleFake, type GoogleFake } from "../support/google-fake/google-fake.ts";
import { differences } from "../support/ledger-check.ts";
import { lostFiles, recordsIn } from "../support/records.ts";
import { environmentFor, generateArgs } from "../support/wire.ts";

setDefaultTimeout(120_000);

const scenes = 2;
let fake: GoogleFake;
let folder: string;
let env: Record<string, string>;
let started: Started[];

beforeEach(() => {
  fake = createGoogleFake();
  folder = emptyFolder("signals");
  env = environmentFor("omni", fake);
  started = [];
});
afterEach(async () => {
  for (const program of started) program.kill("SIGKILL");
  await Promise.all(started.map(({ ended }) => ended));
  fake.stop();
});
afterAll(removeFolders);

async function start(args: readonly string[]): Promise<Started> {
  const program = await startBinary(folder, args, env);
  started.push(program);
  return program;
}

const projectId = () => recordsIn(folder).project?.id ?? "";
const billed = (kind: string) => fake.bill.filter((entry) => entry.kind === kind).length;

/** The film is there, and everything in it was bought once. */
async function expectFilmBoughtOnce() {
  const records = recordsIn(folder);
  expect(records.project?.status).toBe("complete");
  expect([billed("text"), billed("image"), billed("clip")]).toEqual([1, scenes + 1, scenes]);
  // A call that was held back at the last moment was never sent: its reservation is given back.
  const settled = records.submits.filter(({ state }) => state !== "released");
  expect(settled.map(({ state }) => state)).toEqual(settled.map(() => "spent"));
  expect(differences(records, fake.bill, new Map())).toEqual([]);
  expect(await lostFiles(folder, records.files)).toEqual([]);
}

describe("told to stop", () => {
  test.each(["text", "image", "submit", "poll"] as const)(
    "while a %s request is under way it hears the answer out, and resume buys nothing twice",
    async (route) => {
      const release = fake.hold(route);
      const program = await start(generateArgs("omni", scenes));
      await fake.arrived(route);
      program.kill("SIGTERM");
      await program.said(/stopping/);
      release();
      const { exitCode, stderr } = await program.ended;
      expect(exitCode).toBe(130);
      expect(stderr).toContain(`vidpipe resume ${projectId()}`);
      const resumed = await runBinary(folder, ["resume", projectId(), "--yes"], env);
      expect(resumed.exitCode).toBe(0);
      await expectFilmBoughtOnce();
    },
  );
});

describe("several programs on one project", () => {
  test("three resumes at once after a crash: one drives, the others follow", async () => {
    const release = fake.hold("poll");
    const first = await start(generateArgs("omni", scenes));
    await everyClipOrdered();
    first.kill("SIGKILL");
    await first.ended;
    release();
    const resumes = await Promise.all([1, 2, 3].map(() => start(["resume", projectId(), "--yes"])));
    const ends = await Promise.all(resumes.map(({ ended }) => ended));
    for (const { exitCode, stderr } of ends)
      expect(exitCode === 0 || stderr.includes("is complete: there is nothing to resume")).toBe(true);
    expect(ends.map(({ exitCode }) => exitCode)).toContain(0);
    await expectFilmBoughtOnce();
  });

  test("a resume beside the server that makes the film follows it to its end", async () => {
    const { server, resume, release } = await resumeBesideServer();
    release();
    expect((await resume.ended).exitCode).toBe(0);
    server.program.kill("SIGTERM");
    expect((await server.program.ended).exitCode).toBe(0);
    await expectFilmBoughtOnce();
  });

  test("a resume beside a server that is killed takes the film over", async () => {
    const { server, resume, release } = await resumeBesideServer();
    server.program.kill("SIGKILL");
    await server.program.ended;
    release();
    expect((await resume.ended).exitCode).toBe(0);
    await expectFilmBoughtOnce();
  });

  /** With their answers held back each clip is asked for once: by then all stills and orders are settled. */
  const everyClipOrdered = () => fake.arrived("poll", scenes);

  /** A server whose clips are all ordered and held back, and a resume that follows it. */
  async function resumeBesideServer() {
    const server = await serve();
    const release = fake.hold("poll");
    await order(server.url);
    await everyClipOrdered();
    const resume = await start(["resume", projectId(), "--yes"]);
    await resume.said(/(keyframes|clips): /);
    return { server, resume, release };
  }

  async function serve() {
    const program = await start(["serve", "--port", "0"]);
    await program.said(/serving/);
    return { program, url: await program.firstLine };
  }

  async function order(url: string): Promise<void> {
    const request = { prompt: "A cat finds a lantern", scenes, clip_duration: 3 };
    const { status } = await fetch(new URL("/api/generate", url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    expect(status).toBe(202);
  }
});

describe("ffmpeg killed under it", () => {
  const Children = z.string().transform((text) => text.trim().split(" ").filter(Boolean).map(Number));
  const childrenOf = (pid: number): number[] => {
    try {
      return Children.parse(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
    } catch {
      return [];
    }
  };

  test("the film is made all the same, with every frame", async () => {
    const args = ["--provider", "offline", "--aspect-ratio", "1:1", "--clip-duration", "1", "--scenes", "2"];
    const program = await start(["generate", "A cat. A dog.", ...args]);
    const killed = new Set<number>();
    let over = false;
    void program.ended.then(() => (over = true));
    while (killed.size < 2 && !over) {
      const child = childrenOf(program.pid).find((pid) => !killed.has(pid) && isEncoding(pid));
      if (child !== undefined) {
        process.kill(child, "SIGKILL");
        killed.add(child);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { exitCode, stdout } = await program.ended;
    expect(killed.size).toBe(2);
    expect(exitCode).toBe(0);
    expect((await filmFacts(stdout.trim()))[0]).toEqual({ codec: "h264", frames: 2 * 24 });
  });

  /** An ffmpeg that writes a file; ffprobe and the version question are not worth killing. */
  function isEncoding(pid: number): boolean {
    try {
      return /libx264/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    } catch {
      return false;
    }
  }
});
