import { describe, expect, test } from "bun:test";
import { VidpipeError } from "../../src/domain/errors.ts";
import type { ProjectFacts } from "../../src/domain/facts.ts";
import type { StepKind } from "../../src/domain/lifecycle.ts";
import type { Step } from "../../src/domain/step.ts";
import { retake } from "../../src/editing/retake.ts";
import { resume } from "../../src/editing/run-control.ts";
import { runStep, type StepRun } from "../../src/engine/run-step.ts";
import type { ArtifactStore } from "../../src/ports/files.ts";
import type { MediaTool } from "../../src/ports/media.ts";
import type { ModelProvider } from "../../src/ports/provider.ts";
import type { Repository } from "../../src/ports/repository.ts";
import type { Clock, Log } from "../../src/ports/runtime.ts";
import type { World } from "../../src/ports/world.ts";
import { filmAt, stepIn } from "../support/facts.ts";
import { createFakeCaptions } from "../support/fake-captions.ts";
import { createFakeMedia } from "../support/fake-media.ts";
import { createMemoryArtifacts } from "../support/memory-artifacts.ts";
import { createMemoryRepository } from "../support/memory-repository.ts";
import { never } from "../support/never.ts";
import { createScriptedProvider, type Script } from "../support/scripted-provider.ts";
import { POLICY } from "../support/test-app.ts";

/** Both clocks that are never set, moved by the test only; a sleep is over at once and is written down. */
function createClocks() {
  const read = { monotonic: 50_000, sinceBoot: 900_000 };
  const slept: number[] = [];
  const clock: Clock = {
    now: () => Date.UTC(2026, 10, 22),
    monotonic: () => read.monotonic,
    sinceBoot: () => read.sinceBoot,
    async sleep(ms) {
      if (ms > 0) slept.push(ms);
    },
  };
  return { clock, read, slept };
}

type Film = Awaited<ReturnType<typeof filmBefore>>;

/** What happens once the step that is tested is next. */
interface Twists {
  readonly script?: Pick<Script, "before" | "after">;
  /** Runs after each change of the repository was written. */
  readonly onWritten?: (facts: ProjectFacts, film: Pick<Film, "read">) => void;
  /** Runs before each change is written; what it throws keeps it from being written. */
  readonly beforeWrite?: (facts: ProjectFacts, nth: number) => void;
  readonly artifacts?: Partial<ArtifactStore>;
}

/** A film of one scene, tried step by step as long as its process lives, until a step of this kind is next. */
async function filmBefore(kind: StepKind, twists: Twists = {}) {
  const { clock, read, slept } = createClocks();
  /** Nothing happens on the way to the step that is tested. */
  let now: Twists = {};
  const provider = createScriptedProvider(clock, {
    before: (...call) => now.script?.before?.(...call),
    after: (...call) => now.script?.after?.(...call),
  });
  const memory = createMemoryRepository({ clock });
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  /** Debug lines of the step that is tested. */
  const debugged: { readonly message: string; readonly fields: unknown }[] = [];
  const debug: Log["debug"] = (message, fields) => void debugged.push({ message, fields });
  const log: Log = { debug, info() {}, warn: note, error: note };
  let writes = 0;
  const repository: Repository = {
    ...memory,
    async change(id, fence, decide) {
      const nth = ++writes;
      const written = await memory.change(id, fence, (facts) => {
        const changes = decide(facts);
        now.beforeWrite?.(facts, nth);
        return changes;
      });
      now.onWritten?.(written, { read });
      return written;
    },
  };
  const store = createMemoryArtifacts();
  const owner = { self: "me", isLive: () => true };
  const world: World = {
    providers: new Map([[provider.name, provider]]),
    media: createFakeMedia(),
    captions: createFakeCaptions(),
    artifacts: { ...store, ...twists.artifacts },
    repository,
    clock,
    leases: memory.leasesOf({ owner, clock }),
    owner,
    random: { number: () => 0.5, id: () => Bun.randomUUIDv7() },
    log,
  };
  const { facts: begun } = filmAt("storyboard");
  const { id } = begun.project;
  await repository.create(begun.project, begun.steps, "me");
  const alive = () => ({ monotonic: read.monotonic, sinceBoot: read.sinceBoot });
  const signal = never;
  const tryStep = (step: Step, changes: Partial<StepRun> = {}, at: World = world) => {
    const stepRun = { projectId: id, stepId: step.id, epoch: 1, leasedAt: alive(), signal, paidSignal: signal };
    return runStep({ ...stepRun, onProgress: () => {}, ...changes }, at, POLICY);
  };
  for (let turn = 0; turn < 10; turn++) {
    const queued = (await repository.facts(id)).steps.filter(({ status }) => status === "queued");
    const step = queued.find((candidate) => candidate.kind === kind);
    if (step === undefined) for (const due of queued) await tryStep(due);
    else {
      now = twists;
      writes = 0;
      debugged.length = 0;
      const bills = provider.bills.length;
      return {
        id,
        step,
        world,
        memory,
        read,
        slept,
        logged,
        debugged,
        alive,
        go: (changes: Partial<StepRun> = {}, at: World = world) => tryStep(step, changes, at),
        bought: () => provider.bills.length - bills,
        async now() {
          const facts = await memory.facts(id);
          const submits = facts.submits.filter(({ stepId }) => stepId === step.id);
          return { facts, step: stepIn(facts, step.id), submits, states: submits.map(({ state }) => state) };
        },
      };
    }
  }
  throw new Error(`no ${kind} in this film`);
}

const PAID = ["storyboard", "keyframe", "clip"] as const satisfies readonly StepKind[];
const CLOCKS = ["monotonic", "sinceBoot"] as const;
/** Ms since the last sign of life, and whether a paid call may still leave. */
const AGES = [
  [0, true],
  [9_000, true],
  [10_000, true],
  [10_001, false],
  [11_000, false],
  [3_600_000, false],
] as const;
const DEPARTURES = PAID.flatMap((kind) =>
  CLOCKS.flatMap((clock) => AGES.map(([ageMs, leaves]) => [kind, ageMs, clock, leaves] as const)),
);

describe("a paid call", () => {
  test.each(DEPARTURES)("for a %s, %p ms by the %s clock after the last sign of life, leaves: %p", async (...row) => {
    const [kind, ageMs, clock, leaves] = row;
    const film = await filmBefore(kind);
    const { step } = await film.go({ leasedAt: { ...film.alive(), [clock]: film.alive()[clock] - ageMs } });
    expect(film.bought()).toBe(leaves ? 1 : 0);
    expect((await film.now()).states).toEqual([leaves ? (kind === "clip" ? "open" : "spent") : "released"]);
    if (!leaves) expect(step).toMatchObject({ status: "queued", attempts: 0, failure: null });
  });

  test.each(
    CLOCKS.flatMap(
      (clock) =>
        [
          [clock, 9_000, 1],
          [clock, 11_000, 0],
        ] as const,
    ),
  )(
    "whose process stood still after its intent was written, by the %s clock for %p ms, leaves %p times",
    async (clock, ms, times) => {
      const film = await filmBefore("clip", {
        onWritten({ steps }, { read }) {
          if (steps.some(({ kind, status }) => kind === "clip" && status === "running")) read[clock] += ms;
        },
      });
      await film.go();
      expect([film.bought(), (await film.now()).states]).toEqual([times, [times === 1 ? "open" : "released"]]);
    },
  );

  test("does not leave once its project is cancelled, and costs nothing", async () => {
    const film = await filmBefore("clip");
    const { step, ending } = await film.go({ signal: AbortSignal.abort() });
    expect([film.bought(), ending, step?.status, (await film.now()).states]).toEqual([
      0,
      "stopped",
      "queued",
      ["released"],
    ]);
  });
});

describe("a process that is told to stop while its paid call is under way", () => {
  /** The provider answers with this after the order to stop came. */
  const stopped = async (kind: "clip" | "keyframe", answer: VidpipeError | undefined) => {
    const controller = new AbortController();
    const after = ({ call }: { call: string }) => {
      if (call !== (kind === "clip" ? "submit" : "keyframe")) return undefined;
      controller.abort();
      return answer;
    };
    const film = await filmBefore(kind, { script: { after } });
    const { step, ending } = await film.go({ signal: controller.signal });
    return [step?.status, ending, (await film.now()).states];
  };

  test("keeps what was answered", async () => {
    expect(await stopped("clip", undefined)).toEqual(["waiting", "answered", ["open"]]);
    expect(await stopped("keyframe", undefined)).toEqual(["done", "answered", ["spent"]]);
  });

  test("asks its user about a clip whose answer it does not have", async () => {
    const lost = new VidpipeError("provider.unclear", "gone");
    expect(await stopped("clip", lost)).toEqual(["ambiguous", "stopped", ["unknown"]]);
    expect(await stopped("keyframe", lost)).toEqual(["queued", "stopped", ["unknown"]]);
  });

  test("puts back what was refused for nothing", async () => {
    const unreached = new VidpipeError("provider.unreachable", "gone");
    expect(await stopped("clip", unreached)).toEqual(["queued", "stopped", ["released"]]);
    const refused = new VidpipeError("provider.refused", "no", { facts: { charged: false } });
    expect(await stopped("keyframe", refused)).toEqual(["queued", "stopped", ["released"]]);
  });

  test("counts what the provider charged for a refusal, or for an answer of no use", async () => {
    const refused = new VidpipeError("provider.refused", "no", { facts: { charged: true } });
    expect(await stopped("keyframe", refused)).toEqual(["refused", refused, ["spent"]]);
    expect(await stopped("clip", refused)).toEqual(["refused", refused, ["spent"]]);
    const useless = new VidpipeError("provider.bad_answer", "no picture");
    expect(await stopped("keyframe", useless)).toEqual(["rejected", useless, ["spent"]]);
  });
});

describe("a call that failed", () => {
  test("is reported with its failure, for the lane to hear of", async () => {
    const failure = new VidpipeError("provider.quota", "slow down", { retryAfterMs: 7_000 });
    const film = await filmBefore("clip", { script: { before: () => failure } });
    const report = await film.go();
    expect([report.ending, report.step?.status, (await film.now()).states]).toEqual([failure, "queued", ["released"]]);
  });

  test.each([
    ["sent", new VidpipeError("provider.unclear", "gone"), "ambiguous", "unknown"],
    ["sent, for a reason nobody knows", new TypeError("oops"), "ambiguous", "unknown"],
  ] as const)("after it was %s is in doubt", async (_, thrown, status, state) => {
    const film = await filmBefore("clip");
    const [provider] = film.world.providers.values();
    if (provider === undefined) throw new Error("no provider");
    const broken = { ...provider, startClip: () => Promise.reject(thrown) };
    const { step } = await film.go({}, { ...film.world, providers: new Map([[provider.name, broken]]) });
    expect([step?.status, (await film.now()).states]).toEqual([status, [state]]);
  });

  test("before it was sent costs nothing, whatever it was", async () => {
    const film = await filmBefore("clip");
    const artifacts = { ...film.world.artifacts, intact: () => Promise.reject(new TypeError("oops")) };
    const { step } = await film.go({}, { ...film.world, artifacts });
    expect([film.bought(), step?.status, (await film.now()).states]).toEqual([0, "failed", ["released"]]);
  });
});

describe("the debug lines of a run", () => {
  test("lead from the claim to the paid call and to its end, then to each poll", async () => {
    const film = await filmBefore("clip");
    await film.go();
    const [submit] = (await film.now()).submits;
    const of = { step: film.step.id, submit: submit?.id };
    expect(film.debugged).toMatchObject([
      { message: "step claimed", fields: { ...of, money: "intent" } },
      { message: "paid call sent", fields: { ...of, money: "intent" } },
      { message: "step settled", fields: { ...of, money: "open", ended: "waiting", status: "waiting" } },
    ]);
    film.debugged.length = 0;
    await film.go();
    expect(film.debugged.map(({ message }) => message)).toEqual(["operation polled", "step settled"]);
  });

  test("say how a call failed and how far it got", async () => {
    const failure = new VidpipeError("provider.quota", "slow down");
    const film = await filmBefore("clip", { script: { before: () => failure } });
    await film.go();
    expect(film.debugged.at(-1)).toMatchObject({
      message: "step settled",
      fields: { ended: "failure", status: "queued", code: "provider.quota", phase: "sent", money: "released" },
    });
  });
});

describe("what was paid for and answered", () => {
  test("is spent though it could not be stored until the process ended, and its user is asked", async () => {
    const film = await filmBefore("keyframe");
    const ending = new AbortController();
    const put = () => {
      ending.abort();
      return Promise.reject(new VidpipeError("storage.io", "no luck"));
    };
    const world = { ...film.world, artifacts: { ...film.world.artifacts, put } };
    const { step } = await film.go({ paidSignal: ending.signal }, world);
    expect([film.bought(), step?.status, (await film.now()).states]).toEqual([1, "rejected", ["spent"]]);
    expect(step?.failure?.message).toContain("its answer is not there (no luck)");
  });

  test("is kept although a fault of vidpipe came after it, and made use of without another call", async () => {
    // The claim and the answer's row are written, what is made of it is not.
    const film = await filmBefore("keyframe", {
      beforeWrite(_, nth) {
        if (nth === 3) throw new SyntaxError("oops");
      },
    });
    await film.go();
    const { step, states, facts } = await film.now();
    expect([film.bought(), step.status, step.failure?.code, states]).toEqual([1, "failed", "internal", ["spent"]]);
    const again = resume(facts, {}, { nowMs: 0, id: () => Bun.randomUUIDv7() }).changes;
    await film.memory.change(film.id, null, () => again);
    await film.go();
    expect([film.bought(), (await film.now()).step.status, (await film.now()).states]).toEqual([1, "done", ["spent"]]);
  });

  test.each([1, 3])(
    "is checked again and not bought again when ffmpeg dies %p times while it is checked",
    async (times) => {
      let checks = 0;
      const film = await filmBefore("keyframe");
      const verifyStill: MediaTool["verifyStill"] = (...args) => {
        checks += 1;
        if (checks <= times) throw new VidpipeError("media.ffmpeg_failed", "killed");
        return film.world.media.verifyStill(...args);
      };
      const world = { ...film.world, media: { ...film.world.media, verifyStill } };
      for (let tries = 0; tries <= times; tries++) await film.go({}, world);
      const { step, states } = await film.now();
      expect([film.bought(), checks, step.status, states]).toEqual([1, times + 1, "done", ["spent"]]);
    },
  );

  test.each([
    ["cut", {}, "crop"],
    ["brought to shape with bars", { fit: "pad" }, "pad"],
  ] as const)("of another shape is kept to be seen, is %s when its user says so, and costs once", async (...row) => {
    const [, more, fit] = row;
    const film = await filmBefore("keyframe");
    const verifyStill: MediaTool["verifyStill"] = async (_path, aspectRatio) => {
      if (aspectRatio !== null) throw new VidpipeError("media.invalid", "square");
      return { width: 1024, height: 1024 };
    };
    const world = { ...film.world, media: { ...film.world.media, verifyStill } };
    const { step } = await film.go({}, world);
    expect([step?.status, step?.failure?.message]).toEqual([
      "rejected",
      "the still is 1024x1024, ordered was 16:9; it was paid for and nothing is bought again unasked",
    ]);
    const asked = await film.now();
    const shown = asked.facts.artifacts.find(({ id }) => id === asked.submits[0]?.resultId);
    expect([shown?.role, shown?.mediaType]).toEqual(["answer", "image/png"]);
    const used = resume(
      asked.facts,
      { useRejected: true, ...more },
      { nowMs: 0, id: () => Bun.randomUUIDv7() },
    ).changes;
    await film.memory.change(film.id, null, () => used);
    await film.go({}, world);
    const now = await film.now();
    expect([film.bought(), now.step.status, now.states, now.submits[0]?.verdict]).toEqual([
      1,
      "done",
      ["spent"],
      "used",
    ]);
    expect(now.step.result).toMatchObject({ report: { fit, cameAs: "1024x1024" } });
  });
});

describe("a run", () => {
  const others = (film: Film, change: Partial<ModelProvider>): World => {
    const [provider] = film.world.providers.values();
    if (provider === undefined) throw new Error("no provider");
    return { ...film.world, providers: new Map([[provider.name, { ...provider, ...change }]]) };
  };

  test("of a free provider writes no paid call and keeps no answer", async () => {
    for (const kind of PAID) {
      const film = await filmBefore(kind);
      const { step } = await film.go({}, others(film, { quote: () => undefined }));
      const { facts, submits } = await film.now();
      const answers = facts.artifacts.filter((row) => row.role === "answer" && row.stepId === step?.id);
      expect([step?.status, submits, answers]).toEqual([kind === "clip" ? "waiting" : "done", [], []]);
    }
  });

  test("of a storyboard that did not fit tells the model what was wrong, three times at most", async () => {
    const film = await filmBefore("storyboard");
    const told: unknown[] = [];
    const [provider] = film.world.providers.values();
    const world = others(film, {
      readStoryboard: () => ({ kind: "unusable", reason: "it has 7 scenes", truncated: told.length === 1 }),
      writeStoryboard: (order, models, complaint, signal) => {
        told.push(complaint);
        return provider?.writeStoryboard(order, models, complaint, signal) ?? expect.unreachable();
      },
    });
    for (let turn = 0; turn < 5; turn++) await film.go({}, world);
    const words = "it has 7 scenes";
    expect(told).toEqual([null, { words, truncated: true }, { words, truncated: false }]);
    expect([(await film.now()).step.status, (await film.now()).states]).toEqual([
      "rejected",
      ["spent", "spent", "spent"],
    ]);
  });

  test("of a clip records its file before it is checked, and fetches it once although ffmpeg dies", async () => {
    const film = await filmBefore("clip");
    await film.go();
    let looks = 0;
    let checks = 0;
    const [provider] = film.world.providers.values();
    const checkClip: ModelProvider["checkClip"] = (...args) => {
      looks += 1;
      return provider?.checkClip(...args) ?? expect.unreachable();
    };
    const verify: MediaTool["verify"] = (...args) => {
      checks += 1;
      if (checks === 1) throw new VidpipeError("media.ffmpeg_failed", "killed");
      return film.world.media.verify(...args);
    };
    const world = { ...others(film, { checkClip }), media: { ...film.world.media, verify } };
    await film.go({}, world);
    const kept = await film.now();
    expect([kept.step.status, kept.submits[0]?.resultId === null]).toEqual(["waiting", false]);
    await film.go({}, world);
    expect([(await film.now()).step.status, looks, checks]).toEqual(["done", 1, 2]);
  });

  test("whose kept answer is gone is asked about, and nothing is bought", async () => {
    const film = await filmBefore("keyframe");
    const verifyStill = () => Promise.reject(new VidpipeError("media.ffmpeg_failed", "killed"));
    await film.go({}, { ...film.world, media: { ...film.world.media, verifyStill } });
    const read = () => Promise.reject(new VidpipeError("storage.damaged", "gone"));
    const { step } = await film.go({}, { ...film.world, artifacts: { ...film.world.artifacts, read } });
    expect([step?.status, film.bought(), (await film.now()).states]).toEqual(["rejected", 1, ["spent"]]);
  });

  test.each([
    ["the process stops", true, false, "waiting"],
    ["it can wait no longer", false, true, "waiting"],
    ["nobody stopped it", false, false, "failed"],
  ] as const)("whose look at a clip was interrupted because %s", async (_, stops, ends, status) => {
    const film = await filmBefore("clip");
    await film.go();
    const verify = () => Promise.reject(new VidpipeError("run.interrupted", "stopped"));
    const signal = stops ? AbortSignal.abort() : never;
    const paidSignal = ends ? AbortSignal.abort() : never;
    const world = { ...film.world, media: { ...film.world.media, verify } };
    const { step } = await film.go({ signal, paidSignal }, world);
    expect(step?.status).toBe(status);
  });
});

describe("an ending that cannot be written down", () => {
  const busy = new VidpipeError("storage.busy", "another process writes");

  test.each(["storage.busy", "storage.io", "storage.full", "storage.damaged", "provider.unreachable"] as const)(
    "for now (%s) is written a second later, and the call is not made again",
    async (code) => {
      const beforeWrite = (_: ProjectFacts, nth: number) => {
        if (nth === 3 || nth === 4) throw new VidpipeError(code, "not now");
      };
      const film = await filmBefore("clip", { beforeWrite });
      const { step } = await film.go();
      expect([step?.status, film.bought(), film.slept]).toEqual(["waiting", 1, [1_000, 1_000]]);
      expect(film.logged).toHaveLength(2);
    },
  );

  test("is given up when the process can wait no longer", async () => {
    const beforeWrite = (_: ProjectFacts, nth: number) => {
      if (nth > 1) throw busy;
    };
    const film = await filmBefore("keyframe", { beforeWrite });
    await expect(film.go({ paidSignal: AbortSignal.abort() })).rejects.toBe(busy);
    expect(film.slept).toEqual([]);
  });

  test("because another process drives the project is given up at once", async () => {
    const film = await filmBefore("keyframe", {
      beforeWrite(_, nth) {
        if (nth > 1) throw new VidpipeError("run.lease_lost", "another one drives");
      },
    });
    await expect(film.go()).rejects.toMatchObject({ code: "run.lease_lost" });
    expect(film.slept).toEqual([]);
  });

  test("by a fault of our own fails the step, counts what was bought, and says so", async () => {
    const film = await filmBefore("storyboard", {
      beforeWrite(_, nth) {
        if (nth === 3) throw new SyntaxError("oops");
      },
    });
    const { step } = await film.go();
    expect([step?.status, step?.failure?.code, (await film.now()).states]).toEqual(["failed", "internal", ["spent"]]);
    expect(step?.failure?.message).toBe(
      "what came could not be used (oops), a fault of vidpipe: what was paid for is kept",
    );
  });

  test("by a fault of our own after a failed call keeps how far the call got", async () => {
    const film = await filmBefore("keyframe", {
      script: { after: () => new VidpipeError("provider.unclear", "gone") },
      beforeWrite(_, nth) {
        if (nth === 2) throw new SyntaxError("oops");
      },
    });
    const { step } = await film.go();
    expect([step?.status, (await film.now()).states]).toEqual(["ambiguous", ["unknown"]]);
  });

  test("is never made up where that would lose an operation's name", async () => {
    const film = await filmBefore("clip", {
      beforeWrite(_, nth) {
        if (nth === 3) throw new SyntaxError("oops");
      },
    });
    await expect(film.go()).rejects.toThrow("oops");
    expect((await film.now()).states).toEqual(["intent"]);
  });
});

describe("an operation's name", () => {
  /** While the order is under way another process takes the project over. */
  const overtaken = async (isDoubted: boolean) => {
    const film: { now?: Film } = {};
    const after = ({ call }: { call: string }) => {
      const { now: taken } = film;
      if (call !== "submit" || taken === undefined) return undefined;
      const other = { self: "other", isLive: () => false };
      void taken.memory.leasesOf({ owner: other, clock: taken.world.clock }).acquire(taken.id);
      void taken.memory.change(taken.id, null, (facts) => {
        const [submit] = facts.submits.filter(({ stepId }) => stepId === taken.step.id);
        if (!isDoubted || submit === undefined) return [];
        return [
          { type: "advance", stepId: taken.step.id, event: "doubt" },
          { type: "settle_submit", submitId: submit.id, state: "unknown" },
        ];
      });
      return undefined;
    };
    const taken = await filmBefore("clip", { script: { after } });
    film.now = taken;
    await taken.go();
    return taken;
  };

  test("is written down though another process drives the project now, and its step takes it up", async () => {
    const film = await overtaken(true);
    // The answer is here: the step is not in doubt any more, and its next driver reads the name in it.
    expect([(await film.now()).step.status, (await film.now()).states]).toEqual(["queued", ["spent"]]);
    await film.go({ epoch: 2 });
    const { step, submits } = await film.now();
    expect([step.status, film.bought()]).toEqual(["waiting", 1]);
    const [name, billed] = [step.operation?.name, submits[0]?.operationName];
    expect([name, billed]).toEqual([
      expect.stringMatching(/^operations\/0-1-/),
      expect.stringMatching(/^operations\/0-1-/),
    ]);
  });

  test("of a step that was taken from its try while others run is taken up", async () => {
    const film: { now?: Film } = {};
    const after = ({ call }: { call: string }) => {
      const { now: taken } = film;
      if (call !== "submit" || taken === undefined) return undefined;
      void taken.memory.change(taken.id, null, (facts) => [
        ...retake(facts, { kind: "keyframe", position: 0, takes: 1 }, { nowMs: 0, id: () => Bun.randomUUIDv7() })
          .changes,
        { type: "advance", stepId: taken.step.id, event: "doubt" },
      ]);
      void taken.memory.change(taken.id, null, ({ steps }) =>
        steps
          .filter(({ status }) => status === "queued")
          .map(({ id }) => ({ type: "advance", stepId: id, event: "claim" })),
      );
      return undefined;
    };
    const taken = await filmBefore("clip", { script: { after } });
    film.now = taken;
    await taken.go();
    const { facts, step, states } = await taken.now();
    expect(facts.steps.filter(({ status }) => status === "running").map(({ kind }) => kind)).toEqual(["keyframe"]);
    expect([step.status, states]).toEqual(["waiting", ["open"]]);
  });

  test("of a step that is still running elsewhere is a cost with a name", async () => {
    const { step, submits } = await (await overtaken(false)).now();
    expect([step.status, step.operation, submits[0]?.state]).toEqual(["running", null, "spent"]);
    expect(submits[0]?.operationName).toStartWith("operations/0-1-");
  });
});

describe("a try", () => {
  test("of what is not to be had does nothing", async () => {
    const film = await filmBefore("clip");
    await film.memory.change(film.id, null, () => [{ type: "advance", stepId: film.step.id, event: "cancel" }]);
    expect(await film.go()).toEqual({ step: null, ending: "stopped" });
    expect(film.bought()).toBe(0);
  });

  test("with a provider that is not set up buys nothing", async () => {
    const film = await filmBefore("clip");
    await expect(film.go({}, { ...film.world, providers: new Map() })).rejects.toMatchObject({
      code: "provider.not_configured",
    });
    expect((await film.now()).submits).toEqual([]);
  });

  test("of the finished film gives it its public name, and of nothing else", async () => {
    const published: string[] = [];
    const artifacts: Partial<ArtifactStore> = {
      async publish(key, name) {
        published.push(`${key.replace(/^[^/]+\//, "").replace(/-[0-9a-f]{12}/, "")} as ${name}`);
        return key;
      },
    };
    const keyframe = await filmBefore("keyframe", { artifacts });
    await keyframe.go();
    expect(published).toEqual([]);
    const clip = await filmBefore("clip", { artifacts });
    await clip.go();
    await clip.go();
    const stitch = (await clip.now()).facts.steps.find(({ kind }) => kind === "stitch");
    expect([(await clip.now()).step.status, stitch?.status, published]).toEqual(["done", "queued", []]);
    const report = await clip.go({ stepId: stitch?.id ?? expect.unreachable() });
    expect([report.step?.status, published]).toEqual(["done", ["final.mp4 as final.mp4"]]);
  });

  test("of a step whose inputs are not recorded sends nothing", async () => {
    const film = await filmBefore("clip");
    const { repository } = film.world;
    const change: Repository["change"] = async (...args) => ({ ...(await repository.change(...args)), artifacts: [] });
    await film.go({}, { ...film.world, repository: { ...repository, change } });
    const { step, states } = await film.now();
    expect([film.bought(), step.status, step.failure?.code, states]).toEqual([
      0,
      "failed",
      "storage.damaged",
      ["released"],
    ]);
  });

  test("of a film that cannot be joined publishes nothing and says why", async () => {
    const film = await filmBefore("clip");
    await film.go();
    await film.go();
    const stepId = (await film.now()).facts.steps.find(({ kind }) => kind === "stitch")?.id ?? expect.unreachable();
    const stitch = () => Promise.reject(new VidpipeError("media.ffmpeg_failed", "no luck"));
    const report = await film.go({ stepId }, { ...film.world, media: { ...film.world.media, stitch } });
    expect(report).toMatchObject({ step: { status: "queued" }, ending: { code: "media.ffmpeg_failed" } });
    expect(film.logged).toEqual([]);
  });

  test("goes on where the public name cannot be given", async () => {
    const film = await filmBefore("clip", { artifacts: { publish: () => Promise.reject(new Error("no link")) } });
    await film.go();
    await film.go();
    const stitch = (await film.now()).facts.steps.find(({ kind }) => kind === "stitch");
    const report = await film.go({ stepId: stitch?.id ?? expect.unreachable() });
    expect([report.step?.status, film.logged]).toEqual(["done", ["final.mp4 could not be given its public name"]]);
  });
});
