import type { ProjectRecord } from "../../domain/record.ts";
import { artifacts, events, projects, revisions, steps, submits } from "./schema.ts";
import type { Tx } from "./transactions.ts";

/** Writes all rows of a project that was made elsewhere, in the order in which they were written there. */
export function insertRecord(tx: Tx, record: ProjectRecord): void {
  const { project } = record;
  const projectId = project.id;
  // Nobody is told of what happened elsewhere: no owner, no webhook.
  tx.insert(projects).values(project).run();
  for (const step of record.steps) tx.insert(steps).values(step).run();
  for (const artifact of record.artifacts) tx.insert(artifacts).values(artifact).run();
  for (const submit of record.submits) tx.insert(submits).values(submit).run();
  for (const revision of record.revisions)
    tx.insert(revisions)
      .values({ ...revision, projectId })
      .run();
  for (const event of record.events)
    tx.insert(events)
      .values({ ...event, projectId })
      .run();
}
