import { Hono } from "hono";
import { z } from "zod";
import { withoutPaths } from "../error-response.ts";
import { metricsText } from "../metrics.ts";
import type { ApiEnv } from "../middleware/auth.ts";
import { described, OPEN } from "../openapi/route-docs.ts";
import type { RouteDeps } from "./route-deps.ts";

/** Ms that the checks, ffmpeg among them, may take. */
const readinessMs = 5_000;

const HealthAnswer = z.strictObject({
  status: z.literal("ok"),
  version: z.string().optional(),
  token_required: z.literal(true).optional().describe("Present where a token is needed."),
});

const ReadyAnswer = z.strictObject({
  status: z.enum(["ready", "not ready"]),
  /** Only with a token. */
  checks: z
    .array(z.strictObject({ topic: z.string(), level: z.enum(["ok", "warn", "fail"]), message: z.string() }))
    .optional(),
});

/** Health, readiness and metrics. Without a token they tell only whether the server is up and ready. */
export function operationsRoutes({ operations, hub, clock, version, isGuarded, answerCounts }: RouteDeps) {
  return new Hono<ApiEnv>()
    .get("/api/health", described("Whether the server is up", { 200: HealthAnswer }, OPEN), (c) =>
      c.json({
        status: "ok" as const,
        ...(c.get("caller") && { version }),
        ...(isGuarded && { token_required: true as const }),
      }),
    )
    .get(
      "/api/ready",
      described("Whether films can be made right now", { 200: ReadyAnswer, 503: ReadyAnswer }, OPEN),
      async (c) => {
        const over = new AbortController();
        void clock.sleep(readinessMs, over.signal).then(() => over.abort());
        const findings = await operations.readiness(over.signal);
        over.abort();
        const isReady = findings.every(({ level }) => level !== "fail");
        const checks = findings.map(({ topic, level, message }) => ({ topic, level, message: withoutPaths(message) }));
        const status: "ready" | "not ready" = isReady ? "ready" : "not ready";
        return c.json({ status, ...(c.get("caller") && { checks }) }, isReady ? 200 : 503);
      },
    )
    .get("/metrics", described("Metrics for Prometheus", { 200: "text/plain" }), async (c) =>
      c.text(metricsText(await operations.metrics(), { watchers: hub.readers, answers: answerCounts }), 200, {
        "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
      }),
    );
}
