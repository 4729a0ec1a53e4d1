import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { fakeComplete, fakeProject, fakeProjectId } from "../../support/fake-service.ts";
import { createTestApi } from "../harness.ts";

const ID = fakeProjectId(1);
const OTHER = fakeProjectId(2);
const two = { projects: [fakeProject({ id: ID }), fakeProject({ id: OTHER })] };
const detailOf = async (response: Response): Promise<unknown> => Object(await response.json()).detail;

describe("ids", () => {
  test.each([
    ["unknown", "019ab000-0000-7000-8000-000000000000"],
    ["unknown start", "ffff"],
    ["too short a start", "01"],
    ["word", "latest"],
    ["..", "..%2Fx"],
    ["encoded ..", "%2e%2e%2fx"],
    ["double encoded ..", "%252e%252e%252fx"],
    ["backslash", "..%5Cx"],
    ["NUL", "%00"],
    ["unicode slash", "%E2%88%95x"],
    ["broken encoding", "%zz"],
    ["SQL", "1'%20OR%20'1'='1"],
    ["wildcard", "%25%25%25%25"],
    ["path parameter", `${ID};x`],
    ["uuid of another version", "9b2f4c1e-8d5a-4c1b-9f1e-2d3c4b5a6978"],
    ["very long", "a".repeat(8_000)],
  ])("%s is 404", async (_, id) => {
    const { get, post } = createTestApi(two);
    for (const path of [`/api/projects/${id}`, `/api/projects/${id}/status`, `/api/projects/${id}/download`])
      expect((await get(path)).status).toBe(404);
    expect((await post(`/api/projects/${id}/resume`)).status).toBe(404);
  });

  test("a unique start of an id is enough", async () => {
    const { get } = createTestApi({ projects: [fakeProject({ id: ID })] });
    expect(await (await get(`/api/projects/${ID.slice(0, 13)}/status`)).json()).toMatchObject({ project_id: ID });
  });

  test("a start that several ids share is 400", async () => {
    expect((await createTestApi(two).get(`/api/projects/${ID.slice(0, 8)}`)).status).toBe(400);
  });

  test("a whole id is looked up once", async () => {
    const { get, service } = createTestApi(two);
    await get(`/api/projects/${ID}/status`);
    expect(service.calls.map((call) => call.method)).toEqual(["status"]);
  });
});

describe("routes", () => {
  test.each([
    "/",
    "/api",
    "/api/",
    "/api/generate/",
    "/api/projects/",
    "//api/projects",
    "/api//projects",
    "/API/projects",
  ])("%s is 404", async (path) => {
    const response = await createTestApi(two).get(path);
    expect(response.status).toBe(404);
    expect(await detailOf(response)).toBe("not found");
  });

  test.each([
    ["GET", "/api/generate", "POST"],
    ["PUT", "/api/generate", "POST"],
    ["POST", "/api/health", "GET, HEAD"],
    ["POST", `/api/projects/${ID}`, "GET, HEAD, DELETE"],
    ["DELETE", `/api/projects/${ID}/status`, "GET, HEAD"],
    ["OPTIONS", "/api/projects", "GET, HEAD"],
    ["PATCH", `/api/projects/${ID}/status`, "GET, HEAD"],
    ["GET", `/api/projects/${ID}/resume`, "POST"],
    ["GET", `/api/projects/${ID}/cancel`, "POST"],
    ["GET", `/api/projects/${ID}/stitch`, "POST"],
    ["PROPFIND", "/api/projects", "GET, HEAD"],
  ])("%s %s is 405 and names what is possible", async (method, path, allow) => {
    const { api, service } = createTestApi(two);
    const response = await api.request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await detailOf(response)).toContain(`${method} is not possible here`);
    expect(service.calls).toEqual([]);
  });
});

describe("resume", () => {
  test("without a body goes on as before", async () => {
    const { post, service } = createTestApi({ projects: [fakeProject({ status: "failed" })] });
    expect((await post(`/api/projects/${ID}/resume`)).status).toBe(202);
    expect(service.callsTo("resume")).toEqual([[ID, {}]]);
  });

  test("with an empty JSON body goes on as before", async () => {
    const { post, service } = createTestApi({ projects: [fakeProject({ status: "failed" })] });
    expect((await post(`/api/projects/${ID}/resume`, {})).status).toBe(202);
    expect(service.callsTo("resume")).toEqual([[ID, {}]]);
  });

  test("hands the user's choices on", async () => {
    const { post, service } = createTestApi({ projects: [fakeProject({ status: "held" })] });
    const choices = { max_cost: 3, retry_ambiguous: true, retry_refused: false, skip_blocked: true };
    const ofAnswers = { use_rejected: true, fit: "pad", retry_rejected: false, retry_skipped: true };
    await post(`/api/projects/${ID}/resume`, { ...choices, ...ofAnswers });
    const handed = { maxCostUsd: 3, retryAmbiguous: true, retryRefused: false, skipBlocked: true };
    expect(service.callsTo("resume")).toEqual([
      [ID, { ...handed, useRejected: true, fit: "pad", retryRejected: false, retrySkipped: true }],
    ]);
  });

  test.each([
    { retry: "yes" },
    { fit: "pad" },
    { use_rejected: false, fit: "crop" },
    { use_rejected: true, fit: "bars" },
  ])("refuses choices it does not know: %j", async (body) => {
    const { post, service } = createTestApi({ projects: [fakeProject({ status: "held" })] });
    const response = await post(`/api/projects/${ID}/resume`, body);
    expect(response.status).toBe(422);
    expect(service.calls).toEqual([]);
  });

  test("of a finished project is 409", async () => {
    const { post } = createTestApi({ projects: [fakeProject(fakeComplete())] });
    const response = await post(`/api/projects/${ID}/resume`);
    expect(response.status).toBe(409);
    expect(await detailOf(response)).toBe("nothing to resume");
  });
});

describe("cancel and stitch", () => {
  test("cancel of a cancelled project is 409", async () => {
    const { post } = createTestApi({ projects: [fakeProject({ status: "cancelled" })] });
    expect((await post(`/api/projects/${ID}/cancel`)).status).toBe(409);
  });

  test("cancel takes no options", async () => {
    const { post, service } = createTestApi(two);
    expect((await post(`/api/projects/${ID}/cancel`, { force: true })).status).toBe(422);
    expect(service.calls).toEqual([]);
  });

  test("stitch hands the crossfade on", async () => {
    const { post, service } = createTestApi(two);
    await post(`/api/projects/${ID}/stitch`, { crossfade: 0.5 });
    expect(service.callsTo("restitch")).toEqual([[ID, 0.5]]);
  });

  test("stitch hands on what is asked for the doubled frames", async () => {
    const { post, service } = createTestApi(two);
    await post(`/api/projects/${ID}/stitch`, { crossfade: 0, boundary_frame: "drop" });
    expect((await post(`/api/projects/${ID}/stitch`, { crossfade: 0, boundary_frame: "both" })).status).toBe(422);
    expect(service.callsTo("restitch")).toEqual([[ID, 0, "drop"]]);
  });

  test.each([
    [{}, "crossfade is missing: 0.5 would do"],
    [{ crossfade: -1 }, "crossfade must not be negative (-1 was given); 0.5 would do"],
    [{ crossfade: "0.5" }, 'crossfade must be a number of seconds, not "0.5"; 0.5 would do'],
  ])("stitch with %j is 422", async (body, reason) => {
    const { post, service } = createTestApi(two);
    const response = await post(`/api/projects/${ID}/stitch`, body);
    expect(response.status).toBe(422);
    expect(await detailOf(response)).toBe(reason);
    expect(service.calls).toEqual([]);
  });

  test("stitch with too long a crossfade is what the service says", async () => {
    const { post, service } = createTestApi(two);
    service.failNext("restitch", new VidpipeError("input.invalid", "crossfade is longer than half the shortest clip"));
    const response = await post(`/api/projects/${ID}/stitch`, { crossfade: 9 });
    expect(response.status).toBe(422);
    expect(await detailOf(response)).toBe("crossfade is longer than half the shortest clip");
  });
});
