import { expect } from "bun:test";
import { sendRaw } from "../../api/harness.ts";
import { READ_TOKEN, SPEND_TOKEN } from "../../api/test-server.ts";
import { FILM, GET, JSON_LINE, MIB, POST, type Row, statusIn, type Target } from "./row.ts";

/** 1 to 30: who asks, under which name, from which page, in what frame. */

const asking = ({ host, bearer }: Target, ...more: readonly string[]) => [GET, host, bearer, ...more];
const posting = ({ host, bearer }: Target, ...more: readonly string[]) => [POST, host, bearer, JSON_LINE, ...more];
const body = JSON.stringify(FILM);

export const DOORSTEP: readonly Row[] = [
  {
    n: 1,
    name: "no token",
    status: 401,
    send: (up) => up.lines([GET, up.host], [POST, up.host, JSON_LINE, "Content-Length: 0"]),
  },
  {
    n: 1,
    name: "a reading token where something would change",
    status: 403,
    async send(up) {
      const reader = { Authorization: `Bearer ${READ_TOKEN}` };
      expect((await up.get("/api/projects", reader)).status).toBe(200);
      expect((await up.post("/api/estimate", FILM, reader)).status).toBe(200);
      const removal = await fetch(up.url(`/api/projects/${up.finished}`), { method: "DELETE", headers: reader });
      return [(await up.post("/api/generate", FILM, reader)).status, removal.status];
    },
  },
  {
    n: 2,
    name: "wrong tokens of any length",
    status: 401,
    send: (up) =>
      up.lines(
        ...["x", SPEND_TOKEN.slice(0, -1), `${SPEND_TOKEN}x`, "y".repeat(SPEND_TOKEN.length)].map((token) => [
          GET,
          up.host,
          `Authorization: Bearer ${token}`,
        ]),
      ),
  },
  {
    n: 3,
    name: "a token in the query",
    status: 401,
    send: (up) => up.lines([`GET /api/projects?token=${SPEND_TOKEN}&access_token=${SPEND_TOKEN} HTTP/1.1`, up.host]),
  },
  {
    n: 4,
    name: "a token said in another way",
    status: 401,
    send: (up) =>
      up.lines(
        ...[
          [`Authorization: Basic ${btoa(`main:${SPEND_TOKEN}`)}`],
          [`Authorization: Bearer  ${SPEND_TOKEN}`],
          [`authorization: bearer ${SPEND_TOKEN}`],
          [up.bearer, "Authorization: Bearer other"],
          [`Authorization: ${SPEND_TOKEN}`],
          [`X-Api-Key: ${SPEND_TOKEN}`],
          [`Cookie: token=${SPEND_TOKEN}`],
        ].map((said) => [GET, up.host, ...said]),
      ),
  },
  {
    n: 5,
    name: "a token of a megabyte",
    status: [431, 0],
    send: (up) => up.lines([GET, up.host, `Authorization: Bearer ${"x".repeat(MIB)}`]),
  },
  {
    n: 6,
    name: "Host evil.com",
    status: 421,
    async send(up) {
      const answer = await sendRaw(up.port, [GET, "Host: evil.com", up.bearer, "", ""].join("\r\n"));
      expect(answer.toLowerCase()).toContain("x-content-type-options: nosniff");
      return [statusIn(answer)];
    },
  },
  { n: 6, name: "no Host", status: 421, send: (up) => up.lines(["GET /api/projects HTTP/1.0", up.bearer]) },
  { n: 7, name: "two Hosts", status: 421, send: (up) => up.lines([GET, up.host, "Host: evil.com", up.bearer]) },
  {
    n: 8,
    name: "Host 127.0.0.1.nip.io",
    status: 421,
    send: (up) => up.lines([GET, `Host: 127.0.0.1.nip.io:${up.port}`, up.bearer]),
  },
  {
    n: 9,
    name: "Host with another port",
    status: 421,
    send: (up) => up.lines([GET, "Host: localhost:1", up.bearer], [GET, "Host: localhost", up.bearer]),
  },
  {
    n: 10,
    name: "Host with user, fragment, dot, capitals, nothing",
    status: [400, 421],
    send: ({ port, bearer, lines }) =>
      lines(
        ...[`a@localhost:${port}`, `localhost:${port}#`, `localhost.:${port}`, `LOCALHOST:${port}`, ""].map((name) => [
          GET,
          `Host: ${name}`,
          bearer,
        ]),
      ),
  },
  {
    n: 11,
    name: "an absolute URI does not replace the Host",
    status: 421,
    send: (up) =>
      up.lines(
        ["GET http://evil.com/api/projects HTTP/1.1", "Host: evil.com", up.bearer],
        [`GET http://127.0.0.1:${up.port}/api/health HTTP/1.1`, "Host: evil.com"],
      ),
  },
  {
    n: 11,
    name: "an absolute URI of somebody else",
    status: 401,
    send: (up) => up.lines(["GET http://evil.com/api/projects HTTP/1.1", up.host]),
  },
  {
    n: 12,
    name: "DNS rebinding",
    status: 421,
    send: ({ bearer, lines }) => {
      const page = ["Host: evil.com", "Origin: http://evil.com", "Sec-Fetch-Site: same-origin"];
      return lines([POST, ...page, JSON_LINE, bearer, "Content-Length: 0"]);
    },
  },
  { n: 13, name: "Origin null", status: 403, send: (up) => up.generate([FILM], { Origin: "null" }) },
  {
    n: 14,
    name: "a form of another site",
    status: 403,
    send: (up) =>
      up.generate([FILM], {
        "Content-Type": "text/plain",
        Origin: "https://evil.com",
        "Sec-Fetch-Site": "cross-site",
      }),
  },
  {
    n: 14,
    name: "the same from nowhere",
    status: 415,
    send: (up) => up.generate([FILM], { "Content-Type": "text/plain" }),
  },
  {
    n: 15,
    name: "form content types",
    status: 415,
    send: async (up) => [
      ...(await up.generate([FILM], { "Content-Type": "multipart/form-data; boundary=x" })),
      ...(await up.generate([FILM], { "Content-Type": "application/x-www-form-urlencoded" })),
    ],
  },
  {
    n: 16,
    name: "no content type",
    status: 415,
    send: (up) => up.withBody([POST, up.host, up.bearer, `Content-Length: ${body.length}`], body),
  },
  {
    n: 17,
    name: "another charset",
    status: 415,
    send: (up) => up.generate([FILM], { "Content-Type": "application/json;charset=utf-7" }),
  },
  {
    n: 18,
    name: "a preflight of another site gets no leave",
    status: [401, 403, 405],
    async send(up) {
      const headers = { Origin: "https://evil.com", "Access-Control-Request-Method": "POST" };
      const answer = await fetch(up.url("/api/generate"), { method: "OPTIONS", headers });
      expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
      return [answer.status];
    },
  },
  {
    n: 19,
    name: "GET of every route changes nothing",
    status: [200, 404, 405, 409, 503],
    async send(up) {
      const spec: unknown = await (await fetch(up.url("/api/openapi.json"))).json();
      const paths = Object.keys(Object(Object(spec).paths)).filter((path) => !path.endsWith("/events"));
      const bills = up.provider.bills.length;
      const got: number[] = [];
      for (const path of paths) {
        const answer = await up.get(path.replace("{id}", up.finished).replace("{n}", "0"));
        got.push(answer.status);
        await answer.body?.cancel();
      }
      expect(up.provider.bills.length).toBe(bills);
      return got;
    },
  },
  {
    n: 20,
    name: "another method in a header",
    status: 200,
    async send(up) {
      const headers = { "X-HTTP-Method-Override": "DELETE", "X-Method-Override": "POST" };
      return [(await up.get(`/api/projects/${up.finished}`, headers)).status];
    },
  },
  {
    n: 21,
    name: "methods of other protocols",
    status: 405,
    send: (up) =>
      up.lines(
        ...["TRACE /api/projects", "CONNECT 127.0.0.1:80", "PROPFIND /api/projects"].map((start) => [
          `${start} HTTP/1.1`,
          up.host,
          up.bearer,
        ]),
      ),
  },
  {
    n: 22,
    name: "a body one byte too long, and a gigabyte that is only announced",
    status: 413,
    send: async (up) => [
      ...(await up.withBody(posting(up, `Content-Length: ${MIB + 1}`), "x".repeat(MIB + 1))),
      ...(await up.lines(posting(up, `Content-Length: ${1_024 * MIB}`))),
    ],
  },
  {
    n: 22,
    name: "bodies that are long and longer, sent by a client that reads the reason",
    status: 413,
    async send(up) {
      const answers = [];
      for (const bytes of [MIB + 1, 8 * MIB]) answers.push(await up.post("/api/generate", "x".repeat(bytes)));
      for (const answer of answers)
        expect(await answer.json()).toMatchObject({
          detail: "the request body is longer than 1048576 bytes, which is the most",
        });
      return answers.map(({ status }) => status);
    },
  },
  {
    n: 23,
    name: "the same in pieces",
    status: 413,
    send: (up) => {
      const chunks = `${MIB.toString(16)}\r\n${"x".repeat(MIB)}\r\n1\r\nx\r\n0\r\n\r\n`;
      return up.withBody(posting(up, "Transfer-Encoding: chunked"), chunks);
    },
  },
  {
    n: 23,
    name: "the same as a stream, by a client that reads the reason",
    status: 413,
    async send(up) {
      const headers = { "Content-Type": "application/json", ...up.auth };
      const streams = [MIB + 1, 8 * MIB].map((bytes) => new Blob([new Uint8Array(bytes).fill(0x20)]).stream());
      const post = (body: ReadableStream) => fetch(up.url("/api/generate"), { method: "POST", headers, body });
      const answers = await Promise.all(streams.map(post));
      for (const answer of answers)
        expect(await answer.json()).toMatchObject({
          detail: "the request body is longer than 1048576 bytes, which is the most",
        });
      return answers.map(({ status }) => status);
    },
  },
  {
    n: 24,
    name: "a length that is less than the body",
    status: 400,
    send: (up) => up.withBody(posting(up, "Content-Length: 5"), body),
  },
  {
    n: 24,
    name: "a length that is more than the body, and the line is cut",
    status: 200,
    async send(up) {
      const socket = await Bun.connect({ hostname: "127.0.0.1", port: up.port, socket: { data() {} } });
      socket.write([...posting(up, "Content-Length: 500"), "", body].join("\r\n"));
      socket.terminate();
      return up.look("/api/projects");
    },
  },
  {
    n: 25,
    name: "two kinds of length",
    status: 400,
    send: (up) => up.withBody(posting(up, "Content-Length: 2", "Transfer-Encoding: chunked"), "{}"),
  },
  {
    n: 26,
    name: "two lengths",
    status: 400,
    send: (up) => up.withBody(posting(up, "Content-Length: 2", "Content-Length: 3"), "{}"),
  },
  {
    n: 27,
    name: "headers that other servers read in another way",
    status: [400, 0],
    send: (up) => up.lines(asking(up, "X-A: 1\r\n folded"), asking(up, "X-A: a\0b"), asking(up, "X-A : b")),
  },
  {
    n: 28,
    name: "1,000 headers",
    status: [431, 0],
    send: (up) => up.lines(asking(up, ...Array.from({ length: 1_000 }, (_, n) => `X-${n}: 1`))),
  },
  {
    n: 29,
    name: "URLs of 9 and 16 KiB",
    status: [414, 431],
    send: (up) =>
      up.lines(...[9_000, 16_384].map((length) => [`GET /api/${"a".repeat(length)} HTTP/1.1`, up.host, up.bearer])),
  },
  {
    n: 30,
    name: "a packed bomb",
    status: 415,
    async send(up) {
      const headers = { "Content-Type": "application/json", "Content-Encoding": "gzip", ...up.auth };
      const bomb = Bun.gzipSync(new Uint8Array(10 * MIB));
      return [(await fetch(up.url("/api/generate"), { method: "POST", headers, body: bomb })).status];
    },
  },
  {
    n: 66,
    name: "an upgrade does not happen: the plain request is answered",
    status: [200, 401],
    async send(up) {
      const keys = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "HTTP2-Settings: AAMA"];
      const got: number[] = [];
      for (const protocol of ["websocket", "h2c", "TLS/1.0"]) {
        const upgrade = ["Connection: Upgrade, HTTP2-Settings", `Upgrade: ${protocol}`, ...keys];
        const stranger = await up.lines([GET, up.host, ...upgrade], [POST, up.host, "Content-Length: 0", ...upgrade]);
        expect(stranger).toEqual([401, 401]);
        const known = await up.lines(asking(up, ...upgrade));
        expect(known).toEqual([200]);
        got.push(...stranger, ...known);
      }
      return got;
    },
  },
  {
    n: 66,
    name: "HTTP/2 without asking first",
    status: [0, 400, 405, 421, 505],
    async send(up) {
      const answer = await sendRaw(up.port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
      expect(answer).not.toContain("HTTP/2");
      return [statusIn(answer)];
    },
  },
];
