import { isSettled } from "../../domain/lifecycle.ts";
import type { ProjectView, WatchTick } from "../../domain/view.ts";
import type { CliContext, Sink } from "../context.ts";
import { eventJson, writeJson } from "./json.ts";
import { type Baseline, baselineOf, changedLines, progressLines, troubleOf } from "./progress.ts";
import { createPaint } from "./text.ts";

/** Shows how a film is getting on while it is made. */
export interface Display {
  show(tick: WatchTick): void;
  /** Shows the last state and leaves the screen to what comes next. */
  end(): void;
}

/** Ms between two redraws: the clock on the screen ticks evenly without keeping the machine busy. */
const redrawMs = 500;

/** Nothing at all. */
const silentDisplay: Display = { show: () => {}, end: () => {} };

/** One JSON object per event, on stdout. */
const jsonDisplay = (stdout: Sink): Display => ({
  show: ({ events }) => {
    for (const event of events) writeJson(stdout, eventJson(event));
  },
  end: () => {},
});

/** A line for every change, for logs and pipes. */
function plainDisplay(stderr: Sink): Display {
  let before: ProjectView | undefined;
  return {
    show({ project, events }) {
      const lines = [...events.flatMap((event) => troubleOf(event) ?? []), ...changedLines(before, project)];
      for (const line of lines) stderr.write(`${line}\n`);
      before = project;
    },
    end: () => {},
  };
}

/** Rows that lines fill on a terminal of this width; lines written for a wider one may wrap by now. */
const rowsOf = (lines: readonly string[], columns: number): number =>
  lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(Bun.stringWidth(line) / Math.max(1, columns))), 0);

/**
 * A few lines that are drawn over in place. Every redraw is one write that overwrites line by line and then
 * clears what is below, so nothing is ever seen half empty. The cursor rests below the lines.
 */
export function createBlock(sink: Sink): { draw(lines: readonly string[], above?: readonly string[]): void } {
  let drawn: readonly string[] = [];
  return {
    draw(lines, above = []) {
      const rows = rowsOf(drawn, sink.columns());
      const up = rows > 0 ? `\u001b[${rows}A\r` : "";
      sink.write(`${up}${[...above, ...lines].map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
      drawn = lines;
    },
  };
}

/** The stages redrawn in place, with a running clock. */
function liveDisplay({ stderr, clock }: CliContext): Display {
  const block = createBlock(stderr);
  const paint = createPaint(stderr.isColored);
  const stop = new AbortController();
  let latest: { view: ProjectView; baseline: Baseline } | undefined;

  const draw = (above: readonly string[] = []) => {
    if (latest === undefined) return;
    block.draw(progressLines(latest.view, clock.now(), stderr.columns(), latest.baseline, paint), above);
  };
  const keepDrawing = async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(redrawMs, stop.signal);
      if (!stop.signal.aborted) draw();
    }
  };
  return {
    show({ project, events }) {
      const isFirst = latest === undefined;
      latest = { view: project, baseline: latest?.baseline ?? baselineOf(project, clock.now()) };
      draw(events.flatMap((event) => troubleOf(event) ?? []).map((line) => paint("yellow", line)));
      if (isFirst && !isSettled(project.status)) void keepDrawing();
    },
    end() {
      stop.abort();
      draw();
    },
  };
}

/** The display that fits: JSON lines, nothing, a live picture on a terminal, or plain lines. */
export function createDisplay(
  context: CliContext,
  options: { readonly json: boolean; readonly quiet: boolean },
): Display {
  if (options.json) return jsonDisplay(context.stdout);
  if (options.quiet) return silentDisplay;
  return context.stderr.isTerminal ? liveDisplay(context) : plainDisplay(context.stderr);
}
