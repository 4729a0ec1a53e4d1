import { describe, expect, test } from "bun:test";
import { createHostRule } from "../../../src/api/middleware/host-check.ts";
import { createTestApi } from "../harness.ts";

describe("a request that may change something", () => {
  const HOST = "127.0.0.1:8000";
  const generate = async (headers: Record<string, string>) => {
    const { post, service } = createTestApi();
    const response = await post("/api/generate", { prompt: "A cat" }, { Host: HOST, ...headers });
    return { response, service };
  };

  test.each([
    ["a program", {}],
    ["the server's own page", { Origin: `http://${HOST}`, "Sec-Fetch-Site": "same-origin" }],
    ["the server's own page behind TLS", { Origin: `https://${HOST}` }],
    ["the user's address bar", { "Sec-Fetch-Site": "none" }],
  ])("from %s is taken", async (_, headers) => {
    expect((await generate(headers)).response.status).toBe(202);
  });

  test.each([
    ["another site", { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" }],
    ["another site in an old browser", { Origin: "https://evil.example" }],
    ["another port of this machine", { Origin: "http://127.0.0.1:9000", "Sec-Fetch-Site": "same-site" }],
    ["a sandboxed frame", { Origin: "null" }],
    ["a site whose name starts like ours", { Origin: `http://${HOST}.evil.example` }],
    ["a liar", { Origin: `http://${HOST}`, "Sec-Fetch-Site": "cross-site" }],
    ["a header nobody knows", { "Sec-Fetch-Site": "friendly" }],
  ])("from %s is refused", async (_, headers) => {
    const { response, service } = await generate(headers);
    expect(response.status).toBe(403);
    expect(service.calls).toEqual([]);
  });

  test("without a body is checked too", async () => {
    const { post, service } = createTestApi();
    const response = await post("/api/projects/0199/resume", undefined, { Host: HOST, Origin: "https://evil.example" });
    expect(response.status).toBe(403);
    expect(service.calls).toEqual([]);
  });
});

test("no answer invites another site to read it", async () => {
  const { api } = createTestApi();
  for (const method of ["GET", "OPTIONS"]) {
    const response = await api.request("/api/projects", { method, headers: { Origin: "https://evil.example" } });
    expect(response.headers.has("access-control-allow-origin")).toBe(false);
  }
});

describe("names a server answers to", () => {
  const loopback = createHostRule({ host: "127.0.0.1", port: 8000, allowedHosts: ["films.example.com"] });
  test.each(["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "films.example.com"])("loopback: %s", (host) => {
    expect(loopback(host)).toBe(true);
  });
  test.each([
    null,
    "",
    "evil.com",
    "evil.com:8000",
    "localhost",
    "localhost:9000",
    "127.0.0.1.nip.io:8000",
    "LOCALHOST:8000",
    "localhost.:8000",
    "a@localhost:8000",
    "localhost:8000#",
    "127.0.0.1:8000, evil.com",
    "127.1:8000",
    "2130706433:8000",
    "films.example.com:8000",
  ])("loopback refuses %p", (host) => {
    expect(loopback(host)).toBe(false);
  });

  test.each(["127.0.0.2", "::1", "localhost"])("a server on %s answers to that name", (host) => {
    const literal = host === "::1" ? "[::1]" : host;
    expect(createHostRule({ host, port: 8000 })(`${literal}:8000`)).toBe(true);
  });

  test("on port 80 the name stands without a port", () => {
    expect(createHostRule({ host: "127.0.0.1", port: 80 })("localhost")).toBe(true);
  });

  const open = createHostRule({
    host: "0.0.0.0",
    port: 8000,
    allowedHosts: ["films.example.com"],
    ownAddresses: () => ["192.168.1.5", "fe80::1"],
  });
  test.each(["192.168.1.5:8000", "[fe80::1]:8000", "localhost:8000", "films.example.com"])(
    "open to the network: %s",
    (host) => {
      expect(open(host)).toBe(true);
    },
  );
  test.each([
    null,
    "",
    "192.168.1.5:9000",
    "192.168.1.6:8000",
    "vidpipe:8000",
    "localhost",
    "evil.com:8000",
    "127.0.0.1.nip.io",
    "a@b",
    "localhost:8000, evil.com",
    "999.1.1.1",
    "[::zz]",
    "x:99999",
  ])("open to the network refuses %p", (host) => {
    expect(open(host)).toBe(false);
  });
});
