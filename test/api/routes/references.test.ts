import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { MAX_BODY_BYTES } from "../../../src/api/middleware/body-limit.ts";
import { ReferencesAnswer } from "../../../src/api/routes/references.ts";
import { EditAnswer } from "../../../src/api/schemas/editing.ts";
import { AcceptedAnswer, ProjectAnswer } from "../../../src/api/schemas/responses.ts";
import { MAX_IMAGE_BYTES } from "../../../src/editing/user-images.ts";
import { createHeldClock, createTestApi } from "../harness.ts";
import {
  makeFilm,
  openTestServer,
  READ_TOKEN,
  type RunningTestServer,
  SPEND_TOKEN,
  serveTestServer,
  TOKENS,
} from "../test-server.ts";

let up: RunningTestServer;
beforeAll(() => {
  up = serveTestServer(openTestServer({ script: { references: 3 } }));
});
afterAll(() => up.stop());

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const picture = (words: string) => Uint8Array.from([...PNG, ...new TextEncoder().encode(words)]);
/** A picture by its magic, as long as asked. */
const ofLength = (bytes: number) => {
  const long = new Uint8Array(bytes);
  long.set(PNG);
  return long;
};

function put(path: string, bytes: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  const body = new Uint8Array(bytes);
  return fetch(up.url(path), { method: "PUT", headers: { "Content-Type": "image/png", ...headers }, body });
}
const remove = (path: string) => fetch(up.url(path), { method: "DELETE" });
const references = (id: string, name = "") => `/api/projects/${id}/references${name && `/${name}`}`;

const said = async (answer: Response): Promise<[number, string]> => {
  const { detail } = Object(await answer.json());
  return [answer.status, String(detail)];
};
const edited = async (answer: Response) => EditAnswer.parse(await answer.json());
const castOf = async (id: string) => ReferencesAnswer.parse(await (await up.get(references(id))).json());
const toMake = ({ lines }: Awaited<ReturnType<typeof edited>>) =>
  lines.filter((line) => line.to_make).map(({ kind, position }) => `${kind} ${position}`);
const filesOf = async (id: string) => (await up.artifacts.files()).filter(({ projectId }) => projectId === id).length;

describe("references", () => {
  test("are put, seen, replaced and taken out, and each answers what goes stale for it and its price", async () => {
    const { id } = await makeFilm(up, "A cat.", 2);
    expect(await castOf(id)).toEqual({ project_id: id, revision: 0, references: [], most: 3, seen: true });
    const added = await edited(await put(references(id, "-"), picture("hero")));
    expect([added.dry_run, added.status, added.revision]).toEqual([false, "review", 1]);
    expect(toMake(added)).toEqual(["keyframe 0", "keyframe 1", "keyframe 2", "clip 0", "clip 1", "stitch 0"]);
    expect(added.total_usd).toBe(2.3);
    const unseen = await edited(await put(references(id, "Mika%20M%C3%BCller"), picture("mika")));
    expect(unseen.revision).toBe(2);

    const [hero, mika] = (await castOf(id)).references;
    expect([hero?.name, hero?.url]).toEqual([null, references(id, "-")]);
    expect([mika?.name, mika?.url]).toEqual(["Mika Müller", references(id, "Mika%20M%C3%BCller")]);
    const shown = await up.get(mika?.url ?? "");
    expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(await shown.bytes()).toEqual(picture("mika"));
    expect((await up.get(mika?.url ?? "", { "If-None-Match": shown.headers.get("etag") ?? "" })).status).toBe(304);

    await edited(await put(references(id, "mika%20m%C3%BCller"), picture("older")));
    const names = (await castOf(id)).references.map(({ name }) => name);
    expect(names).toEqual([null, "Mika Müller"]);
    const back = await edited(await remove(references(id, "-")));
    expect([back.status, back.total_usd, back.revision]).toEqual(["complete", 0, 4]);
    expect((await remove(references(id, "-"))).status).toBe(404);
  });

  test("in a dry run are told of and nothing is written, not even a file", async () => {
    const { id } = await makeFilm(up, "A cat.", 1);
    const files = await filesOf(id);
    const seen = await edited(await put(`${references(id, "-")}?dry_run=true`, picture("hero")));
    expect([seen.dry_run, seen.revision, seen.total_usd]).toEqual([true, 0, 1.2]);
    expect([(await castOf(id)).references, await filesOf(id)]).toEqual([[], files]);
    await put(references(id, "-"), picture("hero"));
    expect(
      toMake(await edited(await fetch(up.url(`${references(id, "-")}?dry_run=true`), { method: "DELETE" }))),
    ).toEqual([]);
    expect((await castOf(id)).references).toHaveLength(1);
  });

  test("without a name are counted, and one that would leave a gap is refused", async () => {
    const { id } = await makeFilm(up, "A cat.", 1);
    await put(references(id, "-"), picture("a"));
    await put(references(id, "-2"), picture("b"));
    expect((await castOf(id)).references.map(({ url }) => url)).toEqual([references(id, "-"), references(id, "-2")]);
    expect(await said(await put(references(id, "-4"), picture("c")))).toEqual([
      422,
      "there are 2 references without a name: add number 3",
    ]);
    await remove(references(id, "-"));
    expect(await (await up.get(references(id, "-"))).bytes()).toEqual(picture("b"));
  });

  test("of a revision that is no more are a conflict", async () => {
    const { id } = await makeFilm(up, "A cat.", 1);
    expect((await put(`${references(id, "-")}?revision=0`, picture("a"))).status).toBe(200);
    for (const dry of ["", "&dry_run=true"]) {
      const answer = await put(`${references(id, "-")}?revision=0${dry}`, picture("b"));
      expect(await said(answer)).toMatchObject([409, expect.stringContaining("revision 1, not 0")]);
    }
  });

  test("one more than the image model takes is refused, and replacing one is not", async () => {
    const { id } = await makeFilm(up, "A cat.", 1);
    for (const name of ["a", "b", "c"]) expect((await put(references(id, name), picture(name))).status).toBe(200);
    expect(await said(await put(references(id, "d"), picture("d")))).toEqual([
      422,
      "image-1 takes at most 3 references, not 4",
    ]);
    expect((await put(references(id, "C"), picture("other"))).status).toBe(200);
  });
});

describe("an own still", () => {
  const still = (id: string, position: number | string) => `/api/projects/${id}/keyframes/${position}`;

  test("takes a still's place; only what is made from it goes stale", async () => {
    const { id } = await makeFilm(up, "A cat.", 3);
    const foretold = await edited(await put(`${still(id, 3)}?dry_run=true`, picture("ending")));
    const done = await edited(await put(still(id, 3), picture("ending")));
    expect([toMake(foretold), toMake(done)]).toEqual([
      ["clip 2", "stitch 0"],
      ["clip 2", "stitch 0"],
    ]);
    expect([done.status, done.revision, done.total_usd]).toEqual(["review", 1, 1]);
    expect(await (await up.get(`/api/projects/${id}/scenes/2/end.png`)).bytes()).toEqual(picture("ending"));
  });

  test.each([
    ["4", 422, "keyframes 1 to 4"],
    ["-1", 404, "numbered from 0"],
    ["one", 404, "numbered from 0"],
    ["99999", 404, "numbered from 0"],
  ])("at %p is %d", async (position, status, words) => {
    const { id } = await makeFilm(up, "A cat.", 3);
    expect(await said(await put(still(id, position), picture("x")))).toMatchObject([
      status,
      expect.stringContaining(words),
    ]);
  });
});

describe("a body that is no picture", () => {
  const words = new TextEncoder().encode("no picture");
  test.each<[string, Uint8Array, Record<string, string>, number, string]>([
    ["words said to be PNG", words, {}, 422, "the picture is neither PNG, JPEG nor WebP: nothing was made"],
    ["nothing", new Uint8Array(), {}, 422, "neither PNG"],
    ["JSON", words, { "Content-Type": "application/json" }, 415, "image/png, image/jpeg or image/webp"],
    ["a form", words, { "Content-Type": "multipart/form-data; boundary=x" }, 415, "send the picture itself"],
    ["another picture", words, { "Content-Type": "image/svg+xml" }, 415, "send the picture itself"],
    ["no type", words, { "Content-Type": "" }, 415, "send the picture itself"],
    ["compressed", picture("x"), { "Content-Encoding": "gzip" }, 415, "Content-Encoding"],
    ["a byte too long", ofLength(MAX_IMAGE_BYTES + 1), {}, 413, String(MAX_IMAGE_BYTES)],
    ["long JSON", ofLength(MAX_BODY_BYTES + 1), { "Content-Type": "application/json" }, 413, String(MAX_BODY_BYTES)],
  ])("%s", async (_, bytes, headers, status, reason) => {
    const { id } = await makeFilm(up, "A cat.", 1);
    for (const path of [references(id, "Mika"), `/api/projects/${id}/keyframes/0`])
      expect(await said(await put(path, bytes, headers))).toMatchObject([status, expect.stringContaining(reason)]);
    expect((await castOf(id)).revision).toBe(0);
  });

  test("is taken for what its own bytes say, whatever it is called", async () => {
    const { id } = await makeFilm(up, "A cat.", 1);
    const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 1]);
    expect((await put(references(id, "Mika"), jpeg)).status).toBe(200);
    expect((await up.get(references(id, "Mika"))).headers.get("content-type")).toBe("image/jpeg");
  });

  test("is 20 MiB at most, and only where a picture belongs", async () => {
    const { id } = await makeFilm(up, "A cat.", 1);
    expect((await put(references(id, "Mika"), ofLength(MAX_IMAGE_BYTES))).status).toBe(200);
    const elsewhere = await fetch(up.url(`/api/projects/${id}/storyboard`), {
      method: "PATCH",
      headers: { "Content-Type": "image/png" },
      body: new Uint8Array(ofLength(MAX_BODY_BYTES + 1)),
    });
    expect(elsewhere.status).toBe(413);
  });
});

test("nine at once are one too many; when one is through, the next may come; a picture may come slowly", async () => {
  const clock = createHeldClock();
  const { api } = createTestApi({ clock });
  const { promise: end, resolve: finish } = Promise.withResolvers<void>();
  const send = () => {
    const body = new ReadableStream({
      async pull(controller) {
        await end;
        controller.close();
      },
    });
    return api.request("/api/projects/none/references/Mika", {
      method: "PUT",
      headers: { "Content-Type": "image/png" },
      body,
    });
  };
  const eight = Array.from({ length: 8 }, send);
  const ninth = await send();
  expect([ninth.status, ninth.headers.get("retry-after")]).toEqual([429, "5"]);
  finish();
  expect((await Promise.all(eight)).map(({ status }) => status)).toEqual(eight.map(() => 404));
  expect((await send()).status).toBe(404);
  const { promise: never } = Promise.withResolvers<void>();
  const late = api.request("/api/projects/none/references/Mika", {
    method: "PUT",
    headers: { "Content-Type": "image/png" },
    body: new ReadableStream({ pull: () => never }),
  });
  clock.wake();
  expect(await said(await late)).toEqual([408, "the request body took longer than 120 s"]);
});

test.each([
  ["a%0Ab", "control characters"],
  ["x".repeat(121), "must have 1 to 120 characters"],
  ["%20", "must have 1 to 120 characters"],
])("a reference cannot be called %p", async (name, reason) => {
  const { id } = await makeFilm(up, "A cat.", 1);
  expect(await said(await put(references(id, name), picture("x")))).toMatchObject([
    422,
    expect.stringContaining(reason),
  ]);
});

test("a token that may only read sees pictures and changes none; another site's page may not", async () => {
  const guarded = serveTestServer(openTestServer(), { tokens: TOKENS });
  const { id } = await makeFilm(guarded, "A cat.", 1);
  const ask = (method: string, token: string, headers: Record<string, string> = {}) =>
    fetch(guarded.url(references(id, "Mika")), {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "image/png", ...headers },
      ...(method === "PUT" && { body: picture("mika") }),
    });
  expect((await ask("PUT", READ_TOKEN)).status).toBe(403);
  expect((await ask("PUT", "wrong")).status).toBe(401);
  expect((await ask("PUT", SPEND_TOKEN, { Origin: "https://evil.example" })).status).toBe(403);
  expect((await ask("PUT", SPEND_TOKEN)).status).toBe(200);
  expect((await ask("GET", READ_TOKEN)).status).toBe(200);
  expect((await ask("DELETE", READ_TOKEN)).status).toBe(403);
  await guarded.stop();
});

describe("a storyboard in place of a prompt", () => {
  const storyboard = {
    title: "Two boats",
    style_guide: { visual_style: "plain", color_palette: "grey", camera_style: "still" },
    scenes: [0, 1].map((n) => ({
      description: `boat ${n}`,
      start_frame_prompt: "a",
      end_frame_prompt: `b ${n}`,
      motion_prompt: "drift",
    })),
  };

  test("is filmed without a text model, and its estimate counts its scenes", async () => {
    const estimate = Object(await (await up.post("/api/estimate", { storyboard })).json());
    expect(estimate.total_usd).toBe(2.3);
    const made = await up.post("/api/generate", { storyboard, until: "keyframes" });
    const { project_id: id } = AcceptedAnswer.parse(await made.json());
    for await (const _ of up.service.watch(await up.service.resolve(id), new AbortController().signal));
    const film = ProjectAnswer.parse(await (await up.get(`/api/projects/${id}`)).json());
    expect([film.status, film.prompt, film.scenes.map(({ description }) => description)]).toEqual([
      "review",
      "Two boats",
      ["boat 0", "boat 1"],
    ]);
    expect(film.cost.spent_usd).toBe(0.3);
  });

  test.each([
    [{}, "prompt is missing"],
    [{ storyboard: { ...storyboard, scenes: [] } }, "has no scene"],
    [{ storyboard: { ...storyboard, colour: 1 } }, 'unknown field "colour"'],
    [
      { storyboard: { ...storyboard, scenes: [{ ...storyboard.scenes[0], start_image: "/etc/passwd" }] } },
      "start_image",
    ],
  ])("%j is refused", async (body, reason) => {
    for (const path of ["/api/generate", "/api/estimate"])
      expect(await said(await up.post(path, body))).toMatchObject([422, expect.stringContaining(reason)]);
  });
});
