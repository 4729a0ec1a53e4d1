import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../../src/domain/errors.ts";
import { SubmitId } from "../../../src/domain/ids.ts";
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
import { createScriptedProvider, jsonAnswer } from "../../support/scripted-provider.ts";

/** What was ordered, and what came back. */
interface Bought {
  readonly ordered?: Partial<ClipOrder>;
  readonly video?: Partial<MediaInfo["video"]>;
  /** Of the whole file; the picture's own counts. */
  readonly fileSeconds?: number;
  readonly check?: ClipCheck;
  readonly fit?: StepContext["fit"];
  readonly operation?: Operation | null;
  /** A file that is kept already, and whether it was rejected. */
  readonly result?: Artifact | null;
  readonly isRejected?: boolean;
  readonly isFree?: boolean;
  readonly buy?: StepContext["buy"];
  /** Instead of measuring the file. */
  readonly fails?: VidpipeError;
  readonly onKept?: () => void;
  readonly onVerified?: () => void;
}

const bytes = new TextEncoder().encode("a clip");
const saved: ClipCheck = { kind: "ready", save: async (path) => void (await Bun.write(path, bytes)) };
const operation: Operation = { name: "operations/1", submittedAtMs: 0, polls: 0 };

/** Collects a clip that measures as said. */
async function collect({ ordered, video, fileSeconds = 6, check = saved, ...more }: Bought) {
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
  let calls = 0;
  let kept: Artifact = { ...(facts.artifacts[0] ?? expect.unreachable()), role: "answer" };
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
    operation: more.operation === undefined ? operation : more.operation,
    fit: more.fit ?? null,
    submitId: more.isFree === true ? null : SubmitId.parse("01900000-0000-7000-9000-000000000000"),
    buy: more.buy ?? (() => expect.unreachable()),
    complaint: null,
    result: more.result ?? null,
    resultRejected: more.isRejected ?? false,
    async keepResult(file) {
      more.onKept?.();
      kept = { ...kept, ...file };
    },
    project: facts.project,
    provider: {
      ...createScriptedProvider(createManualClock()),
      checkClip: async () => {
        calls += 1;
        return check;
      },
    },
    media: {
      ...media,
      verify: async () => {
        more.onVerified?.();
        if (more.fails !== undefined) throw more.fails;
        return measured;
      },
    },
    captions: createFakeCaptions(),
    artifacts,
    artifact: (ref) => files.get(ref.id) ?? expect.unreachable(),
    onProgress: () => {},
    signal,
    paidSignal: signal,
  };
  const outcome = await filmClip(context);
  return { outcome, measured, shown, calls, kept };
}

/** Whether a clip that measures so is kept, or the line that says why not. */
const verdict = (bought: Bought): Promise<string> =>
  collect(bought).then(({ outcome }) => (outcome.kind === "unusable" ? outcome.reason : outcome.kind));

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

  test.each([{ width: 720, height: 1280 }, { durationSeconds: 4 }])(
    "that is not what was ordered (%j) is of no use until its user says so",
    async (video) => {
      expect((await collect({ video })).outcome).toMatchObject({ kind: "unusable", isUsable: true });
      expect((await collect({ video, fit: "crop" })).outcome.kind).toBe("made");
    },
  );

  test.each([
    [false, operation, 0],
    [false, null, 0],
    [true, operation, 1],
    [true, null, 0],
  ] as const)("whose file is kept, rejected before: %p, with operation %j, is fetched %p times", async (...row) => {
    const [isRejected, at, times] = row;
    const first = await collect({});
    const { calls, outcome } = await collect({ result: first.kept, isRejected, operation: at });
    // A file that was not looked at yet is only checked; a bad one is fetched again while its operation can give it.
    expect([calls, outcome.kind]).toEqual([times, "made"]);
  });

  test("that is free is stored only once it is checked", async () => {
    const { outcome } = await collect({ isFree: true, onKept: () => expect.unreachable() });
    expect(outcome.kind).toBe("made");
    const fails = new VidpipeError("media.invalid", "cut off");
    await expect(collect({ isFree: true, fails })).rejects.toMatchObject({ code: "media.invalid" });
  });

  test("that does not decode is of no use; where ffmpeg failed nothing is known of it", async () => {
    const cutOff = await collect({ fails: new VidpipeError("media.invalid", "cut off") });
    expect(cutOff.outcome).toEqual({ kind: "unusable", reason: "the clip cannot be read: cut off" });
    const fails = new VidpipeError("media.ffmpeg_failed", "killed");
    await expect(collect({ fails })).rejects.toMatchObject({ code: "media.ffmpeg_failed" });
  });

  test("that was paid for is on record before it is looked at, whatever it is", async () => {
    const order: string[] = [];
    const spying = { onKept: () => order.push("kept"), onVerified: () => order.push("checked") };
    await collect({ ...spying, video: { width: 720, height: 1280 } });
    expect(order).toEqual(["kept", "checked"]);
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

describe("an order of a clip", () => {
  test("is sent with both stills, and its operation waited for", async () => {
    const { outcome } = await collect({ operation: null, buy: async (prepare) => (await prepare())() });
    expect(outcome).toEqual({ kind: "waiting", operationName: expect.stringMatching(/^operations\//) });
  });

  test("whose answer names no operation is of no use", async () => {
    const { outcome } = await collect({ operation: null, buy: async () => jsonAnswer(7) });
    expect(outcome).toMatchObject({ kind: "unusable", reason: expect.any(String) });
  });
});
