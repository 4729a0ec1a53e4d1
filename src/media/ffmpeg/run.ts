import { VidpipeError } from "../../domain/errors.ts";
import type { Clock } from "../../ports/runtime.ts";
import { countFrames, stdoutLimitBytes, tailOf, textOf } from "./output.ts";
import { createResourceLimits, type Limits, NO_LIMITS, type ResourceLimits } from "./resource-limits.ts";

/** Ms between SIGTERM and SIGKILL; lets ffmpeg write its trailer. */
const killGraceMs = 5_000;

export interface RunRequest {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** What it does, for messages: "measure the clip". */
  readonly task: string;
  readonly signal: AbortSignal;
  /** Wall-clock ms after which it counts as hung. */
  readonly timeoutMs: number;
}

export interface ExitInfo {
  /** The tail of stderr. */
  readonly stderr: string;
}

/** A program under way. `ended` rejects with a VidpipeError; its output simply closes. */
export interface Running {
  readonly stdout: ReadableStream<Uint8Array>;
  readonly ended: Promise<ExitInfo>;
}

export interface Runner {
  /** Starts a program in its own process group, with a fixed environment. `input` goes to its stdin. */
  start(request: RunRequest, input?: AsyncIterable<Uint8Array>): Running;
  /** Runs a program and returns what it printed. `input` goes to its stdin. */
  text(request: RunRequest, input?: AsyncIterable<Uint8Array>): Promise<ExitInfo & { readonly stdout: string }>;
  /** Runs ffmpeg with `-progress pipe:1`, telling the frames done. Returns the last count. `input` goes to its stdin. */
  frames(
    request: RunRequest,
    onFrame: (frame: number) => void,
    input?: AsyncIterable<Uint8Array>,
  ): Promise<ExitInfo & { readonly frames: number }>;
}

/**
 * The only place that starts programs.
 * Failures: run.interrupted (signal), storage.full (ENOSPC), media.ffmpeg_failed (all else).
 */
export function createRunner(clock: Clock, resourceLimits: ResourceLimits = NO_LIMITS): Runner {
  const start: Runner["start"] = (request, input) => {
    if (request.signal.aborted) throw interrupted(request.task);
    const { child, stdin } = spawn(request, input === undefined ? "ignore" : "pipe", resourceLimits);
    const exited = superviseUntilExit(child, request, clock);
    // Callers read the output first and await `ended` after: rejections are not unhandled meanwhile.
    exited.catch(() => {});
    const ended = input === undefined || stdin === null ? exited : feed(stdin, input, exited, request.task);
    ended.catch(() => {});
    return { stdout: child.stdout, ended };
  };
  return {
    start,
    async text(request, input) {
      const tooLong = new AbortController();
      const signal = AbortSignal.any([request.signal, tooLong.signal]);
      const running = start({ ...request, signal }, input);
      const stdout = await textOf(running.stdout, tooLong);
      if (tooLong.signal.aborted && !request.signal.aborted) throw flooded(request.task);
      return { ...(await running.ended), stdout };
    },
    async frames(request, onFrame, input) {
      const running = start(request, input);
      const { frames, isWhole, last } = await countFrames(running.stdout, onFrame);
      const exit = await running.ended;
      if (!isWhole) throw nonsense(request.task, last);
      return { ...exit, frames };
    },
  };
}

/** The resource limits that this machine can set. `prlimit`: its absolute path, or null. */
export const openLimits = (prlimit: string | null, limits?: Limits): ResourceLimits =>
  createResourceLimits(prlimit, (command) => exitsWell(command), limits);

function exitsWell(command: readonly string[]): boolean {
  try {
    return Bun.spawnSync([...command], { stdio: ["ignore", "ignore", "ignore"] }).exitCode === 0;
  } catch {
    return false;
  }
}

/** Writes all of `input` to a program and closes its stdin. @throws why it ended, when it ends before it took all */
async function feed(
  stdin: Bun.FileSink,
  input: AsyncIterable<Uint8Array>,
  exited: Promise<ExitInfo>,
  task: string,
): Promise<ExitInfo> {
  const close = async () => void (await stdin.end());
  try {
    for await (const bytes of input) {
      // Either may be the promise that a broken pipe rejects.
      await Promise.all([stdin.write(bytes), stdin.flush()]).catch(async (cause: unknown) => {
        await close().catch(() => {});
        await exited; // throws the reason why it ended
        throw new VidpipeError("media.ffmpeg_failed", `ffmpeg stopped reading its input to ${task}`, { cause });
      });
    }
  } catch (thrown) {
    await close().catch(() => {}); // an ffmpeg that waits for input ignores SIGTERM
    await exited.catch(() => {});
    throw thrown;
  }
  await close();
  return await exited;
}

type Child = Bun.Subprocess<"ignore" | "pipe", "pipe", "pipe">;

function spawn(
  request: RunRequest,
  stdin: "ignore" | "pipe",
  resourceLimits: ResourceLimits,
): { readonly child: Child; readonly stdin: Bun.FileSink | null } {
  const command = [...resourceLimits.prefix(request.timeoutMs), request.program, ...request.args];
  // A process group of its own, so that what it started dies with it.
  const options = { cwd: request.cwd, env: { LC_ALL: "C" }, detached: true, stdout: "pipe", stderr: "pipe" } as const;
  try {
    if (stdin === "ignore") return { child: Bun.spawn(command, { ...options, stdin }), stdin: null };
    const child = Bun.spawn(command, { ...options, stdin });
    return { child, stdin: child.stdin };
  } catch (cause) {
    throw new VidpipeError("media.ffmpeg_failed", `could not start ${request.program} to ${request.task}`, { cause });
  }
}

async function superviseUntilExit(child: Child, request: RunRequest, clock: Clock): Promise<ExitInfo> {
  const errors = tailOf(child.stderr);
  const over = new AbortController();
  let stopped: "no" | "interrupted" | "timeout" = "no";
  const stop = async (why: "interrupted" | "timeout") => {
    if (stopped !== "no" || over.signal.aborted) return;
    stopped = why;
    killGroup(child.pid, "SIGTERM");
    await clock.sleep(killGraceMs, over.signal);
    if (!over.signal.aborted) killGroup(child.pid, "SIGKILL");
  };
  const onAbort = () => void stop("interrupted");
  request.signal.addEventListener("abort", onAbort, { once: true });
  if (request.signal.aborted) onAbort();
  void clock.sleep(request.timeoutMs, over.signal).then(() => stop("timeout"));
  const exitCode = await child.exited;
  over.abort();
  request.signal.removeEventListener("abort", onAbort);
  // Its child processes must neither outlive it nor keep the pipes open.
  killGroup(child.pid, "SIGKILL");
  const stderr = await errors;
  const failure = failureOf({ exitCode, signalCode: child.signalCode, stopped, stderr, request });
  if (failure !== undefined) throw failure;
  return { stderr };
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // ESRCH: the group is gone, which is what was wanted.
  }
}

interface Exit {
  readonly exitCode: number;
  readonly signalCode: Child["signalCode"];
  readonly stopped: "no" | "interrupted" | "timeout";
  readonly stderr: string;
  readonly request: RunRequest;
}

/** Says what an exit means; the exit code alone is never trusted (ffmpeg exits 0 on a full disk). */
export function failureOf(exit: Exit): VidpipeError | undefined {
  const { request, stderr } = exit;
  if (exit.stopped === "interrupted") return interrupted(request.task);
  if (/No space left on device/.test(stderr))
    return new VidpipeError(
      "storage.full",
      `the disk filled up while ffmpeg tried to ${request.task}; free some space and resume`,
    );
  const failed = (message: string, ending: ExitKind) =>
    new VidpipeError("media.ffmpeg_failed", message, {
      facts: { ending, exitCode: exit.exitCode, stderr: stderr.slice(-2_000) },
    });
  if (exit.stopped === "timeout")
    return failed(
      `ffmpeg took over ${Math.round(request.timeoutMs / 1_000)} s to ${request.task} and was stopped`,
      "timeout",
    );
  if (exit.signalCode !== null)
    return failed(`ffmpeg was killed (${exit.signalCode}) while it tried to ${request.task}`, "signal");
  if (unstartedCodes.includes(exit.exitCode))
    return failed(`ffmpeg could not be started to ${request.task}: ${lastLine(stderr)}`, "unstarted");
  if (exit.exitCode !== 0) return failed(`ffmpeg could not ${request.task}: ${lastLine(stderr)}`, "code");
  return undefined;
}

/** How a failed ffmpeg ended, kept in the failure's facts. */
type ExitKind = "code" | "signal" | "timeout" | "unstarted" | "nonsense";

/** Exit codes with which a loader or a shell says that it could not start a program; no ffmpeg ends with them. */
const unstartedCodes: readonly number[] = [126, 127];

/** True when ffmpeg itself said no (a bad file), false when it was killed, hung, never started or made no sense. */
export const wasRejectedByFfmpeg = (thrown: unknown): thrown is VidpipeError =>
  thrown instanceof VidpipeError && thrown.code === "media.ffmpeg_failed" && thrown.facts.ending === "code";

const interrupted = (task: string): VidpipeError =>
  new VidpipeError("run.interrupted", `stopped before it could ${task}; nothing finished was lost`);

/** The most telling line of stderr, without control characters. */
export function lastLine(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const line = lines.at(-1) ?? "it gave no reason";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is removed
  return line.replace(/[\u0000-\u001f\u007f]/g, " ").slice(0, 300);
}

/** An ffmpeg that ended well and printed what none prints: that is no fault of the file. */
export const nonsense = (task: string, printed: string): VidpipeError =>
  new VidpipeError("media.ffmpeg_failed", `ffmpeg made no sense when it was to ${task}: ${lastLine(printed)}`, {
    facts: { ending: "nonsense" satisfies ExitKind },
  });

const flooded = (task: string): VidpipeError =>
  new VidpipeError("media.ffmpeg_failed", `ffmpeg could not ${task}: its output had no end`, {
    facts: { ending: "code" satisfies ExitKind, stderr: `more than ${stdoutLimitBytes} bytes were printed` },
  });
