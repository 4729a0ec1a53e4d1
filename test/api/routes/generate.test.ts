import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_BODY_BYTES } from "../../../src/api/middleware/body-limit.ts";
import { createTestApi, JSON_TYPE } from "../harness.ts";

/** Posts a body as it stands; checks that a refusal is JSON with one line and that nothing was created. */
async function send(body: RequestInit["body"], headers: Record<string, string> = JSON_TYPE) {
  const { api, service } = createTestApi();
  const response = await api.request("/api/generate", { method: "POST", body: body ?? null, headers });
  const answer: unknown = await response.json();
  if (response.status !== 202) expect(service.calls).toEqual([]);
  const detail = typeof answer === "object" && answer !== null && "detail" in answer ? answer.detail : undefined;
  return { status: response.status, detail: String(detail), service };
}
const sendFields = (fields: object) => send(JSON.stringify({ prompt: "A cat", ...fields }));

describe("what a request says reaches the service", () => {
  test("only the prompt: everything else is left to the configuration", async () => {
    const { service } = await sendFields({});
    expect(service.callsTo("create")).toEqual([[{ prompt: "A cat" }, {}]]);
  });

  test("every field under its own name", async () => {
    const { status, service } = await sendFields({
      style: "noir",
      aspect_ratio: "9:16",
      clip_duration: 5.5,
      scenes: 4,
      seed: 7,
      crossfade: 0.5,
      provider: "offline",
      max_cost: 0,
    });
    expect(status).toBe(202);
    expect(service.callsTo("create")).toEqual([
      [
        {
          prompt: "A cat",
          style: "noir",
          aspectRatio: "9:16",
          clipDurationSeconds: 5.5,
          sceneCount: 4,
          seed: 7,
          crossfadeSeconds: 0.5,
        },
        { provider: "offline", maxCostUsd: 0 },
      ],
    ]);
  });

  test("scenes and seed may be null, which leaves them open", async () => {
    const { status } = await sendFields({ scenes: null, seed: null });
    expect(status).toBe(202);
  });

  test("a repeated key counts as its last value", async () => {
    const { status, service } = await send('{"prompt":"first","prompt":"last"}');
    expect(status).toBe(202);
    expect(service.callsTo("create")[0]?.[0]).toEqual({ prompt: "last" });
  });

  test("a byte order mark is no part of the JSON", async () => {
    expect((await send(`\ufeff{"prompt":"A cat"}`)).status).toBe(202);
  });
});

describe("422 names the field and the reason", () => {
  test.each([
    [{ prompt: undefined }, "prompt is missing"],
    [{ prompt: null }, "prompt must be text"],
    [{ prompt: 5 }, "prompt must be text"],
    [{ prompt: ["A cat"] }, "prompt must be text"],
    [{ prompt: "" }, "prompt is empty: describe the film in a sentence or more"],
    [{ prompt: " \n\t" }, "prompt is empty: describe the film in a sentence or more"],
    [{ prompt: "x".repeat(10_001) }, "prompt is longer than 10,000 characters"],
    [{ prompt: "a\u0000b" }, "prompt contains control characters: remove them"],
    [{ prompt: "a\u001b[31mb" }, "prompt contains control characters: remove them"],
    [{ prompt: "a\ud800b" }, "prompt is not well-formed Unicode text"],
    [{ style: "" }, "style is empty"],
    [{ style: null }, "style must be text"],
    [{ style: "a\udfff" }, "style is not well-formed Unicode text"],
    [{ aspect_ratio: "4:3" }, "aspect_ratio must be 16:9, 9:16 or 1:1"],
    [{ aspect_ratio: 1.78 }, "aspect_ratio must be 16:9, 9:16 or 1:1"],
    [{ clip_duration: 0 }, "clip_duration must be more than 0 seconds"],
    [{ clip_duration: -5 }, "clip_duration must be more than 0 seconds"],
    [{ clip_duration: 1e9 }, "clip_duration must be 60 seconds or less"],
    [{ clip_duration: "5" }, "clip_duration must be a number of seconds"],
    [{ clip_duration: true }, "clip_duration must be a number of seconds"],
    [{ scenes: 0 }, "scenes must be 1 or more"],
    [{ scenes: -1 }, "scenes must be 1 or more"],
    [{ scenes: 2.5 }, "scenes must be a whole number"],
    [{ scenes: 1e9 }, "scenes must be"],
    [{ scenes: 2 ** 53 + 2 }, "scenes must be"],
    [{ seed: -1 }, "seed must not be negative"],
    [{ seed: "7" }, "seed must be a whole number"],
    [{ crossfade: -0.5 }, "crossfade must not be negative"],
    [{ crossfade: 11 }, "crossfade must be 10 seconds or less"],
    [{ provider: "" }, "provider is empty"],
    [{ provider: {} }, "provider must be text"],
    [{ max_cost: -1 }, "max_cost must not be negative"],
    [{ max_cost: null }, "max_cost must be an amount in US dollars"],
    [{ colour: "red" }, 'unknown field "colour"'],
    [{ clipDuration: 5, aspectRatio: "16:9" }, 'unknown field "clipDuration", "aspectRatio"'],
    [
      { style: 1, scenes: 0 },
      'style must be text, not 1; "watercolor" would do; scenes must be 1 or more, not 0; 4 would do',
    ],
  ])("%j", async (fields, reason) => {
    const { status, detail } = await sendFields(fields);
    expect(status).toBe(422);
    expect(detail).toContain(reason);
  });

  test.each([
    ['{"prompt":"A cat","clip_duration":1e400}', "clip_duration must be a number of seconds"],
    ['{"prompt":"A cat","__proto__":{"style":"x"}}', 'unknown field "__proto__"'],
    ['{"prompt":"A cat","constructor":1}', 'unknown field "constructor"'],
    ['{"__proto__":{"prompt":"A cat"}}', "prompt is missing"],
    ["[]", "the request body must be a JSON object"],
    ["null", "the request body must be a JSON object"],
    ['"A cat"', "the request body must be a JSON object"],
  ])("%s", async (body, reason) => {
    const { status, detail } = await send(body);
    expect(status).toBe(422);
    expect(detail).toContain(reason);
  });

  test("a field's long or hostile name is cut and escaped", async () => {
    const { detail } = await sendFields({ [`\u001b[31m\n${"x".repeat(1_000)}`]: 1 });
    expect(detail).toMatch(/^unknown field "\\u001b\[31m\\nx{54}": there are prompt, storyboard, [a-z_, ]+$/);
  });
});

describe("400 when it is not JSON", () => {
  test.each([
    ["nothing", ""],
    ["cut off", '{"prompt":"A cat"'],
    ["plain text", "A cat"],
    ["single quotes", "{'prompt':'A cat'}"],
    ["trailing comma", '{"prompt":"A cat",}'],
    ["NaN", '{"prompt":"A cat","clip_duration":NaN}'],
    ["two values", '{"prompt":"A cat"}{}'],
    ["invalid UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
    ["open brackets without end", "[".repeat(1_000_000)],
  ])("%s", async (_, body) => {
    expect(await send(body)).toMatchObject({
      status: 400,
      detail: expect.stringMatching(
        /^the request body is not JSON in UTF-8 \(\d+ bytes came\): send an object such as \{"prompt":"A cat exploring Tokyo at night"\}$/,
      ),
    });
  });
});

test.each([
  ["lists", `{"prompt":${"[".repeat(500_000)}${"]".repeat(500_000)}}`],
  ["objects", `{"prompt":${'{"a":'.repeat(150_000)}1${"}".repeat(150_000)}}`],
])("%s nested very deep are a wrong type like any other", async (_, body) => {
  expect(await send(body)).toMatchObject({
    status: 422,
    detail: expect.stringMatching(
      /^prompt must be text, not (\[{20}"...".{20}|.{80}\.\.\.); "A cat exploring Tokyo at night" would do$/,
    ),
  });
});

describe("415 for anything but JSON in UTF-8", () => {
  test.each([
    [""],
    ["text/plain"],
    ["text/json"],
    ["application/x-www-form-urlencoded"],
    ["multipart/form-data; boundary=x"],
    ["application/json;charset=utf-7"],
    ["application/json; charset=iso-8859-1"],
    ["application/json; profile=x"],
    ["application/jsonx"],
    ["application/json, text/plain"],
  ])("%p", async (type) => {
    const { status, detail } = await send('{"prompt":"A cat"}', { "Content-Type": type });
    expect(status).toBe(415);
    expect(detail).toContain("application/json");
  });

  test.each(["application/json; charset=utf-8", 'Application/JSON;Charset="UTF-8"', "application/json;"])(
    "%s is JSON",
    async (type) => {
      expect((await send('{"prompt":"A cat"}', { "Content-Type": type })).status).toBe(202);
    },
  );
});

describe("413 over 1 MiB", () => {
  const ofLength = (bytes: number) => JSON.stringify({ prompt: "A cat" }).padEnd(bytes);

  test("a body of exactly 1 MiB is read", async () => {
    expect((await send(ofLength(MAX_BODY_BYTES))).status).toBe(202);
  });

  test("its announced length is enough to refuse it", async () => {
    const headers = { ...JSON_TYPE, "Content-Length": String(MAX_BODY_BYTES + 1) };
    expect((await send('{"prompt":"A cat"}', headers)).status).toBe(413);
  });
});

test("no JSON value whatever makes the server fail", async () => {
  const keys = fc.constantFrom("prompt", "style", "aspect_ratio", "clip_duration", "scenes", "seed", "max_cost", "x");
  const bodies = fc.oneof(
    fc.json(),
    fc.dictionary(keys, fc.jsonValue()).map((fields) => JSON.stringify(fields)),
  );
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      expect([202, 422]).toContain((await send(body)).status);
    }),
    { numRuns: 300 },
  );
}, 0);
