import { afterAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import type { FailureCode } from "../../../src/domain/errors.ts";
import { ArtifactId } from "../../../src/domain/ids.ts";
import type { StillImage } from "../../../src/ports/provider.ts";
import type { FaultName } from "../../support/google-fake/faults.ts";
import { bench, failureOf, keyframeOrder, never, removeFiles } from "./harness.ts";

afterAll(removeFiles);

/** What a request for a still holds. */
const Sent = z.object({
  contents: z.array(
    z.object({
      parts: z.array(z.object({ text: z.string().optional(), inlineData: z.object({ data: z.string() }).optional() })),
    }),
  ),
});

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
      const { fake, provider, models } = bench({ mode });
      fake.script({ on: "image", fault });
      const failure = await failureOf(provider.drawKeyframe(keyframeOrder(models, true), models, null, never));
      expect(failure.code).toBe(code);
      expect(failure.message).toContain(words);
      expect(failure.facts.charged).toEqual(charged);
      expect(fake.requests.filter(({ route }) => route === "image")).toHaveLength(1);
    },
  );

  test("skips the model's drafts", async () => {
    const { fake, provider, models } = bench({ mode });
    fake.script({ on: "image", fault: "image_thought_first" });
    const drawn = await provider.drawKeyframe(keyframeOrder(models, true), models, null, never);
    expect(drawn.mediaType).toBe("image/png");
    expect(new DataView(drawn.bytes.buffer).getUint32(16)).toBe(1_376);
  });
});

test("aspect ratio and size are asked for as configured", async () => {
  const { fake, provider, models } = bench({ config: { imageSize: "2K" } });
  await provider.drawKeyframe({ ...keyframeOrder(models, true), aspectRatio: "9:16" }, models, null, never);
  expect(fake.requests[0]?.body).toMatchObject({
    generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "9:16", imageSize: "2K" } },
  });
  expect(fake.bill[0]?.size).toBe("2K");
});

test("a model with one size is not asked for it", async () => {
  const { fake, provider, models } = bench({
    mode: "vertex",
    config: { models: { text: null, image: "gemini-2.5-flash-image", conditionedImage: null, video: null } },
  });
  await provider.drawKeyframe(keyframeOrder(models, true), models, null, never);
  expect(JSON.stringify(fake.requests.at(-1)?.body)).not.toContain("imageSize");
});

describe("thinking", () => {
  const configOf = ({ fake }: ReturnType<typeof bench>) => JSON.stringify(fake.requests.at(-1)?.body);

  test.each(["vertex", "gemini"] as const)(
    "is asked to be minimal where that can be asked, in %s mode",
    async (mode) => {
      const at = bench({ mode });
      await at.provider.drawKeyframe(keyframeOrder(at.models, true), at.models, null, never);
      expect(configOf(at)).toContain('"thinkingConfig":{"thinkingLevel":"MINIMAL"}');
    },
  );

  test("is not mentioned to a model that has no levels", async () => {
    const at = bench({
      config: { models: { text: null, image: "gemini-3-pro-image", conditionedImage: null, video: null } },
    });
    await at.provider.drawKeyframe(keyframeOrder(at.models, true), at.models, null, never);
    expect(configOf(at)).not.toContain("thinking");
  });
});

test("a still that is ordered of another model is drawn by it, and priced", async () => {
  const { fake, provider, models } = bench();
  const order = { ...keyframeOrder(models, false), model: "gemini-3-pro-image" };
  const before = await provider.drawKeyframe(keyframeOrder(models, true), models, null, never);
  await provider.drawKeyframe(order, models, before, never);
  expect(fake.bill.map(({ model }) => model)).toEqual([models.imageModel, "gemini-3-pro-image"]);
  expect(fake.bill.at(-1)?.pictureSha256).toHaveLength(1);
  expect(provider.quote(order, models)?.model).toBe("gemini-3-pro-image");
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
    const { fake, provider, models } = bench(imagen);
    const first = await provider.drawKeyframe(keyframeOrder(models, true), models, null, never);
    await provider.drawKeyframe(keyframeOrder(models, false), models, first, never);
    expect(fake.bill.map(({ model }) => model)).toEqual(["imagen-4.0-generate-001", "gemini-nano-banana-2.1"]);
  });

  test.each([
    ["image_refused", "children"],
    ["image_missing", "no reason was given"],
  ] as const)("%s is a refusal", async (fault, words) => {
    const { fake, provider, models } = bench(imagen);
    fake.script({ on: "image", fault });
    const failure = await failureOf(provider.drawKeyframe(keyframeOrder(models, true), models, null, never));
    expect(failure.code).toBe("provider.refused");
    expect(failure.message).toContain(words);
  });
});

describe("references", () => {
  const pictureOf = (words: string): StillImage => ({
    bytes: new TextEncoder().encode(words),
    mediaType: "image/png",
  });
  const artifact = { id: ArtifactId.parse(Bun.randomUUIDv7()), sha256: "0" };
  const named = [
    { name: "Mika", artifact },
    { name: null, artifact },
  ];

  test("are sent behind the still before, each with what it is for", async () => {
    const { fake, provider, models } = bench();
    const order = { ...keyframeOrder(models, false), references: named };
    await provider.drawKeyframe(order, models, pictureOf("before"), never, [pictureOf("mika"), pictureOf("hero")]);
    const { contents } = Sent.parse(fake.requests[0]?.body);
    const parts = contents[0]?.parts ?? [];
    expect(parts.map(({ inlineData }) => inlineData && atob(inlineData.data))).toEqual([
      "before",
      "mika",
      "hero",
      undefined,
    ]);
    const lines = parts.at(-1)?.text?.split("\n") ?? [];
    expect(lines[0]).toStartWith("Picture 1 is the frame before.");
    expect(lines[1]).toStartWith("Picture 2 shows Mika: ");
    expect(lines[2]).toStartWith("Picture 3 shows what appears in this film: ");
    expect(lines.slice(3).join("\n")).toBe(`Draw this frame:\n${order.prompt}`);
  });

  test("let a model that looks at pictures draw the first still too, at its price", async () => {
    const { fake, provider, models } = bench({
      mode: "vertex",
      config: {
        models: { text: null, image: "imagen-4.0-generate-001", conditionedImage: null, video: null },
        catalog: { "imagen-4.0-generate-001": { retires_on: null } },
      },
    });
    const order = { ...keyframeOrder(models, true), references: named.slice(0, 1) };
    expect(provider.quote(order, models)?.model).toBe("gemini-nano-banana-2.1");
    await provider.drawKeyframe(order, models, null, never, [pictureOf("mika")]);
    expect(fake.bill.map(({ model }) => model)).toEqual(["gemini-nano-banana-2.1"]);
  });

  test("are as many as the model takes beside the still before", () => {
    expect(bench().models.mostReferences).toBe(13);
  });
});

test("a JPEG still is handed on as one", async () => {
  const { fake, provider, models } = bench();
  const jpeg = { bytes: Uint8Array.from([0xff, 0xd8, 0xff, 0xe0]), mediaType: "image/jpeg" } as const;
  await provider.drawKeyframe(keyframeOrder(models, false), models, jpeg, never);
  expect(JSON.stringify(fake.requests[0]?.body)).toContain('"mimeType":"image/jpeg"');
});
