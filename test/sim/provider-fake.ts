import { writeFileSync } from "node:fs";
import { z } from "zod";
import { type FailureCode, VidpipeError } from "../../src/domain/errors.ts";
import { FRAME_SIZES } from "../../src/domain/media.ts";
import type { ClipOrder, KeyframeOrder, StepOrder, StoryboardOrder } from "../../src/domain/step.ts";
import type { ClipCheck, ModelProvider, PaidAnswer, StillImage } from "../../src/ports/provider.ts";
import { fakeClipBytes } from "../support/fake-media.ts";
import type { Audit } from "./audit.ts";
import { sha256Of } from "./disk.ts";
import type { FaultId, Faults } from "./faults.ts";
import type { Loop, SimProcess } from "./loop.ts";
import {
  boardOf,
  good,
  pictureOf,
  readPicture,
  readReply,
  readStoryboard,
  refusal,
  type Served,
  spoiled,
  wrongBoard,
} from "./provider-replies.ts";
import { type PaidKind, PRICES, type Send } from "./purchase-audit.ts";
import type { Random } from "./random.ts";

/** Looks at which an operation is not known that is known again later. */
const missingLooks = 7;

/** For good, or for some looks. */
const isMissing = ({ verdict, polls }: Pick<Job, "verdict" | "polls">): boolean =>
  verdict === "gone" || (verdict === "missing" && polls <= missingLooks);

type Verdict =
  | "clip"
  | "refused"
  | "refused free"
  | "failed"
  | "failed free"
  | "failed unbilled"
  | "gone"
  | "missing"
  | "empty";

interface Job {
  readonly send: Send;
  readonly readyAtMs: number;
  readonly verdict: Verdict;
  /** Seconds that its clip is longer than ordered. */
  readonly moreSeconds: number;
  readonly isSquare: boolean;
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

/** A fake provider with records of its own: what was ordered, what it bills, what it made. It bills failures too. */
export function createProviderFake(deps: { loop: Loop; faults: Faults; random: Random; audit: Audit }): ProviderFake {
  const { loop, faults, random, audit } = deps;
  const jobs = new Map<string, Job>();
  let stormUntilMs = -1;

  const trouble = (code: FailureCode, billed = false, latencyMs = random.between(20, 900)): Trouble => ({
    failure: new VidpipeError(code, `simulated ${code}`),
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
    [
      "F11",
      (kind) => trouble(kind === "clip" || random.random(0.5) ? "provider.unclear" : "provider.bad_answer", true),
    ],
    ["F17", () => trouble(random.pick(["provider.model_unavailable", "provider.bad_key", "provider.billing"]))],
  ];

  function troubleOf(kind: PaidKind): Trouble | null {
    if (loop.elapsedMs() < stormUntilMs && !faults.isCalm()) return slowDown();
    return TROUBLES.find(([id]) => faults.strikes(id))?.[1](kind) ?? null;
  }

  /** Sends one paid request: the provider records it before anything else can happen, and answers in its own time. */
  async function order(
    process: SimProcess,
    kind: PaidKind,
    of: StepOrder,
    signal: AbortSignal,
    serve: (send: Send) => Served,
  ): Promise<PaidAnswer> {
    const send = audit.sent(process, kind, of);
    const bad = troubleOf(kind);
    send.billed = bad === null || bad.billed;
    const served = bad === null ? serve(send) : null;
    // What the provider gives away is free whether or not anybody hears of it.
    if (served?.charged === false) send.billed = false;
    loop.note(`${process.name} orders ${kind} ${send.position} ${bad?.failure.code ?? ""}`);
    await loop.sleep(process, latencyOf(bad), signal);
    await loop.gate(process, `${process.name} answered ${kind} ${send.position}`);
    // A call that was sent and then given up is as unclear as one whose answer was lost.
    if (signal.aborted) throw new VidpipeError("provider.unclear", "stopped while it waited for an answer");
    send.answered = true;
    if (served === null) throw failed(process, send, bad);
    return received(send, served);
  }

  /** An answer that takes this long may come after a process that ends has given up, ms. */
  const latencyOf = (bad: Trouble | null): number =>
    (faults.strikes("F34") ? random.between(15_000, 60_000) : 0) + (bad?.latencyMs ?? random.between(50, 1_500));

  function received(send: Send, { answer, fits, charged }: Served): PaidAnswer {
    send.received = { sha256: sha256Of(answer.bytes), bytes: answer.bytes.length };
    send.fits = fits;
    if (charged === false) send.toldFree = true;
    return answer;
  }

  function failed(process: SimProcess, send: Send, bad: Trouble | null): VidpipeError {
    const failure = bad?.failure ?? new VidpipeError("provider.unclear", "nothing came");
    if (failure.code === "provider.quota") audit.slowedDown(process, send.kind, failure.retryAfterMs ?? 0);
    if (failure.code === "provider.bad_answer") send.toldCharged = true;
    if (bad?.billed === false && failure.code !== "provider.unclear") send.toldFree = true;
    return failure;
  }

  const VERDICTS: readonly (readonly [FaultId, readonly Verdict[]])[] = [
    ["F14", ["failed", "failed", "failed free", "failed unbilled"]],
    ["F15", ["refused", "refused free"]],
    ["F13", ["gone", "missing"]],
    ["F16", ["empty"]],
  ];

  function open(send: Send): string {
    const name = `operations/${jobs.size + 1}`;
    const struck = VERDICTS.find(([id]) => faults.strikes(id));
    const takesMs = faults.strikes("F12") ? random.between(90_000, 180_000) : random.between(3_000, 20_000);
    send.operation = name;
    const verdict = random.pick(struck?.[1] ?? (["clip"] as const));
    if (verdict === "refused free" || verdict === "failed free" || verdict === "failed unbilled") send.billed = false;
    const isOther = faults.strikes("F32");
    const moreSeconds = isOther ? random.pick([2, -2, 0]) : 0;
    const readyAtMs = loop.elapsedMs() + takesMs;
    jobs.set(name, { send, readyAtMs, verdict, moreSeconds, isSquare: isOther && moreSeconds === 0, polls: 0 });
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
    if (isMissing(job)) throw new VidpipeError("provider.gone", "404");
    if (verdict === "clip" || verdict === "missing")
      return { kind: "ready", save: (path, signal) => save(process, job, of, path, signal) };
    // Of a call that it does not bill the provider may say nothing: then it counts as charged.
    const charged = send.billed || verdict === "failed unbilled";
    if (charged) send.toldCharged = true;
    else send.toldFree = true;
    if (verdict === "refused" || verdict === "refused free") return { kind: "refused", reason: "violence", charged };
    return { kind: "failed", reason: `it is ${verdict}`, retryable: true, charged };
  }

  async function save(process: SimProcess, job: Job, of: ClipOrder, path: string, signal: AbortSignal): Promise<void> {
    await loop.sleep(process, random.between(100, 2_000), signal);
    await loop.gate(process, `${process.name} downloads`);
    if (signal.aborted) throw new VidpipeError("run.interrupted", "stopped while it downloaded");
    const label = `scene ${of.note.sceneIndex} ${job.send.operation}`;
    const size = FRAME_SIZES[job.isSquare ? "1:1" : of.aspectRatio];
    const whole = fakeClipBytes({ durationSeconds: of.durationSeconds + job.moreSeconds, label, size });
    if (!faults.strikes("F19")) return writeFileSync(path, whole);
    const half = whole.subarray(0, whole.length >> 1);
    const broken = random.pick([null, new Uint8Array(), half, new TextEncoder().encode("<html>404</html>")]);
    if (broken === null) throw new VidpipeError("provider.unreachable", "the connection was reset");
    writeFileSync(path, broken);
  }

  function checkStills(of: ClipOrder, stills: { readonly start: StillImage; readonly end: StillImage }): void {
    if (sha256Of(stills.start.bytes) !== of.start.sha256 || sha256Of(stills.end.bytes) !== of.end.sha256)
      loop.fail("9.2 a clip was ordered from a damaged still");
  }

  function serveBoard(of: StoryboardOrder): Served {
    const board = boardOf(of, of.sceneCount ?? 2);
    if (faults.strikes("F15")) return refusal(random.random(0.5));
    if (faults.strikes("F33")) return spoiled(board, random);
    return faults.strikes("F31") ? wrongBoard(of, random) : good(board);
  }

  function serveStill(of: KeyframeOrder): Served {
    const picture = pictureOf(of, audit.sends.length);
    if (faults.strikes("F15")) return refusal(random.random(0.5));
    if (faults.strikes("F33")) return spoiled(picture, random);
    if (!faults.strikes("F32")) return good(picture);
    return { ...good(pictureOf(of, audit.sends.length, { width: 1_024, height: 1_024 })), fits: false };
  }

  /** A job is begun, and billed, also where the reply does not name it. */
  function serveOperation(send: Send): Served {
    const name = open(send);
    if (!faults.strikes("F33")) return good(name);
    send.billed = true;
    return spoiled(name, random);
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
    writeStoryboard: (of, _models, _complaint, signal) =>
      order(process, "storyboard", of, signal, () => serveBoard(of)),
    readStoryboard: (_of, answer) => readStoryboard(answer),
    async drawKeyframe(of, _models, previous, signal) {
      if (previous !== null && sha256Of(previous.bytes) !== of.previous?.sha256)
        loop.fail("9.2 a still was drawn from a damaged one");
      return order(process, "keyframe", of, signal, () => serveStill(of));
    },
    readKeyframe: (_of, answer) => readPicture(answer),
    async startClip(of, _models, stills, signal) {
      checkStills(of, stills);
      return order(process, "clip", of, signal, serveOperation);
    },
    readOperation: (_of, _models, _submitId, answer) => readReply(answer, z.string().min(1)),
    checkClip: (name, of, _models, _stills, signal) => look(process, name, of, signal),
  });

  return {
    clientOf,
    storm(untilMs) {
      stormUntilMs = untilMs;
    },
    jobs,
  };
}
