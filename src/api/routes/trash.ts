import { Hono } from "hono";
import { z } from "zod";
import { VidpipeError } from "../../domain/errors.ts";
import { ProjectId } from "../../domain/ids.ts";
import { DELIVERY_STATES, type Delivery, webhookIdOf, webhookTypeOf } from "../../ports/server.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { described } from "../openapi/route-docs.ts";
import { projectIdOf } from "../schemas/query.ts";
import { EmptyBody } from "../schemas/requests.ts";
import { StatusAnswer, statusAnswer, Timestamp, timestamp } from "../schemas/responses.ts";
import type { RouteDeps } from "./route-deps.ts";

/** 200: it is in the trash, and can be restored until then. */
export const DiscardedAnswer = z
  .strictObject({ project_id: z.string(), restorable_until: Timestamp })
  .meta({ id: "Discarded" });

/** The visible log of a project's webhook, oldest message first. */
export const DeliveriesAnswer = z
  .strictObject({
    project_id: z.string(),
    deliveries: z.array(
      z.strictObject({
        webhook_id: z.string().describe("The message's webhook-id, the same on every attempt."),
        type: z.string(),
        url: z.string().describe("Without its query, which may hold a secret."),
        state: z.enum(DELIVERY_STATES),
        attempts: z.int(),
        next_attempt_at: Timestamp.nullable().describe("null once it is delivered or abandoned."),
        last_status: z.int().nullable(),
        last_error: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "Deliveries" });

/** The trash, and the log of the webhook. */
export function trashRoutes({ service, trash, operations }: RouteDeps) {
  return new Hono()
    .delete(
      "/projects/:id",
      described("Move a project to the trash; its files are deleted after the grace period", { 200: DiscardedAnswer }),
      async (c) => {
        const id = await projectIdOf(service, c.req.param("id"));
        return c.json({ project_id: id, restorable_until: timestamp(await trash.discard(id)) });
      },
    )
    .post(
      "/projects/:id/restore",
      described("Restore a project from the trash; needs the whole id", { 200: StatusAnswer }),
      jsonBody(EmptyBody, "optional"),
      async (c) => {
        const id = ProjectId.safeParse(c.req.param("id"));
        if (!id.success) throw new VidpipeError("project.not_found", "project not found");
        await trash.restore(id.data);
        return c.json(statusAnswer(await service.get(id.data)));
      },
    )
    .get(
      "/projects/:id/webhook",
      described("The messages sent to the project's webhook, with their outcome", { 200: DeliveriesAnswer }),
      async (c) => {
        const id = await projectIdOf(service, c.req.param("id"));
        const deliveries = await operations.deliveries(id);
        return c.json({ project_id: id, deliveries: deliveries.map(deliveryAnswer) });
      },
    );
}

const deliveryAnswer = (delivery: Delivery) => ({
  webhook_id: webhookIdOf(delivery),
  type: webhookTypeOf(delivery),
  url: delivery.url.replace(/[?#].*$/s, ""),
  state: delivery.state,
  attempts: delivery.attempts,
  next_attempt_at: delivery.state === "pending" ? timestamp(delivery.dueAtMs) : null,
  last_status: delivery.lastStatus,
  last_error: delivery.lastError,
});
