import { z } from "zod";
import { Revision } from "./direction.ts";
import { ProjectEvent, type ProjectFacts } from "./facts.ts";
import { mediaTypeOf } from "./media.ts";
import { Project } from "./project.ts";
import { Artifact, Step, Submit } from "./step.ts";

/** Everything recorded about one project, as it travels from one data folder to another. */
export interface ProjectRecord extends Omit<ProjectFacts, "committedTodayUsd"> {
  /** Oldest first, numbered without gaps from 0; the last is the project's own. */
  readonly revisions: readonly Revision[];
  /** Oldest first, numbered without gaps from 1. */
  readonly events: readonly ProjectEvent[];
}

/** Most rows of one kind in a record that is read: far more than any film has. */
const MOST_ROWS = 100_000;

const { models, ...projectFields } = Project.shape;
const ProjectRow: z.ZodType<Project> = z
  // The word of released bundles.
  .strictObject({ ...projectFields, casting: models })
  // In the order of the fields, so that what is written again is the same text.
  .transform(({ id, request, casting, ...project }) => ({ id, request, models: casting, ...project }));

/** A service's own word for what it answered is not believed; every other type is on the list or the record is refused. */
const ArtifactRow: z.ZodType<Artifact> = z.preprocess((row) => {
  const answer = Answer.safeParse(row);
  return answer.success ? { ...answer.data, mediaType: mediaTypeOf(answer.data.mediaType) } : row;
}, Artifact);
const Answer = z.looseObject({ role: z.literal("answer"), mediaType: z.string() });

const rows = <Row>(row: z.ZodType<Row>) => z.array(row).max(MOST_ROWS);

/**
 * A record in the present shape; `recordFault` says whether its rows fit together. What a release wrote must stay
 * readable: where this shape changes so that it is not, the reader of that version of bundles keeps the former one.
 */
export const ProjectRecord: z.ZodType<ProjectRecord> = z.strictObject({
  project: ProjectRow,
  steps: rows(Step),
  artifacts: rows(ArtifactRow),
  submits: rows(Submit),
  revisions: rows(Revision).min(1),
  events: rows(ProjectEvent),
});

/** Steps, files and paid calls as 2.0.0 wrote them: paid answers were not kept. */
const former = {
  steps: rows(
    z.strictObject({
      ...Step.omit({ approvals: true, reservedUsd: true, fit: true }).shape,
      status: Step.shape.status.exclude(["rejected", "gone"]),
    }),
  ),
  artifacts: rows(z.strictObject({ ...Artifact.shape, role: Artifact.shape.role.exclude(["answer"]) })),
  submits: rows(
    Submit.omit({ because: true, billedUsd: true, replyId: true, resultId: true, verdict: true, reason: true }),
  ),
};
const FormerRecord = z.looseObject(former);

/** A record of 2.0.0 in the present shape: of what it did not say, nothing is known. @throws z.ZodError */
export function readFormerRecord(json: unknown): ProjectRecord {
  FormerRecord.parse(json);
  return ProjectRecord.parse(json);
}

/** A record by the names that `ProjectRecord` reads, in the order of its fields. */
export const recordJson = ({ project, ...rows }: ProjectRecord): Readonly<Record<string, unknown>> => ({
  project: Object.fromEntries(
    Object.entries(project).map(([name, value]) => [name === "models" ? "casting" : name, value]),
  ),
  ...rows,
});

/** What is wrong with how the rows of a record fit together, in a few words; null when they do. */
export function recordFault({ project, steps, artifacts, submits, revisions, events }: ProjectRecord): string | null {
  const stepIds = new Set<string>(steps.map(({ id }) => id));
  const artifactIds = new Set<string>(artifacts.map(({ id }) => id));
  const owned = [...steps, ...artifacts, ...submits].every(({ projectId }) => projectId === project.id);
  const ofSteps = [...artifacts, ...submits].every(({ stepId }) => stepIds.has(stepId));
  const made = steps.every(({ result }) => result?.kind !== "artifact" || artifactIds.has(result.artifactId));
  const answers = new Set(artifacts.flatMap((a) => (a.role === "answer" ? `${a.id} of ${a.stepId}` : [])));
  const answered = submits.every(({ stepId, replyId, resultId }) =>
    [replyId, resultId].every((id) => id === null || answers.has(`${id} of ${stepId}`)),
  );
  const finished = steps.every(({ status, result }) => status !== "done" || result !== null);
  const kinds = steps.every(({ kind, order }) => kind === order.kind);
  const last = revisions.at(-1);
  const faults: readonly (readonly [boolean, string])[] = [
    [!owned, "a row belongs to another project"],
    [artifacts.some(({ key }) => !key.startsWith(`${project.id}/`)), "a file lies in another project's folder"],
    [!ofSteps, "a file or a paid call belongs to no step"],
    [!made, "a step made a file that is not listed"],
    [!answered, "a paid call has an answer that is not listed"],
    [!finished, "a finished step made nothing"],
    [!kinds, "a step and its order are of two kinds"],
    [hasTwins([...steps, ...artifacts, ...submits].map(({ id }) => id)), "two rows have one id"],
    [hasTwins(steps.map((step) => `${step.kind} ${step.position} ${step.take}`)), "a take is there twice"],
    [hasTwoContents(artifacts), "a file is said to have two contents"],
    [revisions.some(({ revision }, place) => revision !== place), "its revisions are not numbered from 0"],
    [last?.revision !== project.revision, "its last revision is not the project's"],
    [events.some(({ seq }, place) => seq !== place + 1), "its history is not numbered from 1"],
  ];
  return faults.find(([wrong]) => wrong)?.[1] ?? null;
}

const hasTwins = (names: readonly string[]): boolean => new Set(names).size < names.length;

/** The same bytes made twice are one file with two rows. */
const hasTwoContents = (artifacts: readonly Artifact[]): boolean =>
  artifacts.some(({ key, sha256, bytes }) =>
    artifacts.some((other) => other.key === key && (other.sha256 !== sha256 || other.bytes !== bytes)),
  );

/** Every stored file of a project once, in the order in which they were made. */
export const filesOf = (artifacts: readonly Artifact[]): readonly Artifact[] => [
  ...new Map(artifacts.map((artifact) => [artifact.key, artifact])).values(),
];

/** The same project under new ids, with its files in a folder of its new name. */
export function renamed(record: ProjectRecord, newId: () => string): ProjectRecord {
  const { project, steps, artifacts, submits } = record;
  const ids = new Map<string, string>([project, ...steps, ...artifacts, ...submits].map(({ id }) => [id, newId()]));
  const folder = ids.get(project.id) ?? "";
  const moved = artifacts.map((artifact) => ({ ...artifact, key: artifact.key.replace(project.id, folder) }));
  const text = JSON.stringify(recordJson({ ...record, artifacts: moved }));
  const withNewId = (_key: string, value: unknown) => (typeof value === "string" ? (ids.get(value) ?? value) : value);
  return ProjectRecord.parse(JSON.parse(text, withNewId));
}
