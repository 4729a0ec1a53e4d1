import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { bareEnvironment, emptyFolder, removeFolders } from "../support/binary.ts";
import { CLIP_SECONDS, type FakeProcess, startFakeProcess, wireEnvironment } from "../support/wire.ts";

setDefaultTimeout(120_000);

/** ms of CPU that the main thread may take between two turns of its event loop. */
const longestAllowedMs = 50;

let fake: FakeProcess | undefined;
let server: Bun.Subprocess<"ignore", "pipe", "ignore"> | undefined;
afterAll(async () => {
  server?.kill("SIGKILL");
  await server?.exited;
  await fake?.stop();
  removeFolders();
});

const Started = z.object({ project_id: z.string() });
const Film = z.object({ status: z.string() });

/** A server under way in a process of its own, with a probe in its main thread. */
async function startServer(folder: string, fake: FakeProcess) {
  const stretches = join(folder, "stretches");
  const root = join(import.meta.dir, "..", "..");
  const probe = join(root, "test", "support", "stretch-probe.ts");
  const child = Bun.spawn(["bun", "--preload", probe, join(root, "src", "main.ts"), "serve", "--port", "0"], {
    cwd: folder,
    env: { ...bareEnvironment(folder), ...wireEnvironment("veo", fake), STRETCH_FILE: stretches },
    stdio: ["ignore", "pipe", "ignore"],
  });
  server = child;
  let said = "";
  for await (const bytes of child.stdout) {
    said += new TextDecoder().decode(bytes);
    if (/https?:\S+\s/.test(said)) break;
  }
  const url = (/https?:\/\/[^\s/]+/.exec(said) ?? [""])[0];
  const lines = () => (existsSync(stretches) ? readFileSync(stretches, "utf8").trim().split("\n") : []);
  return {
    url,
    /** The longest stretch since it was asked last, ms. */
    async longestMs(): Promise<number> {
      const before = lines().length;
      child.kill("SIGUSR2");
      // A request is answered after the signal: both wait in the same loop.
      while (lines().length === before) await fetch(`${url}/api/health`);
      return Number(lines().at(-1));
    },
    /** Makes a film and follows it to its end, as the page does. */
    async makeFilm(prompt: string): Promise<string> {
      const body = JSON.stringify({ prompt, scenes: 2, clip_duration: CLIP_SECONDS.veo });
      const headers = { "content-type": "application/json" };
      const started = await fetch(`${url}/api/generate`, { method: "POST", headers, body });
      const { project_id } = Started.parse(await started.json());
      const events = await fetch(`${url}/api/projects/${project_id}/events`);
      const reader = events.body?.getReader();
      for (;;) {
        const { status } = Film.parse(await (await fetch(`${url}/api/projects/${project_id}`)).json());
        if (["complete", "held", "failed"].includes(status)) {
          await reader?.cancel();
          return status;
        }
        await reader?.read();
      }
    },
  };
}

test("no stretch of the main thread between two turns is 50 ms of CPU while a film is made", async () => {
  fake = await startFakeProcess();
  const { makeFilm, longestMs } = await startServer(emptyFolder("main-thread"), fake);
  // The first film loads and compiles what it needs, which happens once.
  expect(await makeFilm("A cat finds a lantern in the harbour")).toBe("complete");
  await longestMs();
  expect(await makeFilm("A dog loses a lantern in the harbour")).toBe("complete");
  expect(await longestMs()).toBeLessThan(longestAllowedMs);
});
