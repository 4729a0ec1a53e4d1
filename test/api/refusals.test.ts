/** Every refusal of a field names it, the value that came and one that would do; those of access name the setting. */
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { checked } from "../../src/api/middleware/json-body.ts";
import { EditBody, PickBody, RetakeBody, RevertBody } from "../../src/api/schemas/editing.ts";
import { exampleOf, fieldsOf, schemaAt } from "../../src/api/schemas/example-of.ts";
import {
  EventsQuery,
  FileQuery,
  ListQuery,
  PictureQuery,
  StatusQuery,
  StillQuery,
} from "../../src/api/schemas/query.ts";
import { GenerateBody, ResumeBody, StitchBody } from "../../src/api/schemas/requests.ts";
import { VidpipeError } from "../../src/domain/errors.ts";
import { quote } from "../../src/domain/refusal.ts";
import { createTestApi, startTestServer } from "./harness.ts";

const BODIES = { GenerateBody, ResumeBody, StitchBody, EditBody, RetakeBody, PickBody, RevertBody };
const QUERIES = { ListQuery, StatusQuery, FileQuery, StillQuery, PictureQuery, EventsQuery };

type Path = readonly (string | number)[];

/** Every field of a request, those of its lists and mappings too. */
function fieldsBelow(schema: z.core.$ZodType, path: Path = []): Path[] {
  const list = schemaAt(schema, [0]);
  const own: Path[] = fieldsOf(schema).map((name) => [...path, name]);
  const inner = fieldsOf(schema).flatMap((name) => {
    const field = schemaAt(schema, [name]);
    return field === undefined ? [] : fieldsBelow(field, [...path, name]);
  });
  return list === undefined ? [...own, ...inner] : fieldsBelow(list, [...path, 0]);
}

function refusalOf(schema: z.ZodType<object>, value: unknown): string {
  try {
    checked(schema, value);
    return "";
  } catch (thrown) {
    if (thrown instanceof VidpipeError && thrown.code === "input.invalid") return thrown.message;
    throw thrown;
  }
}

/** Whether a field refuses a value itself, and not what is in it. */
function isRefused(field: z.ZodType, value: unknown): boolean {
  const { error } = z.safeParse(field, value);
  return error?.issues.every(({ path, code }) => path.length === 0 && code !== "unrecognized_keys") ?? false;
}

const REQUESTS: readonly (readonly [string, z.ZodType<object>, readonly unknown[]])[] = [
  ...Object.entries(BODIES).map(([name, schema]) => [name, schema, [["value"], "\u001b", -1.5, {}]] as const),
  ...Object.entries(QUERIES).map(([name, schema]) => [name, schema, ["-x-", "x".repeat(300)]] as const),
];

describe.each(REQUESTS)("%s", (_, schema, bad) => {
  for (const path of fieldsBelow(schema)) {
    const name = path.join(".");
    const field = z.custom<z.ZodType>((found) => found instanceof z.ZodType).parse(schemaAt(schema, path));
    const example = exampleOf(field);

    test(`${name}: the value that would do does`, () => {
      expect(example).toBeDefined();
      expect(z.safeParse(field, example).success).toBe(true);
    });

    test(`${name} is refused with the value that came and one that would do`, () => {
      const refused = bad.filter((value) => isRefused(field, value));
      // Any text of a list's cursor is looked at later, by what it stands for.
      expect(refused.length > 0 || name === "cursor").toBe(true);
      for (const value of refused) {
        const message = refusalOf(z.strictObject({ field }), { field: value });
        expect(message).toStartWith("field ");
        expect(message).toContain(quote(value));
        expect(message).toEndWith(`; ${quote(example)} would do`);
      }
    });
  }

  test("an unknown field is met with those there are", () => {
    if (!(schema instanceof z.ZodObject) || schema.def.catchall === undefined) return;
    expect(refusalOf(schema, { colour: "red" })).toContain(`unknown field "colour": there are ${fieldsOf(schema)[0]}`);
  });
});

test("a field deep inside is called by its whole path", () => {
  const said = refusalOf(EditBody, { scenes: [{ scene: 0, duration: "x", transition: { kind: "melt" } }] });
  expect(said).toStartWith('scenes.0.duration must be a number, not "x"; 6 would do; ');
  expect(said).toContain("scenes.0.transition.kind must be one of cut, crossfade,");
});

describe("a refusal of access names the setting and the value that would do", () => {
  const EVIL = "http://localhost:5173";
  const HOST = { Host: "127.0.0.1:8000" };
  const token = "x".repeat(32);
  const reading = "y".repeat(32);
  const detail = async (answer: Response) => String(Object(await answer.json()).detail);

  test("another origin's page, which the server's owner is told of once", async () => {
    const { post, api, log } = createTestApi();
    const refused = await post("/api/generate", { prompt: "A cat" }, { ...HOST, Origin: EVIL });
    const cure = `set server.allowed_origins to ${EVIL} (environment: VIDPIPE_SERVER__ALLOWED_ORIGINS=${EVIL})`;
    expect([refused.status, await detail(refused)]).toEqual([
      403,
      `this request comes from a page of ${EVIL}, which may not change anything here: if the page is yours, ${cure} and start the server again`,
    ]);
    const asks = { ...HOST, Origin: EVIL, "Access-Control-Request-Method": "POST" };
    const preflight = await api.request("/api/generate", { method: "OPTIONS", headers: asks });
    expect([preflight.status, await detail(preflight)]).toEqual([403, expect.stringContaining(cure)]);
    expect(log.warnings).toEqual([`a page of ${EVIL} cannot use this server: if the page is yours, ${cure}`]);
  });

  test("one more beside those that are named already", async () => {
    const { post } = createTestApi({ settings: { allowedOrigins: ["https://films.example"] } });
    const refused = await post("/api/generate", { prompt: "A cat" }, { ...HOST, Origin: EVIL });
    expect(await detail(refused)).toContain(
      `add ${EVIL} to server.allowed_origins (environment: VIDPIPE_SERVER__ALLOWED_ORIGINS, separated by commas)`,
    );
  });

  test.each([{ Origin: "null" }, { "Sec-Fetch-Site": "cross-site" }])(
    "a page without an origin: %j",
    async (headers) => {
      const refused = await createTestApi().post("/api/generate", { prompt: "A cat" }, { ...HOST, ...headers });
      const said = await detail(refused);
      expect(said).toContain(Object.values(headers)[0] ?? "");
      expect(said).toContain("server.allowed_origins");
    },
  );

  test("a token that is missing, malformed or unknown; never the token", async () => {
    const tokens = [
      { name: "main", token, scope: "spend" as const },
      { name: "phone", token: reading, scope: "read" as const },
    ];
    const { api, post } = createTestApi({ settings: { tokens } });
    const list = (headers: Record<string, string>) => Promise.resolve(api.request("/api/projects", { headers }));
    const said = async (headers: Record<string, string>) => detail(await list(headers));
    expect(await said({})).toEndWith("no Authorization header came");
    expect(await said({ Authorization: "Basic c2VjcmV0" })).toEndWith("is not Bearer, one space and one token");
    const unknown = await said({ Authorization: "Bearer guessed-token" });
    expect(unknown).toContain("Authorization: Bearer TOKEN");
    expect(unknown).toContain("server.auth_token (environment: VIDPIPE_SERVER__AUTH_TOKEN)");
    expect(unknown).not.toContain("guessed-token");
    const reads = await detail(await post("/api/generate", { prompt: "x" }, { Authorization: `Bearer ${reading}` }));
    expect(reads).toContain("token phone has the scope read");
    expect(reads).toContain("scope: spend");
  });

  test("a Host that is not the server's", async () => {
    const { server, url } = startTestServer();
    const refused = await fetch(url("/api/health"), { headers: { Host: "films.example.com" } });
    const odd = await fetch(url("/api/health"), { headers: { Host: "a@b" } });
    await server.stop();
    expect([refused.status, await detail(refused)]).toEqual([
      421,
      "this server does not answer to the Host films.example.com: if that is its name, set server.allowed_hosts to films.example.com (environment: VIDPIPE_SERVER__ALLOWED_HOSTS=films.example.com), beside others separated by commas",
    ]);
    expect(await detail(odd)).toContain('"a@b"');
  });

  test("a content type and an encoding that are not taken", async () => {
    const { api } = createTestApi();
    const send = async (headers: Record<string, string>) =>
      detail(await api.request("/api/generate", { method: "POST", body: "{}", headers }));
    expect(await send({ "Content-Type": "text/plain" })).toBe(
      'send JSON with the header Content-Type: application/json, not "text/plain"',
    );
    expect(await send({ "Content-Type": "application/json", "Content-Encoding": "gzip" })).toEndWith('not "gzip"');
  });
});
