import { PROJECT_STATUSES } from "../domain/lifecycle.ts";
import { spendOf } from "../domain/money.ts";
import type { Metrics } from "../ports/server.ts";

/** Metrics that only this process has. */
export interface LiveMetrics {
  readonly watchers: number;
  /** Responses since the start, by class of status: `2xx` and so on. */
  readonly answers: ReadonlyMap<string, number>;
}

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [Labels, number];

/** Everything in the text format of Prometheus. */
export function metricsText(metrics: Metrics, live: LiveMetrics): string {
  const queued = metrics.steps.filter(({ status }) => status === "queued");
  const { reservedUsd, spentUsd, unknownUsd } = spendOf(metrics.submits);
  const stitched = metrics.finished.find(({ kind }) => kind === "stitch");
  return [
    metric("vidpipe_projects", "gauge", "Projects by status.", [
      ...PROJECT_STATUSES.map((status): Sample => [{ status }, metrics.projects[status] ?? 0]),
    ]),
    metric("vidpipe_steps", "gauge", "Steps by kind and status.", [
      ...metrics.steps.map(({ kind, status, count }): Sample => [{ kind, status }, count]),
    ]),
    metric("vidpipe_queue_depth", "gauge", "Steps in the queue.", [
      [{}, queued.reduce((sum, { count }) => sum + count, 0)],
    ]),
    summary("vidpipe_step_seconds", "How long finished steps took, by kind.", [
      ...metrics.finished.map(({ kind, ...sums }) => ({ labels: { kind }, ...sums })),
    ]),
    summary("vidpipe_stitch_seconds", "How long films took to stitch.", [
      { labels: {}, count: stitched?.count ?? 0, seconds: stitched?.seconds ?? 0 },
    ]),
    metric("vidpipe_provider_calls_total", "counter", "Paid calls by model and state.", [
      ...metrics.submits.map(({ model, state, count }): Sample => [{ model, outcome: state }, count]),
    ]),
    metric("vidpipe_money_usd", "gauge", "US dollars of paid calls by state.", [
      ...metrics.submits.map(({ model, state, usd }): Sample => [{ model, state }, usd]),
    ]),
    metric("vidpipe_money_reserved_usd", "gauge", "US dollars reserved for calls in progress.", [[{}, reservedUsd]]),
    metric("vidpipe_money_spent_usd", "gauge", "US dollars spent on calls.", [[{}, spentUsd]]),
    metric("vidpipe_money_unknown_usd", "gauge", "US dollars of calls whose answer was lost.", [[{}, unknownUsd]]),
    metric("vidpipe_sse_clients", "gauge", "Connected event stream clients.", [[{}, live.watchers]]),
    metric("vidpipe_http_answers_total", "counter", "Responses since the start, by class of status.", [
      ...[...live.answers].map(([status, count]): Sample => [{ status }, count]),
    ]),
  ].join("");
}

function metric(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `${headOf(name, type, help)}${lines.join("")}`;
}

/** Sums and counts, from which Prometheus computes averages over any time. */
function summary(
  name: string,
  help: string,
  samples: readonly { readonly labels: Labels; readonly count: number; readonly seconds: number }[],
): string {
  const lines = samples.map(
    ({ labels, count, seconds }) =>
      `${name}_sum${labelText(labels)} ${seconds}\n${name}_count${labelText(labels)} ${count}\n`,
  );
  return `${headOf(name, "summary", help)}${lines.join("")}`;
}

const headOf = (name: string, type: string, help: string): string => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escapeLabel = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
