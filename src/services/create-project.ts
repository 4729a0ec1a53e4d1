import type { ProjectId } from "../domain/ids.ts";
import type { Project } from "../domain/project.ts";
import { newProject } from "../editing/new-project.ts";
import type { UserImages } from "../editing/user-images.ts";
import type { DecisionContext } from "../planning/consequences.ts";
import type { PlannedFacts } from "../planning/plan.ts";
import type { World } from "../ports/world.ts";

/**
 * Writes down a new project whose pictures are stored. Where that fails they go again.
 * @throws VidpipeError input.invalid when nothing would be made from them, storage.*
 */
export async function recordProject(
  { repository, artifacts, owner }: Pick<World, "repository" | "artifacts" | "owner">,
  drafted: Project,
  brought: UserImages,
  webhookUrl: string | null,
  context: DecisionContext,
): Promise<PlannedFacts> {
  try {
    const begun = newProject(drafted, brought, context);
    const { facts } = begun;
    await repository.create(facts.project, facts.steps, owner.self, webhookUrl, facts.artifacts);
    return begun;
  } catch (thrown) {
    await forget(drafted.id).catch(() => {}); // why it failed is to be told, not this
    throw thrown;
  }

  /** Not where rows were written after all, or by another call under the same id. */
  async function forget(id: ProjectId): Promise<void> {
    const isUnrecorded = await repository.standstill(id, (facts) => facts === null);
    if (isUnrecorded === true) await artifacts.discard(id);
  }
}
