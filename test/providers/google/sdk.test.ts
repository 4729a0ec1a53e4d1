import { afterAll, afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { Glob } from "bun";
import { never } from "../../support/never.ts";
import { bench, clipOrder, freshPath, keyframeOrder, removeFiles, STILLS } from "./harness.ts";

afterAll(removeFiles);

/** Every variable the SDK reads, with values that would lead it astray. */
const STRAY = {
  GOOGLE_API_KEY: "stray-key",
  GEMINI_API_KEY: "other-stray-key",
  GOOGLE_CLOUD_PROJECT: "stray-project",
  GOOGLE_CLOUD_LOCATION: "stray-location",
  GOOGLE_GENAI_USE_VERTEXAI: "false",
  GOOGLE_GENAI_USE_ENTERPRISE: "true",
  GOOGLE_VERTEX_BASE_URL: "http://127.0.0.1:9",
  GOOGLE_GEMINI_BASE_URL: "http://127.0.0.1:9",
  GOOGLE_GENAI_API_VERSION: "v9",
  GOOGLE_APPLICATION_CREDENTIALS: "/nowhere/stray.json",
};
const before = { ...process.env };
beforeEach(() => void Object.assign(process.env, STRAY));
afterEach(() => {
  for (const name of Object.keys(STRAY)) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

test("the environment does not change where Vertex AI is or who asks", async () => {
  const { fake, provider, models } = bench({ mode: "vertex", video: "veo-3.1-generate-001" });
  await provider.startClip(clipOrder(models), models, STILLS, never, null);
  const { path, headers } = fake.requests.find(({ route }) => route === "submit") ?? {};
  expect(path).toStartWith("/v1beta1/projects/fake-project/locations/us-central1/");
  expect(headers).not.toHaveProperty("x-goog-api-key");
});

test("the environment does not change where the Gemini API is or who asks", async () => {
  const { fake, provider, models } = bench({ mode: "gemini" });
  await provider.startClip(clipOrder(models), models, STILLS, never, null);
  expect(fake.requests.map(({ path }) => path)).toEqual(["/v1beta/interactions"]);
});

test("Application Default Credentials are used when no file is configured", async () => {
  const { fake, provider, models, config } = bench({ mode: "vertex", config: { credentialsFile: null } });
  process.env.GOOGLE_APPLICATION_CREDENTIALS = fake.writeCredential(freshPath("login"));
  // Without it the login would ask Google which project it is, were it not told.
  delete process.env.GOOGLE_CLOUD_PROJECT;
  await provider.drawKeyframe(keyframeOrder(models, true), models, null, never);
  expect(config.credentialsFile).toBeNull();
  expect(fake.requests.map(({ route }) => route)).toEqual(["token", "image"]);
});

test("the SDK prints nothing of its own", async () => {
  const spies = [spyOn(console, "debug"), spyOn(console, "warn"), spyOn(console, "log")];
  for (const mode of ["vertex", "gemini"] as const) {
    const { provider, models } = bench({ mode });
    await provider.drawKeyframe(keyframeOrder(models, true), models, null, never);
    await provider.startClip(clipOrder(models), models, STILLS, never, null);
  }
  expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
  for (const spy of spies) spy.mockRestore();
});

test("the SDK is loaded when it is first used and not before", async () => {
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const found: string[] = [];
  for (const path of new Glob("src/**/*.ts").scanSync(".")) {
    for (const { path: imported, kind } of transpiler.scanImports(await Bun.file(path).text()))
      if (imported.startsWith("@google/genai")) found.push(`${kind} in ${path}`);
  }
  expect(found).toEqual(["dynamic-import in src/providers/google/sessions.ts"]);
});
