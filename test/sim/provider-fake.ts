import { writeFileSync } from "node:fs";
import { z } from "zod";
import { type FailureCode, VidpipeError } from "../../src/domain/errors.ts";
import type { ClipOrder, KeyframeOrder, StepOrder, StoryboardOrder } from "../../src/domain/step.ts";
import { Storyboard } from "../../src/domain/storyboard.ts";
import type { ClipCheck, ModelProvider, StillImage } from "../../src/ports/provider.ts";
import { fakeClipBytes } from "../support/fake-media.ts";
import { jsonAnswer, readJson, storyboardOf } from "../support/scripted-provider.ts";
import type { Audit, PaidKind, Send } from "./audit.ts";
import { sha256Of } from "./disk.ts";
import type { FaultId, Faults } from "./faults.ts";
import type { Loop, SimProcess } from "./loop.ts";
import type { Random } from "./random.ts";

/** US dollars. */
const PRICES = { storyboard: 0.01, keyframe: 0.1, clip: 1 } as const satisfies Record<PaidKind, number>;

type Verdict = "clip" | "refused" | "refused free" | "failed" | "failed free" | "gone" | "empty";

interface Job {
  readonly send: Send;
  readonly readyAtMs: number;
  readonly verdict: Verdict;
  polls: number;
}

export interface ProviderFake {
  /** The provider as one process reaches it. */
  clientOf(process: SimProcess): ModelProvider;
  /** Every call is answered with 429 until then, virtual ms. */
  storm(untilMs: number): void;
  readonly jobs: ReadonlyMap<string, Job>;
}

/** What a failed call is made of. */
interface Trouble {
  readonly failure: VidpipeError;
  /** The order went through although its answer did not. */
  readonly billed: boolean;
  readonly latencyMs: number;
}

/** A fake provider with records of its own: what was ordered, what it bills, what it made. */
export function createProviderFake(deps: { loop: Loop; faults: Faults; random: Random; audit: Audit }): ProviderFake {
  const { loop, faults, random, audit } = deps;
  const jobs = new Map<string, Job>();
  let stormUntilMs = -1;

  const trouble = (code: FailureCode, billed = false, latencyMs = random.between(20, 900)): Trouble => ({
    failure: new VidpipeError(code, `simulated ${code}`, billed ? {} : { facts: { charged: false } }),
    billed,
    latencyMs,
  });

  function slowDown(): Trouble {
    const asked = random.pick([
      undefined,
      undefined,
      0,
      -1,
      1_000,
      5_000,
      20_000,
      1e9,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]);
    // A wait of weeks is capped at an hour; that is still too long for most runs.
    const retryAfterMs = asked === 1e9 && random.random(0.9) ? 7_000 : asked;
    return {
      failure: new VidpipeError("provider.quota", "429", retryAfterMs === undefined ? {} : { retryAfterMs }),
      billed: false,
      latencyMs: random.between(20, 300),
    };
  }

  /** What goes wrong with a paid call, by the fault that brings it about; the first that strikes counts. */
  const TROUBLES: readonly (readonly [FaultId, (kind: PaidKind) => Trouble])[] = [
    ["F6", slowDown],
    ["F8", () => random.pick([trouble("provider.overloaded"), trouble("provider.unclear", true)])],
    ["F9", () => trouble("provider.unreachable")],
    ["F10", () => trouble("provider.unclear", random.random(0.7), random.between(60_000, 120_000))],
    ["F11", (kind) => trouble(kind === "clip" ? "provider.unclear" : "provider.bad_answer", true)],
    ["F17", () => trouble(random.pick(["provider.model_unavailable", "provider.bad_key", "provider.billing"]))],
  ];

  function troubleWith(kind: PaidKind): Trouble | null {
    if (loop.elapsedMs() < stormUntilMs && !faults.isCalm()) return slowDown();
    const struck = TROUBLES.find(([id]) => faults.strikes(id));
    if (struck !== undefined) return struck[1](kind);
    const refused = kind !== "clip" && faults.strikes("F15");
    return refused ? trouble("provider.refused", random.random(0.3)) : null;
  }

  /** Sends one paid request: the provider records it before anything else can happen. */
  async function order<T>(
    process: SimProcess,
    kind: PaidKind,
    of: StepOrder,
    signal: AbortSignal,
    answer: (send: Send) => T,
  ): Promise<T> {
    const send = audit.sent(process, kind, of);
    const { position } = send;
    const bad = troubleWith(kind);
    send.billed = bad?.billed ?? true;
    const good = bad === null ? answer(send) : undefined;
    loop.note(`${process.name} orders ${kind} ${position} ${bad?.failure.code ?? ""}`);
    await loop.sleep(process, bad?.latencyMs ?? random.between(50, 1_500), signal);
    await loop.gate(process, `${process.name} answered ${kind} ${position}`);
    send.answered = true;
    if (good !== undefined && !signal.aborted) return good;
    throw refusal(process, kind, signal.aborted ? null : bad);
  }

  /** A call that was sent and then given up is as unclear as one whose answer was lost. */
  function refusal(process: SimProcess, kind: PaidKind, bad: Trouble | null): VidpipeError {
    const failure = bad?.failure ?? new VidpipeError("provider.unclear", "stopped while it waited for an answer");
    if (failure.code === "provider.quota") audit.slowedDown(process, kind, failure.retryAfterMs ?? 0);
    return failure;
  }

  const VERDICTS: readonly (readonly [FaultId, readonly Verdict[]])[] = [
    ["F14", ["failed", "failed free"]],
    ["F15", ["refused", "refused free"]],
    ["F13", ["gone"]],
    ["F16", ["empty"]],
  ];

  function open(send: Send): string {
    const name = `operations/${jobs.size + 1}`;
    const struck = VERDICTS.find(([id]) => faults.strikes(id));
    const takesMs = faults.strikes("F12") ? random.between(90_000, 180_000) : random.between(3_000, 20_000);
    send.operation = name;
    const verdict = random.pick(struck?.[1] ?? (["clip"] as const));
    jobs.set(name, { send, readyAtMs: loop.elapsedMs() + takesMs, verdict, polls: 0 });
    return name;
  }

  async function look(process: SimProcess, name: string, of: ClipOrder, signal: AbortSignal): Promise<ClipCheck> {
    const job = jobs.get(name);
    if (job === undefined) loop.fail(`9.1 ${process.name} looks for an operation that never was: ${name}`);
    else job.polls += 1;
    await loop.sleep(process, random.between(20, 400), signal);
    await loop.gate(process, `${process.name} looks at ${name}`);
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while it looked");
    if (faults.strikes("F9")) throw new VidpipeError("provider.unreachable", "no route");
    if (faults.strikes("F8")) throw new VidpipeError("provider.overloaded", "503");
    if (job === undefined || job.readyAtMs > loop.elapsedMs()) return { kind: "running" };
    return verdictOf(job, process, of);
  }

  function verdictOf(job: Job, process: SimProcess, of: ClipOrder): ClipCheck {
    const { send, verdict } = job;
    if (verdict === "clip") return { kind: "ready", save: (path, signal) => save(process, send, of, path, signal) };
    send.ended = true;
    if (verdict === "refused free" || verdict === "failed free") send.billed = false;
    const charged = send.billed;
    if (verdict === "refused" || verdict === "refused free") return { kind: "refused", reason: "violence", charged };
    return { kind: "failed", reason: `it is ${verdict}`, retryable: verdict !== "gone", charged };
  }

  async function save(
    process: SimProcess,
    send: Send,
    of: ClipOrder,
    path: string,
    signal: AbortSignal,
  ): Promise<void> {
    await loop.sleep(process, random.between(100, 2_000), signal);
    await loop.gate(process, `${process.name} downloads`);
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while it downloaded");
    const label = `scene ${of.note.sceneIndex} ${send.operation}`;
    const whole = fakeClipBytes({ durationSeconds: of.durationSeconds, label });
    if (!faults.strikes("F19")) return writeFileSync(path, whole);
    const kind = random.below(4);
    if (kind === 0) throw new VidpipeError("provider.unreachable", "the connection was reset");
    const wrong = fakeClipBytes({ durationSeconds: of.durationSeconds + 2, label });
    writeFileSync(path, kind === 1 ? new Uint8Array() : kind === 2 ? whole.subarray(0, whole.length >> 1) : wrong);
  }

  function checkStills(of: ClipOrder, stills: { readonly start: StillImage; readonly end: StillImage }): void {
    if (sha256Of(stills.start.bytes) !== of.start.sha256 || sha256Of(stills.end.bytes) !== of.end.sha256)
      loop.fail("9.2 a clip was ordered from a damaged still");
  }

  const clientOf = (process: SimProcess): ModelProvider => ({
    name: "cloud",
    local: false,
    selectModels: () => ({
      provider: "cloud",
      textModel: "text",
      imageModel: "image",
      videoModel: "video",
      options: {},
    }),
    quote(of) {
      if (of.kind === "stitch" || of.kind === "animatic") return undefined;
      return { usd: PRICES[of.kind], quantity: 1, unit: "call", model: of.model, asOf: "2026-11-22" };
    },
    writeStoryboard: (of, _casting, _complaint, signal) =>
      order(process, "storyboard", of, signal, () => jsonAnswer(storyboard(of))),
    readStoryboard: (_of, answer) => readJson(answer, Storyboard),
    async drawKeyframe(of, _casting, previous, signal) {
      if (previous !== null && sha256Of(previous.bytes) !== of.previous?.sha256)
        loop.fail("9.2 a still was drawn from a damaged one");
      return order(process, "keyframe", of, signal, () => still(of));
    },
    readKeyframe: (_of, { bytes }) => ({ kind: "content", content: { bytes, mediaType: "image/png" } }),
    async startClip(of, _casting, stills, signal) {
      checkStills(of, stills);
      return order(process, "clip", of, signal, (send) => jsonAnswer(open(send)));
    },
    readOperation: (_of, _casting, _submitId, answer) => readJson(answer, z.string()),
    checkClip: (name, of, _casting, _stills, signal) => look(process, name, of, signal),
  });

  function storyboard(of: StoryboardOrder): Storyboard {
    const board = tagged(of, of.sceneCount ?? 2);
    if (!faults.strikes("F31")) return board;
    const [scene] = board.scenes;
    if (scene === undefined) throw new Error("no scene");
    return random.pick([
      { ...board, scenes: [] },
      tagged(of, of.maxScenes + 1),
      { ...board, title: "" },
      { ...board, scenes: board.scenes.map((s) => ({ ...s, sceneIndex: 7 })) },
      { ...board, scenes: [...board.scenes, { ...scene, description: "x".repeat(5_000) }] },
    ]);
  }

  /** No two answers are alike, even to one question. */
  const still = (of: KeyframeOrder): StillImage => ({
    bytes: new TextEncoder().encode(`still ${of.prompt} ${audit.sends.length}`),
    mediaType: "image/png",
  });

  return {
    clientOf,
    storm(untilMs) {
      stormUntilMs = untilMs;
    },
    jobs,
  };
}

/** A project's tag: everything ordered for it names it. */
const tagOf = (of: StepOrder): string => {
  const text = of.kind === "storyboard" ? of.prompt : "note" in of ? of.note.description : "";
  return /film-\d+/.exec(text)?.[0] ?? "unknown";
};

function tagged(of: StoryboardOrder, scenes: number): Storyboard {
  const board = storyboardOf(of, scenes);
  return {
    ...board,
    scenes: board.scenes.map((scene) => ({ ...scene, description: `${scene.description} of ${tagOf(of)}` })),
  };
}
