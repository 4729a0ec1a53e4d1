import { describe, expect, test } from "bun:test";
import { withoutPaths } from "../../src/api/error-response.ts";
import { FAILURES, type FailureCode, VidpipeError } from "../../src/domain/errors.ts";
import { fakeProject } from "../support/fake-service.ts";
import { createTestApi } from "./harness.ts";

const CODES = Object.keys(FAILURES).filter((code): code is FailureCode => code in FAILURES);

async function failWith(failure: Error) {
  const { get, service, log } = createTestApi({ projects: [fakeProject()] });
  service.failNext("every", failure);
  const response = await get("/api/projects");
  return { response, text: await response.clone().text(), answer: await response.json(), log };
}

test.each(CODES.filter((code) => code !== "internal"))("%s answers with its code, status and message", async (code) => {
  const { response, answer } = await failWith(new VidpipeError(code, "what happened and what to do"));
  expect(response.status).toBe(FAILURES[code].http);
  expect(response.headers.get("content-type")).toStartWith("application/json");
  expect(answer).toEqual({ detail: "what happened and what to do", code, status: FAILURES[code].http });
});

test("the field at fault is in the answer", async () => {
  const { answer } = await failWith(new VidpipeError("input.invalid", "crossfade is too long", { field: "crossfade" }));
  expect(answer).toEqual({ detail: "crossfade is too long", code: "input.invalid", status: 422, field: "crossfade" });
});

describe("what nobody expected", () => {
  test.each([
    ["a plain error", new TypeError("x is undefined in /srv/vidpipe/app.ts key=AIzaSecret")],
    ["an internal failure", new VidpipeError("internal", "x is undefined in /srv/vidpipe/app.ts key=AIzaSecret")],
  ])("%s is 500 and says nothing", async (_, failure) => {
    const { response, text } = await failWith(failure);
    expect(response.status).toBe(500);
    expect(text).toBe('{"detail":"internal error","code":"internal","status":500}');
  });

  test("it is in the log with the request, its message and its causes", async () => {
    const { log } = await failWith(new Error("outer", { cause: new Error("inner") }));
    const [entry] = log.errors;
    expect(entry?.fields).toMatchObject({ method: "GET", path: "/api/projects", status: 500, code: "internal" });
    expect(JSON.stringify(entry?.fields)).toMatch(/outer.*caused by.*inner/);
  });
});

test("a refused request is no error in the log", async () => {
  const { log } = await failWith(new VidpipeError("project.conflict", "nothing to resume"));
  expect(log.errors).toEqual([]);
});

test("a server's failure names no path of its machine", async () => {
  const { answer } = await failWith(new VidpipeError("storage.full", "cannot write /srv/data/clip.mp4: disk full"));
  expect(answer).toMatchObject({ detail: "cannot write clip.mp4: disk full" });
});

test("a project's message names no path either", async () => {
  const failed = fakeProject({ status: "failed", message: "ffmpeg: /srv/data/x/clip.mp4: Invalid data" });
  const { get } = createTestApi({ projects: [failed] });
  expect(await (await get(`/api/projects/${failed.id}/status`)).json()).toMatchObject({
    error_message: "ffmpeg: clip.mp4: Invalid data",
  });
});

test.each(["https://example.com/a/b", "and/or 16:9 1/2", "24 fps", "models/veo-3.1"])("%s is no path", (text) => {
  expect(withoutPaths(text)).toBe(text);
});

test("Retry-After says how long to wait, in whole seconds", async () => {
  const { response } = await failWith(new VidpipeError("provider.quota", "slow down", { retryAfterMs: 1_200 }));
  expect(response.headers.get("retry-after")).toBe("2");
});

test.each(["/api/health", "/nowhere", "/api/projects/zzzz"])("%s carries the security headers", async (path) => {
  const { headers } = await createTestApi().get(path);
  expect(Object.fromEntries(headers)).toMatchObject({
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
  });
});
