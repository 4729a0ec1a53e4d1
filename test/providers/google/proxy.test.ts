/** 13.10: what a proxy of the environment gets to see. */
import { afterEach, describe, expect, test } from "bun:test";
import { FAKE_API_KEY } from "../../support/google-fake/routing.ts";
import { never } from "../../support/never.ts";
import { bench, clipOrder, failureOf, keyframeOrder, STILLS } from "./harness.ts";

const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
const before = VARIABLES.map((name) => [name, process.env[name]] as const);
const opened: { stop(closeActive: boolean): void }[] = [];
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  for (const listener of opened.splice(0)) listener.stop(true);
});

/** A proxy that keeps what it is sent and answers everything with a refusal. */
function openProxy(variables: readonly string[]): { readonly seen: () => string } {
  let seen = "";
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        seen += bytes.toString();
        socket.write("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
      },
    },
  });
  opened.push(listener);
  for (const name of variables) process.env[name] = `http://127.0.0.1:${listener.port}`;
  return { seen: () => seen };
}

describe("13.10 a proxy", () => {
  test.each(VARIABLES)("in %s sees nothing of what stays on this machine", async (name) => {
    const proxy = openProxy([name]);
    const { provider, models, fake } = bench();
    await provider.drawKeyframe(keyframeOrder(models, true), models, null, never);
    expect(proxy.seen()).toBe("");
    expect(fake.requests).toHaveLength(1);
    fake.stop();
  });

  test("of HTTPS is asked for a tunnel to Google and sees no key; refused, nothing was sent or billed", async () => {
    const proxy = openProxy(["HTTPS_PROXY"]);
    const { provider, models, fake } = bench({ config: { geminiBaseUrl: null } });
    const failure = await failureOf(provider.startClip(clipOrder(models), models, STILLS, never, null));
    expect(proxy.seen()).toStartWith("CONNECT generativelanguage.googleapis.com:443 HTTP/1.1\r\n");
    expect(proxy.seen()).not.toContain(FAKE_API_KEY);
    expect(failure).toMatchObject({ code: "provider.unreachable", facts: { charged: false } });
    fake.stop();
  });
});
