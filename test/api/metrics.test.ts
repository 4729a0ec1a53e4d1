import { expect, test } from "bun:test";
import { metricsText } from "../../src/api/metrics.ts";

const text = metricsText(
  {
    projects: { complete: 2, held: 1 },
    steps: [
      { kind: "clip", status: "queued", count: 3 },
      { kind: "stitch", status: "queued", count: 1 },
      { kind: "clip", status: "done", count: 4 },
    ],
    finished: [
      { kind: "clip", count: 4, seconds: 10.5 },
      { kind: "stitch", count: 2, seconds: 3 },
    ],
    submits: [
      { model: 'veo "lite"\\\n', state: "spent", count: 4, usd: 1.2 },
      { model: "veo", state: "open", count: 1, usd: 0.3 },
      { model: "veo", state: "intent", count: 1, usd: 0.1 },
      { model: "veo", state: "unknown", count: 1, usd: 0.3 },
    ],
  },
  { watchers: 7, answers: new Map([["2xx", 9]]) },
);

test("metrics are in the text format of Prometheus: every sample belongs to the type that stands above it", () => {
  let [name, type] = ["", ""];
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith("# HELP ")) continue;
    const declared = /^# TYPE (\w+) (gauge|counter|summary)$/.exec(line);
    if (declared !== null) [name, type] = [declared[1] ?? "", declared[2] ?? ""];
    else {
      const sample = /^(\w+?)(\{(\w+="([^"\\]|\\.)*",?)+\})? -?[\d.]+$/.exec(line);
      const names = type === "summary" ? [`${name}_sum`, `${name}_count`] : [name];
      expect([line, names.includes(sample?.[1] ?? "")]).toEqual([line, true]);
    }
  }
});

test.each([
  'vidpipe_projects{status="complete"} 2',
  'vidpipe_projects{status="failed"} 0',
  "vidpipe_queue_depth 4",
  'vidpipe_step_seconds_sum{kind="clip"} 10.5',
  'vidpipe_step_seconds_count{kind="clip"} 4',
  "vidpipe_stitch_seconds_sum 3",
  "vidpipe_stitch_seconds_count 2",
  'vidpipe_provider_calls_total{model="veo \\"lite\\"\\\\\\n",outcome="spent"} 4',
  "vidpipe_money_reserved_usd 0.4",
  "vidpipe_money_spent_usd 1.2",
  "vidpipe_money_unknown_usd 0.3",
  "vidpipe_sse_clients 7",
  'vidpipe_http_answers_total{status="2xx"} 9',
])("metrics have %s", (line) => {
  expect(text.split("\n")).toContain(line);
});
