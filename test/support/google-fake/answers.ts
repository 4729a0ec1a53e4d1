/** Google's bodies, as its services write them. */

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=UTF-8", ...headers },
  });

export interface RpcError {
  readonly code: number;
  readonly status: string;
  readonly message: string;
  readonly details?: readonly unknown[];
}

export const rpcError = (error: RpcError, headers: Record<string, string> = {}): Response =>
  json({ error }, error.code, headers);

export const invalidArgument = (message: string): Response =>
  rpcError({ code: 400, status: "INVALID_ARGUMENT", message });

/** The Interactions API names its errors by a word instead of a number. */
export const interactionError = (message: string, status = 400): Response =>
  json({ error: { message, code: "invalid_request" } }, status);

const TYPE = "type.googleapis.com/google.rpc";

export const retryInfo = (retryDelay: string) => ({ "@type": `${TYPE}.RetryInfo`, retryDelay });
export const errorInfo = (reason: string) => ({
  "@type": `${TYPE}.ErrorInfo`,
  reason,
  domain: "googleapis.com",
  metadata: { service: "generativelanguage.googleapis.com" },
});
const quotaFailure = (quotaId: string, quotaValue: string) => ({
  "@type": `${TYPE}.QuotaFailure`,
  violations: [
    {
      quotaMetric: "generativelanguage.googleapis.com/generate_requests",
      quotaId,
      quotaDimensions: { location: "global", model: "fake" },
      quotaValue,
    },
  ],
});

export function quotaError(options: {
  perDay?: boolean;
  retryDelay?: string;
  retryAfter?: string;
  plain?: boolean;
  value?: number;
}) {
  const said = options.retryDelay === undefined ? "" : ` Please retry in ${options.retryDelay}.`;
  const quotaId = `GenerateRequestsPer${options.perDay ? "Day" : "Minute"}PerProjectPerModel-FreeTier`;
  const details = [
    quotaFailure(quotaId, `${options.value ?? 10}`),
    ...(options.retryDelay === undefined ? [] : [retryInfo(options.retryDelay)]),
  ];
  return rpcError(
    {
      code: 429,
      status: "RESOURCE_EXHAUSTED",
      message: options.plain
        ? "Resource exhausted. Please try again later."
        : `You exceeded your current quota, please check your plan and billing details.${said}`,
      ...(options.plain ? {} : { details }),
    },
    options.retryAfter === undefined ? {} : { "retry-after": options.retryAfter },
  );
}

const usageMetadata = {
  promptTokenCount: 900,
  candidatesTokenCount: 1_400,
  totalTokenCount: 2_300,
  thoughtsTokenCount: 0,
  promptTokensDetails: [{ modality: "TEXT", tokenCount: 900 }],
};

export const candidate = (parts: readonly unknown[], finishReason = "STOP", finishMessage?: string) =>
  json({
    candidates: [
      {
        ...(parts.length === 0 ? {} : { content: { role: "model", parts } }),
        finishReason,
        index: 0,
        ...(finishMessage === undefined ? {} : { finishMessage }),
      },
    ],
    usageMetadata,
    modelVersion: "fake",
    responseId: "fake-response",
  });

export const blockedPrompt = (blockReason: string) =>
  json({ promptFeedback: { blockReason }, usageMetadata, modelVersion: "fake" });

/** A storyboard of so many scenes, fit for the schema that asks for it. */
export function storyboardOf(count: number, title: string) {
  const frames = Array.from({ length: count + 1 }, (_, k) => `A lantern beside a cat, picture ${k} of ${count}, dusk`);
  return {
    title: title.slice(0, 60) || "A film",
    styleGuide: { visualStyle: "soft painted light", colorPalette: "amber and teal", cameraStyle: "slow and low" },
    characters: [
      {
        name: "Miko",
        physicalDescription: "a small grey cat with one white paw and green eyes",
        clothingDescription: "a red collar with a brass bell",
      },
    ],
    scenes: Array.from({ length: count }, (_, sceneIndex) => ({
      sceneIndex,
      description: `Miko follows the lantern, part ${sceneIndex + 1}`,
      startFramePrompt: frames[sceneIndex] ?? "",
      endFramePrompt: frames[sceneIndex + 1] ?? "",
      motionPrompt: "the camera glides forward while the lantern sways",
      transitionNotes: "the light carries over",
      characters: ["Miko"],
    })),
  };
}
