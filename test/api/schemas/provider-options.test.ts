import { expect, test } from "bun:test";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { providerOptionsOf } from "../../../src/planning/provider-options.ts";
import type { ModelProvider } from "../../../src/ports/provider.ts";
import { createAnimaticProvider } from "../../../src/providers/offline/provider.ts";
import { createFakeMedia } from "../../support/fake-media.ts";
import { DEFAULTS } from "../../support/test-app.ts";
import { createTestApi } from "../harness.ts";

test("what a new film may be is said with the configured defaults", async () => {
  const answer = await createTestApi().get("/api/choices");
  expect([answer.status, await answer.json()]).toEqual([
    200,
    {
      defaults: { style: "cinematic", aspect_ratio: "16:9", clip_duration: 6, crossfade: 0, max_scenes: 15 },
      providers: [{ name: "animatic", local: true, clip_durations: [4, 6, 8] }],
    },
  ]);
});

test("a provider is offered with the lengths that it takes, and not at all when it takes none", () => {
  const animatic = createAnimaticProvider({ media: createFakeMedia() });
  const picky = (name: string, ...lengths: number[]): ModelProvider => ({
    ...animatic,
    name,
    selectModels(request) {
      if (lengths.includes(request.clipDurationSeconds)) return animatic.selectModels(request);
      throw new VidpipeError("input.invalid", "no clip of that length");
    },
  });
  const { providers } = providerOptionsOf([animatic, picky("veo", 4, 6, 8), picky("gone")], DEFAULTS);
  expect(providers.map(({ name, clipSeconds }) => [name, clipSeconds])).toEqual([
    ["animatic", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ["veo", [4, 6, 8]],
  ]);
});
