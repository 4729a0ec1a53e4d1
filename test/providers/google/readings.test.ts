/** Every shape of an answer, and what it is read as. Nothing here goes over a wire. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { PaidAnswer, Reading } from "../../../src/ports/provider.ts";
import type { Mode } from "../../../src/providers/google/models.ts";
import { createGoogleProvider } from "../../../src/providers/google/provider.ts";
import type { GoogleConfig } from "../../../src/providers/google/settings.ts";
import { storyboardOf } from "../../support/google-fake/answers.ts";
import { png } from "../../support/google-fake/media.ts";
import {
  answerOf,
  clipOrder,
  createEagerClock,
  keyframeOrder,
  LOCAL_CONFIG,
  REQUEST,
  storyboardOrder,
} from "./harness.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const SUBMIT_ID = "0196f0a0-0000-7000-8000-00000000000a";

/** The readers of a provider that was never given a network. */
function readersOf(mode: Mode, models: Partial<GoogleConfig["models"]> = {}, config: Partial<GoogleConfig> = {}) {
  const given: GoogleConfig = {
    ...LOCAL_CONFIG,
    mode,
    project: mode === "vertex" ? "fake-project" : null,
    models: { ...LOCAL_CONFIG.models, ...models },
    catalog: { "imagen-4.0-generate-001": { retires_on: null } },
    ...config,
  };
  const provider = createGoogleProvider(given, { clock: createEagerClock(), log: silent });
  const selected = provider.selectModels(REQUEST);
  const read = {
    storyboard: (answer: PaidAnswer) => provider.readStoryboard(storyboardOrder(selected), answer),
    still: (answer: PaidAnswer) => provider.readKeyframe(keyframeOrder(selected, true), answer),
    clip: (answer: PaidAnswer, submitId: string | null = null) =>
      provider.readOperation(clipOrder(selected), selected, submitId, answer),
    billed: (answer: PaidAnswer) => provider.billedOf(storyboardOrder(selected), selected, answer),
  };
  return { ...read, provider, selected };
}

const gemini = readersOf("gemini");
const STORYBOARD = storyboardOf(3, "A cat and a lantern");
const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
const said = (parts: unknown, more: object = { finishReason: "STOP" }, rest: object = {}) =>
  answerOf({ candidates: [{ content: { role: "model", parts }, ...more }], ...rest });
const written = (value: unknown, finishReason = "STOP") => said([{ text: text(value) }], { finishReason });
const unusable = (reason: string) => ({ kind: "unusable", reason });
const refused = (reason: string, charged = true) => ({ kind: "refused", reason, charged });

/** What is no answer of any model. */
const NO_ANSWER: readonly (readonly [string, PaidAnswer, object])[] = [
  ["nothing", answerOf(""), unusable("Google's answer is not JSON")],
  ["half of one", answerOf('{"candidates":[{"content":{"parts":[{"te'), unusable("Google's answer is not JSON")],
  [
    "a page",
    answerOf("<html><head><title>x</title></head><body>Sign in,\n<b>please</b></body></html>", "text/html"),
    unusable("Google's answer is not JSON (Sign in, please)"),
  ],
  [
    "an error",
    answerOf({ error: { code: 503, status: "UNAVAILABLE", message: "Try later." } }),
    unusable("Google answered with an error (UNAVAILABLE: Try later.)"),
  ],
  [
    "an error in a list",
    answerOf([{ error: { code: 8, message: "Exhausted" } }]),
    unusable("Google answered with an error (Exhausted)"),
  ],
  ["an error without words", answerOf({ error: {} }), unusable("Google answered with an error")],
  [
    "a refusal as an error",
    answerOf({ error: { code: 3, message: "Blocked by Responsible AI practices. Support codes: 29310472" } }),
    refused("a celebrity"),
  ],
  [
    "a refusal as an error that is free",
    answerOf({ error: { message: "Violates our usage guidelines. You will not be charged." } }),
    refused("Violates our usage guidelines. You will not be charged.", false),
  ],
];

describe.each(["storyboard", "still", "clip"] as const)("an answer to a %s's request that is", (kind) => {
  test.each(NO_ANSWER)("%s", (_, answer, reading) => {
    expect<unknown>(gemini[kind](answer)).toEqual(reading);
  });
});

describe("a storyboard's answer", () => {
  const blocked = (feedback: object) => answerOf({ promptFeedback: feedback, usageMetadata: {} });

  test.each([
    ["a storyboard", written(STORYBOARD)],
    ["one in several parts", said([{ text: "{" }, { text: text(STORYBOARD).slice(1) }])],
    ["one behind thoughts", said([{ text: '{"scenes":[]}', thought: true }, { text: text(STORYBOARD) }])],
    ["one that is only in a thought", said([{ text: text(STORYBOARD), thought: true }])],
    ["one whose end has an unknown name", written(STORYBOARD, "SOMETHING_NEW")],
    ["one whose end has no name", said([{ text: text(STORYBOARD) }], {})],
    ["one that is whole although the limit was reached", written(STORYBOARD, "MAX_TOKENS")],
    ["one among parts of other kinds", said([null, 7, { functionCall: {} }, { text: text(STORYBOARD) }])],
    ["one in a list of one", answerOf([{ candidates: [{ content: { parts: [{ text: text(STORYBOARD) }] } }] }])],
    ["one with odd fields beside it", said([{ text: text(STORYBOARD) }], { finishReason: 7 }, { promptFeedback: 3 })],
    ["one in an object of that name", written({ storyboard: STORYBOARD })],
    ["one in a list", written([STORYBOARD])],
    ["one in a text in JSON", written(JSON.stringify(text(STORYBOARD)))],
    ["one behind a plan that is none", written(`{"plan":["a","b"]}\n${text(STORYBOARD)}`)],
    ["one behind a draft that does not fit", written(`${text({ ...STORYBOARD, styleGuide: 1 })} ${text(STORYBOARD)}`)],
  ])("is read: %s", (_, answer) => {
    expect(gemini.storyboard(answer)).toEqual({ kind: "content", content: STORYBOARD });
  });

  test.each([
    ["no candidate", answerOf({}), unusable("the answer has no text (no candidate)")],
    ["an odd body", answerOf([1, 2]), unusable("the answer has no text (no candidate)")],
    ["a body of null", answerOf("null"), unusable("the answer has no text (no candidate)")],
    ["no content", said(undefined, { finishReason: "OTHER" }), unusable("the answer has no text (OTHER)")],
    [
      "no content and a sentence",
      said([], { finishReason: "LANGUAGE", finishMessage: "Unsupported\nlanguage." }),
      unusable("the answer has no text (LANGUAGE: Unsupported language.)"),
    ],
    ["words", written("I would\nrather not."), unusable("the answer is not JSON (I would rather not.)")],
    ["other JSON", written({ a: 1 }), unusable("the answer is JSON, but no storyboard")],
    ["no scenes", written({ ...STORYBOARD, scenes: [] }), unusable(expect.stringContaining("scenes: Too small"))],
    [
      "more scenes than a film can have",
      written(storyboardOf(101, "long")),
      unusable(expect.stringContaining("scenes: Too big")),
    ],
    [
      "a scene without a picture",
      written({ ...STORYBOARD, scenes: [{ ...STORYBOARD.scenes[0], startFramePrompt: " " }] }),
      unusable(expect.stringContaining("scenes.0.startFramePrompt: Too small")),
    ],
    [
      "half of it, at the limit",
      written(text(STORYBOARD).slice(0, 900), "MAX_TOKENS"),
      { ...unusable("the storyboard was cut off at the limit it was given"), truncated: true },
    ],
    [
      "nothing but thoughts, at the limit",
      said([{ text: "hm", thought: true }], { finishReason: "MAX_TOKENS" }),
      { ...unusable("the storyboard was cut off at the limit it was given"), truncated: true },
    ],
    ["a blocked prompt", blocked({ blockReason: "PROHIBITED_CONTENT" }), refused("prohibited content")],
    ["a prompt blocked for a reason of no name", blocked({ blockReason: "OTHER" }), refused("no reason was given")],
    [
      "a prompt blocked with words",
      blocked({ blockReason: "OTHER", blockReasonMessage: "The policy of this project." }),
      refused("The policy of this project."),
    ],
    ["a stop by the filter", written(STORYBOARD, "RECITATION"), refused("too close to existing material")],
    [
      "a stop by the filter that is free",
      said([], { finishReason: "SAFETY", finishMessage: "You have not been charged for this attempt." }),
      refused("a safety rule", false),
    ],
  ])("is not: %s", (_, answer, reading) => {
    expect<unknown>(gemini.storyboard(answer)).toEqual(reading);
  });
});

const PICTURE = png({ width: 32, height: 18 }, "picture");
const DRAFT = png({ width: 16, height: 9 }, "draft");
const inline = (bytes: Uint8Array, more: object = {}) => ({
  inlineData: { mimeType: "image/png", data: Buffer.from(bytes).toString("base64") },
  ...more,
});
const thought = { thought: true };
const pictureOf = (reading: Reading<{ bytes: Uint8Array; mediaType: string }>): [string, string] =>
  reading.kind === "content"
    ? [Buffer.from(reading.content.bytes).toString("base64"), reading.content.mediaType]
    : [JSON.stringify(reading), ""];
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

describe("a still's answer", () => {
  const imagen = readersOf("vertex", { image: "imagen-4.0-generate-001" });
  const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);

  test.each([
    ["a picture", said([inline(PICTURE)]), PICTURE],
    ["a picture with words", said([{ text: "Here it is" }, inline(PICTURE)]), PICTURE],
    ["a picture after a draft", said([inline(DRAFT, thought), inline(PICTURE)]), PICTURE],
    ["the last draft where there is nothing else", said([inline(DRAFT, thought), inline(PICTURE, thought)]), PICTURE],
    [
      "a draft where Google says that there is no picture",
      said([inline(PICTURE, thought)], { finishReason: "NO_IMAGE" }),
      PICTURE,
    ],
    ["a draft where the picture is none", said([inline(PICTURE, thought), inline(new Uint8Array(9))]), PICTURE],
    ["a picture behind what is none", said([inline(new Uint8Array(9)), inline(PICTURE)]), PICTURE],
    ["a picture although the filter names a rule", said([inline(PICTURE)], { finishReason: "IMAGE_SAFETY" }), PICTURE],
    ["a picture at the limit", said([inline(PICTURE)], { finishReason: "MAX_TOKENS" }), PICTURE],
    ["Imagen's", answerOf({ predictions: [{ bytesBase64Encoded: base64(PICTURE), mimeType: "image/png" }] }), PICTURE],
    [
      "Imagen's behind one that was filtered",
      answerOf({ predictions: [{ raiFilteredReason: "x" }, { bytesBase64Encoded: base64(PICTURE) }] }),
      PICTURE,
    ],
  ])("is read: %s", (_, answer, bytes) => {
    for (const readers of [gemini, imagen])
      expect(pictureOf(readers.still(answer))).toEqual([base64(bytes), "image/png"]);
  });

  test("is of the type its bytes are, whatever it says", () => {
    expect(pictureOf(gemini.still(said([inline(jpeg)])))).toEqual([base64(jpeg), "image/jpeg"]);
  });

  const noPicture = (words: string) => unusable(`Google's answer has no picture (${words})`);
  test.each([
    ["no candidate", answerOf({}), noPicture("no candidate")],
    ["NO_IMAGE", said([], { finishReason: "NO_IMAGE" }), noPicture("NO_IMAGE")],
    [
      "IMAGE_OTHER with words",
      said([], { finishReason: "IMAGE_OTHER", finishMessage: "Unable to show it." }),
      noPicture("IMAGE_OTHER: Unable to show it."),
    ],
    [
      "NO_IMAGE with words in a part",
      said([{ text: "I could not do it" }], { finishReason: "NO_IMAGE" }),
      noPicture("NO_IMAGE: I could not do it"),
    ],
    ["a normal end with nothing", said([]), noPicture("STOP")],
    ["an empty picture", said([{ inlineData: { mimeType: "image/png", data: "" } }]), noPicture("STOP")],
    [
      "the limit",
      said([], { finishReason: "MAX_TOKENS" }),
      { ...unusable("the picture was cut off at the limit it was given"), truncated: true },
    ],
    [
      "something else than a picture",
      said([inline(Buffer.from("<svg/>"))]),
      unusable("what Google sent as the picture is no PNG, JPEG or WebP file"),
    ],
    [
      "a picture beyond the limit",
      said([{ inlineData: { data: "A".repeat(90_000_000) } }]),
      unusable("the picture has 67500000 bytes, more than the limit of 67108864"),
    ],
    [
      "something else of exactly the limit",
      said([{ inlineData: { data: "A".repeat(89_478_486) } }]),
      unusable("what Google sent as the picture is no PNG, JPEG or WebP file"),
    ],
    ["words with a normal end", said([{ text: "I cannot\ndraw that." }]), refused("I cannot draw that.")],
    ["a blocked prompt", answerOf({ promptFeedback: { blockReason: "SAFETY" } }), refused("a safety rule")],
    ["a filtered picture", said([], { finishReason: "IMAGE_SAFETY" }), refused("an image safety rule")],
    [
      "a filtered picture with its code",
      said([], { finishReason: "IMAGE_OTHER", finishMessage: "Unable. Support codes: 56562880" }),
      refused("violence"),
    ],
    [
      "a filtered picture with a draft",
      said([inline(DRAFT, thought)], { finishReason: "IMAGE_PROHIBITED_CONTENT" }),
      refused("prohibited image content"),
    ],
  ])("is not: %s", (_, answer, reading) => {
    expect<unknown>(gemini.still(answer)).toEqual(reading);
  });

  test.each([
    ["nothing at all", answerOf({}), refused("no reason was given")],
    ["no predictions", answerOf({ predictions: [] }), refused("no reason was given")],
    ["a list of none", answerOf({ predictions: "x" }), refused("no reason was given")],
    [
      "only filtered ones",
      answerOf({ predictions: [{ raiFilteredReason: "Filtered. Support codes: 58061214" }] }),
      refused("children"),
    ],
    [
      "something else than a picture",
      answerOf({ predictions: [{ bytesBase64Encoded: base64(Buffer.from("no")) }] }),
      unusable("what Google sent as the picture is no PNG, JPEG or WebP file"),
    ],
  ])("of Imagen is not: %s", (_, answer, reading) => {
    expect<unknown>(imagen.still(answer)).toEqual(reading);
  });
});

describe("a clip's answer", () => {
  const output = { outputGcsUri: "gs://films/vidpipe/" };
  const VEO = "veo-3.1-fast-generate-001";
  const veo = readersOf("vertex", { video: VEO }, output);
  const omni = readersOf("vertex", { video: "gemini-omni-1.2-flash" }, output);
  const name = (project: string, location = "us-central1", model = VEO) =>
    `projects/${project}/locations/${location}/publishers/google/models/${model}/operations/1`;
  const folder = `gs://films/vidpipe/${SUBMIT_ID}/`;

  test.each([
    ["an operation", veo, { name: name("fake-project") }, null, `veo:${name("fake-project")}`],
    ["of a project by its number", veo, { name: name("123") }, null, `veo:${name("123")}`],
    ["that is done already", veo, { name: name("1"), done: true, response: {} }, null, `veo:${name("1")}`],
    ["with its folder", veo, { name: name("1") }, SUBMIT_ID, `veo:${name("1")} ${folder}`],
    ["an interaction", gemini, { id: "v1_a", status: "in_progress" }, null, "omni:gemini:::v1_a"],
    ["that has failed already", gemini, { id: "v1_a", status: "failed", errors: [{}] }, null, "omni:gemini:::v1_a"],
    ["on Vertex AI", omni, { id: "v1_a", name: "x" }, null, "omni:vertex:fake-project:global:v1_a"],
    ["with its folder", omni, { id: "v1_a" }, SUBMIT_ID, `omni:vertex:fake-project:global:v1_a ${folder}`],
  ] as const)("names it: %s", (_, readers, body, submitId, saved) => {
    expect(readers.clip(answerOf(body), submitId)).toEqual({ kind: "content", content: saved });
  });

  const none = "Google took the request and answered with no operation";
  const notOurs = (what: string) => `Google took the request and answered with an operation that is not ours (${what})`;
  test.each([
    [veo, {}, none],
    [veo, { name: 7 }, none],
    [veo, { id: "v1_a" }, none],
    [veo, { name: name("other") }, notOurs(name("other"))],
    [veo, { name: name("1", "mars-north1") }, notOurs(name("1", "mars-north1"))],
    [veo, { name: name("1", "us-central1", "other") }, notOurs(name("1", "us-central1", "other"))],
    [veo, { name: `${name("1")}/../x y` }, notOurs(`${name("1")}/../x y`)],
    [gemini, {}, none],
    [gemini, { id: null, name: name("1") }, none],
    [gemini, { id: "../files/x" }, notOurs("../files/x")],
    [gemini, { id: "a b" }, notOurs("a b")],
    [gemini, "[]", none],
    [gemini, '"v1_a"', none],
    [gemini, "null", none],
  ] as const)("names none that can be asked about: %#", (readers, body, reason) => {
    expect<unknown>(readers.clip(answerOf(body))).toEqual(unusable(reason));
  });

  test("is read although the catalog lost the model", () => {
    for (const [body, saved] of [
      [{ name: name("1") }, `veo:${name("1")}`],
      [{ id: "v1_a" }, "omni:vertex:fake-project:us-central1:v1_a"],
    ] as const) {
      const order = { ...clipOrder(veo.selected), model: "gone-1" };
      const read = veo.provider.readOperation(order, veo.selected, null, answerOf(body));
      expect(read).toEqual({ kind: "content", content: saved });
    }
  });
});

describe("what a storyboard's answer counts", () => {
  const counted = (usageMetadata: object, rest: object = {}) =>
    answerOf({ candidates: [{ content: { parts: [] }, finishReason: "STOP" }], usageMetadata, ...rest });
  const million = { promptTokenCount: 1_000_000, candidatesTokenCount: 600_000, thoughtsTokenCount: 400_000 };

  test.each([
    ["input, output and thoughts", { ...million, totalTokenCount: 2_000_000 }, 0.75 + 3.75],
    ["of one that ended without a word", { promptTokenCount: 1_000_000, totalTokenCount: 1_000_000 }, 0.75],
    ["on demand", { ...million, totalTokenCount: 2_000_000, trafficType: "ON_DEMAND" }, 4.5],
    ["at a price of its own", { ...million, totalTokenCount: 2_000_000, trafficType: "PROVISIONED_THROUGHPUT" }, null],
    ["without a token out", { promptTokenCount: 1_000_000, candidatesTokenCount: 0, totalTokenCount: 1_000_000 }, 0.75],
    ["partly from a cache", { ...million, totalTokenCount: 2_000_000, cachedContentTokenCount: 1 }, null],
    ["sums that do not add up", { ...million, totalTokenCount: 2_000_001 }, null],
    ["no sum", million, null],
    ["less than nothing", { ...million, promptTokenCount: -1, totalTokenCount: 999_999 }, null],
    ["parts of tokens", { ...million, promptTokenCount: 0.5, totalTokenCount: 1_000_000.5 }, null],
    ["nothing", {}, null],
  ])("comes to dollars: %s", (_, usage, usd) => {
    expect(gemini.billed(counted(usage))).toBe(usd);
  });

  test("comes to nothing that is known for a blocked prompt, an odd body, a still or a clip", () => {
    const usage = { promptTokenCount: 9, totalTokenCount: 9 };
    expect(gemini.billed(counted(usage, { promptFeedback: { blockReason: "OTHER" } }))).toBeNull();
    expect(gemini.billed(answerOf("no"))).toBeNull();
    const { provider, selected } = gemini;
    for (const order of [keyframeOrder(selected, true), clipOrder(selected)])
      expect(provider.billedOf(order, selected, counted(usage))).toBeNull();
  });

  test("is unknown where no price is, and never throws", () => {
    const order = { ...storyboardOrder(gemini.selected), model: "gemini-3.6-flash" };
    const answer = counted({ promptTokenCount: 9, totalTokenCount: 9 });
    expect(gemini.provider.billedOf(order, gemini.selected, answer)).toBeNull();
    expect(gemini.provider.billedOf({ ...order, model: "gone-1" }, gemini.selected, answer)).toBeNull();
  });
});

describe("what the filter objected to is said in words, by its codes", () => {
  test.each([
    ["58061214", "children"],
    ["29310472", "a celebrity"],
    ["64151117", "general video safety"],
    ["62263041", "dangerous content"],
    ["57734940", "hate"],
    ["74803281", "another safety rule"],
    ["39322892", "people or faces"],
    ["92201652", "personal information"],
    ["89371032", "prohibited content"],
    ["35561574", "third-party content"],
    ["90789179", "sexual content"],
    ["78610348", "toxic language"],
    ["61493863", "violence"],
    ["32635315", "vulgar language"],
    ["58061214, 32635315", "children, vulgar language"],
    ["11111111", "Support codes: 11111111"],
  ])("%s: %s", (codes, words) => {
    const answer = answerOf({ error: { message: `Support codes: ${codes}` } });
    expect<unknown>(gemini.still(answer)).toEqual(refused(words));
  });
});

const shapes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map((json) => new TextEncoder().encode(json)),
  fc
    .record(
      {
        candidates: fc.oneof(
          fc.jsonValue(),
          fc.array(
            fc.record(
              {
                content: fc.oneof(fc.jsonValue(), fc.record({ parts: fc.array(fc.oneof(fc.jsonValue(), part())) })),
                finishReason: fc.oneof(fc.jsonValue(), fc.constantFrom("STOP", "MAX_TOKENS", "SAFETY", "NO_IMAGE")),
                finishMessage: fc.jsonValue(),
              },
              { requiredKeys: [] },
            ),
          ),
        ),
        promptFeedback: fc.jsonValue(),
        predictions: fc.jsonValue(),
        usageMetadata: fc.jsonValue(),
        name: fc.jsonValue(),
        id: fc.jsonValue(),
        error: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((body) => new TextEncoder().encode(JSON.stringify(body))),
);

function part() {
  return fc.record(
    {
      text: fc.oneof(fc.jsonValue(), fc.json()),
      thought: fc.oneof(fc.boolean(), fc.jsonValue()),
      inlineData: fc.oneof(fc.jsonValue(), fc.record({ data: fc.base64String() })),
    },
    { requiredKeys: [] },
  );
}

test("whatever comes is read in one line, always the same, and nothing is thrown", () => {
  const vertex = readersOf("vertex", { image: "imagen-4.0-generate-001", video: "veo-3.1-fast-generate-001" });
  fc.assert(
    fc.property(shapes, (bytes) => {
      const answer = { bytes, mediaType: "application/json" };
      for (const { storyboard, still, clip, billed } of [gemini, vertex])
        for (const read of [storyboard, still, (given: PaidAnswer) => clip(given)]) {
          const reading = read(answer);
          expect(read(answer)).toEqual(reading);
          if (reading.kind === "content") continue;
          expect(reading.reason).toMatch(/\S/);
          expect(reading.reason).not.toMatch(/[\p{Cc}]/u);
          expect(reading.reason.length).toBeLessThan(700);
          expect(billed(answer) ?? 0).toBeGreaterThanOrEqual(0);
        }
    }),
    { numRuns: 1_000 },
  );
}, 0);
