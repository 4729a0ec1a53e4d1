import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cleaned, cleanSink } from "../../src/cli/output/clean-sink.ts";
import { createBlock } from "../../src/cli/output/live-display.ts";
import {
  baselineOf,
  changedLines,
  countdownLines,
  leftMs,
  newsLines,
  progressLines,
  standstillLines,
  troubleOf,
} from "../../src/cli/output/progress.ts";
import { createPaint, cut } from "../../src/cli/output/text.ts";
import { STEP_KINDS, type StepKind } from "../../src/domain/lifecycle.ts";
import type { StageView } from "../../src/domain/view.ts";
import { createFakeService, fakeComplete, fakeProject } from "../support/fake-service.ts";
import { screenOf } from "../support/screen.ts";
import { createCli } from "./harness.ts";

const stage = (kind: StepKind, change: Partial<StageView> = {}): StageView => ({
  kind,
  done: 0,
  total: null,
  running: 0,
  startedAtMs: null,
  finishedAtMs: null,
  ...change,
});

const piece = { status: null, key: null, message: null, stale: false, own: false };
const scenes = Array.from({ length: 4 }, (_, sceneIndex) => ({
  sceneIndex,
  description: "",
  status: "pending" as const,
  start: piece,
  end: piece,
  clip: piece,
}));

const midway = fakeProject({
  status: "video_gen",
  scenes,
  stages: [
    stage("storyboard", { done: 1, total: 1, startedAtMs: 0, finishedAtMs: 1_000 }),
    stage("keyframe", { done: 3, total: 5, running: 1, startedAtMs: 1_000 }),
    stage("clip", { done: 1, total: 4, running: 2, startedAtMs: 5_000 }),
    stage("stitch", { total: 1 }),
  ],
});
const fresh = baselineOf(fakeProject({ stages: STEP_KINDS.map((kind) => stage(kind)) }), 0);
const bare = createPaint(false);

describe("progress lines", () => {
  test("on a wide terminal have a bar, what runs and an estimate", () => {
    expect(progressLines(midway, 61_000, 100, fresh, bare).join("\n")).toMatchInlineSnapshot(`
      "✓ storyboard 4 scenes  0:01
      › keyframes  3/5       1:00    █████████░░░░░░░ 1 running  about 0:40 left
      › clips      1/4       0:56    ████░░░░░░░░░░░░ 2 running  about 2:48 left
      · stitch"
    `);
  });

  test("show how far a running stitch is", () => {
    const stitching = {
      ...midway,
      stages: [stage("stitch", { total: 1, running: 1, startedAtMs: 1_000, fraction: 0.25 })],
    };
    expect(progressLines(stitching, 61_000, 100, fresh, bare).join("\n")).toMatchInlineSnapshot(
      `"› stitch     25%       1:00    ████░░░░░░░░░░░░ 1 running  about 3:00 left"`,
    );
  });

  test("on a narrow terminal keep what matters", () => {
    expect(progressLines(midway, 61_000, 40, fresh, bare).join("\n")).toMatchInlineSnapshot(`
      "✓ storyboard 4 scenes  0:01
      › keyframes  3/5       1:00
      › clips      1/4       0:56
      · stitch"
    `);
  });

  test("are shorter than any terminal is wide", () => {
    const number = fc.integer({ min: 0, max: 500 });
    const anyStage = (kind: StepKind) =>
      fc.record({
        kind: fc.constant(kind),
        done: number,
        total: fc.option(number),
        running: number,
        startedAtMs: fc.option(fc.integer({ min: 0, max: 1e12 })),
        finishedAtMs: fc.option(fc.integer({ min: 0, max: 1e12 })),
      });
    const stages = fc.tuple(...STEP_KINDS.map(anyStage));
    fc.assert(
      fc.property(
        stages,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 1e12 }),
        (all, columns, nowMs) => {
          const lines = progressLines(fakeProject({ stages: all, scenes }), nowMs, columns, fresh, bare);
          expect(lines).toHaveLength(STEP_KINDS.length);
          for (const line of lines) {
            expect(Bun.stringWidth(line)).toBeLessThanOrEqual(Math.max(1, columns - 1));
            expect(line).not.toMatch(/NaN|Infinity|undefined|null/);
          }
        },
      ),
    );
  }, 0);

  test("are coloured only where colours are wanted", () => {
    const green = progressLines(midway, 61_000, 100, fresh, createPaint(true))[0];
    expect(cleaned(green ?? "")).toStartWith("\u001b[32m✓ storyboard");
  });
});

describe("the estimate", () => {
  const clips = (done: number) => stage("clip", { done, total: 4, startedAtMs: 1_000 });

  test("goes on as it went", () => {
    expect(leftMs(clips(1), 11_000, fresh)).toBe(30_000);
    expect(leftMs(clips(3), 31_000, fresh)).toBe(10_000);
  });

  test("does not exist before the first piece and after the last", () => {
    expect(leftMs(clips(0), 11_000, fresh)).toBeUndefined();
    expect(leftMs(clips(4), 11_000, fresh)).toBeUndefined();
  });

  test("ignores time and work before the command began", () => {
    const resumed = baselineOf(fakeProject({ stages: [clips(2)] }), 1_000_000);
    expect(leftMs(clips(2), 1_005_000, resumed)).toBeUndefined();
    expect(leftMs(clips(3), 1_010_000, resumed)).toBe(10_000);
  });
});

describe("lines for readers that are no terminal", () => {
  test("are one per stage that got on, and none without a change", () => {
    expect(changedLines(undefined, midway)).toEqual(["storyboard: 4 scenes", "keyframes: 3/5", "clips: 1/4"]);
    expect(changedLines(midway, midway)).toEqual([]);
  });

  test("say once why a film that goes on by itself stands still", () => {
    const still = { ...midway, message: "it goes on by itself at 00:00 UTC" };
    expect(standstillLines(midway, still)).toEqual(["it goes on by itself at 00:00 UTC"]);
    expect(standstillLines(still, still)).toEqual([]);
    expect(standstillLines(still, midway)).toEqual([]);
    expect(standstillLines(midway, { ...still, status: "held" })).toEqual([]);
  });

  test("say what a film waits for once a minute, with its time, and not its step's failure beside it", () => {
    const message = "it is busy; next try at 2026-12-01 14:05 UTC";
    const waiting = { code: "provider.overloaded" as const, message, untilMs: 90_000 };
    const still = { ...midway, message, waiting };
    const trouble = (words: string) =>
      ({ seq: 1, atMs: 0, type: "step", data: { kind: "clip", position: 0, message: words } }) as const;
    const tick = { project: still, events: [trouble("it is busy"), trouble("it broke")] };
    expect(newsLines(midway, tick, undefined, ["clips: 1/4"])).toEqual(["clip 1: it broke", "clips: 1/4", message]);
    // It was tried in between, and the line says the same minute.
    expect(newsLines(midway, { project: still, events: [] }, message)).toEqual([]);
    expect(newsLines(midway, { project: midway, events: [trouble("it is busy")] }, message)).toEqual([
      "clip 1: it is busy",
    ]);
    expect([0, 90_000].flatMap((now) => countdownLines(still, now))).toEqual([
      "waits, next try in 1:30",
      "waits, tried again now",
    ]);
    expect(countdownLines({ ...still, waiting: { ...waiting, untilMs: null } }, 0)).toEqual(["waits for a login"]);
    expect(countdownLines(midway, 0)).toEqual([]);
  });

  test("name the step that is in trouble as people count", () => {
    const event = (data: Record<string, string | number | null>, type: "step" | "money" = "step") =>
      troubleOf({ seq: 1, atMs: 0, type, data });
    expect(event({ kind: "clip", position: 0, message: "no\nanswer" })).toBe("clip 1: no answer");
    expect(event({ kind: "keyframe", position: 2, message: "late" })).toBe("keyframe 3: late");
    expect(event({ kind: "storyboard", position: 0, message: "late" })).toBe("storyboard: late");
    expect(event({ kind: "clip", position: 0, message: null })).toBeUndefined();
    expect(event({ state: "spent", usd: 1 }, "money")).toBeUndefined();
  });
});

describe("the block that is redrawn in place", () => {
  const draw = (columns: number, ...steps: [lines: string[], above?: string[]][]) => {
    const written: string[] = [];
    const sink = {
      write: (text: string) => void written.push(text),
      isTerminal: true,
      columns: () => columns,
      isColored: false,
    };
    const block = createBlock(cleanSink(sink));
    for (const [lines, above] of steps) block.draw(lines, above);
    return { screen: screenOf(written.join(""), columns), written };
  };

  test("leaves only the last picture", () => {
    expect(draw(40, [["one", "two longer"]], [["1", "2"]], [["a", "b"]]).screen).toEqual(["a", "b"]);
  });

  test("may grow and shrink", () => {
    expect(draw(40, [["1"]], [["1", "2", "3"]], [["x"]]).screen).toEqual(["x"]);
  });

  test("lets lines pass above that stay", () => {
    expect(draw(40, [["1", "2"]], [["3", "4"], ["trouble"]], [["5", "6"]]).screen).toEqual(["trouble", "5", "6"]);
  });

  test("is one write each time", () => {
    expect(draw(40, [["1", "2"]], [["3", "4"]]).written).toHaveLength(2);
  });

  test("survives a terminal that became narrower", () => {
    const written: string[] = [];
    let columns = 40;
    const block = createBlock(
      cleanSink({
        write: (text) => void written.push(text),
        isTerminal: true,
        columns: () => columns,
        isColored: false,
      }),
    );
    block.draw(["x".repeat(30), "y".repeat(30)]);
    columns = 20;
    block.draw(["1", "2"]);
    expect(screenOf(written.join(""), 20)).toEqual(["1", "2"]);
  });
});

describe("on a terminal", () => {
  test("generate redraws in place, ticks by itself and leaves the end in sight", async () => {
    const service = createFakeService({ story: [{ ...midway, id: fakeProject().id }] });
    const cli = createCli({ service, columns: 100 });
    const running = cli.run("generate", "A cat", "--output", "cat.mp4");
    while (cli.stderr.length < 3) await new Promise((resolve) => setImmediate(resolve));
    const before = cli.stderr.length;
    cli.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
    expect(cli.stderr.length).toBe(before + 1);
    service.update(fakeProject().id, fakeComplete());
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(0);
    const screen = screenOf(stderr, 100);
    expect(screen.filter((line) => line.includes("keyframes"))).toHaveLength(1);
    expect(screen.at(-1)).toStartWith("project ");
    cli.advance(10_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(cli.stderr.join("")).toBe(stderr);
  });
});

describe("text that is cut", () => {
  test("never exceeds the columns it has, whatever the script", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (words, columns) => {
        expect(Bun.stringWidth(cut(words, columns))).toBeLessThanOrEqual(columns);
      }),
    );
    expect(cut("猫が東京を歩く", 7)).toBe("猫が東…");
    expect(cut("whole", 5)).toBe("whole");
  }, 0);
});
