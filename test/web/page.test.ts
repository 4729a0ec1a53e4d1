import { describe, expect, test } from "bun:test";
import { createPage } from "../../src/web/page.ts";

const page = createPage();
const ask = (path: string, init?: RequestInit) => page.answer(new Request(`http://127.0.0.1${path}`, init));
const zipped = { headers: { "Accept-Encoding": "gzip, br" } };

/** Paths of the script, the style and the icon that the page names. */
async function partsOf(html: string): Promise<string[]> {
  return [...html.matchAll(/(?:src|href)="\.(\/[^"]+)"/g)].map(([, path]) => path ?? "");
}

describe("the page", () => {
  test.each(["/", "/new", "/films/019c1b5e-7c7e-7000-8000-000000000000"])("answers at %s", async (path) => {
    const answer = await ask(path);
    expect(answer?.headers.get("content-type")).toStartWith("text/html");
    expect(await answer?.text()).toContain('<div id="studio">');
  });

  test.each(["/api/projects", "/api/", "/favicon.ico", "/films/../etc", "/films/x", "/studio/main.tsx", "/index.html"])(
    "leaves %s to the API",
    async (path) => {
      expect(await ask(path)).toBeUndefined();
    },
  );

  test("leaves a POST to the API", async () => {
    expect(await ask("/", { method: "POST" })).toBeUndefined();
  });

  test("names only files it has itself", async () => {
    const parts = await partsOf((await (await ask("/"))?.text()) ?? "");
    expect(parts.length).toBeGreaterThanOrEqual(3);
    const answers = await Promise.all(parts.map((path) => ask(path)));
    expect(answers.map((answer) => answer?.status)).toEqual(parts.map(() => 200));
  });

  test("holds no inline script or style, so that its policy can forbid them", async () => {
    const html = (await (await ask("/"))?.text()) ?? "";
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/i);
  });

  test("may load nothing but what its own server gives", async () => {
    const policy = (await ask("/"))?.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toContain("http");
  });

  test("takes under 50 kB over the wire", async () => {
    const html = (await (await ask("/"))?.text()) ?? "";
    const answers = await Promise.all(["/", ...(await partsOf(html))].map((path) => ask(path, zipped)));
    const sizes = await Promise.all(answers.map(async (answer) => (await answer?.arrayBuffer())?.byteLength ?? 0));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(50_000);
  });

  test("sends the same text zipped and plain", async () => {
    const answer = await ask("/", zipped);
    expect(answer?.headers.get("content-encoding")).toBe("gzip");
    const bytes = new Uint8Array((await answer?.arrayBuffer()) ?? new ArrayBuffer(0));
    expect(new TextDecoder().decode(Bun.gunzipSync(bytes))).toBe((await (await ask("/"))?.text()) ?? "");
  });

  test("asks again for itself but keeps its files for ever", async () => {
    const answer = await ask("/");
    const [part = ""] = await partsOf((await answer?.text()) ?? "");
    expect(answer?.headers.get("cache-control")).toBe("no-cache");
    expect((await ask(part))?.headers.get("cache-control")).toContain("immutable");
  });

  test("is not sent again when it has not changed", async () => {
    const etag = (await ask("/"))?.headers.get("etag") ?? "";
    const answer = await ask("/", { headers: { "If-None-Match": etag } });
    expect(answer?.status).toBe(304);
  });
});
