import { expect, test } from "bun:test";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { providerOptionsOf } from "../../../src/planning/provider-options.ts";
import type { ModelProvider } from "../../../src/ports/provider.ts";
import { createOfflineProvider } from "../../../src/providers/offline/provider.ts";
import { createFakeMedia } from "../../support/fake-media.ts";
import { DEFAULTS } from "../../support/test-app.ts";
import { createTestApi } from "../harness.ts";

test("what a new film may be is said with the configured defaults", async () => {
  const answer = await createTestApi().get("/api/choices");
  expect([answer.status, await answer.json()]).toEqual([
    200,
    {
      defaults: { style: "cinematic", aspect_ratio: "16:9", clip_duration: 6, crossfade: 0, max_scenes: 15 },
      providers: [{ name: "offline", aliases: ["animatic"], label: "Offline", local: true, clip_durations: [4, 6, 8] }],
    },
  ]);
});

test("a provider is offered with the lengths that it takes, and not at all when it takes none", () => {
  const offline = createOfflineProvider({ media: createFakeMedia() });
  const picky = (name: string, ...lengths: number[]): ModelProvider => ({
    ...offline,
    name,
    selectModels(request) {
      if (lengths.includes(request.clipDurationSeconds)) return offline.selectModels(request);
      throw new VidpipeError("input.invalid", "no clip of that length");
    },
  });
  const { providers } = providerOptionsOf(
    new Map([
      ["offline", offline],
      ["animatic", offline],
      ["veo", picky("veo", 4, 6, 8)],
      ["gone", picky("gone")],
    ]),
    DEFAULTS,
  );
  expect(providers.map(({ name, clipSeconds }) => [name, clipSeconds])).toEqual([
    ["offline", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ["veo", [4, 6, 8]],
  ]);
  expect(providers.map(({ aliases, label }) => [aliases, label])).toEqual([
    [["animatic"], "Offline"],
    [[], "Offline"],
  ]);
});
