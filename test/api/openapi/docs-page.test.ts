import { describe, expect, test } from "bun:test";
import { createClient } from "../../../src/api/client.ts";
import { HTTP_ERRORS } from "../../../src/api/error-response.ts";
import { FAILURES } from "../../../src/domain/errors.ts";
import { createTestApi } from "../harness.ts";
import { openTestServer, SPEND_TOKEN, serveTestServer, TOKENS } from "../test-server.ts";

const { get, api } = createTestApi();
const spec = Object(await (await get("/api/openapi.json")).json());
type Operation = Record<string, unknown>;
const operations = Object.entries<Record<string, Operation>>(spec.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe("the reference", () => {
  test("is OpenAPI 3.1 and names every route", () => {
    expect(spec.openapi).toBe("3.1.0");
    const routes = api.routes
      .filter(({ method, path }) => method !== "ALL" && !/openapi|docs|\*/.test(path))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect(new Set(operations.map(({ path, method }) => `${method} ${path}`))).toEqual(new Set(routes));
  });

  test("has a schema behind every reference to one", () => {
    const names = [...JSON.stringify(spec).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      (match) => match[1],
    );
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !Object.hasOwn(spec.components.schemas, String(name)))).toEqual([]);
  });

  test("describes how every route fails: each code there is, and the field", () => {
    const { code, field } = spec.components.schemas.Error.properties;
    expect(new Set(code.enum)).toEqual(new Set([...Object.keys(FAILURES), ...Object.keys(HTTP_ERRORS)]));
    expect(field.type).toBe("string");
    for (const { operation } of operations)
      expect(Object(operation.responses).default.content["application/json"].schema).toEqual({
        $ref: "#/components/schemas/Error",
      });
  });

  test("tells what stands in each path, and takes a key where money may be spent", () => {
    const parameters = operations.flatMap(({ operation }) => Object(operation.parameters ?? []));
    const inPath = parameters.filter((one) => one.in === "path");
    expect(inPath.length).toBeGreaterThan(20);
    expect(inPath.filter(({ name, description = name }) => description === name)).toEqual([]);
    const paid = operations.filter(({ operation }) => JSON.stringify(operation).includes("Idempotency-Key"));
    expect(paid.map(({ path }) => path).toSorted()).toEqual([
      "/api/generate",
      "/api/projects/{id}/resume",
      "/api/projects/{id}/retakes",
      "/api/projects/{id}/stitch",
    ]);
  });

  test("has one id for each operation", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("says what the validator does: limits and words are in it", () => {
    const { properties, required, additionalProperties } = spec.components.schemas.Generate;
    expect(properties.prompt).toMatchObject({ type: "string", minLength: 1, maxLength: 10_000 });
    expect(properties.aspect_ratio.enum).toEqual(["16:9", "9:16", "1:1"]);
    expect([required, additionalProperties]).toEqual([undefined, false]);
    const { put } = spec.paths["/api/projects/{id}/keyframes/{still}"];
    expect(Object.keys(put.requestBody.content)).toEqual(["image/png", "image/jpeg", "image/webp"]);
  });

  test("as a page needs no script and nothing from elsewhere", async () => {
    const answer = await get("/api/docs");
    const html = await answer.text();
    const policy = answer.headers.get("content-security-policy") ?? "";
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? "";
    expect(policy).toContain(`'sha256-${new Bun.CryptoHasher("sha256").update(style).digest("base64")}'`);
    expect(html).not.toMatch(/<script|<link|<img|src=|style="/);
    for (const { path, method } of operations)
      expect(html).toContain(`${method.toUpperCase()} ${path.replace(/[{}]/g, "$&")}`);
    expect(html).toContain("n8n-nodes-base.httpRequest");
  });
});

test("the typed client makes a film and reads it", async () => {
  const testServer = openTestServer();
  const up = serveTestServer(testServer, { tokens: TOKENS });
  const client = createClient(up.server.url, SPEND_TOKEN);
  const made = await client.api.generate.$post({ json: { prompt: "A cat", scenes: 1 } });
  const { project_id } = await made.json();
  const found = await client.api.projects[":id"].$get({ param: { id: project_id } });
  expect((await found.json()).prompt).toBe("A cat");
  const standing = await client.api.projects[":id"].status.$get({ param: { id: project_id }, query: { wait: "1" } });
  expect((await standing.json()).project_id).toBe(project_id);
  const page = await client.api.projects.$get({ query: { limit: "5" } });
  expect(await page.json()).toMatchObject({ projects: [{ project_id }], next_cursor: null });
  await up.stop();
});
