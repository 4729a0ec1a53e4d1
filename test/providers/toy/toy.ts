/** The smallest provider there can be: what somebody writes who adds one. */
import { z } from "zod";
import { whole } from "../../../src/domain/settings.ts";
import { Storyboard } from "../../../src/domain/storyboard.ts";
import type { ProviderDescription } from "../../../src/ports/provider-description.ts";
import { fakeClipBytes } from "../../support/fake-media.ts";
import { jsonAnswer, readJson, storyboardOf } from "../../support/scripted-provider.ts";

const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
  (letter) => letter.charCodeAt(0),
);
const NAMES = { name: "toy", label: "Toy box", local: true } as const;

export const toy: ProviderDescription = {
  ...NAMES,
  aliases: ["puppet"],
  autoRank: null,
  section: {
    name: "toy_box",
    settings: {
      brightness: {
        schema: whole(0, 100).default(50),
        example: "60",
        found: "film",
        description: "How bright its stills are, in percent.",
      },
    },
  },
  readiness: ({ settings }) => ({ ready: true, reason: `a toy box of brightness ${settings.brightness}` }),
  create: async ({ settings }) => ({
    ...NAMES,
    selectModels: () => ({
      provider: NAMES.name,
      textModel: "toy/text",
      imageModel: "toy/image",
      videoModel: "toy/video",
      options: { brightness: Number(settings.brightness) },
    }),
    paceOf: () => ({ requestsPerMinute: null, callsAtOnce: 1 }),
    quote: () => undefined,
    writeStoryboard: async (order) => jsonAnswer(storyboardOf(order, order.sceneCount ?? 2)),
    readStoryboard: (_order, answer) => readJson(answer, Storyboard),
    drawKeyframe: async () => ({ bytes: PNG, mediaType: "image/png" }),
    readKeyframe: (_order, { bytes }) => ({ kind: "content", content: { bytes, mediaType: "image/png" } }),
    startClip: async ({ note }) => jsonAnswer(`toy:${note.sceneIndex}`),
    readOperation: (_order, _models, _submitId, answer) => readJson(answer, z.string()),
    checkClip: async (_operation, { durationSeconds, note }) => ({
      kind: "ready",
      save: async (path) => {
        await Bun.write(path, fakeClipBytes({ durationSeconds, label: `toy ${note.sceneIndex}` }));
      },
    }),
  }),
};
