import { afterAll, describe, expect, test } from "bun:test";
import { zstdDecompressSync } from "node:zlib";
import { z } from "zod";
import { ListedAnswer, ListItemAnswer, ListPageAnswer } from "../../../src/api/schemas/list.ts";
import { project } from "../../storage/samples.ts";
import { fakeProject, fakeProjectId } from "../../support/fake-service.ts";
import { createMemoryRepository } from "../../support/memory-repository.ts";
import { never } from "../../support/never.ts";
import { createTestApi } from "../harness.ts";
import { openTestServer, serveTestServer } from "../test-server.ts";

/** A server over so many films, with prompts of this length. */
async function withFilms(films: number, length = 40) {
  const repository = createMemoryRepository();
  for (let n = 1; n <= films; n++) {
    const made = project(n);
    const prompt = `Film ${n} ${"é".repeat(length)}`;
    await repository.create({ ...made, status: "complete", request: { ...made.request, prompt } }, [], "a");
  }
  return serveTestServer(openTestServer({ repository }));
}

const up = await withFilms(1_203);
afterAll(() => up.stop());

const page = async (path: string) => ListPageAnswer.parse(await (await up.get(path)).json());

describe("the whole list", () => {
  test("is all pages together", async () => {
    const whole = z.array(ListItemAnswer).parse(await (await up.get("/api/projects")).json());
    const paged: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { projects, next_cursor }: z.output<typeof ListPageAnswer> = await page(
        `/api/projects?limit=200${cursor && `&cursor=${cursor}`}`,
      );
      paged.push(...projects.map(({ project_id }) => project_id));
      cursor = next_cursor;
    }
    expect(whole.map(({ project_id }) => project_id)).toEqual(paged);
    expect(paged).toHaveLength(1_203);
  });

  test("is made in slices, and no faster than it is taken", async () => {
    const { api, service } = createTestApi({ projects: [fakeProject()] });
    let slices = 0;
    const [head] = await service.list();
    async function* every() {
      for (; slices < 1_000; slices++) if (head) yield Array.from({ length: 500 }, () => head);
    }
    Object.assign(service, { every });
    const response = await api.request("/api/projects");
    const reader = response.body?.getReader();
    await reader?.read();
    expect(slices).toBeLessThan(20);
    await reader?.cancel();
    expect(slices).toBeLessThan(20);
  });

  test("of nobody is an empty list", async () => {
    expect(await (await createTestApi().get("/api/projects")).text()).toBe("[]");
  });
});

describe("a page", () => {
  test("has the start of a long prompt, cut between characters", async () => {
    const long = `${"a".repeat(499)}🐈${"b".repeat(600)}`;
    const { request } = fakeProject();
    const { get } = createTestApi({ projects: [fakeProject({ request: { ...request, prompt: long } })] });
    const { projects } = ListPageAnswer.parse(await (await get("/api/projects?limit=1")).json());
    expect(projects[0]?.prompt).toBe("a".repeat(499));
    const [whole] = z.array(ListItemAnswer).parse(await (await get("/api/projects")).json());
    expect(whole?.prompt).toBe(long);
  });

  test("can be of several statuses, and says how many projects there are", async () => {
    const projects = (["held", "review", "failed", "failed"] as const).map((status, n) =>
      fakeProject({ id: fakeProjectId(n + 1), status }),
    );
    const { get } = createTestApi({ projects });
    const answer = ListPageAnswer.parse(await (await get("/api/projects?status=held,failed&limit=9")).json());
    expect(answer.projects.map(({ status }) => status)).toEqual(["failed", "failed", "held"]);
    expect(answer.counts).toEqual({ held: 1, review: 1, failed: 2 });
  });

  test.each(["status=", "status=held,", "status=held,lost", "limit=0", "cursor=x", "cursor=W10", "cursor=WzEsMl0"])(
    "with %s is refused and names the field",
    async (asked) => {
      const response = await up.get(`/api/projects?${asked}`);
      expect(response.status).toBe(422);
      expect(String(Object(await response.json()).field)).toStartWith(asked.split("=")[0] ?? "");
    },
  );
});

describe("an answer that the client has", () => {
  test("is 304 until something in the list changes, and the list is not read for it", async () => {
    const { api, service } = createTestApi({ projects: [fakeProject()] });
    const ask = (path: string, tag: string) => api.request(path, { headers: { "If-None-Match": tag } });
    for (const path of ["/api/projects", "/api/projects?limit=5"]) {
      const tag = (await api.request(path)).headers.get("etag") ?? "";
      expect(tag).toMatch(/^W\/".+"$/);
      const before = service.calls.length;
      const again = await ask(path, `"other", ${tag}`);
      expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", tag]);
      expect(service.calls).toHaveLength(before);
      expect((await ask("/api/projects?limit=6", tag)).status).toBe(200);
      service.update(fakeProject().id, { status: "held" });
      expect((await ask(path, tag)).status).toBe(200);
    }
  });

  test("is 304 for any other JSON whose content is the same", async () => {
    const { api, service } = createTestApi({ projects: [fakeProject()] });
    const path = `/api/projects/${fakeProject().id}`;
    const tag = (await api.request(path)).headers.get("etag") ?? "";
    const ask = () => api.request(path, { headers: { "If-None-Match": tag } });
    expect((await ask()).status).toBe(304);
    service.update(fakeProject().id, { status: "held" });
    expect((await ask()).status).toBe(200);
  });
});

describe("compression", () => {
  const raw = async (path: string, encodings: string) => {
    const response = await up.get(path, { "Accept-Encoding": encodings });
    return { encoding: response.headers.get("content-encoding"), text: await response.text(), response };
  };

  test.each([
    ["gzip", "gzip"],
    ["gzip, deflate, br, zstd", "zstd"],
    ["zstd;q=0, gzip;q=0.5", "gzip"],
    ["*", "zstd"],
    ["identity", null],
    ["gzip;q=0", null],
    ["br", null],
  ])("for a client that takes %s is %p", async (encodings, encoding) => {
    const plain = await raw("/api/projects?limit=50", "identity");
    for (const path of ["/api/projects?limit=50", "/api/projects"]) {
      const answer = await raw(path, encodings);
      expect(answer.encoding).toBe(encoding);
      expect(answer.response.headers.get("vary")).toContain("Accept-Encoding");
    }
    expect((await raw("/api/projects?limit=50", encodings)).text).toBe(plain.text);
  });

  test("makes a page a fraction of its length", async () => {
    const { api } = createTestApi({
      projects: Array.from({ length: 50 }, (_, n) => fakeProject({ id: fakeProjectId(n + 1) })),
    });
    const ask = (encoding: string) =>
      api.request("/api/projects?limit=50", { headers: { "Accept-Encoding": encoding } });
    const packed = await (await ask("zstd")).bytes();
    const plain = await (await ask("identity")).bytes();
    expect(packed.length * 4).toBeLessThan(plain.length);
    expect(Buffer.from(zstdDecompressSync(packed)).equals(plain)).toBe(true);
  });

  test("leaves short answers, media and streams alone", async () => {
    const [first] = (await page("/api/projects?limit=1")).projects;
    for (const path of ["/api/health", `/api/projects/${first?.project_id}/status`, "/api/choices"])
      expect((await raw(path, "zstd, gzip")).encoding).toBeNull();
    const stream = await up.get("/api/events", { "Accept-Encoding": "zstd, gzip" });
    expect(stream.headers.get("content-encoding")).toBeNull();
    await stream.body?.cancel();
  });
});

describe("the stream of the list", () => {
  /** The messages of a stream, one at a time. */
  async function* messages(response: Response) {
    let rest = "";
    for await (const chunk of response.body ?? []) {
      const blocks = (rest + new TextDecoder().decode(chunk)).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
        const data = field("data");
        if (data !== undefined) yield { id: field("id"), event: field("event"), data: JSON.parse(data) };
      }
    }
  }

  test("says where it starts, then every film that changes, as the list shows it, and how many there are", async () => {
    const server = serveTestServer(openTestServer());
    const { id } = await server.service.create({ prompt: "A first one", sceneCount: 1 }, {}, never);
    const response = await server.get("/api/events");
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    const seen = messages(response);
    const start = (await seen.next()).value;
    expect(start?.event).toBe("start");
    for (;;) {
      const { value } = await seen.next();
      if (value?.event === "film" && ListedAnswer.parse(value.data).status === "complete") break;
    }
    for (;;) {
      const { value } = await seen.next();
      if (value?.event === "counts") {
        expect(value.data).toEqual({ complete: 1 });
        break;
      }
    }
    await server.trash.discard(id);
    const gone = (await seen.next()).value;
    expect([gone?.event, gone?.data]).toEqual(["gone", { project_id: id }]);
    // A client that comes back is told what it missed, one that was never here starts anew.
    const again = messages(await server.get("/api/events", { "Last-Event-ID": start?.id ?? "" }));
    expect((await again.next()).value?.event).toBe("gone");
    const strange = messages(await server.get("/api/events?after=999999"));
    expect((await strange.next()).value).toMatchObject({ event: "start", id: gone?.id });
    await server.stop();
  });
});
