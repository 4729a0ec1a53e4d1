import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBinary } from "../../scripts/build.ts";

const folders: string[] = [];

/** An empty folder; `removeFolders` takes it away again. */
export function emptyFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `vidpipe-${name}-`));
  folders.push(folder);
  return folder;
}

/** Removes every folder that was made here, the program among them. */
export function removeFolders(): void {
  built = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

let built: Promise<string> | undefined;

/** The compiled program, built once per test process. */
export function compiledBinary(): Promise<string> {
  built ??= (async () => {
    const outfile = join(emptyFolder("binary"), "vidpipe");
    await buildBinary(outfile);
    return outfile;
  })();
  return built;
}

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Only what a bare server gives a program: a PATH with ffmpeg, and a HOME that is empty. */
export const bareEnvironment = (folder: string, more: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? "/usr/bin:/bin",
  HOME: folder,
  ...more,
});

/** A program under way. */
export interface Started {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when what it said on stderr so far fits. */
  said(pattern: RegExp): Promise<void>;
  /** The first line of stdout. */
  readonly firstLine: Promise<string>;
  /** Resolves when it has ended; 128 and the signal's number for one that was killed. */
  readonly ended: Promise<Finished>;
}

/** Starts the compiled program in a folder. */
export async function startBinary(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Started> {
  const child = Bun.spawn([await compiledBinary(), ...args], {
    cwd: folder,
    env: bareEnvironment(folder, env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stderr = listenTo(child.stderr);
  const stdout = listenTo(child.stdout);
  return {
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    said: async (pattern) => void (await stderr.until(pattern)),
    firstLine: stdout.until(/^(.*)\n/).then((match) => match[1] ?? ""),
    ended: Promise.all([stdout.whole, stderr.whole, child.exited]).then(([out, err, exitCode]) => ({
      exitCode,
      stdout: out,
      stderr: err,
    })),
  };
}

/** Everything that comes through a pipe, and a promise for the first time it fits a pattern. */
function listenTo(pipe: ReadableStream<Uint8Array>) {
  let text = "";
  const waiting: { pattern: RegExp; resolve: (match: RegExpExecArray) => void }[] = [];
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of pipe) {
      text += decoder.decode(chunk, { stream: true });
      for (const { pattern, resolve } of waiting) {
        const match = pattern.exec(text);
        if (match !== null) resolve(match);
      }
    }
    return text;
  };
  return {
    whole: read(),
    until: (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve) => {
        const match = pattern.exec(text);
        if (match !== null) resolve(match);
        else waiting.push({ pattern, resolve });
      }),
  };
}

/** Runs the compiled program to its end in a folder. */
export async function runBinary(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  return (await startBinary(folder, args, env)).ended;
}

export const sha256Of = async (path: string): Promise<string> =>
  new Bun.CryptoHasher("sha256").update(await Bun.file(path).arrayBuffer()).digest("hex");
