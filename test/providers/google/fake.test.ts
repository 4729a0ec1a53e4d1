import { afterAll, describe, expect, test } from "bun:test";
import { createGoogleFake } from "../../support/google-fake/google-fake.ts";
import { mp4, png } from "../../support/google-fake/media.ts";
import { FAKE_API_KEY } from "../../support/google-fake/routing.ts";
import { freshPath, removeFiles } from "./harness.ts";

afterAll(removeFiles);

const fake = createGoogleFake();
const picture = Buffer.from(png({ width: 8, height: 8 }, "x")).toString("base64");
const vertex = "/v1beta1/projects/p/locations/us-central1/publishers/google/models";

async function ask(path: string, body: unknown, headers: Record<string, string> = {}) {
  const login = { authorization: "Bearer fake-access-token", "x-goog-api-key": FAKE_API_KEY };
  const response = await fetch(fake.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...login, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

const veo = (parameters: object, instance: object = {}) => ({
  instances: [{ prompt: "x", image: { bytesBase64Encoded: picture, mimeType: "image/png" }, ...instance }],
  parameters: { durationSeconds: 4, ...parameters },
});
const omni = (format: object) => ({
  model: "gemini-omni-1.2-flash",
  background: true,
  input: [{ type: "text", text: "x" }],
  response_format: { type: "video", duration: "6s", ...format },
});

describe("the fake is as strict as Google about", () => {
  test.each([
    [
      "an unknown field",
      `${vertex}/veo-3.1-generate-001:predictLongRunning`,
      veo({ durationInSeconds: 4 }),
      400,
      "durationInSeconds",
    ],
    [
      "a length Veo does not make",
      `${vertex}/veo-3.1-generate-001:predictLongRunning`,
      veo({ durationSeconds: 5 }),
      400,
      "durationSeconds",
    ],
    [
      "a length as text",
      `${vertex}/veo-3.1-generate-001:predictLongRunning`,
      veo({ durationSeconds: "4" }),
      400,
      "durationSeconds",
    ],
    [
      "a last frame without a first",
      `${vertex}/veo-3.1-generate-001:predictLongRunning`,
      veo({}, { image: undefined, lastFrame: { bytesBase64Encoded: picture, mimeType: "image/png" } }),
      400,
      "lastFrame",
    ],
    ["a duration that is a number", "/v1beta/interactions", omni({ duration: 6 }), 400, "invalid_request"],
    [
      "an aspect ratio Omni does not make",
      "/v1beta/interactions",
      omni({ aspect_ratio: "1:7" }),
      400,
      "invalid_request",
    ],
    [
      "Omni asked like a text model",
      "/v1beta/models/gemini-omni-1.2-flash:generateContent",
      { contents: [{ parts: [{ text: "x" }] }] },
      400,
      "Interactions API",
    ],
    ["Omni away from global", "/v1beta1/projects/p/locations/us-central1/interactions", omni({}), 404, "global"],
    [
      "a model that is gone",
      "/v1beta/models/gemini-2.0-flash:generateContent",
      { contents: [{ parts: [{ text: "x" }] }] },
      404,
      "no longer available",
    ],
    [
      "Veo on the Gemini API",
      "/v1beta/models/veo-3.1-generate-001:predictLongRunning",
      veo({}),
      404,
      "no longer available",
    ],
    [
      "a schema keyword it does not know",
      "/v1beta/models/gemini-3.8-flash:generateContent",
      {
        contents: [{ parts: [{ text: "x" }] }],
        generationConfig: { responseJsonSchema: { type: "string", maxLength: 5 } },
      },
      400,
      "maxLength",
    ],
    [
      "a seed over 31 bits",
      "/v1beta/models/gemini-3.8-flash:generateContent",
      { contents: [{ parts: [{ text: "x" }] }], generationConfig: { seed: 4_294_967_295 } },
      400,
      "seed",
    ],
  ] as const)("%s", async (_, path, body, status, words) => {
    const answer = await ask(path, body);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(words);
    expect(fake.bill).toEqual([]);
  });

  test("a token or key that is not valid", async () => {
    expect(
      (await ask(`${vertex}/veo-3.1-generate-001:predictLongRunning`, veo({}), { authorization: "Bearer x" })).status,
    ).toBe(401);
    const answer = await ask("/v1beta/interactions", omni({}), { "x-goog-api-key": "x" });
    expect(answer.text).toContain("API_KEY_INVALID");
  });
});

test("its stills and clips are real, of the size and length that were asked for", async () => {
  const folder = freshPath("media");
  const [image, film] = [`${folder}.png`, `${folder}.mp4`];
  await Bun.write(image, png({ width: 320, height: 180 }, "seed"));
  await Bun.write(film, await mp4({ width: 320, height: 180 }, 2));
  const probe = (path: string) => {
    const shown = "stream=codec_name,width,height:format=duration";
    const run = Bun.spawnSync(["ffprobe", "-v", "error", "-show_entries", shown, "-of", "json", path]);
    return JSON.parse(run.stdout.toString());
  };
  expect(probe(image).streams[0]).toEqual({ codec_name: "png", width: 320, height: 180 });
  expect(probe(film).streams).toMatchObject([{ codec_name: "h264", width: 320, height: 180 }, { codec_name: "aac" }]);
  expect(Number(probe(film).format.duration)).toBeCloseTo(2, 1);
});

test("runs as a process of its own that takes a script and keeps the bill on disk", async () => {
  const folder = freshPath("process");
  const main = new URL("../../support/google-fake/main.ts", import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, main, "--port", "0", "--folder", folder], { stdout: "pipe" });
  try {
    const [line = ""] = new TextDecoder().decode((await child.stdout.getReader().read()).value).split("\n");
    const { url, api_key, bill, credentials } = JSON.parse(line);
    expect(await Bun.file(credentials).json()).toMatchObject({ type: "external_account", token_url: `${url}/token` });
    const post = (path: string, body: unknown) =>
      fetch(url + path, { method: "POST", headers: { "x-goog-api-key": api_key }, body: JSON.stringify(body) });
    await post("/__script", { on: "text", fault: "quota_bare" });
    const text = { contents: [{ parts: [{ text: "x" }] }] };
    const path = "/v1beta/models/gemini-3.8-flash:generateContent";
    expect([(await post(path, text)).status, (await post(path, text)).status]).toEqual([429, 200]);
    expect(await (await fetch(`${url}/__bill`)).json()).toMatchObject([{ kind: "text", charged: true }]);
    expect((await Bun.file(bill).text()).trim().split("\n")).toHaveLength(1);
  } finally {
    child.kill();
    await child.exited;
  }
});
