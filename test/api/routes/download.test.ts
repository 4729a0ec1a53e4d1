import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeComplete, fakeProject, fakeProjectId } from "../../support/fake-service.ts";
import { startTestServer } from "../harness.ts";

const FILM = Buffer.from("0123456789abcdefghij");
const READY = fakeProjectId(1);
const RUNNING = fakeProjectId(2);
const LOST = fakeProjectId(3);

let folder: string;
let film: string;
let up: ReturnType<typeof startTestServer>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vidpipe-download-"));
  film = join(folder, "final.mp4");
  writeFileSync(film, FILM);
  up = startTestServer({
    projects: [
      fakeProject({ id: READY, ...fakeComplete(film) }),
      fakeProject({ id: RUNNING, status: "video_gen" }),
      fakeProject({ id: LOST, ...fakeComplete(join(folder, "gone.mp4")) }),
    ],
  });
});
afterAll(async () => {
  await up.server.stop();
  rmSync(folder, { recursive: true });
});

const download = (id: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(up.url(`/api/projects/${id}/download`), { method, headers });
const range = (value: string, more: Record<string, string> = {}) => download(READY, { Range: value, ...more });

test("the film comes whole, as an attachment under its project's name", async () => {
  const response = await download(READY);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "video/mp4",
    "content-length": "20",
    "content-disposition": `attachment; filename="video_${READY}.mp4"`,
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    "x-content-type-options": "nosniff",
  });
  expect(Buffer.from(await response.arrayBuffer())).toEqual(FILM);
});

test("the file's name has the whole id, also when a start of it was asked for", async () => {
  const alone = startTestServer({ projects: [fakeProject({ id: READY, ...fakeComplete(film) })] });
  const response = await fetch(alone.url(`/api/projects/${READY.slice(0, 8)}/download`));
  expect(response.headers.get("content-disposition")).toBe(`attachment; filename="video_${READY}.mp4"`);
  await response.arrayBuffer();
  await alone.server.stop();
});

test("HEAD has the film's length and no body", async () => {
  const response = await download(READY, {}, "HEAD");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-length")).toBe("20");
  expect(response.headers.get("accept-ranges")).toBe("bytes");
  expect(await response.text()).toBe("");
});

describe("Range", () => {
  test.each([
    ["bytes=0-3", "bytes 0-3/20", "0123"],
    ["bytes=5-", "bytes 5-19/20", "56789abcdefghij"],
    ["bytes=-4", "bytes 16-19/20", "ghij"],
    ["bytes=0-0", "bytes 0-0/20", "0"],
    ["bytes=15-999", "bytes 15-19/20", "fghij"],
  ])("%s is 206", async (asked, contentRange, body) => {
    const response = await range(asked);
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(contentRange);
    expect(response.headers.get("content-length")).toBe(String(body.length));
    expect(response.headers.get("content-disposition")).toContain("attachment");
    expect(await response.text()).toBe(body);
  });

  test.each(["bytes=20-", "bytes=100-200", "bytes=-0"])("%s lies outside: 416 with the length", async (asked) => {
    const response = await range(asked);
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe("bytes */20");
  });

  test.each([
    "bytes=5-2",
    "bytes=abc",
    "items=0-3",
    "bytes=0-1,3-4",
    `bytes=${Array(1_000).fill("0-1").join(",")}`,
    "bytes=99999999999999999999-",
  ])("%.30s is nothing we serve in parts: the whole film", async (asked) => {
    const response = await range(asked);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(FILM.toString());
  });

  test("If-Range with the film's ETag goes on, with another starts over", async () => {
    const etag = (await download(READY, {}, "HEAD")).headers.get("etag") ?? "";
    expect((await range("bytes=0-3", { "If-Range": etag })).status).toBe(206);
    expect((await range("bytes=0-3", { "If-Range": '"another"' })).status).toBe(200);
  });
});

describe("If-None-Match", () => {
  test.each([
    ["the film's ETag", (etag: string) => etag],
    ["a weak one", (etag: string) => `W/${etag}`],
    ["one of several", (etag: string) => `"x", ${etag}`],
    ["anything", () => "*"],
  ])("with %s is 304", async (_, header) => {
    const etag = (await download(READY, {}, "HEAD")).headers.get("etag") ?? "";
    const response = await download(READY, { "If-None-Match": header(etag) });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe("");
  });

  test("with another ETag sends the film", async () => {
    expect((await download(READY, { "If-None-Match": '"another"' })).status).toBe(200);
  });
});

describe("without a film", () => {
  test("before it is complete: 409", async () => {
    const response = await download(RUNNING);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ detail: "no film yet: the project is video_gen" });
  });

  test("gone from disk: 404, without its path", async () => {
    const response = await download(LOST);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain(folder);
  });
});
