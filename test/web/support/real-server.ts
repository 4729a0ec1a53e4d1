import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const main = join(import.meta.dir, "..", "..", "..", "src", "main.ts");

/** `vidpipe serve` in a folder of its own, as a user starts it. */
export interface RealServer {
  readonly url: string;
  /** Ends it abruptly, as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again on the same folder and port. */
  start(): Promise<void>;
  /** Stops it and removes everything it made. */
  remove(): Promise<void>;
}

export async function startRealServer(): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), "vidpipe-web-server-"));
  const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", HOME: folder };
  let running = await launch("0");
  const { port } = new URL(running.url);

  async function launch(at: string) {
    const child = Bun.spawn([process.execPath, main, "serve", "--port", at], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said: string[] = [];
    const [url] = await Promise.race([
      firstMatch(child.stdout, /http:\/\/\S+/, said),
      child.exited.then((code) => {
        throw new Error(`the server ended with ${code}: ${said.join("")}`);
      }),
    ]);
    return { child, url };
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    running.child.kill(signal);
    await running.child.exited;
  }

  return {
    url: running.url,
    kill: () => end("SIGKILL"),
    start: async () => {
      running = await launch(port);
    },
    remove: async () => {
      await end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The first match in a stream, which is read on to its end so that its writer never waits. */
function firstMatch(stream: ReadableStream<Uint8Array>, pattern: RegExp, said: string[]): Promise<RegExpMatchArray> {
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    const read = async () => {
      for await (const chunk of stream) {
        said.push(decoder.decode(chunk, { stream: true }));
        const match = said.join("").match(pattern);
        if (match) resolve(match);
      }
    };
    void read();
  });
}
