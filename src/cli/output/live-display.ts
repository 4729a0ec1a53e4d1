import { isSettled } from "../../domain/lifecycle.ts";
import type { ProjectView, WatchTick } from "../../domain/view.ts";
import type { Clock } from "../../ports/runtime.ts";
import type { CliContext, Sink } from "../context.ts";
import { codes } from "./clean-sink.ts";
import { eventJson, writeJson } from "./json.ts";
import { type Baseline, baselineOf, changedLines, countdownLines, newsLines, progressLines } from "./progress.ts";
import { createPaint, lines as linesOf } from "./text.ts";

/** Shows the progress of a film while it is made. */
export interface Display {
  show(tick: WatchTick): void;
  /** Shows the last state and stops drawing. */
  end(): void;
}

/** Ms between two redraws: often enough for an even clock, without load on the machine. */
const redrawMs = 500;

/** One JSON object per event, on stdout. */
const jsonDisplay = (stdout: Sink): Display => ({
  show: ({ events }) => {
    for (const event of events) writeJson(stdout, eventJson(event));
  },
  end: () => {},
});

/** One line for every change, for logs, pipes and debug lines. */
function plainDisplay(stderr: Sink): Display {
  let before: ProjectView | undefined;
  let said: string | undefined;
  return {
    show(tick) {
      const lines = newsLines(before, tick, said, changedLines(before, tick.project));
      stderr.write(linesOf(lines));
      said = lines.at(-1) ?? said;
      before = tick.project;
    },
    end: () => {},
  };
}

/** Rows that these lines fill on a terminal of this width; after a resize they may wrap. */
const rowsOf = (lines: readonly string[], columns: number): number =>
  lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(Bun.stringWidth(line) / Math.max(1, columns))), 0);

/**
 * A few lines that are redrawn in place. Every redraw is one write that overwrites line by line and then clears what
 * is below, so the screen never flickers. The cursor stays below the lines.
 */
export function createBlock(sink: Sink): { draw(lines: readonly string[], above?: readonly string[]): void } {
  let drawn: readonly string[] = [];
  return {
    draw(lines, above = []) {
      const rows = rowsOf(drawn, sink.columns());
      const up = rows > 0 ? codes(rows, "F") : "";
      sink.write(`${up}${linesOf([...above, ...lines].map((line) => line + codes("", "K")))}${codes("", "J")}`);
      drawn = lines;
    },
  };
}

/** Draws again and again until the signal aborts. */
async function keepDrawing(clock: Clock, draw: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(redrawMs, signal);
    if (!signal.aborted) draw();
  }
}

/** The stages, redrawn in place with a running clock. */
function liveDisplay({ stderr, clock }: CliContext): Display {
  const block = createBlock(stderr);
  const paint = createPaint(stderr.isColored);
  const stop = new AbortController();
  let latest: { view: ProjectView; baseline: Baseline } | undefined;
  let said: string | undefined;

  const draw = (above: readonly string[] = []) => {
    if (latest === undefined) return;
    const { view, baseline } = latest;
    const nowMs = clock.now();
    const waits = countdownLines(view, nowMs).map((line) => paint("yellow", line));
    block.draw([...progressLines(view, nowMs, stderr.columns(), baseline, paint), ...waits], above);
  };
  return {
    show(tick) {
      const { project } = tick;
      const isFirst = latest === undefined;
      const news = newsLines(latest?.view, tick, said);
      said = news.at(-1) ?? said;
      latest = { view: project, baseline: latest?.baseline ?? baselineOf(project, clock.now()) };
      draw(news.map((line) => paint("yellow", line)));
      if (isFirst && !isSettled(project.status)) void keepDrawing(clock, draw, stop.signal);
    },
    end() {
      stop.abort();
      draw();
    },
  };
}

/** JSON lines, nothing, a live display on a terminal, or plain lines. Debug lines would tear a live display apart. */
export function createDisplay(
  context: CliContext,
  options: { readonly json: boolean; readonly quiet: boolean; readonly logsDebug: boolean },
): Display {
  if (options.json) return jsonDisplay(context.stdout);
  if (options.quiet) return { show: () => {}, end: () => {} };
  return context.stderr.isTerminal && !options.logsDebug ? liveDisplay(context) : plainDisplay(context.stderr);
}

/** How far a stitch is, 0 to 1, redrawn in place with a running clock. */
export function createStitchDisplay(context: CliContext): { show(fraction: number): void; end(): void } {
  const { stderr, clock } = context;
  const block = createBlock(stderr);
  const paint = createPaint(stderr.isColored);
  const stop = new AbortController();
  const startedAtMs = clock.now();
  let fraction = 0;
  const draw = () => {
    const isDone = fraction >= 1;
    const stage = { kind: "stitch", done: isDone ? 1 : 0, total: 1, running: isDone ? 0 : 1, fraction } as const;
    const stages = [{ ...stage, startedAtMs, finishedAtMs: null }];
    const baseline = baselineOf({ stages: [] }, startedAtMs);
    block.draw(progressLines({ stages, scenes: [] }, clock.now(), stderr.columns(), baseline, paint));
  };
  draw();
  void keepDrawing(clock, draw, stop.signal);
  return {
    show(now) {
      fraction = now;
      draw();
    },
    end() {
      stop.abort();
      draw();
    },
  };
}
