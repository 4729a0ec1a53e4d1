import { PROJECT_STATUSES } from "../domain/lifecycle.ts";
import type { Figures } from "../server-ports.ts";

/** Figures that only this process has. */
export interface LiveFigures {
  readonly watchers: number;
  /** Answers since the start, by class of status: `2xx` and so on. */
  readonly answers: ReadonlyMap<string, number>;
}

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [Labels, number];

/** Everything in the text format of Prometheus. */
export function metricsText(figures: Figures, live: LiveFigures): string {
  const queued = figures.steps.filter(({ status }) => status === "queued");
  const stitched = figures.finished.find(({ kind }) => kind === "stitch");
  return [
    metric("vidpipe_projects", "gauge", "Projects by status.", [
      ...PROJECT_STATUSES.map((status): Sample => [{ status }, figures.projects[status] ?? 0]),
    ]),
    metric("vidpipe_steps", "gauge", "Steps by kind and status.", [
      ...figures.steps.map(({ kind, status, count }): Sample => [{ kind, status }, count]),
    ]),
    metric("vidpipe_queue_depth", "gauge", "Steps that wait for their turn.", [
      [{}, queued.reduce((sum, { count }) => sum + count, 0)],
    ]),
    metric("vidpipe_step_seconds_sum", "counter", "Seconds of finished steps, by kind.", [
      ...figures.finished.map(({ kind, seconds }): Sample => [{ kind }, seconds]),
    ]),
    metric("vidpipe_step_seconds_count", "counter", "Finished steps, by kind.", [
      ...figures.finished.map(({ kind, count }): Sample => [{ kind }, count]),
    ]),
    metric("vidpipe_stitch_seconds_sum", "counter", "Seconds spent stitching films.", [[{}, stitched?.seconds ?? 0]]),
    metric("vidpipe_provider_calls_total", "counter", "Paid calls by model and what is known of them.", [
      ...figures.submits.map(({ model, state, count }): Sample => [{ model, outcome: state }, count]),
    ]),
    metric("vidpipe_money_usd", "gauge", "US dollars by what is known of the calls they are for.", [
      ...figures.submits.map(({ model, state, usd }): Sample => [{ model, state }, usd]),
    ]),
    metric("vidpipe_sse_clients", "gauge", "Clients that watch a project.", [[{}, live.watchers]]),
    metric("vidpipe_http_answers_total", "counter", "Answers since the start, by class of status.", [
      ...[...live.answers].map(([status, count]): Sample => [{ status }, count]),
    ]),
  ].join("");
}

function metric(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escapeLabel = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
