/** Text and pictures: generateContent and Imagen's predict. */
import { z } from "zod";
import { blockedPrompt, candidate, invalidArgument, json, storyboardOf } from "./answers.ts";
import { type Bill, sha256 } from "./bill.ts";
import { complaint, GenerateContent, PredictImagen } from "./checks.ts";
import type { FaultName } from "./faults.ts";
import { png, stillSize } from "./media.ts";
import { chargeOf } from "./prices.ts";

type Body = z.infer<typeof GenerateContent>;

const textOf = (body: Pick<Body, "contents">): string =>
  body.contents.flatMap(({ parts }) => parts.map(({ text }) => text ?? "")).join("");
const picturesOf = (body: Body): string[] =>
  body.contents.flatMap(({ parts }) =>
    parts.flatMap(({ inlineData }) => (inlineData ? [sha256(Buffer.from(inlineData.data, "base64"))] : [])),
  );

/** Answers a text model. */
export function writeText(raw: unknown, model: string, fault: FaultName | null, bill: Bill): Response {
  const read = GenerateContent.safeParse(raw);
  if (!read.success) return invalidArgument(complaint(read.error));
  const body = read.data;
  const prompt = textOf(body);
  const count = sceneCount(body.generationConfig?.responseJsonSchema);
  const told = body.systemInstruction === undefined ? [] : [body.systemInstruction];
  const schema = JSON.stringify(body.generationConfig?.responseJsonSchema ?? "");
  const words = textOf({ contents: [...told, ...body.contents] }) + schema;
  const tokensOut = body.generationConfig?.maxOutputTokens ?? 65_536;
  const entry = bill.add({
    kind: "text",
    model,
    quantity: 1,
    size: "",
    usd: chargeOf({ model, units: 0, size: "", pictures: 0, words, tokensOut }),
    operation: "",
    promptSha256: sha256(prompt),
    pictureSha256: picturesOf(body),
  });
  if (fault === "text_blocked") {
    bill.waive(entry);
    return blockedPrompt("PROHIBITED_CONTENT");
  }
  return textAnswer(storyboardOf(count, prompt.split("\n").at(-1) ?? ""), fault);
}

function textAnswer(storyboard: ReturnType<typeof storyboardOf>, fault: FaultName | null): Response {
  const whole = JSON.stringify(storyboard, null, 1);
  const say = (text: string, finish = "STOP") => candidate([{ text }], finish);
  switch (fault) {
    case "text_fenced":
      return say(`Here is your storyboard:\n\`\`\`json\n${whole}\n\`\`\`\nEnjoy!`);
    case "text_trailing_comma":
      return say(whole.replace(/\}\n \]/, "},\n ]").replace(/\n\}$/, ",\n}"));
    case "text_counted_from_one":
      return say(
        JSON.stringify({ ...storyboard, scenes: storyboard.scenes.map((s, k) => ({ ...s, sceneIndex: k + 1 })) }),
      );
    case "text_counted_oddly":
      return say(
        JSON.stringify({ ...storyboard, scenes: storyboard.scenes.map((s, k) => ({ ...s, sceneIndex: 7 - k })) }),
      );
    case "text_extra_fields":
      return say(
        JSON.stringify({
          ...storyboard,
          genre: "noir",
          styleGuide: { ...storyboard.styleGuide, lens: "35 mm" },
          scenes: storyboard.scenes.map((s) => ({ ...s, mood: "calm", durationSeconds: 7 })),
        }),
      );
    case "text_brace_after":
      return say(`${whole}\n}\n`);
    case "text_in_list":
      return say(`[${whole}]`);
    case "text_too_long":
      return say(
        JSON.stringify({
          ...storyboard,
          scenes: storyboard.scenes.map((s) => ({ ...s, motionPrompt: "the camera glides ".repeat(200) })),
        }),
      );
    case "text_one_more":
    case "text_one_fewer": {
      const { scenes } = storyboard;
      const counted = fault === "text_one_more" ? [...scenes, ...scenes.slice(0, 1)] : scenes.slice(1);
      return say(JSON.stringify({ ...storyboard, scenes: counted.map((s, k) => ({ ...s, sceneIndex: k })) }));
    }
    case "text_not_json":
      return say("I would rather write a poem.");
    case "text_wrong_count":
      return say(
        JSON.stringify({
          ...storyboard,
          scenes: [...storyboard.scenes, ...storyboard.scenes].map((s, k) => ({ ...s, sceneIndex: k })),
        }),
      );
    case "text_missing_field":
      return say(JSON.stringify({ ...storyboard, styleGuide: undefined }));
    case "text_refused":
      return candidate([], "SAFETY");
    case "text_truncated":
      return say(whole.slice(0, whole.length / 2), "MAX_TOKENS");
    case "text_truncated_in_thought":
      return candidate([], "MAX_TOKENS");
    default:
      return say(whole);
  }
}

const Counted = z.object({
  properties: z.object({ scenes: z.object({ minItems: z.number().optional(), maxItems: z.number() }) }),
});

/** As many scenes as the schema insists on, or three where it leaves the choice. */
function sceneCount(schema: unknown): number {
  const scenes = Counted.safeParse(schema).data?.properties.scenes;
  return scenes === undefined ? 3 : Math.min(scenes.maxItems, Math.max(3, scenes.minItems ?? 1));
}

/** Answers an image model. */
export function drawImage(raw: unknown, model: string, fault: FaultName | null, bill: Bill): Response {
  const read = GenerateContent.safeParse(raw);
  if (!read.success) return invalidArgument(complaint(read.error));
  const body = read.data;
  if (!body.generationConfig?.responseModalities?.includes("IMAGE"))
    return invalidArgument("This model needs responseModalities with IMAGE.");
  const { aspectRatio = "1:1", imageSize = "1K" } = body.generationConfig.imageConfig ?? {};
  const prompt = textOf(body);
  const pictureSha256 = picturesOf(body);
  // Some models think a little whatever they are told.
  const tokensOut = body.generationConfig.thinkingConfig?.thinkingLevel === "MINIMAL" ? 100 : 500;
  const asked = { model, units: 1, size: imageSize, pictures: pictureSha256.length, words: prompt };
  const entry = bill.add({
    kind: "image",
    model,
    quantity: 1,
    size: imageSize,
    usd: chargeOf({ ...asked, tokensOut }),
    operation: "",
    promptSha256: sha256(prompt),
    pictureSha256,
  });
  if (fault === "image_blocked") bill.waive(entry);
  const size = fault === "image_square" ? { width: 1_024, height: 1_024 } : stillSize(aspectRatio, imageSize);
  return imageAnswer(png(size, `${bill.entries.length} ${prompt}`), fault);
}

function imageAnswer(bytes: Uint8Array, fault: FaultName | null): Response {
  const picture = (data: Uint8Array) => ({
    inlineData: { mimeType: "image/png", data: Buffer.from(data).toString("base64") },
    thoughtSignature: "c2ln",
  });
  switch (fault) {
    case "image_not_image":
      return candidate([picture(Buffer.from("<html>not a picture</html>"))]);
    case "image_missing":
      return candidate([], "IMAGE_OTHER");
    case "image_none":
      return candidate([], "NO_IMAGE", "The model did not generate an image.");
    case "image_thought_only":
      return candidate(
        [
          { text: "Let me think", thought: true },
          { ...picture(bytes), thought: true },
        ],
        "NO_IMAGE",
      );
    case "image_refused":
      return candidate([], "IMAGE_SAFETY", "Unable to show the generated image. Support codes: 56562880");
    case "image_words_only":
      return candidate([{ text: "I cannot draw that person." }]);
    case "image_blocked":
      return blockedPrompt("SAFETY");
    case "image_thought_first":
      return candidate([
        { text: "Let me think", thought: true },
        { ...picture(png({ width: 8, height: 8 }, "draft")), thought: true },
        { text: "Here it is" },
        picture(bytes),
      ]);
    default:
      return candidate([picture(bytes)]);
  }
}

/** Answers Imagen. */
export function predictImage(raw: unknown, model: string, fault: FaultName | null, bill: Bill): Response {
  const read = PredictImagen.safeParse(raw);
  if (!read.success) return invalidArgument(complaint(read.error));
  const { instances, parameters } = read.data;
  const prompt = instances[0]?.prompt ?? "";
  const { aspectRatio = "1:1", sampleImageSize = "1K" } = parameters;
  bill.add({
    kind: "image",
    model,
    quantity: 1,
    size: sampleImageSize,
    usd: chargeOf({ model, units: 1, size: sampleImageSize, pictures: 0, words: "", tokensOut: 0 }),
    operation: "",
    promptSha256: sha256(prompt),
    pictureSha256: [],
  });
  if (fault === "image_missing") return json({});
  if (fault === "image_refused")
    return json({ predictions: [{ raiFilteredReason: "Your prompt was filtered. Support codes: 58061214" }] });
  const bytes = png(stillSize(aspectRatio, sampleImageSize), `${bill.entries.length} ${prompt}`);
  return json({
    predictions: [{ bytesBase64Encoded: Buffer.from(bytes).toString("base64"), mimeType: "image/png", prompt }],
  });
}
