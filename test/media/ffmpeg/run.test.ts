import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { stderrLimitBytes } from "../../../src/media/ffmpeg/output.ts";
import { createRunner, failureOf, type RunRequest, wasRejectedByFfmpeg } from "../../../src/media/ffmpeg/run.ts";
import type { Clock } from "../../../src/ports/runtime.ts";
import { realClock, tempFolder } from "../../support/media.ts";
import { never } from "../../support/never.ts";

const cwd = tempFolder();
const script = (text: string, over: Partial<RunRequest> = {}): RunRequest => ({
  ...{ program: "/bin/sh", args: ["-c", text], cwd, task: "blend two clips", signal: never, timeoutMs: 60_000 },
  ...over,
});
const runner = createRunner(realClock);
const failure = async (run: Promise<unknown>): Promise<VidpipeError> => {
  const thrown: unknown = await run.catch((reason: unknown) => reason);
  if (thrown instanceof VidpipeError) return thrown;
  throw new Error(`did not fail: ${String(thrown)}`);
};

test("what a program prints is returned", async () => {
  expect(await runner.text(script("echo out; echo err >&2"))).toEqual({ stdout: "out\n", stderr: "err\n" });
});

test("a program gets a fixed environment and nothing else", async () => {
  const { stdout } = await runner.text(script("env | cut -d= -f1 | sort"));
  // sh itself sets PWD, OLDPWD, _ and SHLVL.
  expect(stdout.split("\n").filter((name) => !["PWD", "OLDPWD", "_", "SHLVL", ""].includes(name))).toEqual(["LC_ALL"]);
});

test("a program runs where it is told and reads nothing", async () => {
  expect((await runner.text(script("pwd; cat"))).stdout).toBe(`${cwd}\n`);
});

test("frames are counted from the progress lines", async () => {
  const seen: number[] = [];
  const lines = "printf 'frame=3\\nfps=1\\nprogress=continue\\nfra'; printf 'me=  7\\nprogress=end\\n'";
  const { frames } = await runner.frames(script(lines), (frame) => seen.push(frame));
  expect({ frames, seen }).toEqual({ frames: 7, seen: [3, 7] });
});

test("one that ends well without having told of an end made no sense: that is not the file's fault", async () => {
  const error = await failure(runner.frames(script("echo all is well"), () => {}));
  expect(error.code).toBe("media.ffmpeg_failed");
  expect(error.message).toBe("ffmpeg made no sense when it was to blend two clips: all is well");
  expect(wasRejectedByFfmpeg(error)).toBe(false);
});

test.each([126, 127])("one that the system cannot start (exit code %d) has not refused the file", async (code) => {
  const error = await failure(runner.text(script(`echo libx264.so: cannot open shared object file >&2; exit ${code}`)));
  expect(error.message).toContain("could not be started to blend two clips: libx264.so");
  expect(wasRejectedByFfmpeg(error)).toBe(false);
});

test("of a flood of messages the tail is kept", async () => {
  const { stderr } = await runner.text(script("yes warning | head -c 10000000 >&2; echo the end >&2"));
  expect(stderr.length).toBe(stderrLimitBytes);
  expect(stderr.endsWith("the end\n")).toBe(true);
});

test("12.12 one that prints without end is stopped, and counts as having refused the file", async () => {
  const error = await failure(runner.text(script("exec yes")));
  expect(error.message).toBe("ffmpeg could not blend two clips: its output had no end");
  expect(wasRejectedByFfmpeg(error)).toBe(true);
});

test("an exit code other than 0 is a failure with its last line", async () => {
  const error = await failure(runner.text(script("echo first >&2; echo moov atom not found >&2; exit 69")));
  expect(error.code).toBe("media.ffmpeg_failed");
  expect(error.message).toBe("ffmpeg could not blend two clips: moov atom not found");
});

test("exit code 0 with a full disk is a full disk", async () => {
  const error = await failure(runner.text(script("echo 'Error writing trailer: No space left on device' >&2")));
  expect(error.code).toBe("storage.full");
});

test("cancelling ends it and says so", async () => {
  const stop = new AbortController();
  const run = runner.frames(script("echo frame=1; exec sleep 100", { signal: stop.signal }), () => stop.abort());
  expect((await failure(run)).code).toBe("run.interrupted");
});

test("a run that is cancelled before it starts starts nothing", async () => {
  const mark = join(cwd, "started");
  const signal = AbortSignal.abort();
  expect((await failure(runner.text(script(`touch ${mark}`, { signal })))).code).toBe("run.interrupted");
  expect(existsSync(mark)).toBe(false);
});

/** Kill grace passes at once; everything else waits for its end. */
const impatient: Clock = {
  ...realClock,
  sleep: (ms, signal) =>
    ms === 5_000
      ? Promise.resolve()
      : new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true })),
};

test("one that ignores SIGTERM is killed after the grace time, with all that it started", async () => {
  const stop = new AbortController();
  const mark = join(cwd, "child");
  const stubborn = `trap '' TERM; sh -c 'echo $$ > ${mark}; exec sleep 100' & echo frame=1; wait`;
  const run = createRunner(impatient).frames(script(stubborn, { signal: stop.signal }), () => stop.abort());
  expect((await failure(run)).code).toBe("run.interrupted");
  // Gone, or dead and not yet collected by init.
  const state = Bun.spawnSync(["sh", "-c", `ps -o stat= -p $(cat ${mark}) 2>/dev/null`]).stdout.toString();
  expect(state).toMatch(/^(Z|$)/);
});

test("one that is killed by others is a failed ffmpeg, not a cancelled run", async () => {
  const error = await failure(runner.text(script("kill -9 $$")));
  expect(error.code).toBe("media.ffmpeg_failed");
  expect(error.message).toContain("was killed (SIGKILL)");
});

test("one that hangs is stopped after its time", async () => {
  const error = await failure(runner.text(script("exec sleep 100", { timeoutMs: 30 })));
  expect(error.code).toBe("media.ffmpeg_failed");
  expect(error.message).toContain("was stopped");
});

test("a program that is not there is a failed ffmpeg", async () => {
  expect((await failure(runner.text(script("", { program: join(cwd, "none") })))).code).toBe("media.ffmpeg_failed");
});

test("control characters of a file's text do not reach the message", () => {
  const exit = {
    exitCode: 1,
    signalCode: null,
    stopped: "no",
    stderr: "bad \u001b[31mname\u0007",
    request: script(""),
  } as const;
  expect(failureOf(exit)?.message).toBe("ffmpeg could not blend two clips: bad  [31mname ");
});
