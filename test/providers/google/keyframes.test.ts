import { afterAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import type { FailureCode } from "../../../src/domain/errors.ts";
import { ArtifactId } from "../../../src/domain/ids.ts";
import type { StillImage } from "../../../src/ports/provider.ts";
import type { FaultName } from "../../support/google-fake/faults.ts";
import { never } from "../../support/never.ts";
import { bench, drawnStill, failureOf, keyframeOrder, removeFiles } from "./harness.ts";

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
    ["quota_retry_info", "provider.quota", "59 s", false],
    ["key_invalid", "provider.bad_key", "not accept the login", false],
    ["safety_400", "provider.refused", "nothing was charged", false],
    ["execute_and_reset", "provider.unclear", "may have been charged", undefined],
    ["execute_and_cut_off", "provider.unclear", "may have been charged", undefined],
    ["execute_and_409", "provider.unclear", "may have been charged", undefined],
    ["execute_and_425", "provider.unclear", "may have been charged", undefined],
    ["execute_and_empty", "provider.unclear", "was lost (an empty answer)", undefined],
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
      expect(fake.bill).toHaveLength(fault.startsWith("execute") ? 1 : 0);
    },
  );

  test.each([
    ["image_refused", { kind: "refused", reason: "violence", charged: true }],
    ["image_blocked", { kind: "refused", reason: "a safety rule", charged: true }],
    ["image_words_only", { kind: "refused", reason: "I cannot draw that person.", charged: true }],
    ["image_not_image", { kind: "unusable", reason: "what Google sent as the picture is no PNG, JPEG or WebP file" }],
    ["image_missing", { kind: "unusable", reason: "Google's answer has no picture (IMAGE_OTHER)" }],
    [
      "image_none",
      {
        kind: "unusable",
        reason: "Google's answer has no picture (NO_IMAGE: The model did not generate an image.)",
      },
    ],
    ["empty_answer", { kind: "unusable", reason: "Google's answer has no picture (no candidate)" }],
    ["malformed_json", { kind: "unusable", reason: "Google's answer is not JSON" }],
    ["execute_and_page", { kind: "unusable", reason: "Google's answer is not JSON (Sign in to the network)" }],
    [
      "execute_and_error",
      { kind: "unusable", reason: "Google answered with an error (INTERNAL: Internal error encountered.)" },
    ],
  ] as const satisfies [FaultName, object][])("%s is answered, and read as what it is", async (fault, read) => {
    const { fake, provider, models } = bench({ mode });
    fake.script({ on: "image", fault });
    const order = keyframeOrder(models, true);
    const answer = await provider.drawKeyframe(order, models, null, never);
    expect<unknown>(provider.readKeyframe(order, answer)).toEqual(read);
    expect(fake.requests.filter(({ route }) => route === "image")).toHaveLength(1);
  });

  test.each([
    // The model's drafts are skipped where there is a picture besides, and used where there is none.
    ["image_thought_first", 1_376],
    ["image_thought_only", 1_376],
    // Of any shape: whether it fits is for others to say.
    ["image_square", 1_024],
  ] as const)("%s is a picture %p pixels wide", async (fault, width) => {
    const at = bench({ mode });
    at.fake.script({ on: "image", fault });
    const drawn = await drawnStill(at);
    expect(drawn.mediaType).toBe("image/png");
    expect(new DataView(drawn.bytes.buffer).getUint32(16)).toBe(width);
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
  const at = bench();
  const { fake, provider, models } = at;
  const order = { ...keyframeOrder(models, false), model: "gemini-3-pro-image" };
  const before = await drawnStill(at);
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
    const at = bench(imagen);
    await drawnStill(at, await drawnStill(at));
    expect(at.fake.bill.map(({ model }) => model)).toEqual(["imagen-4.0-generate-001", "gemini-nano-banana-2.1"]);
  });

  test.each([
    ["image_refused", "children"],
    ["image_missing", "no reason was given"],
  ] as const)("%s is a refusal", async (fault, words) => {
    const { fake, provider, models } = bench(imagen);
    fake.script({ on: "image", fault });
    const order = keyframeOrder(models, true);
    const read = provider.readKeyframe(order, await provider.drawKeyframe(order, models, null, never));
    expect(read).toEqual({ kind: "refused", reason: words, charged: true });
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
