import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { truncate } from "node:fs/promises";
import { ScenesAnswer } from "../../../src/api/schemas/assets.ts";
import { CostAnswer } from "../../../src/api/schemas/costs.ts";
import { EditAnswer } from "../../../src/api/schemas/editing.ts";
import { MAX_CLIP_BYTES } from "../../../src/editing/user-clips.ts";
import { fakeClipBytes } from "../../support/fake-media.ts";
import { fakeProject } from "../../support/fake-service.ts";
import { never } from "../../support/never.ts";
import { createHeldClock, createTestApi } from "../harness.ts";
import {
  makeFilm,
  openTestServer,
  READ_TOKEN,
  type RunningTestServer,
  serveTestServer,
  TOKENS,
} from "../test-server.ts";

let up: RunningTestServer;
beforeAll(() => {
  up = serveTestServer(openTestServer());
});
afterAll(() => up.stop());

const shot = (label: string, durationSeconds = 3) => new Uint8Array(fakeClipBytes({ durationSeconds, label }));
const place = (id: string, scene: number | string) => `/api/projects/${id}/clips/${scene}`;

const put = (path: string, body: Uint8Array<ArrayBuffer> | ReadableStream, headers: Record<string, string> = {}) =>
  fetch(up.url(path), { method: "PUT", headers: { "Content-Type": "video/mp4", ...headers }, body });

const edited = async (answer: Response) => EditAnswer.parse(await answer.json());
const said = async (answer: Response): Promise<[number, string]> => [
  answer.status,
  String(Object(await answer.json()).detail),
];
const scenesOf = async (id: string) =>
  ScenesAnswer.parse(await (await up.get(`/api/projects/${id}/scenes`)).json()).scenes;
const spentOn = async (id: string) =>
  CostAnswer.parse(await (await up.get(`/api/projects/${id}/cost`)).json()).spent_usd;
const filesOf = async () => (await up.artifacts.files()).map(({ key }) => key);

describe("an own clip", () => {
  test("takes the place of a scene's for nothing, is a take of it, and the film is joined again", async () => {
    const { id } = await makeFilm(up, "A cat.", 3);
    const spent = await spentOn(id);
    const before = await filesOf();
    const foretold = await edited(await put(`${place(id, 1)}?dry_run=true`, shot("sea")));
    expect([foretold.dry_run, foretold.revision, foretold.total_usd]).toEqual([true, 0, 0]);
    expect(await filesOf()).toEqual(before);
    const done = await edited(await put(place(id, 1), shot("sea")));
    expect([done.dry_run, done.revision, done.total_usd]).toEqual([false, 1, 0]);
    for await (const _ of up.service.watch(id, never));
    const clip = (await scenesOf(id))[1]?.clip;
    expect(clip).toMatchObject({ own: true, status: "done", stale: false, takes: [{ selected: false }, {}] });
    expect(clip?.takes[1]).toMatchObject({ selected: true, model: "own clip", cost_usd: 0, duration_seconds: 3 });
    expect(await (await up.get(clip?.url ?? "")).bytes()).toEqual(shot("sea"));
    expect(await spentOn(id)).toEqual(spent);
    // The same again changes nothing.
    expect((await edited(await put(place(id, 1), shot("sea")))).revision).toBe(1);
  });

  test("is cut by in and out, and may be sent in pieces or as bytes of no type", async () => {
    const { id } = await makeFilm(up, "A cat.", 1);
    const headers = { "Content-Type": "application/octet-stream" };
    const pieces = new Blob([shot("long", 9)]).stream();
    expect((await edited(await put(`${place(id, 0)}?in=1.5&out=4`, pieces, headers))).revision).toBe(1);
    expect((await scenesOf(id))[0]?.clip.takes[1]?.duration_seconds).toBe(2.5);
    expect((await scenesOf(id))[0]?.start.url).toStartWith(`/api/projects/${id}/scenes/0/start.png?take=`);
  });

  test.each([
    ["a page", "0", "<!doctype html>", {}, 422, "the video"],
    ["a scene beyond", "2", null, {}, 422, "scenes 1 to 2, there is no scene 3"],
    ["no number", "first", null, {}, 404, "numbered from 0"],
    ["a picture's type", "0", null, { "Content-Type": "image/png" }, 415, "Content-Type: video/* or application/octet"],
    [
      "JSON that names a file",
      "0",
      '{"path":"/etc/passwd"}',
      { "Content-Type": "application/json" },
      415,
      "send the video",
    ],
    ["packed bytes", "0", null, { "Content-Encoding": "gzip" }, 415, "without Content-Encoding"],
    ["nothing", "0", "", {}, 400, "send the video itself"],
    ["a beginning behind the end", "0?in=3", null, {}, 422, "that part is not in the clip"],
    ["an end before the beginning", "0?in=2&out=1", null, {}, 422, "that part is not in the clip"],
    ["no number of seconds", "0?in=soon", null, {}, 422, "must be a number of seconds"],
    ["an older revision", "0?revision=7", null, {}, 409, "revision 0, not 7"],
  ])("that is %s is refused, and nothing stays", async (_, scene, body, headers, status, words) => {
    const { id } = await makeFilm(up, "A cat.", 2);
    const before = await filesOf();
    const bytes = body === null ? shot("sea") : new TextEncoder().encode(body);
    const [code, detail] = await said(await put(place(id, scene), bytes, headers));
    expect([code, detail]).toEqual([status, expect.stringContaining(words)]);
    expect(await filesOf()).toEqual(before);
  });

  test("is 512 MiB at most, by what is announced", async () => {
    const { id } = await makeFilm(up, "A cat.", 1);
    const answer = await up.artifacts.borrow({ name: "large", extension: "bin" }, async (path) => {
      await Bun.write(path, "a");
      // A hole on the disk: nothing of it is read.
      await truncate(path, MAX_CLIP_BYTES + 1);
      const headers = { "Content-Type": "video/mp4" };
      return fetch(up.url(place(id, 0)), { method: "PUT", headers, body: Bun.file(path) });
    });
    expect(await said(answer)).toEqual([413, expect.stringContaining(String(MAX_CLIP_BYTES))]);
  });

  test("is never read from a path: a storyboard in JSON that names one is refused", async () => {
    const scene = {
      description: "a",
      start_frame_prompt: "a",
      end_frame_prompt: "b",
      motion_prompt: "c",
      transition_notes: "",
      characters: [],
      clip: "/etc/passwd",
    };
    const style = { visual_style: "a", color_palette: "b", camera_style: "c" };
    const storyboard = { title: "t", style_guide: style, characters: [], scenes: [scene] };
    const answer = await up.post("/api/generate", JSON.stringify({ prompt: "A cat.", storyboard }));
    expect(await said(answer)).toEqual([422, expect.stringContaining('unknown field "clip"')]);
  });

  test("needs a token that may change something", async () => {
    const guarded = serveTestServer(openTestServer(), { tokens: TOKENS });
    try {
      const { id } = await makeFilm(guarded, "A cat.", 1);
      const headers = { "Content-Type": "video/mp4", Authorization: `Bearer ${READ_TOKEN}` };
      const answer = await fetch(guarded.url(place(id, 0)), { method: "PUT", headers, body: shot("sea") });
      expect(answer.status).toBe(403);
    } finally {
      await guarded.stop();
    }
  });
});

test("three videos at once are one too many, and one that comes too slowly is refused", async () => {
  const clock = createHeldClock();
  const view = fakeProject();
  const { api } = createTestApi({ clock, projects: [view] });
  const { promise: end, resolve: finish } = Promise.withResolvers<void>();
  const send = (until: Promise<void>) =>
    api.request(place(view.id, 0), {
      method: "PUT",
      headers: { "Content-Type": "video/mp4" },
      body: new ReadableStream({
        async pull(controller) {
          await until;
          controller.enqueue(shot("sea"));
          controller.close();
        },
      }),
    });
  const two = [send(end), send(end)];
  const third = await send(end);
  expect([third.status, third.headers.get("retry-after")]).toEqual([429, "5"]);
  finish();
  // They were read whole: only then is the project looked up.
  expect((await Promise.all(two)).map(({ status }) => status)).toEqual([404, 404]);
  const { promise: forever } = Promise.withResolvers<void>();
  const late = send(forever);
  clock.wake();
  expect(await said(await late)).toEqual([408, "the request body took longer than 1800 s"]);
});
