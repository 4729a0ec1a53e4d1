/** Google's strictness: unknown fields, wrong types and values it does not offer are errors. */
import { z } from "zod";

const blob = z.strictObject({ mimeType: z.string(), data: z.base64().min(1) });
const part = z.strictObject({
  text: z.string().optional(),
  inlineData: blob.optional(),
  fileData: z.strictObject({ fileUri: z.string(), mimeType: z.string() }).optional(),
});
const content = z.strictObject({ role: z.enum(["user", "model"]).optional(), parts: z.array(part).min(1) });

const SCHEMA_KEYWORDS = new Set(
  "$id $schema $defs $ref $anchor type format title description enum items prefixItems minItems maxItems minimum maximum anyOf oneOf properties additionalProperties required propertyOrdering".split(
    " ",
  ),
);

/** The first keyword of a schema that Google does not know; null when it knows all. */
function unknownKeyword(schema: unknown, areNames = false): string | null {
  if (Array.isArray(schema)) return schema.map((item) => unknownKeyword(item)).find((word) => word !== null) ?? null;
  if (typeof schema !== "object" || schema === null) return null;
  for (const [key, value] of Object.entries(schema)) {
    if (!areNames && !SCHEMA_KEYWORDS.has(key)) return key;
    const inner = unknownKeyword(value, key === "properties" || key === "$defs");
    if (inner !== null) return inner;
  }
  return null;
}

const responseJsonSchema = z.unknown().superRefine((schema, context) => {
  const keyword = unknownKeyword(schema);
  if (keyword !== null) context.addIssue({ code: "custom", message: `schema keyword ${keyword} is not supported` });
});

const int32 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
const uint32 = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

export const GenerateContent = z.strictObject({
  contents: z.array(content).min(1),
  systemInstruction: content.optional(),
  generationConfig: z
    .strictObject({
      responseMimeType: z.enum(["application/json", "text/plain"]).optional(),
      responseJsonSchema: responseJsonSchema.optional(),
      responseModalities: z.array(z.enum(["TEXT", "IMAGE"])).optional(),
      imageConfig: z
        .strictObject({
          aspectRatio: z.enum(["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9", "4:5", "5:4"]).optional(),
          imageSize: z.enum(["1K", "2K", "4K"]).optional(),
        })
        .optional(),
      maxOutputTokens: z.int().min(1).max(65_536).optional(),
      temperature: z.number().optional(),
      seed: int32.optional(),
      thinkingConfig: z.strictObject({ thinkingLevel: z.enum(["MINIMAL", "LOW", "MEDIUM", "HIGH"]) }).optional(),
    })
    .optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

const image = z.strictObject({ bytesBase64Encoded: z.base64().min(1), mimeType: z.enum(["image/png", "image/jpeg"]) });

export const PredictImagen = z.strictObject({
  instances: z.array(z.strictObject({ prompt: z.string().min(1) })).length(1),
  parameters: z.strictObject({
    sampleCount: z.int().min(1).max(4).optional(),
    aspectRatio: z.enum(["1:1", "3:4", "4:3", "9:16", "16:9"]).optional(),
    sampleImageSize: z.enum(["1K", "2K"]).optional(),
    includeRaiReason: z.boolean().optional(),
    seed: uint32.optional(),
  }),
});

export const PredictVeo = z.strictObject({
  instances: z
    .array(z.strictObject({ prompt: z.string().min(1), image: image.optional(), lastFrame: image.optional() }))
    .length(1),
  parameters: z.strictObject({
    sampleCount: z.int().min(1).max(4).optional(),
    durationSeconds: z.union([z.literal(4), z.literal(6), z.literal(8)]),
    aspectRatio: z.enum(["16:9", "9:16"]).optional(),
    resolution: z.enum(["720p", "1080p", "4k"]).optional(),
    generateAudio: z.boolean().optional(),
    seed: uint32.optional(),
    storageUri: z.string().startsWith("gs://").optional(),
    personGeneration: z.string().optional(),
  }),
  labels: z.record(z.string(), z.string()).optional(),
});

export const FetchOperation = z.strictObject({ operationName: z.string().min(1) });

export const CreateInteraction = z.strictObject({
  model: z.string(),
  background: z.boolean().optional(),
  store: z.boolean().optional(),
  input: z.array(
    z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("image"), data: z.base64().min(1), mime_type: z.string() }),
      z.strictObject({ type: z.literal("text"), text: z.string().min(1) }),
    ]),
  ),
  response_format: z.strictObject({
    type: z.literal("video"),
    aspect_ratio: z.enum(["16:9", "9:16"]).optional(),
    resolution: z.enum(["360p", "720p", "1080p", "4k"]).optional(),
    duration: z
      .string("must be a Duration string such as '6s'")
      .regex(/^([3-9]|10)s$/, "is not supported for 'response_format.duration'")
      .optional(),
    delivery: z.enum(["inline", "uri"]).optional(),
    gcs_uri: z.string().startsWith("gs://").optional(),
  }),
  generation_config: z.strictObject({ video_config: z.strictObject({ task: z.string() }).optional() }).optional(),
});

/** Google's sentence for what is wrong with a body. */
export function complaint(error: z.ZodError): string {
  const [issue] = error.issues;
  const at = issue?.path.join(".") ?? "";
  if (issue?.code === "unrecognized_keys")
    return `Invalid JSON payload received. Unknown name "${issue.keys[0]}" at '${at}': Cannot find field.`;
  return `Invalid value at '${at}': ${issue?.message ?? "unreadable"}`;
}
