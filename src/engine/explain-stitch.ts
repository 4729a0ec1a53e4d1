import type { PlannedFacts } from "../planning/plan.ts";
import type { World } from "../ports/world.ts";
import { explainJoins } from "./steps/stitch.ts";

/** How the film of these facts would be joined and why, as rows with a head; none while clips are missing. */
export async function explainStitch(
  { facts, plan }: PlannedFacts,
  world: Pick<World, "media" | "artifacts">,
  signal: AbortSignal,
): Promise<readonly (readonly string[])[]> {
  const order = plan.steps.find(({ kind }) => kind === "stitch")?.order;
  if (order?.kind !== "stitch") return [];
  const clips = order.clips.flatMap((ref) => facts.artifacts.find(({ id }) => id === ref.id) ?? []);
  return explainJoins(order, clips, world, signal);
}
