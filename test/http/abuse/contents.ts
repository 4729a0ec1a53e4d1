import { expect } from "bun:test";
import { rm, symlink } from "node:fs/promises";
import { z } from "zod";
import { GenerateBody } from "../../../src/api/schemas/requests.ts";
import { ProjectId } from "../../../src/domain/ids.ts";
import { makeFilm } from "../../api/test-server.ts";
import { FILM, JSON_LINE, MIB, POST, type Row, statuses } from "./row.ts";

/** 31 to 49: what the body says, and which thing is asked for. */

const withKeys = (count: number) => `{"prompt":"x",${Array.from({ length: count }, (_, n) => `"${n}":1`).join()}}`;
const ODD_IDS = ["..%2F..%2Fetc%2Fpasswd", "%2e%2e%2f", "%252e%252e", "..%5C", "%00", "%E2%88%95x", "%25"];
const DISGUISES = ["//api/projects", "/api//projects", "/api/projects;x=1", "/api%2Fprojects", "/API/projects"];
const remove = { method: "DELETE" } as const;

export const CONTENTS: readonly Row[] = [
  {
    n: 31,
    name: "JSON 10,000 levels deep",
    status: [400, 422],
    send: (up) => up.generate([`{"prompt":${"[".repeat(10_000)}${"]".repeat(10_000)}}`]),
  },
  { n: 32, name: "a million keys", status: 413, send: (up) => up.generate([withKeys(1_000_000)]) },
  {
    n: 32,
    name: "as many keys as the longest body holds: the answer names a few",
    status: 422,
    async send(up) {
      const most = withKeys(105_000);
      expect(most.length).toBeGreaterThan(MIB * 0.9);
      const refused = await up.post("/api/generate", most);
      const { detail } = Object(await refused.json());
      expect(detail).toStartWith('unknown field "0", "1", "2", "3", "4" and 104995 more');
      expect(detail.length).toBeLessThan(1_000);
      return [refused.status];
    },
  },
  {
    n: 33,
    name: "a key twice counts once, the last",
    status: 422,
    send: (up) => up.generate(['{"prompt":"x","scenes":1,"scenes":0}']),
  },
  {
    n: 34,
    name: "keys that reach for prototypes",
    status: 422,
    async send(up) {
      const got = await up.generate(
        ["__proto__", "constructor", "toString"].map((key) => `{"prompt":"x","${key}":{"scenes":1}}`),
      );
      expect(Reflect.get({}, "scenes")).toBeUndefined();
      return got;
    },
  },
  {
    n: 35,
    name: "numbers that are none",
    status: [400, 422],
    send: (up) =>
      up.generate(["1e400", "9007199254740993", '"NaN"', "-1e-400e", "-0"].map((n) => `{"prompt":"x","scenes":${n}}`)),
  },
  {
    n: 36,
    name: "bytes that are no text",
    status: 400,
    send: (up) => {
      const body = Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
      return up.withBody([POST, up.host, up.bearer, JSON_LINE, `Content-Length: ${body.length}`], body);
    },
  },
  { n: 36, name: "half a character", status: 422, send: (up) => up.generate(['{"prompt":"\\ud800"}']) },
  { n: 37, name: "unknown fields", status: 422, send: (up) => up.generate([{ ...FILM, colour: "red" }]) },
  {
    n: 38,
    name: "a wrong type for each field",
    status: 422,
    send: (up) =>
      up.generate(
        Object.keys(GenerateBody.shape).flatMap((field) =>
          [[], {}, true].map((wrong) => ({ ...FILM, [field]: wrong })),
        ),
      ),
  },
  {
    n: 39,
    name: "prompts at the edge and beyond",
    status: 422,
    send: (up) => up.generate(["", "   ", "x".repeat(10_001), "a\0b", "a\u001b[2Jb"].map((prompt) => ({ prompt }))),
  },
  {
    n: 40,
    name: "sizes from another world",
    status: 422,
    send: (up) =>
      up.generate(
        [{ scenes: -1 }, { scenes: 0 }, { scenes: 1e9 }, { clip_duration: 1e9 }].map((wrong) => ({
          ...FILM,
          ...wrong,
        })),
      ),
  },
  {
    n: 41,
    name: "a cap below the price: it is held, and nothing is bought",
    status: 202,
    creates: 1,
    async send(up) {
      const bills = up.provider.bills.length;
      const answer = await up.post("/api/generate", { ...FILM, max_cost: 0 });
      const id = ProjectId.parse(Object(await answer.json()).project_id);
      for await (const _ of up.service.watch(id, new AbortController().signal));
      expect((await up.service.get(id)).status).toBe("held");
      expect(up.provider.bills.length).toBe(bills);
      return [answer.status];
    },
  },
  {
    n: 42,
    name: "ids and scenes that are paths",
    status: 404,
    send: (up) =>
      up.look(
        ...ODD_IDS.flatMap((id) =>
          ["", "/scenes/0/start.png", "/download"].map((rest) => `/api/projects/${id}${rest}`),
        ),
        ...["..%2F1", "-1", "1e3", "0x0", "99999", "%00"].map(
          (scene) => `/api/projects/${up.finished}/scenes/${scene}/start.png`,
        ),
      ),
  },
  {
    n: 42,
    name: "dots that a client would have taken away",
    status: 404,
    send: (up) => up.lines(["GET /api/projects/../x HTTP/1.1", up.host, up.bearer]),
  },
  {
    n: 43,
    name: "a path in disguise, without a token",
    status: 401,
    send: (up) => up.lines(...DISGUISES.map((path) => [`GET ${path} HTTP/1.1`, up.host])),
  },
  {
    n: 43,
    name: "a path in disguise",
    status: 404,
    send: (up) => up.lines(...DISGUISES.map((path) => [`GET ${path} HTTP/1.1`, up.host, up.bearer])),
  },
  {
    n: 44,
    name: "files that are another project's or nobody's",
    status: 404,
    send: (up) =>
      up.look(
        ...["scenes/1/clip.mp4", "scenes/5/start.png", "scenes/0/start.png?take=9", "scenes/0/final.mp4"].map(
          (path) => `/api/projects/${up.other}/${path}`,
        ),
      ),
  },
  {
    n: 45,
    name: "SQL in filters",
    status: 422,
    send: (up) =>
      up.look(
        ...["status=complete'--", "limit=1;drop", "limit=-1", "limit=1e3", "cursor='", "cursor=W10"].map(
          (filter) => `/api/projects?${encodeURI(filter)}`,
        ),
      ),
  },
  {
    n: 45,
    name: "SQL in a search and in an id",
    status: [200, 404],
    async send(up) {
      const search = await up.get("/api/projects?q=%25' OR 1=1--");
      expect(await search.json()).toMatchObject({ projects: [], next_cursor: null });
      const [id = 0] = await up.look("/api/projects/1'%20OR%20'1'='1");
      expect(id).toBe(404);
      return [search.status, id];
    },
  },
  {
    n: 46,
    name: "ranges that lie outside",
    status: 416,
    async send(up) {
      const path = `/api/projects/${up.finished}/scenes/0/clip.mp4`;
      return statuses(await Promise.all(["bytes=999999-", "bytes=-0"].map((Range) => up.get(path, { Range }))));
    },
  },
  {
    n: 46,
    name: "ranges of all kinds",
    status: [200, 206, 416],
    async send(up) {
      const kinds = ["bytes=0-3", "bytes=3-1", "lines=1-2", "bytes=0-1,3-4", `bytes=${Array(1_000).fill("0-").join()}`];
      const path = `/api/projects/${up.finished}/scenes/0/clip.mp4`;
      const got = statuses(await Promise.all(kinds.map((Range) => up.get(path, { Range }))));
      expect(got[0]).toBe(206);
      return got;
    },
  },
  {
    n: 47,
    name: "what is private stays with its caller",
    status: 401,
    async send(up) {
      const path = `/api/projects/${up.finished}/scenes/0/start.png`;
      const still = await up.get(path);
      const known = { "If-None-Match": still.headers.get("etag") ?? "" };
      expect(still.headers.get("cache-control")).toBe("private, no-cache");
      expect((await up.get("/api/projects")).headers.get("cache-control")).toBe("no-store");
      expect((await up.get(path, known)).status).toBe(304);
      return [(await fetch(up.url(path), { headers: known })).status];
    },
  },
  {
    n: 48,
    name: "a download of what is deleted meanwhile is whole, and then not there",
    status: [200, 404],
    creates: 1,
    async send(up) {
      const film = await makeFilm(up, "Soon gone.", 1);
      const path = `/api/projects/${film.id}`;
      const answer = await up.get(`${path}/download`);
      await fetch(up.url(path), { ...remove, headers: up.auth });
      expect((await answer.bytes()).byteLength).toBe(film.final?.bytes ?? -1);
      const [after = 0] = await up.look(`${path}/download`);
      expect(after).toBe(404);
      return [answer.status, after];
    },
  },
  {
    n: 49,
    name: "a symbolic link in place of a file is not followed",
    status: 404,
    creates: 1,
    async send(up) {
      const film = await makeFilm(up, "Linked.", 1);
      const { artifact, path } = await up.assets.piece(film.id, { kind: "keyframe", position: 0 });
      await rm(path);
      await symlink("/etc/passwd", path);
      const answer = await up.get(`/api/projects/${film.id}/scenes/0/start.png`);
      const said = z.object({ detail: z.string() }).parse(await answer.json()).detail;
      expect(said).not.toContain(artifact.key);
      await fetch(up.url(`/api/projects/${film.id}`), { ...remove, headers: up.auth });
      return [answer.status];
    },
  },
  {
    n: 59,
    name: "a prompt that is a page is answered as JSON that nothing runs",
    status: 200,
    creates: 1,
    async send(up) {
      const { id } = await makeFilm(up, "<svg onload=alert(1)><script>alert(1)</script>", 1);
      const paths = [`/api/projects/${id}`, "/api/projects", `/api/projects/${id}/scenes`];
      const answers = await Promise.all(paths.map((path) => up.get(path)));
      for (const { headers } of answers) {
        expect(headers.get("content-type")).toStartWith("application/json");
        expect(headers.get("x-content-type-options")).toBe("nosniff");
        expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      }
      return statuses(answers);
    },
  },
];
