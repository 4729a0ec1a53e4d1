import { z } from "zod";
import { WAY_ACTIONS } from "../../domain/way.ts";

const yes = z.literal(true).exactOptional();
const WayBody = z.strictObject({
  retry_ambiguous: yes,
  retry_refused: yes,
  retry_rejected: yes,
  retry_gone: yes,
  use_rejected: yes,
  retry_skipped: yes,
  skip_blocked: yes,
  model: z.string().exactOptional(),
  scene: z.int().describe("Of a retake: the scene, from 0.").exactOptional(),
  piece: z.literal("clip").exactOptional(),
});

/** A way on: what can be done about something that waits, and the most that it can cost, US dollars. */
export const WayAnswer = z
  .strictObject({
    action: z.enum(WAY_ACTIONS),
    command: z.string().describe("The command line."),
    request: z
      .strictObject({
        method: z.literal("POST"),
        path: z.string(),
        body: WayBody,
      })
      .describe("The call of this API."),
    usd: z
      .number()
      .nullable()
      .describe("The most it can cost, the rest of the film included; null where nobody knows it."),
  })
  .meta({ id: "Way" });
