/** Browsers as players: each opens a page and evaluates what is asked for in it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { openBrowser } from "../../../web/support/browser.ts";

export interface Player extends AsyncDisposable {
  /** Evaluates an expression of the page; promises are awaited. */
  evaluate(expression: string): Promise<unknown>;
}

export async function openChromium(url: string): Promise<Player> {
  const browser = await openBrowser();
  const page = await browser.newPage();
  await page.goto(url);
  return { evaluate: (expression) => page.evaluate(expression), [Symbol.asyncDispose]: () => browser.close() };
}

/** Where Debian puts it. */
const FIREFOX = "/usr/bin/firefox-esr";

/** Firefox ESR over WebDriver BiDi, of which four commands are used: no library for them. */
export async function openFirefox(url: string): Promise<Player> {
  const profile = await mkdtemp(join(tmpdir(), "vidpipe-firefox-"));
  const args = ["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile];
  const browser = Bun.spawn([FIREFOX, ...args], {
    // As root its sandbox cannot be made.
    env: { ...process.env, MOZ_DISABLE_CONTENT_SANDBOX: "1", HOME: profile },
    stdout: "ignore",
    stderr: "pipe",
  });
  const close = async () => {
    browser.kill();
    await browser.exited;
    await rm(profile, { recursive: true, force: true });
  };
  try {
    const bidi = await connect(await addressIn(browser.stderr));
    await bidi.send("session.new", { capabilities: {} });
    const { contexts } = Contexts.parse(await bidi.send("browsingContext.getTree", {}));
    const { context } = contexts[0];
    await bidi.send("browsingContext.navigate", { context, url, wait: "interactive" });
    const evaluate = async (expression: string) => {
      const json = `Promise.resolve(${expression}).then(JSON.stringify)`;
      const params = { expression: json, target: { context }, awaitPromise: true, userActivation: true };
      return JSON.parse(Evaluated.parse(await bidi.send("script.evaluate", params)).result.value);
    };
    return { evaluate, [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

const Contexts = z.object({ contexts: z.tuple([z.object({ context: z.string() })]).rest(z.unknown()) });
const Evaluated = z.object({ type: z.literal("success"), result: z.object({ value: z.string() }) });
const Answer = z.object({
  id: z.int().nullish(),
  type: z.string(),
  result: z.unknown(),
  error: z.string().optional(),
  message: z.string().optional(),
});

/** The address that Firefox prints once it listens. */
async function addressIn(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let said = "";
  for await (const chunk of stderr) {
    said += decoder.decode(chunk, { stream: true });
    const address = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1];
    if (address !== undefined) return `${address}/session`;
  }
  throw new Error(`Firefox did not start: ${said}`);
}

interface Bidi {
  send(method: string, params: object): Promise<unknown>;
}

async function connect(address: string): Promise<Bidi> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, { done: (result: unknown) => void; failed: (reason: Error) => void }>();
  socket.addEventListener("message", ({ data }) => {
    const { id, type, result, error, message } = Answer.parse(JSON.parse(String(data)));
    const asked = waiting.get(id ?? -1);
    if (asked === undefined) return;
    waiting.delete(id ?? -1);
    if (type === "success") asked.done(result);
    else asked.failed(new Error(`${error}: ${message}`));
  });
  socket.addEventListener("close", () => {
    for (const { failed } of waiting.values()) failed(new Error("Firefox went away"));
  });
  await new Promise<void>((done, failed) => {
    socket.addEventListener("open", () => done());
    socket.addEventListener("error", () => failed(new Error(`no answer at ${address}`)));
  });
  let count = 0;
  return {
    send: (method, params) =>
      new Promise((done, failed) => {
        count += 1;
        waiting.set(count, { done, failed });
        socket.send(JSON.stringify({ id: count, method, params }));
      }),
  };
}
