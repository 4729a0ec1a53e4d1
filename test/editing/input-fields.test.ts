/** Checks behind the schemas of the CLI and the API name the field at fault, so that programs need not read sentences. */
import { expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import { checkCrossfade, checkTransitions, parseCrossfade, parseRequest } from "../../src/domain/request.ts";
import { checkReferences } from "../../src/editing/user-images.ts";
import { checkStill } from "../../src/editing/user-stills.ts";
import { createSystemClock } from "../../src/platform/clock.ts";
import { checkWebhookUrl } from "../../src/webhooks/address.ts";
import { createScriptedProvider } from "../support/scripted-provider.ts";
import { DEFAULTS } from "../support/test-app.ts";

const ask = (input: object) => () => parseRequest({ prompt: "A cat", ...input }, DEFAULTS);
const models = createScriptedProvider(createSystemClock(), { references: 2 }).selectModels(ask({})());
const named = (...names: (string | null)[]) => names.map((name) => ({ name, from: "cat.png", isPicture: true }));

test.each<[string, () => unknown, string]>([
  ["no prompt", ask({ prompt: "" }), "prompt"],
  ["a style that is no text", ask({ style: 7 }), "style"],
  ["another aspect ratio", ask({ aspectRatio: "4:3" }), "aspect_ratio"],
  ["a clip of no length", ask({ clipDurationSeconds: 0 }), "clip_duration"],
  ["half a scene", ask({ sceneCount: 1.5 }), "scenes"],
  ["more scenes than the configuration allows", ask({ sceneCount: DEFAULTS.maxScenes + 1 }), "scenes"],
  ["a seed in words", ask({ seed: "seven" }), "seed"],
  ["a negative crossfade", ask({ crossfadeSeconds: -1 }), "crossfade"],
  ["a crossfade longer than half a clip", ask({ crossfadeSeconds: 3.1 }), "crossfade"],
  ["a crossfade in words", () => parseCrossfade("long"), "crossfade"],
  ["a crossfade longer than half the shortest clip", () => checkCrossfade(2.1, 4), "crossfade"],
  [
    "a transition longer than half of its second clip",
    () =>
      checkTransitions(
        [
          { kind: "cut", seconds: 0 },
          { kind: "dip", seconds: 2.1 },
        ],
        [8, 8, 4],
      ),
    "storyboard.scenes.1.transition",
  ],
  ["a keyframe behind the last one", () => checkStill(3, 3), "still"],
  ["more references than the model takes", () => checkReferences(models, named("Mia", "Leo", "Ada")), "references"],
  ["a reference without letters in its name", () => checkReferences(models, named(" ")), "name"],
  ["two references of one name", () => checkReferences(models, named("Mia", "MIA")), "name"],
  ["a webhook on this machine", () => checkWebhookUrl("https://localhost/", []), "webhook_url"],
])("%s", (_, check, field) => {
  const failure = failureOf(check);
  expect([failure.code, failure.field]).toEqual(["input.invalid", field]);
});

function failureOf(check: () => unknown): VidpipeError {
  try {
    check();
  } catch (thrown) {
    if (thrown instanceof VidpipeError) return thrown;
  }
  throw new Error("no failure of ours");
}
