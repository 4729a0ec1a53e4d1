import { describe, expect, test } from "bun:test";
import { AspectRatio, type MediaInfo } from "../../../src/domain/media.ts";
import type { Artifact, ClipOrder, Operation } from "../../../src/domain/step.ts";
import { filmClip } from "../../../src/engine/steps/clip.ts";
import type { StepContext } from "../../../src/engine/steps/outcome.ts";
import type { Shown } from "../../../src/ports/media.ts";
import type { ClipCheck } from "../../../src/ports/provider.ts";
import { filmAt } from "../../support/facts.ts";
import { createFakeCaptions } from "../../support/fake-captions.ts";
import { createFakeMedia } from "../../support/fake-media.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createMemoryArtifacts } from "../../support/memory-artifacts.ts";
import { createScriptedProvider } from "../../support/scripted-provider.ts";

/** What was ordered, and what came back. */
interface Bought {
  readonly ordered?: Partial<ClipOrder>;
  readonly video?: Partial<MediaInfo["video"]>;
  /** Of the whole file; the picture's own counts. */
  readonly fileSeconds?: number;
  readonly check?: ClipCheck;
}

const bytes = new TextEncoder().encode("a clip");
const saved: ClipCheck = { kind: "ready", save: async (path) => void (await Bun.write(path, bytes)) };
const operation: Operation = { name: "operations/1", submittedAtMs: 0, polls: 0 };

/** Collects a clip that measures as said. */
async function collect({ ordered, video, fileSeconds = 6, check = saved }: Bought) {
  const { facts, step } = filmAt("clip");
  if (step.order.kind !== "clip") throw new Error("no clip");
  const order: ClipOrder = { ...step.order, ...ordered };
  const artifacts = createMemoryArtifacts();
  const files = new Map<string, Artifact>();
  for (const artifact of facts.artifacts) {
    const slot = { projectId: artifact.projectId, name: "still", extension: "png" } as const;
    const { written: _, ...file } = await artifacts.put(slot, (path) => Bun.write(path, artifact.id));
    files.set(artifact.id, { ...artifact, ...file });
  }
  const shown: Shown[] = [];
  const media = createFakeMedia({ similarity: (one) => void shown.push(one) });
  const measured: MediaInfo = {
    durationSeconds: fileSeconds,
    video: {
      codec: "h264",
      profile: "High",
      pixelFormat: "yuv420p",
      width: 1280,
      height: 720,
      frameRate: { num: 24, den: 1 },
      frames: 144,
      durationSeconds: 6,
      ...video,
    },
    audio: null,
  };
  const signal = new AbortController().signal;
  const context: StepContext<ClipOrder> = {
    order,
    position: 4,
    operation,
    submitId: null,
    project: facts.project,
    provider: { ...createScriptedProvider(createManualClock()), checkClip: async () => check },
    media: { ...media, verify: async () => measured },
    captions: createFakeCaptions(),
    artifacts,
    artifact: (ref) => files.get(ref.id) ?? expect.unreachable(),
    onProgress: () => {},
    signal,
    paidSignal: signal,
  };
  const outcome = await filmClip(context);
  return { outcome, measured, shown };
}

/** Whether a clip that measures so is kept, or the line that says why not. */
const verdict = (bought: Bought): Promise<string> =>
  collect(bought).then(
    ({ outcome }) => outcome.kind,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : "?"),
  );

describe("a bought clip", () => {
  test.each([
    [6, 6, "made"],
    [6.5, 6, "made"],
    [5.5, 6, "made"],
    [6.51, 6, "made"],
    [5.49, 6, "the clip is 5.49 s long, ordered were 6 s"],
    [8, 4, "made"],
    [4, 8, "the clip is 4.00 s long, ordered were 8 s"],
    [Number.NaN, 6, "the clip is NaN s long, ordered were 6 s"],
    [0, 6, "the clip is 0.00 s long, ordered were 6 s"],
    [8.4, 8, "made"],
  ])("whose picture lasts %p s where %p s were ordered: %s", async (durationSeconds, ordered, expected) => {
    const bought = { video: { durationSeconds }, ordered: { durationSeconds: ordered } };
    expect(await verdict(bought)).toBe(expected);
  });

  test("is as long as its picture, whatever its file says", async () => {
    expect(await verdict({ fileSeconds: 60 })).toBe("made");
  });

  test.each([
    ["16:9", 1280, 720, "made"],
    ["16:9", 1920, 1080, "made"],
    // A model's own sizes are a few pixels off.
    ["16:9", 1280, 736, "made"],
    ["16:9", 1318, 720, "made"],
    ["16:9", 1319, 720, "the clip is 1319x720, ordered was 16:9"],
    ["16:9", 1242, 720, "made"],
    ["16:9", 1241, 720, "the clip is 1241x720, ordered was 16:9"],
    ["16:9", 720, 1280, "the clip is 720x1280, ordered was 16:9"],
    ["16:9", 1024, 1024, "the clip is 1024x1024, ordered was 16:9"],
    ["9:16", 720, 1280, "made"],
    ["9:16", 1280, 720, "the clip is 1280x720, ordered was 9:16"],
    ["1:1", 1024, 1024, "made"],
    ["1:1", 1280, 720, "the clip is 1280x720, ordered was 1:1"],
  ])("ordered as %s that measures %p x %p: %s", async (ratio, width, height, expected) => {
    const ordered = { aspectRatio: AspectRatio.parse(ratio) };
    expect(await verdict({ ordered, video: { width, height } })).toBe(expected);
  });

  test("is a bad file where it is not what was ordered: it is fetched again and not bought again", async () => {
    const wrong = collect({ video: { width: 720, height: 1280 } });
    await expect(wrong).rejects.toMatchObject({ code: "media.invalid" });
    await expect(collect({ video: { durationSeconds: 4 } })).rejects.toMatchObject({ code: "media.invalid" });
  });

  test.each([
    [6, {}],
    [6.5, {}],
    [8, { orderedSeconds: 6, cameSeconds: 8 }],
  ])("that lasts %p s where 6 were ordered is reported so", async (durationSeconds, longer) => {
    const { outcome } = await collect({ video: { durationSeconds } });
    if (outcome.kind !== "made") throw new Error("not made");
    expect(outcome.made.report).toEqual({ startScore: expect.any(Number), endScore: expect.any(Number), ...longer });
  });

  test("that came longer is compared with its last still where it is cut", async () => {
    const ends = async (durationSeconds: number) =>
      (await collect({ video: { durationSeconds } })).shown.flatMap(({ frame, endSeconds }) =>
        frame === "last" ? [endSeconds] : [],
      );
    expect([await ends(6), await ends(8)]).toEqual([[undefined], [6]]);
  });

  test("is stored as it came, under its scene's name", async () => {
    const { outcome, measured } = await collect({});
    if (outcome.kind !== "made") throw new Error("not made");
    expect(outcome.made).toMatchObject({ role: "clip", mediaType: "video/mp4", media: measured });
    expect(outcome.made.file.key).toMatch(/\/clip-05-[0-9a-f]{12}\.mp4$/);
    expect(outcome.made.file.bytes).toBe(bytes.length);
  });
});

test.each([
  [{ kind: "running" }, { kind: "waiting" }],
  [
    { kind: "refused", reason: "a face", charged: true },
    { kind: "refused", reason: "a face", charged: true },
  ],
  [
    { kind: "refused", reason: "a face", charged: false },
    { kind: "refused", reason: "a face", charged: false },
  ],
  [
    { kind: "failed", reason: "code 14", retryable: true, charged: false },
    { kind: "ended", reason: "code 14", retryable: true, charged: false },
  ],
  [
    { kind: "failed", reason: "code 3", retryable: false, charged: true },
    { kind: "ended", reason: "code 3", retryable: false, charged: true },
  ],
] as const)("what the provider says of its operation is passed on as it is: %p", async (check, expected) => {
  expect((await collect({ check })).outcome).toEqual(expected);
});
