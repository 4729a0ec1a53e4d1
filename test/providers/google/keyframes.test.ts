import { afterAll, describe, expect, test } from "bun:test";
import type { FailureCode } from "../../../src/domain/errors.ts";
import type { FaultName } from "../../support/google-fake/faults.ts";
import { bench, failureOf, keyframeOrder, never, removeFiles } from "./harness.ts";

afterAll(removeFiles);

describe.each(["vertex", "gemini"] as const)("a still in %s mode", (mode) => {
  test.each([
    ["image_refused", "provider.refused", "reword the scene", true],
    ["image_blocked", "provider.refused", "a safety rule", true],
    ["image_words_only", "provider.refused", "I cannot draw that person.", true],
    ["image_not_image", "provider.bad_answer", "not a PNG, JPEG or WebP", true],
    ["image_missing", "provider.bad_answer", "IMAGE_OTHER", true],
    ["empty_answer", "provider.bad_answer", "no candidate", true],
    ["quota_retry_info", "provider.quota", "59 s", false],
    ["key_invalid", "provider.bad_key", "not accept the login", false],
    ["execute_and_reset", "provider.unclear", "may have been charged", undefined],
    ["malformed_json", "provider.unclear", "may have been charged", undefined],
  ] as const satisfies [FaultName, FailureCode, string, boolean | undefined][])(
    "%s is %s",
    async (fault, code, words, charged) => {
      const { fake, provider, casting } = bench({ mode });
      fake.script({ on: "image", fault });
      const failure = await failureOf(provider.drawKeyframe(keyframeOrder(casting, true), casting, null, never));
      expect(failure.code).toBe(code);
      expect(failure.message).toContain(words);
      expect(failure.facts.charged).toEqual(charged);
      expect(fake.requests.filter(({ route }) => route === "image")).toHaveLength(1);
    },
  );

  test("skips the model's drafts", async () => {
    const { fake, provider, casting } = bench({ mode });
    fake.script({ on: "image", fault: "image_thought_first" });
    const drawn = await provider.drawKeyframe(keyframeOrder(casting, true), casting, null, never);
    expect(drawn.mediaType).toBe("image/png");
    expect(new DataView(drawn.bytes.buffer).getUint32(16)).toBe(1_376);
  });
});

test("aspect ratio and size are asked for as configured", async () => {
  const { fake, provider, casting } = bench({ config: { imageSize: "2K" } });
  await provider.drawKeyframe({ ...keyframeOrder(casting, true), aspectRatio: "9:16" }, casting, null, never);
  expect(fake.requests[0]?.body).toMatchObject({
    generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "9:16", imageSize: "2K" } },
  });
  expect(fake.bill[0]?.size).toBe("2K");
});

test("a model with one size is not asked for it", async () => {
  const { fake, provider, casting } = bench({
    mode: "vertex",
    config: { models: { text: null, image: "gemini-2.5-flash-image", conditionedImage: null, video: null } },
  });
  await provider.drawKeyframe(keyframeOrder(casting, true), casting, null, never);
  expect(JSON.stringify(fake.requests.at(-1)?.body)).not.toContain("imageSize");
});

describe("Imagen, opted into on Vertex AI", () => {
  const imagen = {
    mode: "vertex",
    config: {
      models: { text: null, image: "imagen-4.0-generate-001", conditionedImage: null, video: null },
      catalog: { "imagen-4.0-generate-001": { retires_on: null } },
    },
  } as const;

  test("draws the first still, and a Gemini model the ones in its likeness", async () => {
    const { fake, provider, casting } = bench(imagen);
    const first = await provider.drawKeyframe(keyframeOrder(casting, true), casting, null, never);
    await provider.drawKeyframe(keyframeOrder(casting, false), casting, first, never);
    expect(fake.bill.map(({ model }) => model)).toEqual(["imagen-4.0-generate-001", "gemini-3.1-flash-image"]);
  });

  test.each([
    ["image_refused", "children"],
    ["image_missing", "no reason was given"],
  ] as const)("%s is a refusal", async (fault, words) => {
    const { fake, provider, casting } = bench(imagen);
    fake.script({ on: "image", fault });
    const failure = await failureOf(provider.drawKeyframe(keyframeOrder(casting, true), casting, null, never));
    expect(failure.code).toBe("provider.refused");
    expect(failure.message).toContain(words);
  });
});

test("a JPEG still is handed on as one", async () => {
  const { fake, provider, casting } = bench();
  const jpeg = { bytes: Uint8Array.from([0xff, 0xd8, 0xff, 0xe0]), mediaType: "image/jpeg" } as const;
  await provider.drawKeyframe(keyframeOrder(casting, false), casting, jpeg, never);
  expect(JSON.stringify(fake.requests[0]?.body)).toContain('"mimeType":"image/jpeg"');
});
